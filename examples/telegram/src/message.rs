//! A message of the platform as one of the host's. Pure.

use lockgate_sdk::{Conversation, Message};
use serde_json::Value;

use crate::author;
use crate::content::{self, Content};
use crate::entities;
use crate::fields::Fields;
use crate::me::Me;
use crate::quote::{self, Context};
use crate::update::names;

/// What a message is.
pub enum Reading {
    /// Something that somebody says.
    Message(Box<Message>),
    /// The group has another number from now on.
    Moved {
        /// The number that it had.
        from: String,
        /// The number that it has.
        to: String,
    },
    /// Something that happened in the chat, and that nobody says.
    Nothing,
}

/// Reads a message, or says what is wrong with it.
pub fn read(message: &Value, me: &Me) -> Result<Reading, String> {
    let conversation = conversation(message).ok_or("a message without a chat")?;
    if let Some(to) = message.id("migrate_to_chat_id") {
        return Ok(Reading::Moved {
            from: conversation.id,
            to,
        });
    }
    let Some(content) = content::of(message) else {
        return if content::is_event(message) {
            Ok(Reading::Nothing)
        } else {
            Err(unknown(message))
        };
    };
    let id = message.id("message_id").ok_or("a message without an id")?;
    let sender = author::of(message).ok_or("a message without a sender")?;
    let mut read = Message::person(sender, conversation, "").id(id);
    read.sent_at = message
        .int("date")
        .and_then(|date| u64::try_from(date).ok())
        .map(|date| date.saturating_mul(1_000));
    read.mentions_me = is_for(message, me);
    read.meta = meta(message, &content);
    add(&mut read, message, content);
    Ok(Reading::Message(Box::new(read)))
}

/// What it says, and what it says it about. What was forwarded are another's words: they are quoted, and never the text.
fn add(read: &mut Message, message: &Value, content: Content) {
    read.attachments = content.attachment.into_iter().collect();
    let Context {
        quote,
        in_reply_to,
        from,
    } = quote::of(message, &content.text);
    read.text = if message.has("forward_origin") {
        "(forwarded)".to_owned()
    } else {
        content.text
    };
    read.quote = quote;
    read.in_reply_to = in_reply_to;
    read.meta.extend(from.map(|from| ("quoted_from".to_owned(), from)));
}

/// Where a message stands: the chat, and the topic if it has some.
pub fn conversation(message: &Value) -> Option<Conversation> {
    let chat = message.object("chat")?;
    let id = chat.id("id")?;
    let conversation = match chat.text("type")? {
        "private" => Conversation::direct(id),
        _ => Conversation::group(id),
    };
    // Other groups have threads of answers, too, which are no place to write to.
    let thread = message
        .id("message_thread_id")
        .filter(|_| message.is("is_topic_message"));
    Some(Conversation {
        thread,
        title: chat.short("title"),
        ..conversation
    })
}

/// Whether it is addressed to the bot: by being alone with it, by its name, by a command with its name, or as an answer.
fn is_for(message: &Value, me: &Me) -> bool {
    let direct = message.object("chat").and_then(|chat| chat.text("type")) == Some("private");
    let answered = quote::answered(message).and_then(|answered| answered.object("from")?.int("id"));
    let named = || !message.has("forward_origin") && entities::name(message, me);
    direct || (me.id != 0 && answered == Some(me.id)) || named()
}

fn meta(message: &Value, content: &Content) -> Vec<(String, String)> {
    let sender = message.object("from").filter(|_| !message.has("sender_chat"));
    let name = sender
        .filter(|sender| sender.has("username"))
        .and_then(author::full_name);
    let bot = message.object("via_bot").and_then(|bot| bot.short("username"));
    let pairs = [
        ("kind", content.kind.map(str::to_owned)),
        ("album", message.short("media_group_id")),
        ("name", name),
        ("signature", message.short("author_signature")),
        ("via_bot", bot),
    ];
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// A report of what there is instead of anything known.
fn unknown(message: &Value) -> String {
    const ENVELOPE: [&str; 8] = [
        "message_id",
        "from",
        "chat",
        "date",
        "sender_chat",
        "message_thread_id",
        "is_topic_message",
        "edit_date",
    ];
    let names = names(message, |name| !ENVELOPE.contains(&name));
    format!("a message of an unknown kind ({})", names.join(", "))
}
