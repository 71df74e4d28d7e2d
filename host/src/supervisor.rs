//! Starts, replaces and stops channels. One loop owns their tasks and is the only writer of the [`Roster`], a snapshot
//! that the doors look at; nobody reads the supervisor's own fields.

mod bring;
mod given;
mod look;
mod plan;
mod roots;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::MissedTickBehavior;

pub use bring::{Environment, Variables, Wanted, describe, read};
pub use given::Given;
pub use look::{PlaceKind, drift, note, troubles, unrelayed};
pub use plan::{Spec, Step, plan};
pub use standing::Standing;

use crate::channel::{Channel, Phase, Sockets};
use crate::limits;
use crate::model::{ChannelName, InstanceId};
use crate::organisation::Policy;
use crate::pace::Rate;
use crate::widening::Granted;

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
    /// What the organisation's policy does to it.
    pub standing: Option<Standing>,
    /// The pace that the operator gave it; it holds for what waits from before, also while the channel starts.
    pub rate: Rate,
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
    /// Where in its life it is.
    pub fn phase(&self) -> Phase {
        match &self.stage {
            Stage::Waiting(phase) => phase.clone(),
            Stage::Running(channel) => channel.phase(),
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

/// The tasks of one channel since it was last started.
struct Life {
    number: u64,
    tasks: Vec<AbortHandle>,
}

/// The websockets of one instance, and the task that keeps them.
struct Kept {
    instance: InstanceId,
    sockets: Arc<Sockets>,
    keeper: AbortHandle,
}

/// What a task says when it ends, and of which life it was.
struct Report {
    name: ChannelName,
    life: u64,
    event: Event,
}

/// What happened.
enum Event {
    Ready(Arc<Channel>),
    Failed(String),
    Noted(Option<String>),
    Ended,
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
                _ = look.tick() => self.look_at_policy().await,
            }
        }
    }

    /// Nobody tells us of a change of the organisation's policy: who is kept in by it would be the one to do so.
    async fn look_at_policy(&mut self) {
        let managed = self.environment.managed.clone();
        if let Ok(policy) = bring::blocking(move || managed.policy()).await
            && policy != self.policy
        {
            tracing::info!("the organisation's policy is another one");
            self.reconcile().await;
        }
    }

    /// Reads the operator's files and carries out the plan. A file of the operator's that can't be read changes nothing of
    /// what he granted; the organisation's policy holds all the same, or breaking that file would keep it out.
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
            Some(wanted) => self.carry_out(wanted.under(&self.policy), problem),
            None => self.publish(|roster| roster.problem = problem),
        }
    }

    fn carry_out(&mut self, wanted: Wanted, problem: Option<String>) {
        for step in plan(&self.specs, &wanted.specs) {
            match step {
                Step::Start(name) => self.start(&name, &wanted.specs),
                Step::Replace(name) => {
                    self.stop(&name);
                    self.start(&name, &wanted.specs);
                }
                Step::Stop(name) => {
                    self.stop(&name);
                    self.close(&name);
                }
            }
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
                let entry = Entry {
                    stage: Stage::Waiting(Phase::Broken { why }),
                    note: None,
                    standing: None,
                    rate: Rate::default(),
                };
                roster.channels.insert(name, entry);
            }
        });
        self.specs = specs;
    }

    /// Channels whose quarantine a person has lifted go on.
    fn release(&self) {
        let roster = Arc::clone(&self.roster.borrow());
        let running = roster.channels.values().filter_map(Entry::running);
        running.for_each(|channel| channel.look_for_release());
    }

    fn start(&mut self, name: &ChannelName, wanted: &BTreeMap<ChannelName, Spec>) {
        let Some(spec) = wanted.get(name) else { return };
        self.born += 1;
        self.lives.insert(
            name.clone(),
            Life {
                number: self.born,
                tasks: vec![],
            },
        );
        self.publish(|roster| {
            let entry = Entry {
                stage: Stage::Waiting(Phase::Compiling),
                note: None,
                standing: spec.standing.clone(),
                rate: spec.config.rate,
            };
            roster.channels.insert(name.clone(), entry);
        });
        let sockets = self.sockets_of(name, spec.pin.instance);
        let (environment, mine, named) = (self.environment.clone(), spec.clone(), name.clone());
        self.spawn(name, async move {
            match environment.bring(&named, &mine, sockets).await {
                Ok(channel) => Event::Ready(channel),
                Err(why) => Event::Failed(why),
            }
        });
        // What the operator named is looked at, and compared with what was approved; never in the way of a start.
        let (spec, named, home) = (spec.clone(), name.clone(), self.environment.home.clone());
        self.spawn(name, async move {
            Event::Noted(
                tokio::task::spawn_blocking(move || look::note_at_start(&named, &spec, &home.off_limits()))
                    .await
                    .unwrap_or_default(),
            )
        });
    }

    fn sockets_of(&mut self, name: &ChannelName, instance: InstanceId) -> Arc<Sockets> {
        if let Some(kept) = self.sockets.get(name)
            && kept.instance == instance
        {
            return Arc::clone(&kept.sockets);
        }
        self.close(name);
        let sockets = Sockets::new();
        let kept = Kept {
            instance,
            sockets: Arc::clone(&sockets),
            keeper: self.keepers.spawn(Arc::clone(&sockets).run()),
        };
        self.sockets.insert(name.clone(), kept);
        sockets
    }

    /// Closes a channel's websockets.
    fn close(&mut self, name: &ChannelName) {
        if let Some(kept) = self.sockets.remove(name) {
            kept.keeper.abort();
        }
    }

    fn seat(&self, name: &ChannelName, channel: Option<Arc<Channel>>) {
        if let Some(kept) = self.sockets.get(name) {
            kept.sockets.seat(channel);
        }
    }

    fn spawn(&mut self, name: &ChannelName, work: impl Future<Output = Event> + Send + 'static) {
        let Some(life) = self.lives.get_mut(name) else { return };
        let (name, number) = (name.clone(), life.number);
        let task = self.tasks.spawn(async move {
            Report {
                name,
                life: number,
                event: work.await,
            }
        });
        life.tasks.push(task);
    }

    fn stop(&mut self, name: &ChannelName) {
        self.lives
            .remove(name)
            .into_iter()
            .flat_map(|life| life.tasks)
            .for_each(|task| task.abort());
        self.seat(name, None);
        self.publish(|roster| {
            roster.channels.remove(name);
        });
    }

    fn take(&mut self, Report { name, life, event }: Report) {
        // A task that ended just before its channel was replaced speaks of another life.
        if self.lives.get(&name).is_none_or(|now| now.number != life) {
            return;
        }
        match event {
            Event::Ready(channel) => {
                self.seat(&name, Some(Arc::clone(&channel)));
                let living = Arc::clone(&channel);
                self.spawn(&name, async move {
                    living.live().await;
                    Event::Ended
                });
                self.set(&name, |entry| entry.stage = Stage::Running(channel));
            }
            Event::Failed(why) => {
                tracing::error!(channel = %name, why, "the channel can't run");
                self.set(&name, |entry| entry.stage = Stage::Waiting(Phase::Broken { why }));
            }
            Event::Noted(note) => self.set(&name, |entry| entry.note = note),
            // A channel that only has hooks: nothing of its own is left to do, and the doors go on calling it.
            Event::Ended => {}
        }
    }

    /// A task was aborted, which is what `stop` does, or panicked, which is a bug of ours: the rest runs on.
    fn lost(&mut self, error: &tokio::task::JoinError) {
        if !error.is_panic() {
            return;
        }
        let ended = |life: &Life| life.tasks.iter().any(|task| task.id() == error.id());
        let name = self
            .lives
            .iter()
            .find(|(_, life)| ended(life))
            .map(|(name, _)| name.clone());
        tracing::error!(
            channel = name.as_ref().map(ToString::to_string),
            "a task of the host panicked"
        );
        if let Some(name) = name {
            let why = "a task of lockgate itself failed; restart it, and please report this".to_owned();
            self.set(&name, |entry| entry.stage = Stage::Waiting(Phase::Broken { why }));
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
