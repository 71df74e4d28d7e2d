//! A chat: what people write there comes in, and what the session answers goes out.

use lockgate_sdk::http::Request;
use lockgate_sdk::{
    Batch, Conversation, Media, Message, Outcome, Outgoing, Receipt, Sender, Sink, Source, Trouble,
};
use lockgate_sdk::{channel, store};
use serde::Deserialize;
use serde_json::{Value, json};

/// The platform. The host puts the credential in.
const CHAT: &str = "https://chat.example.org";
/// Milliseconds until the next look.
const AGAIN: u32 = 2_000;
/// Messages of one look; the host takes at most 100.
const MOST: usize = 50;
/// Where the number of the last message is kept.
const AFTER: &str = "after";

channel!(struct {{Name}}: source, sink, media);

/// A message as the platform gives it.
#[derive(Deserialize)]
struct Update {
    user: Value,
    #[serde(default)]
    name: Value,
    room: Value,
    text: String,
}

/// What the platform says of a message that was sent.
#[derive(Deserialize)]
struct Sent {
    id: Value,
}

impl Source for {{Name}} {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        let mut after = store::get_as(AFTER).unwrap_or(0_u64);
        let updates = updates(after).map_err(platforms)?;
        let mut fresh: Vec<(u64, &Value)> = Vec::new();
        let mut odd = 0;
        for update in &updates {
            match update["id"].as_u64() {
                Some(id) if id > after => fresh.push((id, update)),
                Some(_) => {}
                None => odd += 1,
            }
        }
        // The cursor is the last id that was told, so they are told in order, whatever order they come in.
        fresh.sort_by_key(|(id, _)| *id);
        // After a failure one thing at a time, and in the end past the one that fails.
        let most = if failures == 0 { MOST } else { 1 };
        let more = fresh.len() > most;
        let mut outcome = Outcome::none();
        for (id, update) in fresh.into_iter().take(most) {
            after = id;
            outcome = match message(id, update) {
                _ if failures >= 3 => outcome.skipped(format!("the message {id} failed three times")),
                Ok(message) => outcome.event(message),
                // What can't be read keeps back nothing but itself.
                Err(why) => outcome.skipped(format!("the message {id} can't be read: {why}")),
            };
        }
        if odd > 0 {
            outcome = outcome.skipped(format!("messages without a number for an id: {odd}"));
        }
        store::set(AFTER, after.to_string())?;
        Ok(Batch::new(outcome, if more { 0 } else { AGAIN }))
    }
}

/// What came after this one.
fn updates(after: u64) -> Result<Vec<Value>, Trouble> {
    Request::get(format!("{CHAT}/updates?after={after}")).send()?.ok()?.json()
}

/// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and a message would pay for it.
fn platforms(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Malformed(why) | Trouble::Rejected(why) => Trouble::Unavailable(why),
        other => other,
    }
}

/// A room that is called like its writer is the direct conversation with him.
fn message(id: u64, update: &Value) -> Result<Message, String> {
    let update = Update::deserialize(update).map_err(|error| error.to_string())?;
    let user = name(&update.user).ok_or("it has no user")?;
    let room = name(&update.room).ok_or("it has no room")?;
    let conversation = match room == user {
        true => Conversation::direct(room),
        false => Conversation::group(room),
    };
    let sender = match update.name {
        Value::String(name) => Sender::account(user).named(name),
        _ => Sender::account(user),
    };
    Ok(Message::person(sender, conversation, update.text).id(id.to_string()))
}

/// A name of the platform's, which may be a text or a number.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(name) => Some(name.to_string()),
        _ => None,
    }
}

impl Sink for {{Name}} {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let body = json!({ "room": outgoing.place.conversation, "text": outgoing.text });
        let answer = Request::post(format!("{CHAT}/send")).json(&body)?.send()?.ok()?;
        // It was sent, whatever the answer looks like: a trouble would say that nothing was.
        let sent = answer.json::<Sent>().ok().and_then(|sent| name(&sent.id));
        Ok(sent.map_or_else(Receipt::unnamed, Receipt::sent))
    }

    fn direct(sender: String) -> Result<String, Trouble> {
        Ok(sender)
    }
}

impl Media for {{Name}} {
    fn fetch(_handle: String, _into: String) -> Result<(), Trouble> {
        Err(Trouble::rejected("this platform has no attachments"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::harness::Harness;
    use lockgate_sdk::http::{Failure, Response};
    use lockgate_sdk::{Inbound, Place};

    const HI: &str = r#"{"id":7,"user":"u1","name":"Ann","room":"r1","text":"hi"}"#;

    #[test]
    fn what_is_written_comes_in_once() {
        let house = Harness::new().http(|request| match request.url.as_str() {
            "https://chat.example.org/updates?after=0" => Ok(Response::new(200, format!("[{HI}]"))),
            "https://chat.example.org/updates?after=7" => Ok(Response::new(200, "[]")),
            _ => Err(Failure::Refused("no rule".into())),
        });
        assert!(house.poll::<{{Name}}>().is_ok() && house.poll::<{{Name}}>().is_ok());
        let events = house.events();
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0].id[..], &events[0].text[..]), ("7", "hi"));
        assert_eq!(events[0].conversation, Conversation::group("r1"));
    }

    /// A platform that gives all of these updates, whatever is asked for.
    fn shows(all: &str) -> Harness {
        let all = all.to_owned();
        Harness::new().http(move |_| Ok(Response::new(200, all.clone())))
    }

    fn update(id: u64) -> String {
        format!(r#"{{"id":{id},"user":"u1","room":1,"text":"text {id}"}}"#)
    }

    #[test]
    fn ids_come_in_any_order_and_a_message_that_can_not_be_read_keeps_back_only_itself() {
        let odd = r#"{"text":"no id"}, 7, {"id":"x"}, {"id":2,"user":{},"room":"r","text":"t"}"#;
        let house = shows(&format!("[{}, {odd}, {}, {}]", update(9), update(1), update(4)));
        assert!(house.poll::<{{Name}}>().is_ok());
        let inbound = house.inbound();
        let skipped = inbound.iter().filter(|one| matches!(one, Inbound::Skipped(_))).count();
        assert_eq!((inbound.len(), skipped), (5, 2), "{inbound:?}");
        assert_eq!(store::get_as(AFTER), Some(9_u64));
    }

    #[test]
    fn after_failures_it_goes_step_by_step_and_past_what_fails() {
        let _house = shows(&format!("[{}, {}, {}]", update(8), update(7), update(9)));
        for (failures, again, at) in [(3, 0, 7), (1, 0, 8), (0, AGAIN, 9)] {
            let batch = {{Name}}::poll(failures);
            let batch = batch.unwrap_or_else(|trouble| panic!("{trouble:?}"));
            let skipped = matches!(batch.outcome.inbound[..], [Inbound::Skipped(_)]);
            assert_eq!((batch.outcome.inbound.len(), skipped, batch.again_after), (1, failures == 3, again));
            assert_eq!(store::get_as(AFTER), Some(at));
        }
    }

    #[test]
    fn what_is_no_list_is_held_against_no_message() {
        let house = shows("<html>");
        assert!(matches!(house.poll::<{{Name}}>(), Err(Trouble::Unavailable(_))));
    }

    #[test]
    fn an_answer_goes_to_its_room() {
        let house = Harness::new().http(|request| match request.method.as_str() {
            "POST" => Ok(Response::new(200, r#"{"id":"m1"}"#)),
            _ => Err(Failure::Refused("no rule".into())),
        });
        let receipt = house.send::<{{Name}}>(Outgoing::text(Place::conversation("r1"), "hello"));
        assert_eq!(receipt.map(|receipt| receipt.messages), Ok(vec!["m1".to_owned()]));
        assert_eq!(house.requests()[0].url, "https://chat.example.org/send");
    }
}
