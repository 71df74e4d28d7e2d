//! What the tools reach. The door only asks; who implements it holds the journal and knows which session is asking.

use std::error::Error;
use std::path::PathBuf;
use std::pin::Pin;

use serde_json::{Map, Value};

use super::render::Spilled;
use crate::model::{ChannelName, Event, EventId, Fate, Format, PermissionRequest};

/// A desk's answer, as a future that may borrow the desk.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeskError>> + Send + 'a>>;

/// Answers the tools of one session.
///
/// # Authority
/// A desk hands out only what its session may see. Nothing here grants, pairs, installs or edits access.
pub trait Desk: Send + Sync + 'static {
    /// The events that wait, oldest first, at most `limit`, and no more than a result can hold whole.
    fn inbox(&self, limit: usize) -> Reply<'_, Vec<Handed>>;

    /// Marks events as seen.
    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged>;

    /// The channels of the house, or the one of this name.
    fn channels(&self, name: Option<ChannelName>) -> Reply<'_, Vec<ChannelLine>>;

    /// Says something in a conversation.
    fn answer(&self, answer: Answer) -> Reply<'_, Delivered>;

    /// Replaces the text of a message.
    fn correct(&self, correction: Correction) -> Reply<'_, Done>;

    /// Reacts to a message.
    fn react(&self, reaction: Reaction) -> Reply<'_, Done>;

    /// The file of an event's attachment, by its number from 1.
    fn attachment(&self, event: EventId, number: usize) -> Reply<'_, Fetched>;

    /// The session asks for permission. Never waits; what finds no place is counted, and stays at the terminal.
    fn asked(&self, asked: Result<PermissionRequest, Unreadable>);

    /// The channels' own tools, as many as this session has now.
    fn tools(&self) -> Vec<OwnTool>;

    /// Calls one of them.
    fn use_tool(&self, call: OwnCall) -> Reply<'_, Used>;
}

/// A question for permission that has another shape than ours, or a text over its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// A tool of a channel's own: all but the channel's name is its author's.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTool {
    /// Whose.
    pub channel: ChannelName,
    /// What its author calls it.
    pub name: String,
    /// What it does: foreign text, which a person has seen.
    pub text: String,
    /// JSON Schema of its arguments, with texts of the same kind.
    pub schema: Map<String, Value>,
}

impl OwnTool {
    /// What a session calls it. No tool of the host's has two `_` in a row, and no channel has one.
    pub fn shown_name(&self) -> String {
        format!("{}__{}", self.channel, self.name)
    }
}

/// A call of a channel's own tool.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCall {
    /// Whose tool.
    pub channel: ChannelName,
    /// Which.
    pub tool: String,
    /// With what; nothing of it has been checked.
    pub arguments: Map<String, Value>,
}

/// What became of a call of a channel's own tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// What it says: foreign text, without the channel's secrets, and longer than a result can be.
    pub text: String,
    /// Why it was not done for certain.
    pub stop: Option<Stop>,
    /// The channel could not keep what it wanted to note of it.
    pub unkept: bool,
}

/// What the model wants said. Names of conversations and messages are as it was shown them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where.
    pub chat: String,
    /// What; may be empty if there are files.
    pub text: String,
    /// The files that go with its last part: paths on this machine, or names in the channel's outbox.
    pub files: Vec<String>,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// How the text is to be read.
    pub format: Format,
}

/// A text that replaces another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Where.
    pub chat: String,
    /// Of which message.
    pub message: String,
    /// The new text.
    pub text: String,
    /// How it is to be read.
    pub format: Format,
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Where.
    pub chat: String,
    /// To which message.
    pub message: String,
    /// With what.
    pub emoji: String,
}

/// An attachment's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// In a file of the host's own making.
    pub path: PathBuf,
    /// What its sender called it: foreign text.
    pub name: Option<String>,
}

/// What became of an answer in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many parts it has.
    pub parts: usize,
    /// How many of them, from the first on, were sent for certain.
    pub whole: usize,
    /// The platform's ids of all that was sent for certain: foreign text.
    pub ids: Vec<String>,
    /// Why the next part was not, if it was not; no later one was tried.
    pub stop: Option<Stop>,
    /// The channel could not keep what it wanted to note of it.
    pub unkept: bool,
}

/// What became of a change or a reaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// Why it was not done for certain.
    pub stop: Option<Stop>,
    /// The channel could not keep what it wanted to note of it.
    pub unkept: bool,
}

/// Why something was not done for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What is certain.
    pub fate: Fate,
    /// In the host's words.
    pub why: String,
    /// In the guest's own: foreign text.
    pub words: Option<String>,
    /// How the part begins: the model's own text.
    pub begins: String,
}

/// An event that is handed out, and where the whole of a long text and its attachments stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The event.
    pub event: Event,
    /// Set if its text is too long for a result.
    pub spilled: Option<Spilled>,
    /// The absolute path of the folder with its attachments.
    pub inbox: String,
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Now seen, or seen before.
    pub known: Vec<EventId>,
    /// No event of this session.
    pub unknown: Vec<EventId>,
}

/// One channel, as `channels` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLine {
    /// As the operator named it.
    pub name: ChannelName,
    /// The host's word for how it is: `running`, `needs review`.
    pub phase: String,
    /// From the manifest: foreign text.
    pub summary: String,
    /// More about the phase, perhaps in the guest's own words: foreign text.
    pub detail: Option<String>,
}

/// Why a tool could not answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The journal did not answer.
    #[error(
        "the journal could not be reached: {source}; call the tool again, and if it stays so ask the user to run `lockgate status`"
    )]
    Journal {
        /// What it said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It can't be done as asked.
    #[error(transparent)]
    Refused {
        /// Why, and what to do.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No channel that runs has it.
    #[error("unknown tool `{name}`; see tools/list")]
    NoSuchTool {
        /// As a session would call it.
        name: String,
    },
    /// It was tried.
    #[error("it could not be done: {why}")]
    Failed {
        /// Why, in the host's words.
        why: String,
        /// In the guest's own: foreign text.
        words: Option<String>,
    },
    /// Another process has the channels.
    #[error(
        "this session can't answer, because {} runs the channels; answer in its session, or end it and call the tool \
         again",
        .pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    NotOwner {
        /// Which, if it is known.
        pid: Option<u32>,
    },
    /// The process is on its way out.
    #[error("lockgate is shutting down; call the tool again in the next session")]
    Closing,
}
