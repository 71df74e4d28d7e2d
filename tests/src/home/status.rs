//! What `lockgate status --json` says, as far as tests look at it.
//!
//! Unknown fields are ignored and absent ones are empty: `status` may say more than this.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;

/// The whole answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The process that runs the channels, if one does.
    pub owner: Option<Owner>,
    /// Where the listener is bound.
    pub listen: Option<SocketAddr>,
    /// Why the operator's files can't be read.
    pub problem: Option<String>,
    /// What the organisation's policy does.
    pub policy: Option<String>,
    /// Who is heard, in numbers.
    pub allowlist: Allowlist,
    /// Questions for permission.
    pub relay: Relay,
    /// Each configured channel.
    pub channels: Vec<Channel>,
}

/// The process that runs the channels.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
}

/// What became of questions for permission.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Relay {
    /// Those that are open.
    pub open: Vec<OpenQuestion>,
    /// How often what became of the others, and of answers.
    pub counts: BTreeMap<String, u64>,
    /// The last that could be shown to nobody.
    pub unshown: Option<Unshown>,
}

/// One that is open.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OpenQuestion {
    /// The tool.
    pub tool: String,
    /// In how many conversations it stands.
    pub shown: usize,
}

/// One that nobody saw.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Unshown {
    /// Why, and what to type.
    pub why: String,
}

/// The list of people.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Allowlist {
    /// People on it.
    pub people: usize,
    /// Accounts that are denied.
    pub denied: usize,
    /// Why it can't be read.
    pub problem: Option<String>,
    /// Strangers who wait with a code.
    pub pending: usize,
    /// Invitations that are open.
    pub invites: usize,
}

/// One channel.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// The operator's name for it.
    pub name: String,
    /// `ready`, `loading`, `compiling`, `needs-review`, `broken`…
    pub phase: String,
    /// Why, and what to do.
    pub detail: Option<String>,
    /// What the operator should look at.
    pub note: Option<String>,
    /// What the organisation's policy does to it.
    pub policy: Option<String>,
    /// The version of the bytes that run.
    pub version: String,
    /// Events that wait.
    pub held: u64,
    /// Events that only `inbox` gives.
    pub collected: u64,
    /// Events that were written to a session.
    pub sent: u64,
    /// Events that a session is known to have read.
    pub seen: u64,
    /// Events that are given up.
    pub dead: u64,
    /// What opens its page.
    pub page: Option<String>,
    /// Why its page is not served.
    pub page_problem: Option<String>,
    /// Calls that were committed.
    pub committed: u64,
    /// Calls that brought nothing.
    pub failed: u64,
    /// Parts of answers that went out for certain.
    pub answers_sent: u64,
    /// Those that did not.
    pub answers_failed: u64,
    /// Those of which nobody knows.
    pub answers_uncertain: u64,
    /// Lines of its guest's that were not logged.
    #[serde(default)]
    pub log_cut: u64,
    /// What went wrong last.
    pub last_failure: Option<String>,
    /// What was dropped or refused, by reason.
    pub tallies: BTreeMap<String, u64>,
    /// Its websockets.
    pub sockets: Vec<Socket>,
}

/// One websocket.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Socket {
    /// The channel's own name for it.
    pub name: String,
    /// Where it leads.
    pub place: String,
    /// `open`, `opening` or `waiting`.
    pub stage: String,
    /// Frames that came.
    pub frames_in: u64,
    /// Frames that went out.
    pub frames_out: u64,
    /// Frames that were dropped.
    pub dropped: u64,
    /// How it ended the last time.
    pub last_end: Option<String>,
}

impl Status {
    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// The owner's process id.
    #[must_use]
    pub fn owner_pid(&self) -> Option<u32> {
        self.owner.as_ref().map(|owner| owner.pid)
    }
}
