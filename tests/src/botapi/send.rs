//! What the bot says: messages and files, and changes of them, checked as the API checks them.

use serde_json::{Value, json};

use super::markdown::{self, Entity};
use super::reply::Reply;
use super::request::Params;
use super::world::{Sent, World, merge, now};

/// UTF-16 units of a text, after its entities were read.
const TEXT: usize = 4096;
/// UTF-16 units of a caption.
const CAPTION: usize = 1024;
/// Bytes of an upload.
const UPLOAD: usize = 50 << 20;
/// Bytes of a photo.
const PHOTO: usize = 10 << 20;
/// Bytes of a button's data.
const DATA: usize = 64;

type Checked<T> = Result<T, Reply>;

impl World {
    /// `sendMessage`.
    pub fn send_message(&mut self, params: &Params) -> Reply {
        self.message_to_send(params).unwrap_or_else(|reply| reply)
    }

    /// `sendPhoto`, `sendDocument`: the file comes under `field`.
    pub fn send_file(&mut self, method: &str, field: &str, params: &Params) -> Reply {
        self.file_to_send(method, field, params).unwrap_or_else(|reply| reply)
    }

    /// `editMessageText`.
    pub fn edit_message(&mut self, params: &Params) -> Reply {
        self.edit_to_make(params).unwrap_or_else(|reply| reply)
    }

    fn message_to_send(&mut self, params: &Params) -> Checked<Reply> {
        let chat = self.chat_of(params)?;
        let (text, entities) = formatted(params, "text", TEXT)?;
        if text.trim().is_empty() {
            return Err(Reply::bad("message text is empty"));
        }
        let sent = Sent {
            method: "sendMessage".to_owned(),
            text,
            entities,
            ..self.placed(chat, params)?
        };
        Ok(self.note(sent))
    }

    fn file_to_send(&mut self, method: &str, field: &str, params: &Params) -> Checked<Reply> {
        let chat = self.chat_of(params)?;
        let named = params.text(field).and_then(|text| text.strip_prefix("attach://"));
        let Some(file) = params.file(named.unwrap_or(field)).cloned() else {
            return Err(Reply::bad(&format!("there is no {field} in the request")));
        };
        if file.bytes.len() > UPLOAD {
            return Err(Reply::no(413, "Request Entity Too Large"));
        }
        if file.bytes.is_empty() {
            return Err(Reply::bad("file must be non-empty"));
        }
        if field == "photo" && file.bytes.len() > PHOTO {
            let size = file.bytes.len();
            let words = format!("file of size {size} bytes is too big for a photo; the maximum size is {PHOTO} bytes");
            return Err(Reply::bad(&words));
        }
        let (text, entities) = formatted(params, "caption", CAPTION)?;
        let sent = Sent {
            method: method.to_owned(),
            text,
            entities,
            file: Some(file),
            ..self.placed(chat, params)?
        };
        Ok(self.note(sent))
    }

    fn edit_to_make(&mut self, params: &Params) -> Checked<Reply> {
        let chat = self.chat_of(params)?;
        let (text, entities) = formatted(params, "text", TEXT)?;
        let buttons = buttons(params)?;
        let message = params.number("message_id");
        let exists = message.is_some_and(|message| self.chats[&chat].messages.contains(&message));
        if !exists {
            return Err(Reply::bad("message to edit not found"));
        }
        let Some(own) = self.sent.iter_mut().find(|sent| Some(sent.message) == message) else {
            return Err(Reply::bad("message can't be edited"));
        };
        if text.trim().is_empty() {
            return Err(Reply::bad("message text is empty"));
        }
        if (&own.text, &own.entities, &own.buttons) == (&text, &entities, &buttons) {
            let same = "are exactly the same as a current content and reply markup of the message";
            let words = format!("message is not modified: specified new message content and reply markup {same}");
            return Err(Reply::bad(&words));
        }
        (own.text, own.entities, own.buttons) = (text, entities, buttons);
        let edited = own.clone();
        let mut shown = self.shown(&edited);
        merge(&mut shown, &json!({"edit_date": now()}));
        self.edits.push(edited);
        Ok(Reply::done(&shown))
    }

    /// The chat that a call names, if the bot may speak there.
    pub fn chat_of(&self, params: &Params) -> Checked<i64> {
        let Some(chat) = params.number("chat_id") else {
            return Err(Reply::bad("chat_id is empty"));
        };
        match self.chats.get(&chat) {
            None => Err(Reply::bad("chat not found")),
            Some(known) if known.blocked => Err(Reply::no(403, "Forbidden: bot was blocked by the user")),
            Some(_) => Ok(chat),
        }
    }

    /// Where a message goes and what hangs on it.
    fn placed(&mut self, chat: i64, params: &Params) -> Checked<Sent> {
        let thread = params.number("message_thread_id");
        let topics = &self.chats[&chat].topics;
        if thread.is_some_and(|thread| !topics.contains(&thread)) {
            return Err(Reply::bad("message thread not found"));
        }
        let reply_to = self.answered_message(chat, params)?;
        let buttons = buttons(params)?;
        let message = self.fresh_message(chat);
        Ok(Sent {
            chat,
            thread,
            message,
            reply_to,
            buttons,
            ..Sent::default()
        })
    }

    fn answered_message(&self, chat: i64, params: &Params) -> Checked<Option<i64>> {
        let parameters = params.value("reply_parameters");
        let field = |name: &str| parameters.as_ref()?.get(name).cloned();
        let named = field("message_id").and_then(|id| id.as_i64());
        let named = named.or_else(|| params.number("reply_to_message_id"));
        let Some(message) = named else { return Ok(None) };
        if self.chats[&chat].messages.contains(&message) {
            return Ok(Some(message));
        }
        match field("allow_sending_without_reply") {
            Some(Value::Bool(true)) => Ok(None),
            _ => Err(Reply::bad("message to be replied not found")),
        }
    }

    fn note(&mut self, sent: Sent) -> Reply {
        let shown = self.shown(&sent);
        self.messages.insert(sent.message, shown.clone());
        self.sent.push(sent);
        Reply::done(&shown)
    }

    /// A message of the bot's as the platform writes it.
    fn shown(&self, sent: &Sent) -> Value {
        let mut shown = json!({
            "message_id": sent.message,
            "from": self.bot(),
            "chat": self.chat(sent.chat),
            "date": now(),
        });
        let text = if sent.file.is_some() { "caption" } else { "text" };
        if !sent.text.is_empty() {
            merge(&mut shown, &json!({text: sent.text}));
        }
        if let Some(file) = &sent.file {
            let document = json!({"file_id": format!("sent-{}", sent.message), "file_unique_id": "u", "file_size": file.bytes.len()});
            merge(&mut shown, &json!({"document": document}));
        }
        if let Some(thread) = sent.thread {
            merge(
                &mut shown,
                &json!({"message_thread_id": thread, "is_topic_message": true}),
            );
        }
        shown
    }
}

/// A text as the reader sees it, within a bound.
fn formatted(params: &Params, name: &str, most: usize) -> Checked<(String, Vec<Entity>)> {
    let raw = params.text(name).unwrap_or_default();
    let (text, entities) = match params.text("parse_mode") {
        None | Some("") => (raw.to_owned(), Vec::new()),
        Some("MarkdownV2") => {
            let parsed = markdown::parse(raw);
            parsed.map_err(|why| Reply::bad(&format!("can't parse entities: {why}")))?
        }
        Some(_) => return Err(Reply::bad("unsupported parse_mode")),
    };
    if text.encode_utf16().count() > most {
        let what = if name == "caption" {
            "message caption"
        } else {
            "message"
        };
        return Err(Reply::bad(&format!("{what} is too long")));
    }
    Ok((text, entities))
}

/// The buttons of an inline keyboard: label and data.
fn buttons(params: &Params) -> Checked<Vec<(String, String)>> {
    let Some(markup) = params.value("reply_markup") else {
        return Ok(Vec::new());
    };
    let rows = markup.get("inline_keyboard").and_then(Value::as_array);
    let mut found = Vec::new();
    for button in rows.into_iter().flatten().filter_map(Value::as_array).flatten() {
        let text = |name: &str| button.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (label, data) = (text("text"), text("callback_data"));
        if label.is_empty() {
            return Err(Reply::bad(
                "can't parse inline keyboard button: Field \"text\" must be of type String",
            ));
        }
        if data.is_empty() || data.len() > DATA {
            return Err(Reply::bad("BUTTON_DATA_INVALID"));
        }
        found.push((label, data));
    }
    Ok(found)
}
