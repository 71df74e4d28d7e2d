//! A home with a channel that answers: the guest `sink`, which says what was sent where.
//!
//! It types nothing by itself: a test says what comes in, and calls the tools.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::client::Pushed;
use crate::guests::component;
use crate::home::{Home, SECRET};
use crate::load::Hook;
use crate::serve::Serve;
use crate::wait::PATIENCE;

/// The channel's name.
pub const NAME: &str = "chat";

/// A home, a session, and where to post to.
#[derive(Debug)]
pub struct Chat {
    /// The home.
    pub home: Home,
    /// The session.
    pub serve: Serve,
    hook: Hook,
    posts: Cell<u64>,
}

impl Chat {
    /// A session with the channel in a new home.
    ///
    /// # Errors
    /// If the guest was not built, `add` refuses, or the server does not come up.
    pub fn open() -> Result<Chat> {
        let home = Home::new()?;
        add(&home, &component("sink")?)?;
        Chat::over(home)
    }

    /// A session in a home that has the channel.
    ///
    /// # Errors
    /// If the server does not come up.
    pub fn over(home: Home) -> Result<Chat> {
        let serve = Serve::channel(&home)?;
        let hook = home.hook(NAME)?.at(&format!("/{NAME}/in"));
        Ok(Chat {
            home,
            serve,
            hook,
            posts: Cell::new(0),
        })
    }

    /// Ends the session and begins another one in the same home.
    ///
    /// # Errors
    /// As [`Chat::over`].
    pub fn again(self) -> Result<Chat> {
        let Chat { home, mut serve, .. } = self;
        serve.kill()?;
        Chat::over(home)
    }

    /// Somebody says something in `room` or `room#thread`.
    ///
    /// # Errors
    /// If it is not taken.
    pub fn say(&self, place: &str, text: &str) -> Result<()> {
        self.post(&format!("{place}\n{text} ({})", self.fresh())).map(drop)
    }

    /// The same; gives the event as the model gets it.
    ///
    /// # Errors
    /// If it is not taken, or the event does not come.
    pub fn hear(&self, place: &str, text: &str) -> Result<Pushed> {
        let record = self.serve.client.record();
        let before = record.seen().events.len();
        self.say(place, text)?;
        let wanted = format!("{NAME}:{}", place.split('#').next().unwrap_or_default());
        record.wait(PATIENCE, "the event", |seen| {
            let pushed = seen.events[before..].iter().filter_map(|line| line.parse().ok());
            pushed
                .into_iter()
                .find(|pushed: &Pushed| pushed.meta.get("chat_id") == Some(&wanted))
        })
    }

    /// What was sent to a room, one entry a part; the last one says how often it saw a sign of typing.
    ///
    /// # Errors
    /// If the channel does not answer.
    pub fn sent(&self, room: &str) -> Result<(Vec<String>, usize)> {
        let text = self.post(&format!("?{room}\n{}", self.fresh()))?;
        let mut entries: Vec<String> = text.split("\n\n").map(str::to_owned).collect();
        let typing = entries
            .pop()
            .and_then(|last| last.strip_prefix("typing ")?.parse().ok());
        Ok((entries, typing.with_context(|| format!("the channel said {text}"))?))
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// If the answer is a protocol error.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        self.serve.client.call(tool, arguments)
    }

    /// Replies in a room.
    ///
    /// # Errors
    /// As [`Chat::call`].
    pub fn reply(&mut self, room: &str, text: &str) -> Result<Value> {
        self.call("reply", &json!({"chat_id": format!("{NAME}:{room}"), "text": text}))
    }

    /// A body that was not posted before is no replay.
    fn fresh(&self) -> u64 {
        self.posts.set(self.posts.get() + 1);
        u64::from(self.serve.pid()) * 1_000_000 + self.posts.get()
    }

    fn post(&self, body: &str) -> Result<String> {
        let answer = self.hook.post(&self.hook.signed("in", body.as_bytes()))?;
        ensure!(answer.status / 100 == 2, "a post was answered {}", answer.status);
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }
}

/// Adds the guest `sink` to a home.
///
/// # Errors
/// If `add` refuses.
pub fn add(home: &Home, file: &Path) -> Result<()> {
    let secret = format!("key=file:{}", home.secret_file(SECRET)?.display());
    let file = file.to_str().context("a component's path is not text")?;
    let ran = home.run(&["add", file, "--name", NAME, "--yes", "--secret", &secret])?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    home.unpace()
}
