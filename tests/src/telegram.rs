//! A home with the Telegram channel of the examples, whose platform is a fake on loopback, reached as an operator reaches a
//! Bot API server of his own. It says nothing by itself.

use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::botapi::{BotApi, TOKEN};
use crate::client::{Pushed, text_of};
use crate::guests::component;
use crate::home::{Home, Status};
use crate::serve::Serve;
use crate::wait::PATIENCE;

/// The channel's name.
pub const NAME: &str = "telegram";
/// Somebody on the list, as `ann`.
pub const ANN: i64 = 101;
/// Somebody on the list, as `ben`.
pub const BEN: i64 = 102;
/// Nobody on the list.
pub const EVE: i64 = 666;

/// A platform, a home and a session.
pub struct Telegram {
    /// The platform.
    pub api: BotApi,
    /// The home.
    pub home: Home,
    /// The session.
    pub serve: Serve,
}

impl Telegram {
    /// A session with the channel in a new home, where two people are on the list; the channel has begun.
    ///
    /// # Errors
    /// If the guest was not built, `add` refuses, or the server does not come up.
    pub fn open() -> Result<Telegram> {
        let (api, home) = scene()?;
        let telegram = Telegram::over(api, home)?;
        telegram.wait_phase("ready")?;
        Ok(telegram)
    }

    /// A session in a home that has the channel.
    ///
    /// # Errors
    /// If the server does not come up.
    pub fn over(api: BotApi, home: Home) -> Result<Telegram> {
        let serve = Serve::channel(&home)?;
        Ok(Telegram { api, home, serve })
    }

    /// Ends the session and begins another one in the same home.
    ///
    /// # Errors
    /// As [`Telegram::over`].
    pub fn again(self) -> Result<Telegram> {
        let Telegram { api, home, mut serve } = self;
        serve.kill()?;
        Telegram::over(api, home)
    }

    /// The events that the session got, in order.
    ///
    /// # Errors
    /// If one can't be read as the real client would.
    pub fn events(&self) -> Result<Vec<Pushed>> {
        let seen = self.serve.client.record().seen();
        seen.events.iter().map(crate::client::Line::parse).collect()
    }

    /// Waits for an event with this text in its body.
    ///
    /// # Errors
    /// If it does not come.
    pub fn hear(&self, words: &str) -> Result<Pushed> {
        let record = self.serve.client.record();
        let heard = record.wait(PATIENCE, words, |seen| {
            let mut pushed = seen.events.iter().filter_map(|line| line.parse().ok());
            pushed.find(|pushed: &Pushed| pushed.content.contains(words))
        });
        heard.with_context(|| format!("stderr of the server:\n{}", self.serve.stderr()))
    }

    /// A person writes to the bot; the event that comes of it.
    ///
    /// # Errors
    /// As [`Telegram::hear`].
    pub fn says(&self, user: i64, text: &str) -> Result<Pushed> {
        self.api.says(user, user, text);
        self.hear(text)
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// If the answer is a protocol error.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        self.serve.client.call(tool, arguments)
    }

    /// Replies in a chat.
    ///
    /// # Errors
    /// If it was not sent.
    pub fn reply(&mut self, chat: i64, text: &str) -> Result<Value> {
        let result = self.call("reply", &json!({"chat_id": chat_id(chat), "text": text}))?;
        ensure!(result["isError"] != true, "{}", text_of(&result));
        Ok(result)
    }

    /// Waits until the channel is in a phase; what `status` says of it then.
    ///
    /// # Errors
    /// If it does not come to that.
    pub fn wait_phase(&self, phase: &str) -> Result<crate::home::status::Channel> {
        let there = |status: &Status| status.channel(NAME).filter(|own| own.phase == phase).cloned();
        let waited = self.home.wait_status(&format!("the phase {phase}"), there);
        waited.with_context(|| format!("stderr of the server:\n{}", self.serve.stderr()))
    }

    /// How often the channel has polled.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.api.calls("getUpdates").len()
    }

    /// Waits until a poll of the channel waits at the platform; one that ended at once would not see what comes next.
    ///
    /// # Errors
    /// If it does not.
    pub fn wait_poll(&self) -> Result<()> {
        let waits = || self.api.is_polled().then_some(());
        self.api.wait_for(2 * PATIENCE, "a poll that waits", waits)
    }
}

/// A platform with people, and a home with the channel that nobody runs yet.
///
/// # Errors
/// If the guest was not built, or `add` refuses.
pub fn scene() -> Result<(BotApi, Home)> {
    granted(&[])
}

/// The same, with more that is granted.
///
/// # Errors
/// As [`scene`].
pub fn granted(more: &[&str]) -> Result<(BotApi, Home)> {
    let (api, home) = (BotApi::start()?, Home::new()?);
    add(&home, &api.url(), more)?;
    for (id, name) in [(ANN, "ann"), (BEN, "ben")] {
        api.user(id, name);
        let account = format!("{NAME}:{id}");
        let ran = home.run(&["access", "allow", name, &account])?;
        ensure!(ran.ok(), "access allow ended with {:?}:\n{}", ran.code, ran.stderr);
    }
    api.user(EVE, "Eve");
    Ok((api, home))
}

/// A chat as the tools name it.
#[must_use]
pub fn chat_id(chat: i64) -> String {
    format!("{NAME}:{chat}")
}

/// Where the token of the channel stands.
#[must_use]
pub fn token_file(home: &Home) -> PathBuf {
    home.beside().join("token")
}

/// Writes the token of the channel.
///
/// # Errors
/// If the file can't be written.
pub fn write_token(home: &Home, token: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(token_file(home)).context("create the token's file")?;
    std::io::Write::write_all(&mut file, token.as_bytes()).context("write the token")
}

fn add(home: &Home, upstream: &str, more: &[&str]) -> Result<()> {
    write_token(home, TOKEN)?;
    let file = component(NAME)?;
    let file = file.to_str().context("a component's path is not text")?;
    let secret = format!("bot_token=file:{}", token_file(home).display());
    let arguments = ["add", file, "--name", NAME, "--yes", "--secret", &secret];
    let grants = ["--grant", "host:api.telegram.org", "--grant", "network:telegram"];
    let ran = home.add_shown(&[&arguments[..], &grants, more].concat())?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    home.edit_config(|config| {
        let upstreams = toml::Table::from_iter([("api.telegram.org".to_owned(), upstream.into())]);
        if let Some(channel) = channel(config) {
            channel.insert("upstream".into(), upstreams.into());
        }
    })?;
    home.unpace()
}

/// The channel's table in `lockgate.toml`.
pub fn channel(config: &mut toml::Table) -> Option<&mut toml::Table> {
    config.get_mut("channel")?.get_mut(NAME)?.as_table_mut()
}

/// Longer than any rest of the channel's that a test waits for.
pub const RESTS: Duration = Duration::from_secs(30);
