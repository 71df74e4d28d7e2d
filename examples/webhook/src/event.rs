//! From a payload to the event: what it says, who says it, and what goes with it. Pure.

use crate::Settings;
use crate::author::{Speaker, service_name, speaker};
use crate::delivery::{Delivery, scalar};
use crate::kinds;
use crate::line::{TEXT_BYTES, clip, flat};
use crate::payload::Payload;
use crate::template::render;
use lockgate_sdk::{Author, Conversation, Message, Outcome, Request};
use serde_json::Value;
use std::fmt::Write;
use xxhash_rust::xxh3::Xxh3;

/// The most values of a payload in a line that no template made.
const VALUES: usize = 24;
/// A key with one of these in it holds a secret more often than news; its value stays out of a line that no template made.
const SECRETIVE: [&str; 6] = ["token", "secret", "password", "signature", "api_key", "apikey"];
/// The most keys that the setting `meta-keys` may name.
const META_KEYS: usize = 16;

/// What comes of a call.
pub fn outcome(request: &Request, payload: &Payload, settings: Settings<'_>) -> Outcome {
    let name = service_name(&request.rule, settings);
    let plain = |text: &str| Outcome::from(Message::service(name.as_str(), clip(text, TEXT_BYTES)).id(id(request)));
    match payload {
        Payload::Text(text) if text.trim().is_empty() => plain("(a call without a body)"),
        Payload::Text(text) => plain(text),
        Payload::Unreadable(why) => plain(&format!(
            "(a JSON body of {} bytes that could not be read: {why})",
            request.bytes().len()
        )),
        Payload::Json(json) => event(&Delivery { request, json }, &name, settings),
    }
}

fn event(delivery: &Delivery<'_>, name: &str, settings: Settings<'_>) -> Outcome {
    let kind = kinds::kind(delivery, settings);
    let Speaker {
        author,
        holder,
        edited_by_another,
    } = speaker(&kind, delivery, settings);
    if edited_by_another {
        // Two people wrote this text, and the gate judges one.
        return Outcome::none().skipped(format!("{kind}: edited by another account than its author's"));
    }
    let text = text(&kind, delivery, holder.as_deref(), settings);
    let message = match author {
        Author::Service(service) => Message::service(service, text),
        Author::Person(sender) => Message::person(sender, Conversation::group(name), text),
    };
    let message = match delivery.value("repository.full_name") {
        Some(title) => message.title(title),
        None => message,
    };
    Outcome::from(
        meta(&kind, delivery, settings)
            .into_iter()
            .fold(message.id(id(delivery.request)), |message, (key, value)| {
                message.meta(key, value)
            }),
    )
}

/// What the event says: the operator's template for this kind or for all, else ours, else the values as they stand.
fn text(kind: &str, delivery: &Delivery<'_>, holder: Option<&str>, settings: Settings<'_>) -> String {
    let template = settings(&format!("text.{kind}")).or_else(|| settings("text"));
    let template = template.as_deref().or_else(|| kinds::text(kind, delivery));
    let text = template
        .map(|template| render(template, |path| delivery.value(path)))
        .unwrap_or_default();
    if text.is_empty() {
        values(kind, delivery, holder)
    } else {
        clip(&text, TEXT_BYTES)
    }
}

/// The values of a payload in one line. Of a person's only those beside his account and at the top, since the rest may be
/// somebody else's words.
fn values(kind: &str, delivery: &Delivery<'_>, holder: Option<&str>) -> String {
    let mut found = Vec::new();
    match holder {
        None => collect("", delivery.json, usize::MAX, &mut found),
        Some(holder) => {
            collect("", delivery.json, 0, &mut found);
            if let Some(value) = delivery.at(holder).filter(|_| !holder.is_empty()) {
                collect(holder, value, 0, &mut found);
            }
        }
    }
    let line = found.join(" ");
    match (kind.is_empty(), line.is_empty()) {
        (true, true) => "(no values)".to_owned(),
        (true, false) => line,
        (false, true) => kind.to_owned(),
        (false, false) => format!("{kind}: {line}"),
    }
}

/// Adds `path=value` for each value, down to so many levels.
fn collect(path: &str, value: &Value, depth: usize, found: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (flat(key), value)).collect(),
        Value::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => return found.extend(scalar(value)),
    };
    for (key, value) in inside {
        if found.len() == VALUES {
            return;
        }
        let lower = key.to_ascii_lowercase();
        if SECRETIVE.iter().any(|part| lower.contains(part)) {
            continue;
        }
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        match scalar(value) {
            Some(text) if !text.is_empty() => found.push(format!("{path}={text}")),
            None if depth > 0 => collect(&path, value, depth - 1, found),
            _ => {}
        }
    }
}

/// What goes with every event, and the operator's own keys: those that the setting `meta-keys` names.
fn meta(kind: &str, delivery: &Delivery<'_>, settings: Settings<'_>) -> Vec<(String, String)> {
    let ours = [
        ("kind", Some(kind.to_owned())),
        ("action", delivery.value("action")),
        ("repository", delivery.value("repository.full_name")),
    ];
    let mut meta: Vec<(String, String)> = ours
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect();
    let keys = settings("meta-keys").unwrap_or_default();
    for key in keys.split([',', ' ']).filter(|key| is_identifier(key)).take(META_KEYS) {
        let template = settings(&format!("meta.{kind}.{key}")).or_else(|| settings(&format!("meta.{key}")));
        let value = template.map(|template| flat(&render(&template, |path| delivery.value(path))));
        meta.retain(|(other, _)| other != key);
        meta.extend(value.map(|value| (key.to_owned(), value)));
    }
    meta.retain(|(_, value)| !value.is_empty());
    meta
}

fn is_identifier(key: &str) -> bool {
    let mut chars = key.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The id of a delivery: the same for a repeated one, which a platform sends again with the same body. The host has
/// refused what was signed before, so the hash need not withstand an attacker.
fn id(request: &Request) -> String {
    let mut hash = Xxh3::new();
    for part in [
        request.rule.as_bytes(),
        request.header("webhook-id").unwrap_or_default().as_bytes(),
        request.bytes(),
    ] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut id = String::with_capacity(32);
    // Writing to a string never fails.
    let _ = write!(id, "{:032x}", hash.digest128());
    id
}
