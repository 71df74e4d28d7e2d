//! What a person, a script or the model may know of the house at one moment. Gathered from snapshots; it never waits
//! for a worker, and it holds no text of an event.

mod outward;
mod relay;
mod sockets;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

pub use outward::OutwardReport;
pub use relay::{Carrying, OpenReport, RelayReport};
use serde::{Deserialize, Serialize};
pub use sockets::SocketReport;

use crate::access::AccessBook;
use crate::access::pairing::Desk;
use crate::book::Book;
use crate::channel::Phase;
use crate::journal::{JournalError, Reader};
use crate::model::{ChannelName, Digest, InstanceId, UnixMillis};
use crate::pages::{Page, Pages};
use crate::paths::Owner;
use crate::supervisor::{Entry, Roster, Spec, Stage};
use crate::toolbox::Toolbox;

/// The whole report; what `status --json` prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// lockgate's own version.
    pub version: String,
    /// The process that runs the channels, if one does.
    pub owner: Option<Owner>,
    /// Where hooks are listened for.
    pub listen: Option<SocketAddr>,
    /// Why they are not.
    pub listen_problem: Option<String>,
    /// Why the operator's files can't be read.
    pub problem: Option<String>,
    /// What the policy of the organisation that manages this machine does; nothing, if there is none.
    #[serde(default)]
    pub policy: Option<String>,
    /// The owner's own session.
    pub session: Option<SessionReport>,
    /// Who is heard.
    #[serde(default)]
    pub allowlist: AllowlistReport,
    /// Questions for permission.
    #[serde(default)]
    pub relay: RelayReport,
    /// By name.
    pub channels: Vec<ChannelReport>,
}

/// The session that the owner serves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionReport {
    /// The client's name and version, in its own words.
    pub client: String,
    /// The negotiated revision of MCP.
    pub protocol: String,
    /// Whether it shows signs of what it is sent: `untried`, `unproven`, `proven` or `deaf?`.
    pub hearing: String,
}

/// The list of people, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AllowlistReport {
    /// People on it.
    pub people: usize,
    /// Accounts that are denied.
    pub denied: usize,
    /// Why it can't be read, so that nobody is heard, and what to do.
    pub problem: Option<String>,
    /// Strangers who wait with a code.
    #[serde(default)]
    pub pending: usize,
    /// Invitations that are open.
    #[serde(default)]
    pub invites: usize,
    /// Why codes and invitations can't be read, so that none lets anybody in.
    #[serde(default)]
    pub pairing_problem: Option<String>,
}

impl AllowlistReport {
    /// As the list is now. Blocks as [`Book::current`] does.
    pub fn of(book: &Book) -> Self {
        let list = book.current();
        Self {
            people: list.people().len(),
            denied: list.denied().len(),
            problem: book.problem(),
            ..Self::default()
        }
    }

    /// Adds who waits to be on the list.
    pub fn add_waiting(&mut self, journal: &Reader, now: UnixMillis) {
        match journal.document::<Desk>(Desk::DOCUMENT) {
            Ok(desk) => {
                self.pending = desk.pending(now).count();
                self.invites = desk.invites(now).count();
            }
            Err(error) => self.pairing_problem = Some(format!("{error}; until then no code lets anybody in")),
        }
    }
}

/// One channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelReport {
    /// The operator's name for it.
    pub name: String,
    /// `compiling`, `starting`, `ready`, `resting`, `conflict`, `unauthorized`, `quarantined`, `stale`, `broken`; `stopped` if
    /// nobody runs it.
    pub phase: String,
    /// Why it rests or is broken, and what to do.
    pub detail: Option<String>,
    /// What the operator should look at: the named file has other bytes than the approved ones.
    pub note: Option<String>,
    /// What the organisation's policy does to it, if it admits it; if not, `detail` says why.
    #[serde(default)]
    pub policy: Option<String>,
    /// Whether it carries questions for permission; nothing of one that can't speak.
    #[serde(default)]
    pub relay: Option<Carrying>,
    /// What the channel is, in its author's words.
    pub summary: String,
    /// The manifest's version.
    pub version: String,
    /// Whether they are new and no call of them has ended yet: those before them come back if that breaks.
    #[serde(default)]
    pub on_trial: bool,
    /// Of the bytes that serve; nothing of a channel that does not run.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// What opens its page.
    pub page: Option<PageLink>,
    /// Why its page is not served.
    pub page_problem: Option<String>,
    /// Events that wait to be pushed.
    pub held: u64,
    /// Events that only `inbox` gives.
    pub collected: u64,
    /// Events written to a session that has not shown that it reads.
    pub sent: u64,
    /// Events that a session saw.
    pub seen: u64,
    /// Events given up.
    pub dead: u64,
    /// When the oldest waiting event came.
    pub oldest_held: Option<UnixMillis>,
    /// What was dropped or refused, by reason.
    pub tallies: BTreeMap<String, u64>,
    /// Calls committed since the channel was started.
    pub committed: u64,
    /// Calls that brought nothing.
    pub failed: u64,
    /// Microseconds of the last call.
    pub last_took_us: u64,
    /// What went wrong last.
    pub last_failure: Option<String>,
    /// Parts of answers, changes and reactions that went out for certain since the channel was started.
    #[serde(default)]
    pub answers_sent: u64,
    /// Those that did not.
    #[serde(default)]
    pub answers_failed: u64,
    /// Those of which nobody knows.
    #[serde(default)]
    pub answers_uncertain: u64,
    /// Own tools that no session has, because their names are too long for a client or there are too many in all.
    #[serde(default)]
    pub tools_left_out: u64,
    /// Lines of the channel that were left out of the log.
    pub log_cut: u64,
    /// Its way outward.
    #[serde(default)]
    pub outward: OutwardReport,
    /// Its websockets, by name.
    #[serde(default)]
    pub sockets: Vec<SocketReport>,
}

/// The link that opens a page: for the operator's terminal and scripts. `Debug` does not show it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageLink(pub String);

impl fmt::Debug for PageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[link]")
    }
}

impl Report {
    /// A report that knows no channel.
    pub fn empty() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// Adds the channels that run.
    pub fn add_running(&mut self, roster: &Roster, list: &AccessBook) {
        self.problem.clone_from(&roster.problem);
        self.policy.clone_from(&roster.policy);
        self.channels = roster
            .channels
            .iter()
            .map(|(name, entry)| running(name, entry, list))
            .collect();
        for (name, count) in Toolbox::of(roster).left_out {
            if let Some(channel) = self.channel(Some(&name)) {
                channel.tools_left_out = count;
            }
        }
    }

    /// Adds where the pages are.
    pub fn add_pages(&mut self, pages: &Pages) {
        for (name, page) in pages {
            let Some(channel) = self.channel(Some(name)) else {
                continue;
            };
            match page {
                Page::At(link) => channel.page = Some(PageLink(link.url())),
                Page::Failed(why) => channel.page_problem = Some(why.clone()),
            }
        }
    }

    /// Adds what the journal counted. `instances` says whose counts belong to which name.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn add_counts(
        &mut self,
        journal: &Reader,
        instances: &BTreeMap<InstanceId, ChannelName>,
    ) -> Result<(), JournalError> {
        for count in journal.counts()? {
            let Some(channel) = self.channel(instances.get(&count.instance)) else {
                continue;
            };
            channel.held = count.held;
            channel.collected = count.collected;
            channel.sent = count.sent;
            channel.seen = count.seen;
            channel.dead = count.dead;
            channel.oldest_held = count.oldest_held;
        }
        for tally in journal.tallies()? {
            let Some(channel) = self.channel(instances.get(&tally.instance)) else {
                continue;
            };
            *channel.tallies.entry(tally.reason).or_default() += tally.count;
        }
        Ok(())
    }

    /// Adds which channels will do nothing by themselves when they run again, with the bytes that would: for a house that does
    /// not run.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn add_quarantines(
        &mut self,
        journal: &Reader,
        specs: &BTreeMap<ChannelName, Spec>,
    ) -> Result<(), JournalError> {
        for (name, spec) in specs {
            let Some(kept) = journal.quarantined(spec.pin.instance, &spec.pin.digest)? else {
                continue;
            };
            if let Some(channel) = self.channel(Some(name)) {
                let (call, why) = (kept.call, kept.why);
                channel.detail = Some(format!(
                    "quarantined: {call} broke too often: {why}; run `lockgate review {name} --resume`"
                ));
            }
        }
        Ok(())
    }

    fn channel(&mut self, name: Option<&ChannelName>) -> Option<&mut ChannelReport> {
        let name = name?;
        self.channels.iter_mut().find(|channel| channel.name == name.as_str())
    }
}

/// Whose counts belong to which name, of the channels that run.
pub fn instances(roster: &Roster) -> BTreeMap<InstanceId, ChannelName> {
    let running = roster.channels.iter().filter_map(|(name, entry)| match &entry.stage {
        Stage::Running(channel) => Some((channel.context().instance, name.clone())),
        Stage::Waiting(_) => None,
    });
    running.collect()
}

fn detail(phase: &Phase) -> Option<String> {
    Some(phase.advice()).filter(|advice| !advice.is_empty())
}

fn running(name: &ChannelName, entry: &Entry, list: &AccessBook) -> ChannelReport {
    let phase = entry.phase();
    let mut report = ChannelReport {
        name: name.to_string(),
        phase: phase.word().to_owned(),
        detail: detail(&phase),
        note: entry.note.clone(),
        on_trial: entry.on_trial,
        policy: entry.standing.as_ref().map(|standing| standing.words.clone()),
        ..ChannelReport::default()
    };
    if let Stage::Running(channel) = &entry.stage {
        let pulse = channel.pulse();
        report.summary = channel.about().summary.clone();
        report.version = channel.about().version.clone();
        report.digest = Some(channel.context().component);
        report.committed = pulse.committed;
        report.failed = pulse.failed;
        report.last_took_us = pulse.last_took;
        report.last_failure = pulse.last_failure.map(|(_, what)| what);
        let notes: Vec<String> = report.note.into_iter().chain(channel.names_note()).collect();
        report.note = (!notes.is_empty()).then(|| notes.join("; "));
        let answers = channel.answers();
        report.answers_sent = answers.sent;
        report.answers_failed = answers.failed;
        report.answers_uncertain = answers.uncertain;
        report.log_cut = channel.context().log.cut();
        report.relay = Carrying::of(channel.grant(), entry.standing.as_ref(), list);
        report.outward = OutwardReport::of(channel.grant(), &channel.context().egress);
        report.sockets = SocketReport::of(channel);
        // What the operator has granted already he can't grant.
        if let Some(standing) = &entry.standing {
            report.outward.withheld.retain(|host| !standing.cuts_host(host));
        }
        report.tallies = pulse
            .uncounted
            .into_iter()
            .map(|(reason, count)| (reason.to_owned(), count))
            .collect();
    }
    report
}
