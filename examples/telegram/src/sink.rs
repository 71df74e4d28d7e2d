//! What the session says: texts with buttons, edits, reactions, signs of typing, and answers to presses.

use lockgate_sdk::{Button, Effect, Format, Outgoing, Place, Receipt, Sink, Trouble};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::{Telegram, api, markdown, reaction, trouble, upload};

/// Characters of an answer to a press.
const PRESS_CHARS: usize = 200;
/// Buttons beside each other: of more a phone cuts off the labels, so that they could be taken for each other.
const ROW_BUTTONS: usize = 2;

impl Sink for Telegram {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let mut receipt = Receipt::unnamed();
        if !outgoing.text.is_empty() {
            note(&mut receipt, &say(&outgoing)?);
        }
        for (nth, path) in outgoing.files.iter().enumerate() {
            match upload::send(&outgoing, path) {
                Ok(message) => note(&mut receipt, &message),
                Err(problem) if nth == 0 && outgoing.text.is_empty() => return Err(problem),
                Err(problem) => return Ok(receipt.stopped(problem)),
            }
        }
        Ok(receipt)
    }

    fn edit(place: Place, message: String, text: String, format: Format) -> Result<Vec<Effect>, Trouble> {
        // Without a keyboard of its own, the edit takes the one away that was there.
        let parameters = json!({ "chat_id": chat(&place)?, "message_id": number(&message)? });
        match write("editMessageText", parameters, &text, format) {
            Err(problem) if !trouble::says(&problem, "message is not modified") => Err(problem),
            _ => Ok(Vec::new()),
        }
    }

    fn react(place: Place, message: String, emoji: String) -> Result<Vec<Effect>, Trouble> {
        let reaction = match emoji.as_str() {
            "" => json!([]),
            emoji => json!([{ "type": "emoji", "emoji": reaction::taken(emoji)? }]),
        };
        done(
            "setMessageReaction",
            &json!({ "chat_id": chat(&place)?, "message_id": number(&message)?, "reaction": reaction }),
        )
    }

    fn typing(place: Place) -> Result<Vec<Effect>, Trouble> {
        let mut parameters = to(&place, None)?;
        parameters["action"] = "typing".into();
        done("sendChatAction", &parameters)
    }

    /// A direct chat has the number of the account, and only the person can begin it.
    fn direct(sender: String) -> Result<String, Trouble> {
        match sender.parse::<i64>() {
            Ok(id) if id > 0 => Ok(id.to_string()),
            _ => Err(Trouble::rejected(
                "only an account has a direct chat; this is a group or a channel",
            )),
        }
    }

    fn answer_press(handle: String, text: String) -> Result<Vec<Effect>, Trouble> {
        let text: String = text.chars().take(PRESS_CHARS).collect();
        let answered = done(
            "answerCallbackQuery",
            &json!({ "callback_query_id": handle, "text": text }),
        );
        match answered {
            // The button has stopped waiting by itself.
            Err(problem) if trouble::says(&problem, "query is too old") => Ok(Vec::new()),
            answered => answered,
        }
    }
}

/// Sends the text, with the buttons.
fn say(outgoing: &Outgoing) -> Result<Value, Trouble> {
    let mut parameters = to(&outgoing.place, outgoing.reply_to.as_deref())?;
    if !outgoing.buttons.is_empty() {
        let button = |button: &Button| json!({ "text": button.label, "callback_data": button.token });
        let row = |row: &[Button]| row.iter().map(button).collect();
        let rows: Vec<Value> = outgoing.buttons.chunks(ROW_BUTTONS).map(row).collect();
        parameters["reply_markup"] = json!({ "inline_keyboard": rows });
    }
    write("sendMessage", parameters, &outgoing.text, outgoing.format)
}

/// Calls a method with a text. If the platform can't read its markup, nothing was done yet: it goes as it was written.
fn write(method: &str, parameters: Value, text: &str, format: Format) -> Result<Value, Trouble> {
    let with = |text: &str| {
        let mut parameters = parameters.clone();
        parameters["text"] = text.into();
        parameters
    };
    let marked = match format {
        Format::Markdown => markdown::convert(text),
        Format::Plain => None,
    };
    if let Some(marked) = marked {
        let mut parameters = with(&marked);
        parameters["parse_mode"] = "MarkdownV2".into();
        match api::call(method, &parameters) {
            Err(problem) if trouble::is_markup(&problem) => {}
            sent => return sent,
        }
    }
    api::call(method, &with(text))
}

/// Where something goes, and what it answers: a message that is gone by now is no reason to say nothing.
pub fn to(place: &Place, reply_to: Option<&str>) -> Result<Value, Trouble> {
    let mut parameters = json!({ "chat_id": chat(place)? });
    if let Some(thread) = &place.thread {
        parameters["message_thread_id"] = number(thread)?.into();
    }
    if let Some(message) = reply_to {
        let reply = json!({ "message_id": number(message)?, "allow_sending_without_reply": true });
        parameters["reply_parameters"] = reply;
    }
    Ok(parameters)
}

fn chat(place: &Place) -> Result<i64, Trouble> {
    number(&place.conversation)
}

fn number(id: &str) -> Result<i64, Trouble> {
    id.parse()
        .map_err(|_| Trouble::rejected("ids of chats, topics and messages are numbers on Telegram"))
}

fn done(method: &str, parameters: &Value) -> Result<Vec<Effect>, Trouble> {
    api::call(method, parameters).map(|_| Vec::new())
}

/// A message that was sent may be one whose id could not be read.
fn note(receipt: &mut Receipt, message: &Value) {
    receipt.messages.extend(message.id("message_id"));
}
