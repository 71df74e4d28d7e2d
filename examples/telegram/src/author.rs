//! Who wrote something: an account by its number, or the chat in whose name somebody wrote. Pure.

use lockgate_sdk::{Author, Sender};
use serde_json::Value;

use crate::fields::{Fields, short};

/// Accounts that stand for everybody who writes in the name of a chat: the anonymous administrators of all groups, all
/// channels, and Telegram itself. Somebody who allowed one of them would allow them all.
const STAND_INS: [i64; 3] = [1_087_968_824, 136_817_688, 777_000];

/// Who sent a message; none if that can't be told.
///
/// In whose name somebody writes comes first: the field `from` then has an account that stands for all such.
pub fn of(message: &Value) -> Option<Sender> {
    if message.has("sender_chat") {
        return message.object("sender_chat").and_then(chat);
    }
    let sender = message.object("from")?;
    let id = sender.int("id")?;
    if STAND_INS.contains(&id) { None } else { user(sender) }
}

/// An account.
pub fn user(user: &Value) -> Option<Sender> {
    let id = user.int("id").filter(|id| *id > 0)?;
    let sender = Sender {
        bot: user.is("is_bot"),
        ..Sender::account(id.to_string())
    };
    Some(Sender {
        name: user.short("username").or_else(|| full_name(user)),
        ..sender
    })
}

/// A chat that speaks for itself: a channel, or a group for its anonymous administrators. Its number is negative, so it is
/// never a person's.
pub fn chat(chat: &Value) -> Option<Sender> {
    let id = chat.int("id").filter(|id| *id < 0)?;
    let sender = Sender::account(id.to_string());
    Some(Sender {
        name: chat.short("title").or_else(|| chat.short("username")),
        ..sender
    })
}

/// First and last name.
pub fn full_name(user: &Value) -> Option<String> {
    let names = [user.text("first_name"), user.text("last_name")];
    let name = short(&names.into_iter().flatten().collect::<Vec<_>>().join(" "));
    (!name.is_empty()).then_some(name)
}

/// Who wrote what was forwarded, and the name to show where the account is hidden.
pub fn origin(origin: &Value) -> (Option<Author>, Option<String>) {
    let sender = match origin.text("type") {
        Some("user") => origin.object("sender_user").and_then(user),
        Some("chat") => origin.object("sender_chat").and_then(chat),
        Some("channel") => origin.object("chat").and_then(chat),
        _ => None,
    };
    let name = sender.as_ref().and_then(|sender| sender.name.clone());
    (
        sender.map(Author::Person),
        name.or_else(|| origin.short("sender_user_name")),
    )
}
