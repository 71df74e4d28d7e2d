//! The channel as the host calls it, against a stand-in of the Bot API that answers as its documentation says. Each test has
//! a bot of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod context;
mod conversion;
mod feed;
mod messages;
mod news;
mod oracle;
mod sending;
mod troubles;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use lockgate_sdk::harness::Harness;
use lockgate_sdk::http::{Body, Content, Failure, Request, Response};
use lockgate_sdk::{Inbound, Message, Place, Trouble};
use serde_json::{Value, json};

use crate::Telegram;

/// The bot's own number.
const ME: i64 = 77;
/// The people and chats of the tests.
const ANN: i64 = 42;
const GROUP: i64 = -1_001_234;

type Answered = Result<Response, Failure>;

/// What stands in for the platform: updates that wait, and answers for the next calls of a method.
#[derive(Default)]
struct Server {
    waiting: Vec<(i64, String)>,
    next: VecDeque<(&'static str, Answered)>,
    /// Messages that were sent.
    sent: i64,
}

impl Server {
    fn answer(&mut self, request: &Request) -> Answered {
        let method = method(request);
        if let Some(at) = self.next.iter().position(|(name, _)| *name == method) {
            return self.next.remove(at).unwrap().1;
        }
        Ok(Response::new(200, self.usual(&method, request)))
    }

    fn usual(&mut self, method: &str, request: &Request) -> String {
        let result = match method {
            "getUpdates" => return self.updates(&body(request)),
            "getMe" => json!({ "id": ME, "is_bot": true, "first_name": "Gate", "username": "gate_bot" }),
            "sendMessage" | "sendPhoto" | "sendDocument" => {
                self.sent += 1;
                json!({ "message_id": 500 + self.sent, "date": 1, "chat": { "id": ANN, "type": "private" } })
            }
            "getFile" => json!({ "file_id": "f", "file_unique_id": "u", "file_path": "photos/file 1.jpg" }),
            "" => return "bytes".to_owned(),
            _ => json!(true),
        };
        json!({ "ok": true, "result": result }).to_string()
    }

    /// Forgets what comes before the number that is asked for, as the platform does.
    fn updates(&mut self, asked: &Value) -> String {
        let offset = asked["offset"].as_i64().unwrap_or(0);
        let limit = asked["limit"].as_u64().unwrap_or(100) as usize;
        self.waiting.retain(|(id, _)| *id >= offset);
        let raw: Vec<&str> = self.waiting.iter().take(limit).map(|(_, raw)| raw.as_str()).collect();
        format!(r#"{{"ok":true,"result":[{}]}}"#, raw.join(","))
    }
}

/// The channel in its house.
struct Bot {
    house: Harness,
    server: Rc<RefCell<Server>>,
}

impl Bot {
    fn new() -> Self {
        let server = Rc::<RefCell<Server>>::default();
        let answering = Rc::clone(&server);
        let house = Harness::new().http(move |request| answering.borrow_mut().answer(request));
        Self { house, server }
    }

    /// One that has looked for news before, so that it knows itself.
    fn begun() -> Self {
        let bot = Self::new();
        assert_eq!(bot.poll(), Ok(1_000));
        bot.requests();
        bot
    }

    /// The answer to the next call of this method.
    fn next(&self, method: &'static str, status: u16, body: &str) {
        self.fails(method, Ok(Response::new(status, body)));
    }

    fn fails(&self, method: &'static str, answer: Answered) {
        self.server.borrow_mut().next.push_back((method, answer));
    }

    /// An update that waits: its number is put in.
    fn waits(&self, id: i64, mut update: Value) {
        update["update_id"] = id.into();
        self.waits_raw(id, &update.to_string());
    }

    fn waits_raw(&self, id: i64, raw: &str) {
        self.server.borrow_mut().waiting.push((id, raw.to_owned()));
    }

    /// Looks for news; the milliseconds until the next look.
    fn poll(&self) -> Result<u32, Trouble> {
        self.house.poll::<Telegram>().map(|batch| batch.again_after)
    }

    /// What comes of one update.
    fn brings(&self, update: Value) -> Vec<Inbound> {
        let next = self.server.borrow().waiting.last().map_or(1, |(id, _)| id + 1);
        self.waits(next, update);
        self.poll().unwrap();
        self.house.inbound()
    }

    /// The message that comes of one.
    fn reads(&self, message: Value) -> Message {
        match &self.brings(json!({ "message": message }))[..] {
            [Inbound::Message(message)] => message.clone(),
            other => panic!("no message: {other:?}"),
        }
    }

    /// The calls since it was asked last: their methods and parameters.
    fn requests(&self) -> Vec<(String, Value)> {
        let requests = self.house.requests();
        requests
            .iter()
            .map(|request| (method(request), body(request)))
            .collect()
    }

    /// The one call since then.
    fn request(&self) -> (String, Value) {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

/// The method of a call; none for a file.
fn method(request: &Request) -> String {
    let path = request.url.strip_prefix("https://api.telegram.org/").unwrap();
    path.strip_prefix("bot{bot_token}/").unwrap_or_default().to_owned()
}

/// The parameters of a call; of a form its fields, and the paths of its files.
fn body(request: &Request) -> Value {
    let text = |content: &Content| match content {
        Content::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Content::File(path) => format!("file {path}"),
    };
    match &request.body {
        Body::Empty => Value::Null,
        Body::Whole(content) => serde_json::from_str(&text(content)).unwrap(),
        Body::Form(parts) => parts
            .iter()
            .map(|part| (part.name.clone(), Value::from(text(&part.content))))
            .collect(),
    }
}

/// Ann, as the platform describes her.
fn ann() -> Value {
    json!({ "id": ANN, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "username": "ann" })
}

/// A message of Ann's to the bot, with these fields besides.
fn direct(fields: Value) -> Value {
    let chat = json!({ "id": ANN, "type": "private", "first_name": "Ann" });
    with(
        json!({ "message_id": 7, "date": 1_700_000_000, "from": ann(), "chat": chat }),
        fields,
    )
}

/// The same in a group.
fn grouped(fields: Value) -> Value {
    let chat = json!({ "id": GROUP, "type": "supergroup", "title": "Crew" });
    with(
        json!({ "message_id": 8, "date": 1_700_000_000, "from": ann(), "chat": chat }),
        fields,
    )
}

fn with(mut message: Value, fields: Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    message.as_object_mut().unwrap().extend(fields);
    message
}

fn place() -> Place {
    Place::conversation(ANN.to_string())
}
