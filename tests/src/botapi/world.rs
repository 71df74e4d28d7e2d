//! All that the fake knows: people, chats, messages, files, updates that nobody has confirmed, and what the bot did. Its
//! methods are what happens on the platform; what the bot asks for stands beside it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::fault::Faults;
use super::markdown::Entity;
use super::request::{Params, Upload};

/// The bot's id.
pub const BOT: i64 = 7_000_000_001;
/// The bot's username.
pub const USERNAME: &str = "lockgate_test_bot";

/// A message of the bot's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// `sendMessage`, `sendPhoto`…
    pub method: String,
    /// The chat.
    pub chat: i64,
    /// The topic in it.
    pub thread: Option<i64>,
    /// Its id.
    pub message: i64,
    /// What the reader sees: text, or caption.
    pub text: String,
    /// What is formatted in it.
    pub entities: Vec<Entity>,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// Its buttons: label and data.
    pub buttons: Vec<(String, String)>,
    /// Its file.
    pub file: Option<Upload>,
}

/// A call of the bot's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The method.
    pub method: String,
    /// Its parameters.
    pub params: Params,
    /// When it came.
    pub at: std::time::Instant,
}

/// A chat.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    /// `private`, `supergroup`, `channel`.
    pub kind: &'static str,
    /// A group's title, or a person's name.
    pub title: String,
    /// Messages of it that exist.
    pub messages: BTreeSet<i64>,
    /// Its topics.
    pub topics: BTreeSet<i64>,
    /// The person has blocked the bot.
    pub blocked: bool,
}

/// A file that the bot may fetch.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its path on the file server.
    pub path: String,
    /// Its size, which may be other than what there is: a large file has no bytes here.
    pub size: u64,
    /// What there is of it.
    pub bytes: Vec<u8>,
}

/// The platform.
#[derive(Debug, Default)]
pub struct World {
    pub token: String,
    pub token_is_valid: bool,
    pub webhook: bool,
    /// Somebody else polls, again and again.
    pub contended: bool,
    /// Counts up whenever somebody begins to poll: who began before is sent away.
    pub poller: u64,
    /// Polls that wait for something to happen.
    pub polls_waiting: usize,
    /// Counts up whenever the platform restarts.
    pub epoch: u64,
    /// Counts up whenever hanging calls are let go.
    pub released: u64,
    /// Calls that hang now.
    pub hanging: usize,
    pub down: bool,
    pub faults: Faults,
    pub names: BTreeMap<i64, String>,
    pub chats: BTreeMap<i64, Chat>,
    pub messages: BTreeMap<i64, Value>,
    pub files: BTreeMap<String, Stored>,
    /// Updates that were not confirmed, by their ids.
    pub queue: VecDeque<(i64, String)>,
    pub allowed: Option<Vec<String>>,
    last_update: i64,
    last_message: i64,
    last_press: u64,
    pub sent: Vec<Sent>,
    pub edits: Vec<Sent>,
    pub reactions: Vec<(i64, i64, String)>,
    pub actions: Vec<(i64, Option<i64>)>,
    pub open_presses: BTreeSet<String>,
    pub answered: Vec<(String, String)>,
    pub commands: Vec<Value>,
    pub calls: Vec<Called>,
}

impl World {
    /// A world with a bot and nobody else.
    pub fn new(token: &str) -> World {
        World {
            token: token.to_owned(),
            token_is_valid: true,
            last_update: 500_000_000,
            last_message: 100,
            ..World::default()
        }
    }

    /// A message that exists from now on, in this chat: its id.
    pub fn fresh_message(&mut self, chat: i64) -> i64 {
        self.last_message += 1;
        let message = self.last_message;
        self.chats.entry(chat).or_default().messages.insert(message);
        message
    }

    /// An update, unless the bot does not want its kind.
    pub fn update(&mut self, kind: &str, body: &Value) -> i64 {
        let wanted = match &self.allowed {
            Some(kinds) if !kinds.is_empty() => kinds.iter().any(|own| own == kind),
            _ => !matches!(kind, "chat_member" | "message_reaction" | "message_reaction_count"),
        };
        if !wanted {
            return 0;
        }
        self.raw_update(|id| json!({"update_id": id, kind: body}).to_string())
    }

    /// An update of any shape, JSON or not.
    pub fn raw_update(&mut self, raw: impl FnOnce(i64) -> String) -> i64 {
        self.last_update += 1;
        self.queue.push_back((self.last_update, raw(self.last_update)));
        self.last_update
    }

    /// The message of a person in a chat, with these fields besides the usual ones.
    pub fn message(&mut self, chat: i64, user: i64, more: &Value) -> (i64, Value) {
        let id = self.fresh_message(chat);
        let mut message = json!({
            "message_id": id,
            "from": self.user(user),
            "chat": self.chat(chat),
            "date": now(),
        });
        merge(&mut message, more);
        self.messages.insert(id, message.clone());
        (id, message)
    }

    /// A message that was sent before, with another text.
    pub fn edited(&mut self, message: i64, text: &str) -> Option<Value> {
        let edited = self.messages.get_mut(&message)?;
        merge(
            edited,
            &json!({"text": text, "edit_date": now(), "entities": entities(text)}),
        );
        Some(edited.clone())
    }

    /// A press of a button: what `callback_query` says.
    pub fn press(&mut self, sent: &Sent, data: &str, user: i64) -> (String, Value) {
        self.last_press += 1;
        let id = format!("9{:017}", self.last_press);
        self.open_presses.insert(id.clone());
        let message = json!({
            "message_id": sent.message,
            "from": self.bot(),
            "chat": self.chat(sent.chat),
            "date": now(),
            "text": sent.text,
        });
        let press = json!({
            "id": id,
            "from": self.user(user),
            "message": message,
            "chat_instance": "-1",
            "data": data,
        });
        (id, press)
    }

    /// How the platform writes a user.
    pub fn user(&self, id: i64) -> Value {
        let name = self.names.get(&id).map_or("", String::as_str);
        json!({"id": id, "is_bot": false, "first_name": name, "language_code": "en"})
    }

    /// How the platform writes the bot.
    pub fn bot(&self) -> Value {
        json!({"id": BOT, "is_bot": true, "first_name": "Lockgate", "username": USERNAME})
    }

    /// How the platform writes a chat.
    pub fn chat(&self, id: i64) -> Value {
        let chat = self.chats.get(&id).cloned().unwrap_or_default();
        match chat.kind {
            "private" => json!({"id": id, "type": "private", "first_name": chat.title}),
            kind => {
                let mut value = json!({"id": id, "type": kind, "title": chat.title});
                if !chat.topics.is_empty() {
                    merge(&mut value, &json!({"is_forum": true}));
                }
                value
            }
        }
    }
}

/// Puts the fields of one object into another; a null takes a field away.
pub fn merge(into: &mut Value, more: &Value) {
    let (Some(into), Some(more)) = (into.as_object_mut(), more.as_object()) else {
        return;
    };
    for (name, value) in more {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

/// Seconds since the Unix epoch.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// What the platform marks in a text by itself: mentions and a command at its beginning. Offsets are UTF-16 units.
pub fn entities(text: &str) -> Value {
    let mut found = Vec::new();
    let mut mark = |kind: &str, at: usize, length: usize| {
        let offset = text[..at].encode_utf16().count();
        found.push(json!({"type": kind, "offset": offset, "length": length}));
    };
    let word = |from: &str| {
        let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '@' || c == '/');
        from.find(ends).unwrap_or(from.len())
    };
    if text.starts_with('/') {
        mark("bot_command", 0, word(text));
    }
    for (at, _) in text.match_indices('@') {
        let inside = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        if !inside {
            mark("mention", at, word(&text[at..]));
        }
    }
    if found.is_empty() {
        Value::Null
    } else {
        Value::Array(found)
    }
}
