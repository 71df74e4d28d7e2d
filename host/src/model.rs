//! The words of the house: what a channel reports, what the host makes of it, and the ids by which both are named.
//!
//! Plain values. Nothing here reads a file, a clock or a component.

mod aside;
mod ids;
mod outbound;
mod prompt;
mod review;
#[cfg(test)]
pub mod sample;
mod secret;
mod seen;

pub use aside::{Approach, Aside, Behavior, Typed, TypedVerdict};
pub use ids::{ChannelName, DEV, Digest, EventId, InstanceId, NameError, SessionId, UnixMillis, is_name, is_network};
pub use outbound::{Button, Fate, Format, Outgoing, Place, Receipt};
pub use prompt::PermissionRequest;
pub use review::Review;
pub use secret::Secret;
pub use seen::{Seen, TOLD};

use serde::{Deserialize, Serialize};

/// Who wrote something, as the platform itself names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The platform's stable id: never a display name, never a room.
    pub id: String,
    /// Shown to people and to the model; never used to decide anything.
    pub name: Option<String>,
    /// The platform says that this account is a program.
    pub bot: bool,
}

/// Who is behind a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// An account on the platform.
    Person(Sender),
    /// The thing that the channel watches: a build, a feed, a log.
    Service(String),
}

/// How private a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One person and the channel's own account.
    Direct,
    /// A room that others can read or write.
    Group,
}

/// Where a message was written, and where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The platform's id of the room or of the direct conversation.
    pub id: String,
    /// A topic or thread inside it.
    pub thread: Option<String>,
    /// Direct or group.
    pub scope: Scope,
    /// For people to read.
    pub title: Option<String>,
}

/// What a message quotes, answers or forwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Who wrote the quoted text, if the platform says.
    pub author: Option<Author>,
    /// The quoted text.
    pub text: String,
}

/// Where an attachment's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A path under `/inbox`, written in the call that reported it.
    File(String),
    /// The platform's own handle, fetched after the gate.
    Handle(String),
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// As the sender named it.
    pub name: Option<String>,
    /// As the platform states it, so not to be trusted.
    pub mime: Option<String>,
    /// Bytes, as the platform states it.
    pub size: Option<u64>,
    /// Where the bytes are.
    pub content: Content,
}

/// One inbound message, as a channel reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The platform's id; unique within channel and conversation.
    pub id: String,
    /// A person, whom the allowlist judges, or a thing, which the channel's `events` policy judges.
    pub author: Author,
    /// Where it was written.
    pub conversation: Conversation,
    /// What it says: untrusted.
    pub text: String,
    /// The platform says that this message addresses the channel's own account.
    pub mentions_me: bool,
    /// The id of the message that it answers.
    pub in_reply_to: Option<String>,
    /// What it quotes.
    pub quote: Option<Quote>,
    /// As the platform states it.
    pub sent_at: Option<UnixMillis>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// More attributes for the model; shown as `x_<key>`.
    pub meta: Vec<(String, String)>,
}

/// Somebody pressed a button that the host had shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// The button's token, returned as it was given.
    pub token: String,
    /// The platform's id of the press.
    pub id: String,
    /// For the answer to the press.
    pub handle: Option<String>,
    /// Who pressed.
    pub sender: Sender,
    /// Where.
    pub conversation: Conversation,
}

/// One thing that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// A new message.
    Message(Message),
    /// A message as it is now, after an edit.
    Edited {
        /// The whole message.
        now: Message,
        /// Tells two edits of one message apart.
        revision: String,
    },
    /// A button was pressed.
    Press(Press),
    /// The channel stepped over something that it could not read. Shown in `status`, never to the model.
    Skipped(String),
}

/// One websocket frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Vec<u8>),
}

impl Frame {
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// What the host does for a channel after the call has been committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Open a websocket, or keep the one of that name if its URL is the same.
    Connect {
        /// The channel's own name for it.
        name: String,
        /// A `wss:` URL that the grant covers.
        url: String,
        /// Headers of the handshake.
        headers: Vec<(String, String)>,
    },
    /// Send a frame on an open websocket.
    SendFrame {
        /// The connection's name.
        connection: String,
        /// What to send.
        frame: Frame,
    },
    /// Close the websocket of this name.
    Disconnect(String),
    /// Call `timer.fire` later. A later one of the same name replaces it.
    Wake {
        /// The timer's name.
        name: String,
        /// Milliseconds after the commit.
        after: u32,
    },
    /// Hand a text to every subscriber of a topic.
    Publish {
        /// The topic's name, within the channel.
        topic: String,
        /// What they get.
        text: String,
    },
}

impl Effect {
    /// Whether it is for a websocket.
    pub fn is_of_socket(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. } | Self::SendFrame { .. } | Self::Disconnect(_)
        )
    }
}

/// All that a call changes, apart from what it wrote to its store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What came in, in the platform's order.
    pub inbound: Vec<Inbound>,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

/// Why a call did not do its work, in the guest's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The platform asks to wait: milliseconds.
    #[error("busy for {0} ms")]
    Busy(u32),
    /// Not reachable just now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The credential is missing or wrong.
    #[error("unauthorized: {0}")]
    Unauthorized(String),
    /// Somebody else uses the same credential.
    #[error("conflict: {0}")]
    Conflict(String),
    /// It can't be done as asked.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The platform sent something that the channel can't read.
    #[error("malformed: {0}")]
    Malformed(String),
}

/// How the host saw the author of an admitted message: what the model is told of him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A person of the allowlist, by the name that the operator gave.
    Person {
        /// The name in `access.toml`.
        name: String,
        /// His roles, as shown to the model.
        roles: Vec<String>,
    },
    /// Somebody admitted without an entry of his own (an open group).
    Guest,
    /// A thing.
    Service,
    /// The host itself, in its reserved channel.
    Host,
}

/// A message that passed the gate, ready to be committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    /// As the channel reported it, within the bounds.
    pub message: Message,
    /// Set on edits: which edit this is.
    pub revision: Option<String>,
    /// How the gate saw its author.
    pub standing: Standing,
    /// How the gate saw the author of what it quotes, if he may speak himself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Standing>,
    /// It was not said to us: it is kept for whoever asks, and not pushed by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// Attachments whose bytes the host has copied for the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Filed>,
}

/// An attachment's bytes, in a file of the host's own making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Which attachment of the message, from 0.
    pub attachment: usize,
    /// The file's name in the channel's inbox folder: chosen by the host, with an extension by what the bytes are.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// What the bytes are.
    pub kind: FileKind,
}

/// What a file is, by its first bytes; what anybody called it counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A picture that a client can show.
    Image,
    /// Anything else.
    Other,
}

/// An admitted message in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its row; increases with every event of the house.
    pub id: EventId,
    /// The channel that brought it.
    pub channel: ChannelName,
    /// When the host took it in.
    pub received: UnixMillis,
    /// It has been written to a session before.
    pub replay: bool,
    /// The message and how the gate saw it.
    pub admitted: Admitted,
}
