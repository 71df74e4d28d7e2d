//! What a message answers, quotes or forwards. Pure.

use lockgate_sdk::{Author, Quote};
use serde_json::Value;

use crate::author;
use crate::content;
use crate::fields::Fields;

/// What a message is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The other words, and whose they are.
    pub quote: Option<Quote>,
    /// The message that is answered, if it stands in the same chat.
    pub in_reply_to: Option<String>,
    /// The name of whoever said it where the account is hidden.
    pub from: Option<String>,
}

/// Reads it; `text` is what the message itself says, which are the other's words if it was forwarded.
pub fn of(message: &Value, text: &str) -> Context {
    if let Some(origin) = message.object("forward_origin") {
        let (author, name) = author::origin(origin);
        let from = name.filter(|_| author.is_none());
        return Context {
            quote: Some(Quote {
                author,
                text: text.to_owned(),
            }),
            in_reply_to: None,
            from,
        };
    }
    let stretch = message.object("quote").and_then(|quote| quote.text("text"));
    if let Some(answered) = answered(message) {
        let text = stretch.map(str::to_owned).or_else(|| Some(content::of(answered)?.text));
        let author = author::of(answered).map(Author::Person);
        return Context {
            quote: text.map(|text| Quote { author, text }),
            in_reply_to: answered.id("message_id"),
            from: None,
        };
    }
    message
        .object("external_reply")
        .map(|reply| elsewhere(reply, stretch))
        .unwrap_or_default()
}

/// The message that is answered. Each message in a topic has the one with which the topic began in this field, which
/// nobody meant.
pub fn answered(message: &Value) -> Option<&Value> {
    let answered = message.object("reply_to_message")?;
    let thread = message
        .int("message_thread_id")
        .filter(|_| message.is("is_topic_message"));
    let is_beginning =
        answered.has("forum_topic_created") || (thread.is_some() && thread == answered.int("message_id"));
    (!is_beginning).then_some(answered)
}

/// An answer to a message of another chat.
fn elsewhere(reply: &Value, stretch: Option<&str>) -> Context {
    let (author, name) = reply.object("origin").map(author::origin).unwrap_or_default();
    let text = stretch.map(str::to_owned).or_else(|| Some(content::of(reply)?.text));
    Context {
        from: name.filter(|_| author.is_none()),
        quote: text.map(|text| Quote { author, text }),
        in_reply_to: None,
    }
}
