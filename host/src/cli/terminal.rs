//! A session in the terminal: what a model would get is shown, and what a person types goes out through the same tools
//! that a model calls. `demo` and `try` play it; it knows neither of them, and no channel by name.

mod client;
mod commands;
mod typed;

use std::io::IsTerminal;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

pub use client::{Client, tagged};
pub use commands::Commands;

use client::{Heard, Shown};
use typed::{HELP, Typed};

/// A conversation between a terminal and the channels.
pub struct Terminal {
    client: Client,
    typed: Option<Lines<BufReader<Stdin>>>,
    last: Option<Last>,
    sent: Option<Sent>,
    more: Option<Commands>,
}

/// The last event that can be answered.
struct Last {
    chat: String,
    message: String,
    event: Option<String>,
}

/// The last answer that went out.
struct Sent {
    chat: String,
    message: String,
}

/// Whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

impl Terminal {
    /// A terminal for a client that has greeted.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            typed: Some(BufReader::new(tokio::io::stdin()).lines()),
            last: None,
            sent: None,
            more: None,
        }
    }

    /// The same, with more commands.
    pub fn with(self, more: Commands) -> Self {
        Self {
            more: Some(more),
            ..self
        }
    }

    /// Shows and sends until the person ends it: with a command, or with the end of standard input. What was called before
    /// that end is waited for.
    ///
    /// # Errors
    /// The server ended.
    pub async fn converse(mut self) -> anyhow::Result<()> {
        loop {
            let next = tokio::select! {
                heard = self.client.hear() => self.heard(heard?).await?,
                line = line(&mut self.typed) => match line {
                    Some(line) => self.act(Typed::read(&line)).await?,
                    None => self.typed_all(),
                },
            };
            let all_said = self.typed.is_none() && self.client.is_idle();
            if next == Next::Stop || all_said {
                return Ok(());
            }
        }
    }

    /// The end of standard input: Ctrl-D at a terminal ends it at once.
    fn typed_all(&mut self) -> Next {
        self.typed = None;
        if std::io::stdin().is_terminal() {
            return Next::Stop;
        }
        Next::Go
    }

    async fn heard(&mut self, heard: Heard) -> anyhow::Result<Next> {
        match heard {
            Heard::Event(shown) => self.show(&shown).await?,
            Heard::Result(result) => {
                for line in result.text.lines() {
                    eprintln!("  {}", crate::text::terminal(line));
                }
                if let (Some(chat), Some(message)) = (result.chat, result.message) {
                    self.sent = Some(Sent { chat, message });
                }
            }
            Heard::Other => {}
        }
        Ok(Next::Go)
    }

    async fn show(&mut self, shown: &Shown) -> anyhow::Result<()> {
        let is_host = shown.get("role") == Some("host");
        if is_host && self.more.as_ref().is_some_and(|more| more.tell(shown.content())) {
            if let Some(id) = &shown.asks_for {
                self.client.note("ack", json!({ "event_ids": [id] })).await?;
            }
            return Ok(());
        }
        println!("{}\n", shown.as_the_model_gets_it());
        if let Some(id) = &shown.asks_for {
            eprintln!("(the session answers: ack {id})\n");
            self.call("ack", json!({ "event_ids": [id] })).await?;
        } else if let (None, Some(id)) = (&self.last, shown.get("event_id")) {
            // A person sees it, whether he answers or not; a session that shows no sign for minutes would count as deaf.
            self.client.note("ack", json!({ "event_ids": [id] })).await?;
        }
        // A thing is not answered, so that what is typed goes on going to the last person.
        let is_thing = shown.get("role") == Some("service") && self.last.is_some();
        if let (Some(chat), Some(message), false) = (shown.get("chat_id"), shown.get("message_id"), is_thing) {
            if self.last.is_none() && self.typed.is_some() && shown.asks_for.is_none() {
                eprintln!("(type an answer and press Enter; /help shows what else can be typed)\n");
            }
            self.last = Some(Last {
                chat: chat.to_owned(),
                message: message.to_owned(),
                event: shown.get("event_id").map(str::to_owned),
            });
        }
        Ok(())
    }

    async fn act(&mut self, typed: Typed) -> anyhow::Result<Next> {
        match typed {
            Typed::Nothing => {}
            Typed::Quit => return Ok(Next::Stop),
            Typed::Help => {
                eprintln!("{HELP}");
                if let Some(more) = &self.more {
                    more.give("/help".to_owned()).await;
                }
            }
            Typed::Unknown(line) if self.more.is_some() => {
                if let Some(more) = &self.more {
                    more.give(line).await;
                }
            }
            Typed::Unknown(line) => eprintln!("no such command: {}\n{HELP}", crate::text::terminal(&line)),
            Typed::Inbox => self.call("inbox", json!({})).await?,
            Typed::Channels => self.call("channels", json!({})).await?,
            Typed::To(chat) => {
                let (message, event) = (String::new(), None);
                self.last = Some(Last { chat, message, event });
            }
            Typed::Edit(text) => match &self.sent {
                Some(Sent { chat, message }) => {
                    let arguments = json!({ "chat_id": chat, "message_id": message, "text": text });
                    self.call("edit_message", arguments).await?;
                }
                None => eprintln!("nothing was answered yet"),
            },
            Typed::Get(number) => match self.last.as_ref().and_then(|last| last.event.clone()) {
                Some(event) => {
                    let arguments = json!({ "event_id": event, "index": number });
                    self.call("download_attachment", arguments).await?;
                }
                None => eprintln!("no event came yet"),
            },
            Typed::Say(_) | Typed::React(_) | Typed::File { .. } => self.answer(typed).await?,
        }
        Ok(Next::Go)
    }

    async fn answer(&mut self, typed: Typed) -> anyhow::Result<()> {
        let Some(Last { chat, message, .. }) = &self.last else {
            eprintln!("nobody wrote yet, so there is no chat to answer into; /to CHAT_ID names one");
            return Ok(());
        };
        let (tool, arguments) = match typed {
            Typed::React(emoji) => (
                "react",
                json!({ "chat_id": chat, "message_id": message, "emoji": emoji }),
            ),
            Typed::File { name, text } if text.is_empty() => ("send_file", json!({ "chat_id": chat, "files": [name] })),
            Typed::File { name, text } => ("send_file", json!({ "chat_id": chat, "files": [name], "text": text })),
            Typed::Say(text) => ("reply", json!({ "chat_id": chat, "text": text })),
            _ => return Ok(()),
        };
        self.call(tool, arguments).await
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<()> {
        self.client.call(tool, arguments).await.context("the session ended")
    }
}

/// The next line; `None` once, when there are no more, and never after that.
async fn line(typed: &mut Option<Lines<BufReader<Stdin>>>) -> Option<String> {
    match typed {
        Some(lines) => lines.next_line().await.ok().flatten(),
        None => std::future::pending().await,
    }
}
