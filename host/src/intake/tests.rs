//! What passes the gate, and every bound of what a guest reports: below, at and above it.
#![allow(clippy::unwrap_used)]

mod people;

use super::*;
use crate::access::{EventsPolicy, Group};
use crate::model::Standing;
use crate::model::sample::message;

fn service() -> Message {
    message(Author::Service("ci".into()))
}

fn stranger() -> Message {
    message(Author::Person(Sender {
        id: "7".into(),
        name: Some("owner".into()),
        bot: false,
    }))
}

fn taken(events: EventsPolicy, inbound: Vec<Inbound>) -> Result<Intake, Excess> {
    let policy = Policy {
        network: Some("forge".into()),
        events,
        groups: [("room".to_owned(), Group::default())].into(),
        ..Policy::default()
    };
    take(
        Gate {
            policy: &policy,
            book: &AccessBook::default(),
            open: &OpenPrompts::default(),
            relay: false,
        },
        Provenance::Verified,
        Outcome {
            inbound,
            effects: vec![],
        },
    )
}

#[test]
fn a_thing_passes_by_the_policy_and_a_stranger_is_dropped_and_counted() {
    let intake = taken(
        EventsPolicy::Verified,
        vec![Inbound::Message(service()), Inbound::Message(stranger())],
    );
    let intake = intake.unwrap();
    assert_eq!(intake.admitted.len(), 1);
    assert_eq!(intake.admitted[0].standing, Standing::Service);
    assert_eq!(intake.tallies, [("unknown-person", 1)]);
    let closed = taken(EventsPolicy::Off, vec![Inbound::Message(service())]).unwrap();
    assert!(closed.admitted.is_empty() && closed.tallies.len() == 1);
}

#[test]
fn an_edit_passes_the_same_gate_with_its_revision() {
    let edit = |now| Inbound::Edited {
        now,
        revision: "2".into(),
    };
    let intake = taken(EventsPolicy::Verified, vec![edit(service()), edit(stranger())]).unwrap();
    assert_eq!(intake.admitted[0].revision.as_deref(), Some("2"));
    assert_eq!(intake.admitted.len(), 1);
}

/// Below, at and above a bound of what one message holds.
#[track_caller]
fn check(change: impl Fn(&mut Message, usize), most: usize) {
    let tried = |size| {
        let mut message = service();
        change(&mut message, size);
        taken(EventsPolicy::Verified, vec![Inbound::Message(message)])
    };
    assert!(tried(most - 1).is_ok() && tried(most).is_ok());
    assert_eq!(tried(most + 1).unwrap_err().most, most as u64);
}

fn text(size: usize) -> String {
    "x".repeat(size)
}

#[test]
fn each_bound_of_a_message_holds_below_at_and_above() {
    const SHORT: usize = limits::SHORT_TEXT_BYTES;
    check(|m, n| m.text = text(n), limits::TEXT_BYTES);
    check(|m, n| m.id = text(n), SHORT);
    check(|m, n| m.in_reply_to = Some(text(n)), SHORT);
    check(|m, n| m.author = Author::Service(text(n)), SHORT);
    check(|m, n| m.conversation.id = text(n), SHORT);
    check(|m, n| m.conversation.thread = Some(text(n)), SHORT);
    check(|m, n| m.conversation.title = Some(text(n)), SHORT);
    check(|m, n| m.meta = vec![("k".into(), "v".into()); n], limits::META_KEYS);
    check(|m, n| m.meta = vec![("k".into(), text(n))], limits::META_VALUE_BYTES);
    check(|m, n| m.meta = vec![(text(n), "v".into())], limits::META_VALUE_BYTES);
}

#[test]
fn each_bound_of_a_person_and_of_a_quote_holds() {
    let person = |id: String, name: String| {
        Author::Person(Sender {
            id,
            name: Some(name),
            bot: false,
        })
    };
    let quote = |author, text| Some(Quote { author, text });
    check(|m, n| m.author = person(text(n), "a".into()), limits::SHORT_TEXT_BYTES);
    check(|m, n| m.author = person("7".into(), text(n)), limits::SHORT_TEXT_BYTES);
    check(|m, n| m.quote = quote(None, text(n)), limits::TEXT_BYTES);
    let quoted = |n| quote(Some(Author::Service(text(n))), "x".into());
    check(|m, n| m.quote = quoted(n), limits::SHORT_TEXT_BYTES);
}

#[test]
fn each_bound_of_an_attachment_holds() {
    let plain = || Attachment {
        name: None,
        mime: None,
        size: None,
        content: Content::Handle("h".into()),
    };
    let with = |change: &dyn Fn(&mut Attachment)| {
        let mut attachment = plain();
        change(&mut attachment);
        vec![attachment]
    };
    check(|m, n| m.attachments = vec![plain(); n], limits::ATTACHMENTS);
    let short = limits::SHORT_TEXT_BYTES;
    check(|m, n| m.attachments = with(&|a| a.name = Some(text(n))), short);
    check(|m, n| m.attachments = with(&|a| a.mime = Some(text(n))), short);
    check(
        |m, n| m.attachments = with(&|a| a.content = Content::Handle(text(n))),
        short,
    );
    check(
        |m, n| m.attachments = with(&|a| a.content = Content::File(text(n))),
        short,
    );
}

#[test]
fn a_revision_is_bounded() {
    let tried = |size| {
        let edit = Inbound::Edited {
            now: service(),
            revision: text(size),
        };
        taken(EventsPolicy::Verified, vec![edit])
    };
    assert!(tried(limits::SHORT_TEXT_BYTES).is_ok());
    assert!(tried(limits::SHORT_TEXT_BYTES + 1).is_err());
}

/// Below, at and above a bound of what effects hold.
#[track_caller]
fn check_effects(of: impl Fn(usize) -> Vec<Effect>, most: usize) {
    let tried = |size| {
        let outcome = Outcome {
            inbound: vec![],
            effects: of(size),
        };
        take(
            Gate {
                policy: &Policy::default(),
                book: &AccessBook::default(),
                open: &OpenPrompts::default(),
                relay: false,
            },
            Provenance::Reported,
            outcome,
        )
    };
    assert!(tried(most - 1).is_ok() && tried(most).is_ok());
    assert_eq!(tried(most + 1).unwrap_err().most, most as u64);
}

#[test]
fn each_bound_of_an_effect_holds_below_at_and_above() {
    let wake = |name: String| Effect::Wake { name, after: 1 };
    let connect = |name: String, url: String, headers| Effect::Connect { name, url, headers };
    let publish = |topic: String, text: String| Effect::Publish { topic, text };
    let frame = |connection: String| Effect::SendFrame {
        connection,
        frame: crate::model::Frame::Text("x".into()),
    };
    let header = |key: usize, value: usize| vec![(text(key), text(value))];
    check_effects(|n| vec![wake("t".into()); n], limits::EFFECTS_PER_CALL);
    let name = limits::EFFECT_NAME_BYTES;
    check_effects(|n| vec![wake(text(n))], name);
    check_effects(|n| vec![connect(text(n), "u".into(), vec![])], name);
    check_effects(|n| vec![frame(text(n))], name);
    check_effects(|n| vec![Effect::Disconnect(text(n))], name);
    check_effects(|n| vec![publish(text(n), "x".into())], name);
    check_effects(|n| vec![publish("t".into(), text(n))], limits::TEXT_BYTES);
    check_effects(|n| vec![connect("c".into(), text(n), vec![])], limits::URL_BYTES);
    let many = |n| vec![("k".to_owned(), "v".to_owned()); n];
    check_effects(|n| vec![connect("c".into(), "u".into(), many(n))], limits::HOOK_HEADERS);
    let short = limits::SHORT_TEXT_BYTES;
    check_effects(|n| vec![connect("c".into(), "u".into(), header(n, 1))], short);
    check_effects(|n| vec![connect("c".into(), "u".into(), header(1, n))], short);
}

#[test]
fn a_flood_of_one_call_is_refused_whole() {
    let flood = |count| taken(EventsPolicy::Verified, vec![Inbound::Message(service()); count]);
    assert_eq!(
        flood(limits::INBOUND_PER_CALL).unwrap().admitted.len(),
        limits::INBOUND_PER_CALL
    );
    assert!(flood(limits::INBOUND_PER_CALL + 1).is_err());
}
