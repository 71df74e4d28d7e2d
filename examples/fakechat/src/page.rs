//! What the page asks and is answered. A wrong request is answered with what is wrong, before anything is written; trouble
//! after that takes back all that the call wrote.

mod document;

use lockgate_sdk::{Answer, Attachment, Author, Conversation, Message, Outcome, Request, Sender, Trouble};
use serde::Deserialize;
use serde_json::json;

use crate::chat::{self, Draft, TOPIC};
use crate::files;
use crate::item::{Event, File, Format, Item, Side, is_id};
use crate::{CONVERSATION, PERSON};

/// Bytes of a text: the page takes 16,000 UTF-16 units, which have at most 3 bytes each.
const TEXT_BYTES: usize = 48_000;
/// Files of one message.
const FILES: usize = 10;
/// Items in one answer.
const HISTORY: usize = 100;

/// Why a request was not done.
enum Refused {
    /// It asks for what can't be: a status, and words for the person. Nothing was written.
    Wrong(u16, String),
    /// Something failed: all that the call wrote is taken back.
    Failed(Trouble),
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

fn wrong<T>(status: u16, why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Wrong(status, why.into()))
}

/// Answers one request.
///
/// # Errors
/// Trouble of the store or the folder.
pub fn answer(request: &Request) -> Result<Answer, Trouble> {
    match route(request) {
        Ok(answer) => Ok(answer),
        Err(Refused::Wrong(status, why)) => Ok(Answer::json(&json!({ "error": why }))?.with_status(status)),
        Err(Refused::Failed(trouble)) => Err(trouble),
    }
}

fn route(request: &Request) -> Result<Answer, Refused> {
    match (request.method.as_str(), &request.segments()[..]) {
        ("GET", []) => Ok(Answer::html(document::html())),
        ("GET", ["events"]) => Ok(Answer::subscribe(TOPIC)),
        ("GET", ["history"]) => history(request),
        ("GET", ["file", id]) => file(id),
        ("POST", ["send"]) => send(&request.json()?),
        ("POST", ["edit"]) => edit(request.json()?),
        ("POST", ["upload"]) => upload(request),
        _ => wrong(404, "there is nothing at this address"),
    }
}

fn history(request: &Request) -> Result<Answer, Refused> {
    let number = |name| request.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit").and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(HISTORY).clamp(1, HISTORY);
    Ok(Answer::json(&chat::history(number("before"), limit)?)?)
}

fn file(id: &str) -> Result<Answer, Refused> {
    match files::find(id)? {
        Some(file) => Ok(Answer::file(files::served_type(&file.mime), files::path(&file.id))),
        None => wrong(404, "this file is no longer kept"),
    }
}

fn upload(request: &Request) -> Result<Answer, Refused> {
    let name = request.parameter("name").unwrap_or_default();
    let mime = request.parameter("type").unwrap_or_default();
    match files::keep(&name, &mime, &request.body) {
        Ok(file) => Ok(Answer::json(&json!({ "file": file }))?.with_status(201)),
        Err(files::NotKept::Full) => wrong(507, "there is no more room for files in this chat"),
        Err(files::NotKept::Trouble(trouble)) => Err(trouble.into()),
    }
}

/// What is sent: the page makes the id, so the same message sent again is the same message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    id: String,
    text: String,
    reply_to: Option<String>,
    #[serde(default)]
    files: Vec<String>,
}

fn send(sent: &Sent) -> Result<Answer, Refused> {
    if !is_id(&sent.id) {
        return wrong(400, "the message has no usable id");
    }
    if let Some(item) = chat::find(&sent.id)? {
        return answer_item(&item, 201);
    }
    check_text(&sent.text)?;
    if sent.text.is_empty() && sent.files.is_empty() {
        return wrong(400, "there is nothing in the message");
    }
    let files = named_files(&sent.files)?;
    let original = sent.reply_to.as_deref().map_or(Ok(None), chat::find)?;
    let item = chat::add(Draft {
        id: Some(sent.id.clone()),
        from: Side::You,
        text: sent.text.clone(),
        format: Format::Plain,
        reply_to: original.as_ref().map(|original| original.id.clone()),
        files,
    })?;
    item.files.iter().for_each(files::sent);
    let news = chat::news(&Event::Message { item: &item })?;
    Ok(answer_item(&item, 201)?
        .event(message(&item, original.as_ref()))
        .publish(TOPIC, news))
}

fn named_files(ids: &[String]) -> Result<Vec<File>, Refused> {
    if ids.len() > FILES {
        return wrong(400, format!("at most {FILES} files go with one message"));
    }
    ids.iter()
        .map(|id| match files::find(id)? {
            Some(file) => Ok(file),
            None => wrong(409, "a file is no longer there: attach it again"),
        })
        .collect()
}

/// Another text for a message of the person's own.
#[derive(Deserialize)]
struct Edited {
    id: String,
    text: String,
}

fn edit(edited: Edited) -> Result<Answer, Refused> {
    check_text(&edited.text)?;
    match chat::find(&edited.id)? {
        Some(item) if item.from == Side::You => {}
        _ => return wrong(404, "there is no such message of yours"),
    }
    let item = chat::edit(&edited.id, Side::You, edited.text, Format::Plain)?;
    let original = item.reply_to.as_deref().map_or(Ok(None), chat::find)?;
    let revision = item.edited.unwrap_or_default().to_string();
    let outcome = Outcome::none()
        .edited(message(&item, original.as_ref()), revision)
        .publish(TOPIC, chat::news(&Event::Changed { item: &item })?);
    Ok(answer_item(&item, 200)?.outcome(outcome))
}

fn check_text(text: &str) -> Result<(), Refused> {
    if text.len() > TEXT_BYTES {
        return wrong(413, "the text is too long: send it as a file");
    }
    Ok(())
}

fn answer_item(item: &Item, status: u16) -> Result<Answer, Refused> {
    Ok(Answer::json(&json!({ "item": item }))?.with_status(status))
}

/// The item as the session gets it. Files wait here until it wants them.
fn message(item: &Item, original: Option<&Item>) -> Message {
    let person = || Sender::account(PERSON).named("you");
    let message = Message::person(person(), Conversation::direct(CONVERSATION), item.text.clone())
        .id(item.id.clone())
        .sent_at(item.at);
    let message = match original {
        Some(original) => {
            let author = (original.from == Side::You).then(|| Author::Person(person()));
            message
                .reply_to(original.id.clone())
                .quote(author, original.text.clone())
        }
        None => message,
    };
    item.files.iter().fold(message, |message, file| {
        let attachment = Attachment::handle(file.id.clone()).named(file.name.clone());
        message.attach(attachment.mime(file.mime.clone()).size(file.size))
    })
}
