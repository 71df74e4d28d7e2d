//! Makes of an admitted event the line that a client gets. Pure: the time, the file of a long text and the standing of
//! a quoted author are handed in. It decides nothing about who may speak.
//!
//! # Authority
//! The attributes that say who speaks are the host's. A guest's own keys are shown as `x_<key>`, before them, and a key
//! that the client would drop or mistake for one of the host's is left out.

mod attachments;
mod attributes;
mod body;
mod verdict;

use crate::limits;
use crate::model::{ChannelName, Event, Seen, UnixMillis};
use crate::text;

pub use attributes::{Attributes, attributes};
pub use verdict::verdict;

/// Whether the model is asked to acknowledge an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ack {
    /// The event carries `ack="please"`.
    Please,
    /// It does not.
    #[default]
    No,
}

/// Where the whole of a long text was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spilled {
    /// The file's absolute path.
    pub path: String,
    /// Its size in bytes.
    pub bytes: usize,
}

/// What the host knows of an event besides what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Now, for `age`.
    pub now: UnixMillis,
    /// Whether to ask for an acknowledgement.
    pub ack: Ack,
    /// Set if the text [`is_long`] and was written to a file.
    pub spilled: Option<Spilled>,
    /// The absolute path of the folder with the channel's attachments.
    pub inbox: Option<String>,
}

/// A line for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// JSON and a line feed.
    pub line: Vec<u8>,
    /// How many of the guest's own keys were left out: not an identifier, the host's, or given twice.
    pub dropped: usize,
}

/// What is shown of one event.
pub(super) struct Shown {
    pub(super) attributes: Attributes,
    pub(super) body: String,
}

/// The notification that pushes an event into a session.
pub fn notification(event: &Event, stamp: &Stamp) -> Rendered {
    let shown = shown(event, stamp);
    let meta = shown
        .attributes
        .guest
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let meta = meta.chain(shown.attributes.host.iter().map(|(key, value)| (*key, value.as_str())));
    Rendered {
        line: line(&shown.body, meta),
        dropped: shown.attributes.dropped,
    }
}

/// The same for who watches the channel.
pub fn seen(event: &Event, stamp: &Stamp) -> Seen {
    let Shown { attributes, body } = shown(event, stamp);
    let host = attributes.host.into_iter().map(|(key, value)| (key.to_owned(), value));
    Seen::Event {
        attributes: attributes.guest.into_iter().chain(host).collect(),
        body,
    }
}

/// An event of the host's own: `text` is for the model, and comes from the channel `lockgate` that no guest can have.
pub fn notice(text: &str, now: UnixMillis) -> Vec<u8> {
    let host = ChannelName::host();
    let ts = attributes::iso(now);
    let meta = [
        ("channel", host.as_str()),
        ("user", host.as_str()),
        ("role", "host"),
        ("ts", &ts),
    ];
    line(&text::neutralise(text), meta.into_iter())
}

/// The whole body as the model would read it: what goes to a file if it is too long to be pushed.
pub fn whole_body(event: &Event) -> String {
    body::whole(event).text
}

/// Whether the body is too long to be pushed, so that the caller writes [`whole_body`] to a file first.
pub fn is_long(event: &Event) -> bool {
    let message = &event.admitted.message;
    let quote = message.quote.as_ref().map_or(0, |quote| quote.text.len());
    // Most are so short that they can't grow beyond the bound: no need to make the body to know.
    let most = 2 * (message.text.len() + quote) + 4 * limits::SHORT_TEXT_BYTES;
    most > limits::BODY_BYTES && whole_body(event).len() > limits::BODY_BYTES
}

/// A conversation as the model names it, from [`attributes`] to the tools.
pub fn chat_id(channel: &ChannelName, conversation: &str) -> String {
    format!("{channel}:{}", text::attribute(conversation))
}

/// A message as the model names it.
pub fn message_id(id: &str) -> String {
    text::attribute(id)
}

/// Attributes and body of an event, for a notification and for the tool `inbox` alike.
pub(super) fn shown(event: &Event, stamp: &Stamp) -> Shown {
    let whole = body::whole(event);
    let mut attributes = attributes(event, stamp);
    if whole.quoted_lines > 0 {
        attributes.host.push(("quoted", whole.quoted_lines.to_string()));
    }
    if stamp.spilled.is_none() && whole.text.len() <= limits::BODY_BYTES {
        return Shown {
            attributes,
            body: whole.text,
        };
    }
    let head = text::head(&whole.text, text::Bound::Bytes(limits::BODY_HEAD_BYTES));
    let bytes = stamp.spilled.as_ref().map_or(whole.text.len(), |spilled| spilled.bytes);
    attributes
        .host
        .push(("truncated", format!("{} of {bytes} bytes", head.len())));
    if let Some(spilled) = &stamp.spilled {
        attributes.host.push(("text_path", text::attribute(&spilled.path)));
    }
    Shown {
        attributes,
        body: format!("{head}…"),
    }
}

/// By hand, since this is the path that every event takes: no tree of values in between.
fn line<'a>(content: &str, meta: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 512);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"#);
    json(&mut out, content);
    out.extend_from_slice(br#","meta":{"#);
    for (nth, (key, value)) in meta.enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        json(&mut out, key);
        out.push(b':');
        json(&mut out, value);
    }
    out.extend_from_slice(b"}}}\n");
    out
}

fn json(out: &mut Vec<u8>, text: &str) {
    // A string always has a JSON form, and a vector takes every byte.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests;
