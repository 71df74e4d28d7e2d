//! The terminal's client: as much MCP as a session needs to get events and to call tools, over a pipe inside the process.
//! What it shows is what the real client makes of a notification, as far as that is known.

use std::collections::HashMap;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};

use crate::text;

/// A client that has not greeted yet.
pub struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    calls: u64,
    waiting: HashMap<u64, Option<String>>,
}

/// Something that the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(Shown),
    /// What came of a call.
    Result(Result),
    /// Neither.
    Other,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// All of its text.
    pub text: String,
    /// Into which chat it answered, if it did.
    pub chat: Option<String>,
    /// The first message that it sent, if it did.
    pub message: Option<String>,
}

/// An event, as it came over the pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    content: String,
    attributes: Vec<(String, String)>,
    /// Set if it asks to be acknowledged: its id.
    pub asks_for: Option<String>,
}

impl Client {
    /// At this end of the pipe.
    pub fn new(stream: DuplexStream) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            lines: BufReader::new(reader).lines(),
            writer,
            calls: 0,
            waiting: HashMap::new(),
        }
    }

    /// The handshake.
    ///
    /// # Errors
    /// The server ended, or refused.
    pub async fn greet(&mut self) -> anyhow::Result<()> {
        let client = json!({ "name": "lockgate terminal", "version": env!("CARGO_PKG_VERSION") });
        let parameters = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        self.say(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": parameters }))
            .await?;
        let answer = self.line().await?;
        if answer.get("result").is_none() {
            bail!("the server refused: {answer}");
        }
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await
    }

    /// What the server says next. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// The server ended.
    pub async fn hear(&mut self) -> anyhow::Result<Heard> {
        let message = self.line().await?;
        if let Some(shown) = Shown::of(&message) {
            return Ok(Heard::Event(shown));
        }
        let chat = message
            .get("id")
            .and_then(Value::as_u64)
            .map(|id| self.waiting.remove(&id));
        Ok(match chat {
            Some(Some(chat)) => Heard::Result(Result::of(&message, chat)),
            _ => Heard::Other,
        })
    }

    /// Calls a tool, as the model would; what comes of it is heard later.
    ///
    /// # Errors
    /// The server ended.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<()> {
        self.calls += 1;
        let answers = matches!(tool, "reply" | "send_file");
        let chat = arguments
            .get("chat_id")
            .filter(|_| answers)
            .and_then(Value::as_str)
            .map(str::to_owned);
        self.waiting.insert(self.calls, chat);
        let parameters = json!({ "name": tool, "arguments": arguments });
        self.say(&json!({ "jsonrpc": "2.0", "id": self.calls, "method": "tools/call", "params": parameters }))
            .await
    }

    /// Calls a tool of whose result nobody needs to hear.
    ///
    /// # Errors
    /// The server ended.
    pub async fn note(&mut self, tool: &str, arguments: Value) -> anyhow::Result<()> {
        self.call(tool, arguments).await?;
        self.waiting.remove(&self.calls);
        Ok(())
    }

    /// Whether nothing is called of which the result is still to be heard.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        let line = format!("{message}\n");
        self.writer
            .write_all(line.as_bytes())
            .await
            .context("the session ended")
    }

    async fn line(&mut self) -> anyhow::Result<Value> {
        let line = self
            .lines
            .next_line()
            .await
            .context("the session broke")?
            .context("the session ended")?;
        serde_json::from_str(&line).context("the server said something that is no JSON")
    }
}

impl Result {
    fn of(message: &Value, chat: Option<String>) -> Self {
        let result = message.get("result");
        let blocks = result.and_then(|result| result.get("content")?.as_array());
        let texts = blocks
            .into_iter()
            .flatten()
            .filter_map(|block| block.get("text")?.as_str());
        let mut texts: Vec<&str> = texts.collect();
        let refused = result
            .and_then(|result| result.get("isError")?.as_bool())
            .unwrap_or_default();
        // Below its heading stand the ids of what was sent.
        let sent = texts
            .get(1)
            .filter(|_| !refused)
            .and_then(|ids| ids.lines().next())
            .map(str::to_owned);
        texts.extend(message.get("error").and_then(|error| error.get("message")?.as_str()));
        Self {
            text: texts.join("\n"),
            chat,
            message: sent,
        }
    }
}

impl Shown {
    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What stands in its tag.
    pub fn content(&self) -> &str {
        &self.content
    }

    fn of(message: &Value) -> Option<Self> {
        if message.get("method")?.as_str()? != "notifications/claude/channel" {
            return None;
        }
        let parameters = message.get("params")?;
        let meta = parameters.get("meta")?.as_object()?;
        let attribute = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let attributes: Vec<_> = meta.iter().filter_map(attribute).collect();
        let get = |name: &str| {
            attributes
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        Some(Self {
            content: parameters.get("content")?.as_str()?.to_owned(),
            asks_for: get("ack").and_then(|_| get("event_id")),
            attributes,
        })
    }

    /// As [`tagged`].
    pub fn as_the_model_gets_it(&self) -> String {
        tagged(&self.attributes, &self.content)
    }
}

/// The tag around the body, with the attributes escaped as the client does; for a terminal.
pub fn tagged(attributes: &[(String, String)], content: &str) -> String {
    let mut tag = "<channel source=\"lockgate\"".to_owned();
    for (key, value) in attributes {
        tag.push_str(&format!(" {key}=\"{}\"", escaped(value)));
    }
    let lines: Vec<String> = content.lines().map(text::terminal).collect();
    format!("{}>\n{}\n</channel>", text::terminal(&tag), lines.join("\n"))
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_shown_as_a_tag_that_its_values_can_not_leave() {
        let message = json!({ "method": "notifications/claude/channel", "params": {
            "content": "failed", "meta": { "channel": "ci", "user": "\"><b>", "event_id": "e1", "ack": "please" } } });
        let shown = Shown::of(&message).unwrap();
        let tag =
            "<channel source=\"lockgate\" channel=\"ci\" user=\"&quot;&gt;&lt;b&gt;\" event_id=\"e1\" ack=\"please\">";
        assert_eq!(shown.as_the_model_gets_it(), format!("{tag}\nfailed\n</channel>"));
        assert_eq!(shown.asks_for.as_deref(), Some("e1"));
        assert_eq!(Shown::of(&json!({ "method": "notifications/message" })), None);
    }
}
