//! A topic of ntfy.sh as a conversation: its messages come over a websocket, answers are published over HTTP.

use lockgate_sdk::{
    Conversation, Frame, Happening, Life, Message, Outcome, Outgoing, Receipt, Sink, Socket, Trouble, channel, host,
    http, store,
};
use serde::{Deserialize, Serialize};

channel!(pub struct Ntfy: life, socket, sink);

/// The channel's name for its websocket.
const LINE: &str = "topic";
/// The tag of what this channel publishes.
const OURS: &str = "claude";
/// The key of the last message that was seen, or of the second since which the topic is listened to, if none was.
const LAST: &str = "last";

/// What comes over the websocket; only events `message` are messages.
#[derive(Deserialize)]
struct Event {
    id: String,
    /// Seconds since the Unix epoch.
    time: u64,
    event: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

/// What is published.
#[derive(Serialize)]
struct Publication<'a> {
    topic: &'a str,
    message: &'a str,
    tags: [&'a str; 1],
}

/// The answer to that.
#[derive(Deserialize)]
struct Published {
    id: String,
}

impl Life for Ntfy {
    fn start() -> Result<Outcome, Trouble> {
        Ok(Outcome::none().connect(LINE, url(&topic()?)))
    }
}

impl Socket for Ntfy {
    fn receive(_connection: String, happening: Happening, _failures: u32) -> Result<Outcome, Trouble> {
        match happening {
            Happening::Opened | Happening::Frame(Frame::Binary(_)) => Ok(Outcome::none()),
            Happening::Frame(Frame::Text(text)) => heard(&text, &topic()?),
            Happening::Closed(_) => Ok(Outcome::none().connect(LINE, url(&topic()?))),
        }
    }
}

impl Sink for Ntfy {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let publication = Publication {
            topic: &outgoing.place.conversation,
            message: &outgoing.text,
            tags: [OURS],
        };
        let request = http::Request::post("https://ntfy.sh/").json(&publication)?;
        let published: Published = request.send()?.ok()?.json()?;
        Ok(Receipt::sent(published.id))
    }

    fn direct(_sender: String) -> Result<String, Trouble> {
        topic()
    }
}

/// The operator's topic, if it is one.
fn topic() -> Result<String, Trouble> {
    let topic = host::setting("topic").ok_or_else(|| Trouble::rejected("set `topic`: it has none yet"))?;
    let form = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match (1..=64).contains(&topic.len()) && topic.bytes().all(form) {
        true => Ok(topic),
        false => Err(Trouble::rejected("the setting `topic` is no topic's name")),
    }
}

/// Where its messages are, from the last one on that was seen: ntfy takes a message's id or a time.
fn url(topic: &str) -> String {
    let since = store::get_text(LAST).map(|last| format!("?since={}", http::encode(&last)));
    format!("wss://ntfy.sh/{topic}/ws{}", since.unwrap_or_default())
}

fn heard(text: &str, topic: &str) -> Result<Outcome, Trouble> {
    let Ok(event) = serde_json::from_str::<Event>(text) else {
        return Ok(Outcome::none().skipped("a frame that is no event"));
    };
    if event.event == "open" && store::get_text(LAST).is_none() {
        // A connection that is lost before the first message is taken up from here.
        store::set(LAST, event.time.to_string())?;
    }
    if event.event != "message" {
        return Ok(Outcome::none());
    }
    store::set(LAST, &event.id)?;
    if event.tags.iter().any(|tag| tag == OURS) {
        return Ok(Outcome::none());
    }
    let text = match event.title {
        Some(title) => format!("{title}\n{}", event.message),
        None => event.message,
    };
    let mut message = Message::service("ntfy", text)
        .id(event.id)
        .sent_at(event.time.saturating_mul(1_000));
    message.conversation = Conversation::group(topic);
    Ok(message.into())
}

#[cfg(test)]
mod tests;
