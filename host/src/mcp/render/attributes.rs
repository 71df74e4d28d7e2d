//! The attributes of an event: the guest's own, and the host's, which say who speaks.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use super::{Ack, Stamp, attachments};
use crate::limits;
use crate::model::{Author, Event, Message, Standing, UnixMillis};
use crate::text::{self, Bound};

/// Keys that a guest can't have, in any case, with or without the prefix that they get: the client's, and the host's.
const RESERVED: [&str; 22] = [
    "source",
    "channel",
    "chat_id",
    "message_id",
    "user",
    "user_id",
    "role",
    "ts",
    "event_id",
    "thread",
    "reply_to",
    "edited",
    "age",
    "replay",
    "ack",
    "quoted",
    "truncated",
    "text_path",
    "image_path",
    "file_path",
    "attachments",
    "host",
];

/// The last moment that has a four-digit year.
const LAST_MILLIS: u64 = 253_402_300_799_999;

/// The attributes of one event, in the order in which they are written: the guest's first, so that the host's, being
/// last, hold whatever a reader makes of a key that is given twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// `x_<key>` and the guest's value, cleaned.
    pub guest: Vec<(String, String)>,
    /// The host's keys and values.
    pub host: Vec<(&'static str, String)>,
    /// Guest keys that were left out.
    pub dropped: usize,
}

/// The attributes that do not depend on the body.
pub fn attributes(event: &Event, stamp: &Stamp) -> Attributes {
    let (guest, dropped) = guest(&event.admitted.message.meta);
    Attributes {
        guest,
        host: host(event, stamp),
        dropped,
    }
}

fn guest(meta: &[(String, String)]) -> (Vec<(String, String)>, usize) {
    let mut shown = Vec::with_capacity(meta.len());
    let mut known = BTreeSet::new();
    for (key, value) in meta.iter().take(limits::META_KEYS) {
        let Some(key) = text::meta_key(key) else { continue };
        let lower = key.to_ascii_lowercase();
        let bare = lower.strip_prefix("x_").unwrap_or(&lower);
        if !RESERVED.contains(&bare) && known.insert(key.clone()) {
            shown.push((format!("x_{key}"), text::attribute(value)));
        }
    }
    let dropped = meta.len() - shown.len();
    (shown, dropped)
}

fn host(event: &Event, stamp: &Stamp) -> Vec<(&'static str, String)> {
    let message = &event.admitted.message;
    let said = said_at(event);
    let mut keys = who(event);
    keys.push(("ts", iso(said)));
    keys.push(("event_id", event.id.to_string()));
    let age = stamp.now.since(said);
    let facts = [
        ("thread", message.conversation.thread.as_deref().map(text::attribute)),
        ("reply_to", message.in_reply_to.as_deref().map(text::attribute)),
        ("image_path", attachments::image_path(event, stamp)),
        ("attachments", attachments::list(event)),
        ("edited", event.admitted.revision.is_some().then(|| "true".to_owned())),
        ("age", (age > limits::AGE_SHOWN).then(|| spoken(age))),
        ("replay", event.replay.then(|| "true".to_owned())),
        ("ack", (stamp.ack == Ack::Please).then(|| "please".to_owned())),
    ];
    keys.extend(facts.into_iter().filter_map(|(key, value)| Some((key, value?))));
    keys
}

/// Who speaks, and where. What the host says has no conversation: nobody answers it.
fn who(event: &Event) -> Vec<(&'static str, String)> {
    let message = &event.admitted.message;
    let standing = &event.admitted.standing;
    let channel = event.channel.as_str();
    if *standing == Standing::Host {
        return vec![
            ("channel", channel.to_owned()),
            ("user", channel.to_owned()),
            ("role", role(standing)),
        ];
    }
    vec![
        ("channel", channel.to_owned()),
        ("chat_id", super::chat_id(&event.channel, &message.conversation.id)),
        ("message_id", super::message_id(&message.id)),
        ("user", user(channel, &message.author, Some(standing))),
        ("user_id", text::attribute(account(&message.author))),
        ("role", role(standing)),
    ]
}

/// Who speaks, so that nobody can take the name of somebody on the allowlist: those have theirs from the operator, and
/// it can't be `service`; every thing has that one, and what it calls itself stands in `user_id`; everybody else has a
/// `~`, what he calls himself, and the end of his id.
pub(super) fn user(channel: &str, author: &Author, standing: Option<&Standing>) -> String {
    match (author, standing) {
        (_, Some(Standing::Person { name, .. })) => format!("{channel}/{}", shown_name(name)),
        (Author::Service(_), _) => format!("{channel}/service"),
        (Author::Person(sender), _) => {
            let id = text::attribute(&sender.id);
            let start = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
            let name = shown_name(sender.name.as_deref().unwrap_or_default());
            format!("{channel}/~{name}#{}", &id[start..])
        }
    }
}

/// A name in one piece: without the marks that [`user`] itself sets.
fn shown_name(name: &str) -> String {
    let line = text::attribute(name).replace(['/', '#', '~', '(', ')', '[', ']', ':'], " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    text::head(&words.join(" "), Bound::Chars(limits::SHOWN_NAME_CHARS)).to_owned()
}

fn account(author: &Author) -> &str {
    match author {
        Author::Person(sender) => &sender.id,
        Author::Service(name) => name,
    }
}

fn role(standing: &Standing) -> String {
    match standing {
        Standing::Person { roles, .. } => text::attribute(&roles.join(" ")),
        Standing::Guest => "guest".to_owned(),
        Standing::Service => "service".to_owned(),
        Standing::Host => "host".to_owned(),
    }
}

/// When it was said: as the platform states it, but never later than the host took it in.
fn said_at(event: &Event) -> UnixMillis {
    let Message { sent_at, .. } = event.admitted.message;
    sent_at.map_or(event.received, |sent| sent.min(event.received))
}

/// ISO 8601 in UTC, with milliseconds.
pub(super) fn iso(time: UnixMillis) -> String {
    let time = UNIX_EPOCH + Duration::from_millis(time.0.min(LAST_MILLIS));
    humantime::format_rfc3339_millis(time).to_string()
}

/// `2m 5s`: whole seconds.
fn spoken(age: Duration) -> String {
    humantime::format_duration(Duration::from_secs(age.as_secs())).to_string()
}
