//! What a message holds: its words, or what stands for them, and its attachment. Pure.

use lockgate_sdk::Attachment;
use serde_json::Value;

use crate::author;
use crate::entities;
use crate::fields::{Fields, short};

/// What somebody says.
pub struct Content {
    /// The words, the caption, or a few words in brackets that say what there is instead.
    pub text: String,
    /// What it is besides words, as the platform names it.
    pub kind: Option<&'static str>,
    /// The file, by the platform's handle.
    pub attachment: Option<Attachment>,
}

/// Kinds with a file, and the type that they have if none is stated. An animation is also sent as a document, so it comes
/// first.
const FILES: [(&str, Option<&str>); 8] = [
    ("photo", Some("image/jpeg")),
    ("animation", Some("video/mp4")),
    ("document", None),
    ("voice", Some("audio/ogg")),
    ("audio", Some("audio/mpeg")),
    ("video", Some("video/mp4")),
    ("video_note", Some("video/mp4")),
    ("sticker", None),
];

/// Kinds without a file that stand for themselves. A venue is also sent as a location, so it comes first.
const THINGS: [&str; 12] = [
    "venue",
    "location",
    "contact",
    "poll",
    "dice",
    "checklist",
    "game",
    "invoice",
    "story",
    "paid_media",
    "giveaway",
    "giveaway_winners",
];

/// What happens in a chat without anybody saying it.
const EVENTS: [&str; 12] = [
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "pinned_message",
    "migrate_from_chat_id",
    "boost_added",
    "gift",
    "unique_gift",
    "proximity_alert_triggered",
    "connected_website",
];

/// How the names of all others end.
const EVENT_STEMS: [&str; 25] = [
    "_created",
    "_closed",
    "_edited",
    "_reopened",
    "_hidden",
    "_unhidden",
    "_changed",
    "_shared",
    "_allowed",
    "_payment",
    "_set",
    "_scheduled",
    "_started",
    "_ended",
    "_invited",
    "_completed",
    "_added",
    "_done",
    "_left",
    "_approved",
    "_declined",
    "_paid",
    "_refunded",
    "_approval_failed",
    "_deleted",
];

/// What a message says; none if nobody says anything.
pub fn of(message: &Value) -> Option<Content> {
    let words = entities::text(message);
    for (kind, mime) in FILES {
        let Some(file) = file(message, kind) else { continue };
        return Some(Content {
            text: words.unwrap_or_else(|| in_brackets(kind, file)),
            kind: Some(kind),
            attachment: attachment(file, kind, mime),
        });
    }
    if let Some(words) = words {
        return Some(Content {
            text: words,
            kind: None,
            attachment: None,
        });
    }
    let kind = THINGS.into_iter().find(|kind| message.object(kind).is_some())?;
    let thing = message.object(kind)?;
    Some(Content {
        text: in_brackets(kind, thing),
        kind: Some(kind),
        attachment: None,
    })
}

/// Whether it only tells of what happened in the chat.
pub fn is_event(message: &Value) -> bool {
    let happened =
        |name: &String| EVENTS.contains(&name.as_str()) || EVENT_STEMS.iter().any(|stem| name.ends_with(stem));
    message.as_object().is_some_and(|message| message.keys().any(happened))
}

/// The file of this kind; of a photo's sizes the largest.
fn file<'a>(message: &'a Value, kind: &str) -> Option<&'a Value> {
    let area = |size: &&Value| (size.int("width").unwrap_or(0), size.int("height").unwrap_or(0));
    match kind {
        "photo" => message
            .list(kind)
            .iter()
            .filter(|size| size.is_object())
            .max_by_key(area),
        _ => message.object(kind),
    }
}

fn attachment(file: &Value, kind: &str, mime: Option<&str>) -> Option<Attachment> {
    let sticker = match (file.is("is_animated"), file.is("is_video")) {
        (true, _) => "application/x-tgsticker",
        (_, true) => "video/webm",
        _ => "image/webp",
    };
    let mime = if kind == "sticker" { Some(sticker) } else { mime };
    let mut attachment = Attachment::handle(file.text("file_id")?);
    attachment.mime = file.short("mime_type").or_else(|| mime.map(str::to_owned));
    attachment.name = file.short("file_name");
    attachment.size = file.int("file_size").and_then(|size| u64::try_from(size).ok());
    Some(attachment)
}

/// A few words that say what there is.
fn in_brackets(kind: &str, thing: &Value) -> String {
    let labelled = |label: &str, words: Option<String>| match words {
        Some(words) => format!("({label}: {words})"),
        None => format!("({label})"),
    };
    match kind {
        "document" => labelled("document", thing.short("file_name")),
        "audio" => labelled("audio", thing.short("title").or_else(|| thing.short("file_name"))),
        "voice" => "(voice message)".to_owned(),
        "video_note" => "(video note)".to_owned(),
        "sticker" => thing
            .short("emoji")
            .map_or_else(|| "(sticker)".to_owned(), |emoji| format!("(sticker {emoji})")),
        "venue" => labelled(
            "venue",
            Some(listed([thing.short("title"), thing.short("address"), place(thing)])),
        ),
        "location" if thing.has("live_period") => labelled("live location", coordinates(thing)),
        "location" => coordinates(thing).map_or_else(|| "(location)".to_owned(), |at| format!("(location {at})")),
        "contact" => labelled(
            "contact",
            Some(listed([author::full_name(thing), thing.short("phone_number")])),
        ),
        "poll" => labelled("poll", Some(options(thing, "question", "options"))),
        "checklist" => labelled("checklist", Some(options(thing, "title", "tasks"))),
        "dice" => format!(
            "(dice {} {})",
            thing.short("emoji").unwrap_or_default(),
            thing.int("value").unwrap_or(0)
        ),
        "game" | "invoice" => labelled(kind, thing.short("title")),
        _ => format!("({})", kind.replace('_', " ")),
    }
}

fn listed<const N: usize>(words: [Option<String>; N]) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn place(venue: &Value) -> Option<String> {
    coordinates(venue.object("location")?)
}

fn coordinates(location: &Value) -> Option<String> {
    let degrees = |key: &str| location.get(key).filter(|degrees| degrees.is_number());
    Some(format!("{}, {}", degrees("latitude")?, degrees("longitude")?))
}

/// A title, and what can be chosen under it.
fn options(thing: &Value, title: &str, items: &str) -> String {
    let title = thing.text(title).map(short);
    let options = thing.list(items).iter().filter_map(|item| item.text("text")).map(short);
    title.into_iter().chain(options).collect::<Vec<_>>().join(" / ")
}
