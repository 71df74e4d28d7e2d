//! A chat over a websocket: what people write comes in as it is written, and what the session answers goes out over HTTP.

use lockgate_sdk::http::Request;
use lockgate_sdk::{
    Conversation, Frame, Happening, Message, Outcome, Outgoing, Receipt, Sender, Trouble, channel,
};
use lockgate_sdk::{Life, Media, Sink, Socket, Timer};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the platform's websocket is.
const GATEWAY: &str = "wss://gateway.example.org/socket";
/// Where answers go.
const SEND: &str = "https://gateway.example.org/send";
/// The channel's own name for its one connection.
const MAIN: &str = "main";
/// The wake that keeps the connection alive, and its milliseconds.
const BEAT: &str = "beat";
const EVERY: u32 = 30_000;

channel!(struct {{Name}}: life, timer, socket, sink, media);

/// A message as the platform gives it.
#[derive(Deserialize)]
struct Update {
    id: Value,
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

impl Life for {{Name}} {
    fn start() -> Result<Outcome, Trouble> {
        Ok(Outcome::none().connect(MAIN, GATEWAY).wake(BEAT, EVERY))
    }
}

impl Timer for {{Name}} {
    fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
        Ok(Outcome::none().frame(MAIN, json!({ "op": "ping" }).to_string()).wake(name, EVERY))
    }
}

impl Socket for {{Name}} {
    fn receive(_connection: String, happening: Happening, _failures: u32) -> Result<Outcome, Trouble> {
        match happening {
            // The host puts the token into this frame, as channel.toml says: the code never sees it.
            Happening::Opened => Ok(Outcome::none().frame(MAIN, json!({ "op": "hello" }).to_string())),
            Happening::Frame(Frame::Text(text)) => Ok(frame(&text)),
            Happening::Frame(Frame::Binary(_)) => Ok(Outcome::none().skipped("a binary frame")),
            // The host waits longer each time.
            Happening::Closed(_) => Ok(Outcome::none().connect(MAIN, GATEWAY)),
        }
    }
}

/// What can't be read is said at once: as a failure it would be given again, and all that follows would wait for it.
fn frame(text: &str) -> Outcome {
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return Outcome::none().skipped("a frame that is no JSON");
    };
    if frame["op"] != "message" {
        return Outcome::none();
    }
    match message(&frame) {
        Ok(message) => message.into(),
        Err(why) => Outcome::none().skipped(format!("a message that can't be read: {why}")),
    }
}

/// A room that is called like its writer is the direct conversation with him.
fn message(frame: &Value) -> Result<Message, String> {
    let update = Update::deserialize(frame).map_err(|error| error.to_string())?;
    let id = name(&update.id).ok_or("it has no id")?;
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
    Ok(Message::person(sender, conversation, update.text).id(id))
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
        let answer = Request::post(SEND).json(&body)?.send()?.ok()?;
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
    use lockgate_sdk::harness::{self, Harness};
    use lockgate_sdk::http::Response;
    use lockgate_sdk::{Closed, Inbound, Place};

    fn happens(house: &Harness, happening: Happening) -> Result<Outcome, Trouble> {
        house.happened::<{{Name}}>(MAIN, happening, 0)
    }

    #[test]
    fn it_connects_says_hello_and_connects_again() {
        let house = Harness::new();
        assert!(house.start::<{{Name}}>().is_ok());
        assert!(happens(&house, Happening::Opened).is_ok());
        let closed = Closed { code: Some(1006), reason: String::new() };
        assert!(happens(&house, Happening::Closed(closed)).is_ok());
        let asked = house.sockets();
        let [harness::Socket::Connect(one), harness::Socket::Send(hello), harness::Socket::Connect(two)] =
            &asked[..]
        else {
            panic!("{asked:?}");
        };
        assert_eq!((&one.url[..], &two.url[..]), (GATEWAY, GATEWAY));
        assert_eq!(hello.frame, Frame::Text(r#"{"op":"hello"}"#.into()));
        house.advance(u64::from(EVERY));
        assert_eq!(house.due(), [BEAT]);
        assert!(house.fire::<{{Name}}>(BEAT).is_ok());
        assert_eq!((house.sockets().len(), house.wakes().len()), (1, 1));
    }

    #[test]
    fn a_frame_is_a_message_or_nothing_or_stepped_over() {
        let house = Harness::new();
        let text = |text: &str| happens(&house, Happening::Frame(Frame::Text(text.into())));
        assert!(text(r#"{"op":"message","id":7,"user":"u1","name":"Ann","room":"r1","text":"hi"}"#).is_ok());
        let events = house.events();
        assert_eq!((&events[0].id[..], &events[0].text[..]), ("7", "hi"));
        assert!(text(r#"{"op":"pong"}"#).is_ok());
        assert_eq!(house.inbound().len(), 0);
        for odd in ["", "[]x", r#"{"op":"message"}"#, r#"{"op":"message","id":7,"user":[],"room":"r1","text":"hi"}"#] {
            assert!(text(odd).is_ok());
            assert!(matches!(house.inbound()[..], [Inbound::Skipped(_)]), "{odd}");
        }
    }

    #[test]
    fn an_answer_goes_to_its_room() {
        let house = Harness::new().http(|_| Ok(Response::new(200, r#"{"id":"m1"}"#)));
        let receipt = house.send::<{{Name}}>(Outgoing::text(Place::conversation("r1"), "hello"));
        assert_eq!(receipt.map(|receipt| receipt.messages), Ok(vec!["m1".to_owned()]));
        assert_eq!(house.requests()[0].url, SEND);
    }
}
