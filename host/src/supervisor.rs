//! Starts, replaces and stops channels. One loop owns their tasks and is the only writer of the [`Roster`], a snapshot
//! that the doors look at; nobody reads the supervisor's own fields.

mod bring;
mod developed;
mod given;
mod lives;
mod look;
mod plan;
mod roots;
mod seats;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

pub use bring::{Environment, Variables, Wanted, describe, read};
pub use given::Given;
pub use look::{PlaceKind, drift, note, troubles, unrelayed};
pub use plan::{Replacement, Spec, Step, plan, replacement};
pub use standing::Standing;

use crate::channel::{Channel, Phase};
use crate::limits;
use crate::model::{ChannelName, Review, UnixMillis};
use crate::organisation::Policy;
use crate::pace::Rate;
use crate::widening::Granted;
use lives::{Life, Report};
use seats::Kept;

/// How the reason begins why bytes that broke at once do not serve.
pub const FIRST_CALL: &str = "it broke in its first call: ";

/// All channels at one moment.
#[derive(Clone, Default)]
pub struct Roster {
    /// By name.
    pub channels: BTreeMap<ChannelName, Entry>,
    /// Where hooks are listened for; `None` until the configuration has been read.
    pub listen: Option<SocketAddr>,
    /// Names under which a tunnel or a proxy reaches the listener, besides loopback's own.
    pub hosts: BTreeSet<String>,
    /// Folders whose files sessions may send.
    pub send_roots: Vec<PathBuf>,
    /// How long a question for permission may be answered over a channel.
    pub relay_ttl: Duration,
    /// What the operator's files granted when they were last read; `None` until they could be.
    pub granted: Option<Arc<Granted>>,
    /// Why the operator's files could not be read; what ran before runs on.
    pub problem: Option<String>,
    /// What the organisation's policy does, if there is one.
    pub policy: Option<String>,
    /// Counts the snapshots.
    pub generation: u64,
}

impl Roster {
    /// Whether the operator's files have been read, or were tried to be: before that nothing is known of any channel.
    pub fn is_known(&self) -> bool {
        self.listen.is_some() || self.problem.is_some()
    }
}

/// One channel in the roster.
#[derive(Clone)]
pub struct Entry {
    /// Its life, while it is not called yet.
    pub stage: Stage,
    /// What the operator should look at: the file that he named has other bytes than the approved ones.
    pub note: Option<String>,
    /// Why other bytes serve than those that should.
    pub stale: Option<Stale>,
    /// Whether new bytes serve of which no call has ended yet: those before them come back if that breaks.
    pub on_trial: bool,
    /// What the organisation's policy does to it.
    pub standing: Option<Standing>,
    /// The pace that the operator gave it; it holds for what waits from before, also while the channel starts.
    pub rate: Rate,
}

/// The newest bytes of a channel can't serve, so that those before them go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Since when.
    pub since: UnixMillis,
    /// Why not.
    pub why: String,
}

/// Whether a channel can be called.
#[derive(Clone)]
pub enum Stage {
    /// Not, for this reason.
    Waiting(Phase),
    /// It runs.
    Running(Arc<Channel>),
}

impl Entry {
    /// One that is not called, for this reason.
    fn waiting(phase: Phase) -> Self {
        Self {
            stage: Stage::Waiting(phase),
            note: None,
            stale: None,
            on_trial: false,
            standing: None,
            rate: Rate::default(),
        }
    }

    /// Where in its life it is.
    pub fn phase(&self) -> Phase {
        let phase = match &self.stage {
            Stage::Waiting(phase) => return phase.clone(),
            Stage::Running(channel) => channel.phase(),
        };
        match (&self.stale, phase) {
            // A pause is nothing to tell a person before this.
            (Some(Stale { since, why }), Phase::Ready | Phase::Resting { .. }) => Phase::Stale {
                since: *since,
                why: why.clone(),
            },
            (_, phase) => phase,
        }
    }

    /// The channel, if it runs; it may still be starting.
    pub fn running(&self) -> Option<&Arc<Channel>> {
        match &self.stage {
            Stage::Waiting(_) => None,
            Stage::Running(channel) => Some(channel),
        }
    }

    /// The channel, if doors may call it now.
    pub fn callable(&self) -> Option<&Arc<Channel>> {
        self.running().filter(|channel| channel.phase().takes_calls())
    }
}

/// Asks the supervisor to read the operator's files again; answered when the plan has been carried out.
#[derive(Debug)]
pub struct Reload(pub oneshot::Sender<()>);

/// Owner of the channels' tasks.
pub struct Supervisor {
    environment: Environment,
    roster: watch::Sender<Arc<Roster>>,
    /// The operator's files as they were last read whole.
    read: Option<Wanted>,
    /// The organisation's policy as it was last applied.
    policy: Policy,
    specs: BTreeMap<ChannelName, Spec>,
    tasks: JoinSet<Report>,
    lives: BTreeMap<ChannelName, Life>,
    /// The websockets of each channel's instance: another code of the same one gets them.
    sockets: BTreeMap<ChannelName, Kept>,
    /// What keeps them.
    keepers: JoinSet<()>,
    born: u64,
}

impl Supervisor {
    /// A supervisor that runs nothing yet, and the view of its roster.
    pub fn new(environment: Environment) -> (Self, watch::Receiver<Arc<Roster>>) {
        let (roster, view) = watch::channel(Arc::default());
        let supervisor = Self {
            environment,
            roster,
            read: None,
            policy: Policy::free(),
            specs: BTreeMap::new(),
            tasks: JoinSet::new(),
            lives: BTreeMap::new(),
            sockets: BTreeMap::new(),
            keepers: JoinSet::new(),
            born: 0,
        };
        (supervisor, view)
    }

    /// Runs the channels until the future is dropped; their calls in flight are dropped with it.
    pub async fn run(mut self, mut reloads: mpsc::Receiver<Reload>) {
        self.reconcile().await;
        let mut look = tokio::time::interval(limits::MANAGED_LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(Reload(done)) = reloads.recv() => {
                    self.reconcile().await;
                    let _ = done.send(());
                }
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((_, report)) => self.take(report),
                    Err(error) => self.lost(&error),
                },
                Some(_) = self.keepers.join_next() => {}
                _ = look.tick() => self.look_around().await,
            }
        }
    }

    /// Nobody tells us of a change of the organisation's policy: who is kept in by it would be the one to do so. Nor that
    /// `lockgate dev` was killed, and with it the reason to run what nobody reviewed.
    async fn look_around(&mut self) {
        let waived = |(_, spec): &(&ChannelName, &Spec)| spec.review == Review::Waived;
        let mut waived = self.specs.iter().filter(waived).map(|(name, _)| name);
        if waived.any(|name| !self.environment.home.is_developed(name)) {
            tracing::info!("`lockgate dev` has ended");
            return self.reconcile().await;
        }
        let managed = self.environment.managed.clone();
        if let Ok(policy) = bring::blocking(move || managed.policy()).await
            && policy != self.policy
        {
            tracing::info!("the organisation's policy is another one");
            self.reconcile().await;
        }
    }

    /// Reads the operator's files and carries out the plan. A file of the operator's that can't be read changes nothing of
    /// what he granted; the organisation's policy and the end of `lockgate dev` hold all the same, or breaking that file would
    /// keep them out.
    async fn reconcile(&mut self) {
        self.release();
        let environment = self.environment.clone();
        // Off the threads that serve calls: what the operator names may stand on a disk that is slow.
        let look = move || (environment.wanted(), environment.managed.policy());
        let (read, policy) = match bring::blocking(look).await {
            Ok((read, policy)) => (read, policy),
            Err(problem) => (Err(problem), self.policy.clone()),
        };
        self.policy = policy;
        let problem = read.map(|wanted| self.read = Some(wanted)).err();
        if let Some(problem) = &problem {
            tracing::error!(%problem, "the configuration can't be read; what runs runs on");
        }
        match self.read.clone() {
            Some(wanted) => {
                let home = &self.environment.home;
                let wanted = wanted.while_developed(|name| home.is_developed(name));
                self.carry_out(wanted.under(&self.policy), problem);
            }
            None => self.publish(|roster| roster.problem = problem),
        }
    }

    fn carry_out(&mut self, wanted: Wanted, problem: Option<String>) {
        for step in plan(&self.specs, &wanted.specs) {
            match step {
                Step::Start(name) => self.start(&name, &wanted.specs),
                // What becomes of it is decided below, by what serves and not by what was wanted.
                Step::Replace(_) => {}
                Step::Stop(name) => {
                    self.stop(&name);
                    self.close(&name);
                }
            }
        }
        for (name, spec) in &wanted.specs {
            self.replace(name, spec, &wanted.specs);
        }
        let Wanted {
            listen,
            hosts,
            send_roots,
            relay_ttl,
            granted,
            specs,
            unapproved,
            refused,
            policy,
        } = wanted;
        self.publish(|roster| {
            roster.problem = problem;
            roster.policy = policy;
            roster.listen = Some(listen);
            roster.hosts = hosts;
            roster.send_roots = send_roots;
            roster.relay_ttl = relay_ttl;
            roster.granted = Some(Arc::new(granted));
            roster.channels.retain(|name, _| specs.contains_key(name));
            for (name, why) in unapproved.into_iter().chain(refused) {
                roster.channels.insert(name, Entry::waiting(Phase::Broken { why }));
            }
        });
        self.specs = specs;
    }

    /// Channels whose quarantine a person has lifted go on.
    fn release(&self) {
        let roster = Arc::clone(&self.roster.borrow());
        let running = roster.channels.values().filter_map(Entry::running);
        for channel in running {
            channel.look_for_release();
        }
    }

    fn set(&self, name: &ChannelName, change: impl FnOnce(&mut Entry)) {
        self.publish(|roster| {
            if let Some(entry) = roster.channels.get_mut(name) {
                change(entry);
            }
        });
    }

    fn publish(&self, change: impl FnOnce(&mut Roster)) {
        self.roster.send_modify(|roster| {
            let roster = Arc::make_mut(roster);
            change(roster);
            roster.generation += 1;
        });
    }
}
