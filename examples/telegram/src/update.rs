//! One update: what of it the host is told. What is no message, no edit and no press is stepped over, and said so by its
//! number and its kind, never by its text.

use lockgate_sdk::{Edited, Inbound, Outcome, Press};
use serde_json::Value;

use crate::author;
use crate::feed::Update;
use crate::fields::Fields;
use crate::me::Me;
use crate::message::{self, Reading};

/// Names of fields that a report repeats.
const NAMED: usize = 3;

/// Adds what an update brings.
pub fn add(outcome: Outcome, update: &Update, me: &Me) -> Outcome {
    let read: Option<Value> = serde_json::from_str(&update.raw).ok();
    let reading = read
        .as_ref()
        .map_or_else(|| Err("no JSON".to_owned()), |value| inbound(value, update.id, me));
    match reading {
        Ok(None) => outcome,
        Ok(Some(Inbound::Message(message))) => outcome.event(message),
        Ok(Some(Inbound::Edited(edited))) => outcome.edited(edited.now, edited.revision),
        Ok(Some(Inbound::Press(press))) => outcome.press(press),
        Ok(Some(Inbound::Skipped(what))) => outcome.skipped(what),
        Err(why) => outcome.skipped(format!("update {} ({}): {why}", update.id, kind(&update.raw))),
    }
}

/// The kind of an update, as the platform names it.
pub fn kind(raw: &str) -> String {
    let value: Value = serde_json::from_str(raw).unwrap_or_default();
    match &names(&value, |name| name != "update_id")[..] {
        [] => "unknown".to_owned(),
        names => names.join(", "),
    }
}

/// Names of an object's fields: the platform's words, never a person's.
pub fn names(value: &Value, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let is_name = |name: &str| {
        name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let names = value.as_object().into_iter().flat_map(|object| object.keys());
    names
        .filter(|name| is_name(name) && wanted(name))
        .take(NAMED)
        .cloned()
        .collect()
}

fn inbound(update: &Value, id: i64, me: &Me) -> Result<Option<Inbound>, String> {
    if let Some(query) = update.object("callback_query") {
        return press(query).map(|press| Some(Inbound::Press(press)));
    }
    if let Some(now) = update.object("message").or_else(|| update.object("channel_post")) {
        return Ok(match message::read(now, me)? {
            Reading::Message(message) => Some(Inbound::Message(*message)),
            Reading::Moved { from, to } => {
                let instead = format!("the group {from} has become {to}: name that one in lockgate.toml");
                Some(Inbound::Skipped(instead))
            }
            Reading::Nothing => None,
        });
    }
    let Some(now) = update
        .object("edited_message")
        .or_else(|| update.object("edited_channel_post"))
    else {
        return Err("nothing that this channel reads".to_owned());
    };
    // A live location moves every few seconds: that is no edit of a text.
    if now.has("location") {
        return Ok(None);
    }
    // The time of an edit has whole seconds, in which there can be two of them; what is delivered again has its number again.
    let revision = id.to_string();
    Ok(match message::read(now, me)? {
        Reading::Message(now) => Some(Inbound::Edited(Edited { now: *now, revision })),
        Reading::Nothing | Reading::Moved { .. } => None,
    })
}

/// Somebody pressed a button under a message of ours.
fn press(query: &Value) -> Result<Press, String> {
    let missing = |what: &str| format!("a press without {what}");
    let id = query.text("id").ok_or_else(|| missing("an id"))?;
    let chat = query.object("message").and_then(message::conversation);
    Ok(Press {
        token: query.text("data").ok_or_else(|| missing("data"))?.to_owned(),
        id: id.to_owned(),
        handle: Some(id.to_owned()),
        sender: query
            .object("from")
            .and_then(author::user)
            .ok_or_else(|| missing("a sender"))?,
        conversation: chat.ok_or_else(|| missing("a message"))?,
    })
}
