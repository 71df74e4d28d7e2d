//! What the chat is made of: items and files, as they stand in the store and go to the page. Plain values.

use serde::{Deserialize, Serialize};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Orders the items: the time in milliseconds, and three digits that tell items of one millisecond apart.
    pub seq: u64,
    /// What it is called by the page and by the session.
    pub id: String,
    /// Who wrote it.
    pub from: Side,
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// What it says; may be empty if there are files.
    pub text: String,
    /// How the text is to be read.
    pub format: Format,
    /// The id of the item that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<u64>,
    /// What goes with it.
    #[serde(default)]
    pub files: Vec<File>,
    /// The session's reactions. They are kept apart, so that a reaction and an edit at the same moment undo neither.
    #[serde(default)]
    pub reactions: Vec<String>,
}

/// The two who talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The person at the page.
    You,
    /// The session.
    Session,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As it stands.
    Plain,
    /// As Markdown.
    Markdown,
}

/// A file that was sent, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in `/data` and in the page's addresses: only what `is_id` allows.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its type as the browser stated it, or by its name.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

/// What is told to the page as it happens.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event<'a> {
    /// There is a new item.
    Message {
        /// The whole of it.
        item: &'a Item,
    },
    /// An item was edited or reacted to.
    Changed {
        /// The whole of it as it is now.
        item: &'a Item,
    },
    /// The session is writing.
    Typing,
}

/// Whether a text can name an item or a file: it becomes a part of a key, and of a path.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
