//! The smaller methods: reactions, signs of typing, answers to presses, files, the commands menu.

use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Params;
use super::world::World;

/// Bytes of a file that a bot may fetch.
const FILE: u64 = 20 << 20;
/// UTF-16 units of what a press is answered with.
const PRESS: usize = 200;
/// All that a bot may react with, as documented.
const EMOJI: &str = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 \
                     😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡";
/// What `sendChatAction` may show.
const ACTIONS: &[&str] = &[
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

impl World {
    /// `setMessageReaction`.
    pub fn react(&mut self, params: &Params) -> Reply {
        let chat = match self.chat_of(params) {
            Ok(chat) => chat,
            Err(reply) => return reply,
        };
        let Some(message) = params
            .number("message_id")
            .filter(|id| self.chats[&chat].messages.contains(id))
        else {
            return Reply::bad("message to react not found");
        };
        let reaction = params.value("reaction").unwrap_or(Value::Null);
        let emoji = reaction.pointer("/0/emoji").and_then(Value::as_str).unwrap_or_default();
        if !emoji.is_empty() && !EMOJI.split_whitespace().any(|own| own == emoji) {
            return Reply::bad("REACTION_INVALID");
        }
        self.reactions.push((chat, message, emoji.to_owned()));
        Reply::done(&Value::Bool(true))
    }

    /// `sendChatAction`.
    pub fn chat_action(&mut self, params: &Params) -> Reply {
        let chat = match self.chat_of(params) {
            Ok(chat) => chat,
            Err(reply) => return reply,
        };
        if !params.text("action").is_some_and(|action| ACTIONS.contains(&action)) {
            return Reply::bad("wrong parameter action in request");
        }
        self.actions.push((chat, params.number("message_thread_id")));
        Reply::done(&Value::Bool(true))
    }

    /// `answerCallbackQuery`: once for each press.
    pub fn answer_press(&mut self, params: &Params) -> Reply {
        let id = params.text("callback_query_id").unwrap_or_default().to_owned();
        let text = params.text("text").unwrap_or_default().to_owned();
        if text.encode_utf16().count() > PRESS {
            return Reply::bad("MESSAGE_TOO_LONG");
        }
        if !self.open_presses.remove(&id) {
            return Reply::bad("query is too old and response timeout expired or query ID is invalid");
        }
        self.answered.push((id, text));
        Reply::done(&Value::Bool(true))
    }

    /// `getFile`.
    pub fn get_file(&mut self, params: &Params) -> Reply {
        let id = params.text("file_id").unwrap_or_default();
        let Some(file) = self.files.get(id) else {
            return Reply::bad("wrong file_id or the file is temporarily unavailable");
        };
        if file.size > FILE {
            return Reply::bad("file is too big");
        }
        let unique = format!("u{id}");
        Reply::done(&json!({"file_id": id, "file_unique_id": unique, "file_size": file.size, "file_path": file.path}))
    }

    /// The bytes behind a path that `getFile` gave.
    pub fn file_bytes(&self, path: &str) -> Reply {
        let file = self.files.values().find(|file| file.path == path);
        file.map_or_else(|| Reply::no(404, "Not Found"), |file| Reply::Bytes(file.bytes.clone()))
    }

    /// `setMyCommands`.
    pub fn set_commands(&mut self, params: &Params) -> Reply {
        let commands = params.value("commands").and_then(|value| value.as_array().cloned());
        let Some(commands) = commands else {
            return Reply::bad("can't parse commands JSON object");
        };
        for command in &commands {
            let text = |name: &str| command.get(name).and_then(Value::as_str).unwrap_or_default();
            let form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !(1..=32).contains(&text("command").len()) || !text("command").chars().all(form) {
                return Reply::bad("BOT_COMMAND_INVALID");
            }
            if !(1..=256).contains(&text("description").chars().count()) {
                return Reply::bad("BOT_COMMAND_DESCRIPTION_INVALID");
            }
        }
        self.commands = commands;
        Reply::done(&Value::Bool(true))
    }
}
