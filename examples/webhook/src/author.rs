//! Who speaks. A signature says who forwarded a payload, not who wrote what stands in it: where a payload names an
//! account, that account is the author, and the operator's allowlist decides about it. Pure.

use crate::Settings;
use crate::delivery::{Delivery, scalar};
use crate::kinds;
use crate::template::render;
use lockgate_sdk::{Author, Sender};
use serde_json::Value;
use std::cell::Cell;

/// Accounts by path, those who wrote the text before those who set something off.
const WRITERS: [&str; 19] = [
    "comment.user",
    "review.user",
    "issue.user",
    "pull_request.user",
    "discussion.user",
    "release.author",
    "event.user",
    "message.user",
    "message.from",
    "workflow_run.actor",
    "sender",
    "user",
    "actor",
    "author",
    "pusher",
    "from",
    "data.user",
    "data.actor",
    "data.author",
];
/// Keys under which an account may stand anywhere else.
const ACCOUNT_KEYS: [&str; 12] = [
    "user",
    "sender",
    "actor",
    "author",
    "pusher",
    "creator",
    "reporter",
    "commenter",
    "submitter",
    "user_id",
    "author_id",
    "username",
];
/// How deep those are looked for.
const DEPTH: usize = 5;
/// The id of an account that can't be told from others: no allowlist has it.
const UNKNOWN: &str = "unknown";

/// Who speaks, and where the account stands that does.
pub struct Speaker {
    /// As the host is told.
    pub author: Author,
    /// Path of the object that holds the account, for a person; whose text is his. Empty: the top.
    pub holder: Option<String>,
    /// Somebody else has edited what this account wrote.
    pub edited_by_another: bool,
}

/// The name of the thing that speaks where no account does.
pub fn service_name(rule: &str, settings: Settings<'_>) -> String {
    settings("service")
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| rule.to_owned())
}

/// Decides who speaks: the operator's word for this kind, else the machine that made it, else the account in it, else the
/// thing that sent it.
pub fn speaker(kind: &str, delivery: &Delivery<'_>, settings: Settings<'_>) -> Speaker {
    let service = |name: String| Speaker {
        author: Author::Service(name),
        holder: None,
        edited_by_another: false,
    };
    if let Some(name) = settings(&format!("service.{kind}")) {
        return service(name);
    }
    if let Some(template) = settings(&format!("author.{kind}")) {
        let is_exact = Cell::new(true);
        let id = render(&template, |path| {
            is_exact.set(is_exact.get() && delivery.is_exact(path));
            delivery.value(path)
        });
        let id = if id.is_empty() || !is_exact.get() {
            UNKNOWN.to_owned()
        } else {
            id
        };
        return Speaker {
            author: Author::Person(Sender::account(id)),
            holder: Some(String::new()),
            edited_by_another: false,
        };
    }
    let name = service_name(&delivery.request.rule, settings);
    if kinds::is_machine_made(kind, delivery) {
        return service(name);
    }
    match writer(delivery) {
        Some((path, sender)) => person(&path, sender, delivery),
        None => match other_accounts(delivery.json, DEPTH).as_slice() {
            [] => service(name),
            [only] => person("", account(only), delivery),
            // Which one wrote the text can't be told.
            _ => person("", Sender::account(UNKNOWN), delivery),
        },
    }
}

fn person(path: &str, sender: Sender, delivery: &Delivery<'_>) -> Speaker {
    let edited = delivery.at("action").and_then(Value::as_str) == Some("edited");
    let editor = delivery.at("sender").map(account);
    let edited_by_another = edited && editor.is_some_and(|editor| editor.id != sender.id);
    let holder = path.rsplit_once('.').map_or("", |(holder, _)| holder).to_owned();
    Speaker {
        author: Author::Person(sender),
        holder: Some(holder),
        edited_by_another,
    }
}

/// The first account of the well-known paths.
fn writer(delivery: &Delivery<'_>) -> Option<(String, Sender)> {
    WRITERS.iter().find_map(|path| {
        let value = delivery.at(path).filter(|value| names_somebody(path, value))?;
        Some(((*path).to_owned(), account(value)))
    })
}

/// Whether a value under such a key is an account: an object always is; `from` is too often a time or an address.
fn names_somebody(path: &str, value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::String(text) => !text.is_empty() && !path.ends_with("from"),
        Value::Number(_) => !path.ends_with("from"),
        _ => false,
    }
}

/// An account's id, its name to show, and whether it is a program's.
fn account(value: &Value) -> Sender {
    if scalar(value).is_some() {
        return Sender::account(id(value).unwrap_or_else(|| UNKNOWN.to_owned()));
    }
    let text = |key: &str| value.get(key).and_then(scalar).filter(|text| !text.is_empty());
    let sender = Sender::account(value.get("id").and_then(id).unwrap_or_else(|| UNKNOWN.to_owned()));
    let named = ["login", "username", "name"].iter().find_map(|key| text(key));
    let bot = text("type").is_some_and(|kind| kind.eq_ignore_ascii_case("bot"));
    Sender {
        bot,
        name: named,
        ..sender
    }
}

/// An account's id as it is, or none: made fit for a line, it could be the id of another account.
fn id(value: &Value) -> Option<String> {
    scalar(value).filter(|id| !id.is_empty() && value.as_str().is_none_or(|text| text == id))
}

/// Different accounts anywhere in a payload; two are enough to know that there is more than one.
fn other_accounts(value: &Value, depth: usize) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    let inside: Vec<(&str, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        Value::Array(array) => array.iter().map(|value| ("", value)).collect(),
        _ => return found,
    };
    for (key, value) in inside {
        if ACCOUNT_KEYS.contains(&key) && names_somebody(key, value) {
            found.push(value);
        } else if depth > 0 {
            found.extend(other_accounts(value, depth - 1));
        }
        found.dedup();
        if found.len() > 1 {
            break;
        }
    }
    found
}
