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
    id: u64,
    user: String,
    name: String,
    room: String,
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
        let url = format!("{CHAT}/updates?after={after}");
        let updates: Vec<Value> = match Request::get(url).send()?.ok()?.json() {
            Ok(updates) => updates,
            Err(trouble) if failures < 3 => return Err(trouble),
            Err(_) => return Ok(Batch::new(Outcome::none().skipped("an answer that is no list"), AGAIN)),
        };
        // After a failure one at a time, so that what can't be read keeps back nothing but itself.
        let most = if failures == 0 { MOST } else { 1 };
        let more = updates.len() > most;
        let mut outcome = Outcome::none();
        for update in updates.into_iter().take(most) {
            // The cursor moves with what is committed, never ahead of it.
            after = after.max(update["id"].as_u64().unwrap_or(0));
            outcome = match Update::deserialize(update) {
                Ok(update) => outcome.event(message(update)),
                Err(error) if failures < 3 => return Err(error.into()),
                Err(error) => outcome.skipped(format!("a message that can't be read: {error}")),
            };
        }
        store::set(AFTER, after.to_string())?;
        Ok(Batch::new(outcome, if more { 0 } else { AGAIN }))
    }
}

/// A room that is called like its writer is the direct conversation with him.
fn message(update: Update) -> Message {
    let conversation = if update.room == update.user {
        Conversation::direct(update.room)
    } else {
        Conversation::group(update.room)
    };
    let sender = Sender::account(update.user).named(update.name);
    Message::person(sender, conversation, update.text).id(update.id.to_string())
}

impl Sink for {{Name}} {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let body = json!({ "room": outgoing.place.conversation, "text": outgoing.text });
        let answer = Request::post(format!("{CHAT}/send")).json(&body)?.send()?.ok()?;
        // It was sent, whatever the answer looks like: a trouble would say that nothing was.
        Ok(match answer.json::<Sent>().map(|sent| sent.id) {
            Ok(Value::String(id)) => Receipt::sent(id),
            Ok(Value::Number(id)) => Receipt::sent(id.to_string()),
            _ => Receipt::unnamed(),
        })
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

    #[test]
    fn a_message_that_can_not_be_read_is_stepped_over() {
        let house = Harness::new().http(|request| match request.url.ends_with("after=0") {
            true => Ok(Response::new(200, format!(r#"[{{"id":6}}, {HI}]"#))),
            false => Ok(Response::new(200, format!("[{HI}]"))),
        });
        for _ in 0..3 {
            assert!(matches!(house.poll::<{{Name}}>(), Err(Trouble::Malformed(_))));
        }
        assert!(house.poll::<{{Name}}>().is_ok());
        assert!(matches!(&house.inbound()[..], [Inbound::Skipped(_)]));
        assert!(house.poll::<{{Name}}>().is_ok());
        assert_eq!(house.events().len(), 1);
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
