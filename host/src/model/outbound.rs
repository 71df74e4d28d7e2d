//! What goes the other way: a text for a conversation, and what became of it.

use super::{Effect, Trouble};

/// Where a message stands or goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The platform's id of the conversation.
    pub conversation: String,
    /// A topic or thread inside it.
    pub thread: Option<String>,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it stands.
    Plain,
    /// CommonMark; the channel turns it into what its platform has.
    Markdown,
}

/// One part of an answer, within the sink's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The same for every try at this very part.
    pub key: String,
    /// Where it goes.
    pub place: Place,
    /// What it says; may be empty if there are files.
    pub text: String,
    /// How the text is to be read.
    pub format: Format,
    /// The platform's id of the message that it answers.
    pub reply_to: Option<String>,
    /// Names of files in the call's `/outbox`.
    pub files: Vec<String>,
    /// Buttons below the text, only for a sink that has them.
    pub buttons: Vec<Button>,
}

/// A button below a message of the host's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// Opaque, at most 48 of `[A-Za-z0-9_-]`; comes back when it is pressed.
    pub token: String,
}

/// What a channel says of a part that it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// The platform's ids of what was sent, in order; also when there was a problem.
    pub messages: Vec<String>,
    /// Why the rest was not sent.
    pub problem: Option<Trouble>,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

/// Whether something happened outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It did.
    Sent,
    /// It did not.
    NotSent,
    /// Nobody knows.
    Perhaps,
    /// Some of it did.
    Partly,
}
