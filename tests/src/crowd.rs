//! A home with a channel full of people: the guest `crowd`, which reports whoever a test lets speak, and remembers all
//! that was said to them.
//!
//! It knows nobody: a test writes who is on the list, and which groups are granted.

mod said;

use std::cell::Cell;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

pub use said::Said;

use crate::client::Pushed;
use crate::guests::component;
use crate::home::{Home, SECRET};
use crate::load::Hook;
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// The channel's name.
pub const NAME: &str = "crowd";
/// The network whose accounts it names.
pub const NETWORK: &str = "crowd";
/// A list with Ann (account 1), who may speak and approve, Ben (2), who may speak, and Cat (3), who may only approve.
pub const PEOPLE: &str = "[[person]]\nname = \"ann\"\nroles = [\"chat\", \"approve\"]\nids.crowd = \"1\"\n\n\
                          [[person]]\nname = \"ben\"\nroles = [\"chat\"]\nids.crowd = \"2\"\n\n\
                          [[person]]\nname = \"cat\"\nroles = [\"approve\"]\nids.crowd = \"3\"\n";
/// The thing that [`Crowd::sentinel`] lets speak: no list names it.
const SENTINEL: &str = "sentinel";

/// A home, a session, and where to post to.
#[derive(Debug)]
pub struct Crowd {
    /// The home.
    pub home: Home,
    /// The session.
    pub serve: Serve,
    hook: Hook,
    posts: Cell<u64>,
}

/// Something that was said to the people, as the guest remembers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// `sent`, `edited`, `reacted`, `direct` or `answered`.
    pub what: String,
    /// The message's id; of `direct` the account's, of `answered` the press's handle.
    pub id: String,
    /// Where; a direct conversation with the account `7` is `d-7`.
    pub conversation: String,
    /// The topic inside it.
    pub thread: Option<String>,
    /// The text, or the emoji.
    pub text: String,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// What could be pressed below it.
    pub buttons: Vec<Shown>,
    /// How many files went with it.
    pub files: usize,
}

/// A button as the platform shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shown {
    /// What stands on it.
    pub label: String,
    /// What a press of it brings.
    pub token: String,
}

impl Crowd {
    /// A session with the channel in a new home, in which things are heard, too.
    ///
    /// # Errors
    /// If the guest was not built, `add` refuses, or the server does not come up.
    pub fn open() -> Result<Crowd> {
        Crowd::open_with(|_| {})
    }

    /// The same, after a change of the channel's table in `lockgate.toml`.
    ///
    /// # Errors
    /// As [`Crowd::open`].
    pub fn open_with(edit: impl FnOnce(&mut toml::Table)) -> Result<Crowd> {
        let home = Home::new()?;
        add(&home, NAME)?;
        configure(&home, NAME, edit)?;
        Crowd::over(home)
    }

    /// A session in a home that has the channel.
    ///
    /// # Errors
    /// If the server does not come up.
    pub fn over(home: Home) -> Result<Crowd> {
        let serve = Serve::channel(&home)?;
        let hook = home.hook(NAME)?.at(&format!("/{NAME}/in"));
        Ok(Crowd {
            home,
            serve,
            hook,
            posts: Cell::new(0),
        })
    }

    /// Kills the session, which owns the channels, and begins another one in the same home.
    ///
    /// # Errors
    /// As [`Crowd::over`].
    pub fn again(self) -> Result<Crowd> {
        let Crowd { home, mut serve, .. } = self;
        serve.kill()?;
        Crowd::over(home)
    }

    /// Changes the channel's table in `lockgate.toml`; the owner sees it by itself, a little later.
    ///
    /// # Errors
    /// If it can't be changed.
    pub fn configure(&self, edit: impl FnOnce(&mut toml::Table)) -> Result<()> {
        configure(&self.home, NAME, edit)
    }

    /// Writes `access.toml` as an operator's editor does; the next call is judged by it.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn people(&self, text: &str) -> Result<()> {
        people(&self.home, text)
    }

    /// Lets things happen, in order and in one call of the guest: [`Said::value`] of messages with ids, and the like.
    ///
    /// # Errors
    /// If they are not taken.
    pub fn happen(&self, items: &[Value]) -> Result<()> {
        self.post(items).map(drop)
    }

    /// Somebody says something; gives the message's id.
    ///
    /// # Errors
    /// If it is not taken.
    pub fn say(&self, said: &Said) -> Result<String> {
        let (said, id) = said.clone().with_id(|| format!("i-{}", self.fresh()));
        self.happen(&[said.value("message")])?;
        Ok(id)
    }

    /// Somebody changes what he said, which is known by the id that must have been given.
    ///
    /// # Errors
    /// If it is not taken.
    pub fn edit(&self, said: &Said) -> Result<()> {
        self.happen(&[said.value("edited")])
    }

    /// The account presses a button in a conversation; the press's handle is its id, which is given back.
    ///
    /// # Errors
    /// If it is not taken.
    pub fn press(&self, sender: &str, conversation: &str, token: &str) -> Result<String> {
        let id = format!("p-{}", self.fresh());
        self.happen(&[json!({
            "kind": "press", "id": id, "handle": id, "token": token, "sender": {"id": sender},
            "conversation": {"id": conversation, "scope": "direct"},
        })])?;
        Ok(id)
    }

    /// Lets a call of the sink (`send`, `edit`, `react`, `direct`, `answer-press`) fail from now on, in these words; without
    /// words it does its work again.
    ///
    /// # Errors
    /// If it is not taken.
    pub fn fail(&self, call: &str, words: &str) -> Result<()> {
        self.happen(&[json!({"kind": "fail", "call": call, "words": words})])
    }

    /// All that was said so far, in order.
    ///
    /// # Errors
    /// If the channel does not answer.
    pub fn sent(&self) -> Result<Vec<Entry>> {
        let text = self.post(&[json!({"kind": "?sent"})])?;
        serde_json::from_str(&text).with_context(|| format!("the channel said {text}"))
    }

    /// Waits until what was said fulfils a condition.
    ///
    /// # Errors
    /// If it does not in time; all that was said is in the message.
    pub fn wait_sent<T>(&self, what: &str, condition: impl Fn(&[Entry]) -> Option<T>) -> Result<T> {
        let mut last = Vec::new();
        let found = until(PATIENCE, what, || {
            last = self.sent().ok()?;
            condition(&last)
        });
        found.with_context(|| format!("what was said: {last:#?}"))
    }

    /// The events of this channel that the session has got, in order, without those of [`Crowd::sentinel`].
    ///
    /// # Errors
    /// If one is no event.
    pub fn heard(&self) -> Result<Vec<Pushed>> {
        let seen = self.serve.client.record().seen();
        let events = seen.events.iter().map(crate::client::Line::parse);
        events
            .filter(|event| {
                event
                    .as_ref()
                    .map_or(true, |event| ours(event) && !is_sentinel(event, ""))
            })
            .collect()
    }

    /// Lets a thing speak, waits until the session has got it, and gives what it got of this channel so far: what was said
    /// before and did not arrive never will.
    ///
    /// # Errors
    /// If it does not come. The channel's `events` must be `verified` or `all`, as they are unless a test says otherwise.
    pub fn sentinel(&self) -> Result<Vec<Pushed>> {
        let text = format!("over {}", self.fresh());
        self.say(&Said::thing(SENTINEL, &text))?;
        let record = self.serve.client.record();
        record.wait(PATIENCE, "the sentinel", |seen| {
            let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
            events.find(|event| is_sentinel(event, &text))
        })?;
        self.heard()
    }

    /// How often something was dropped or refused for this reason.
    ///
    /// # Errors
    /// If `status` can't be had.
    pub fn tally(&self, reason: &str) -> Result<u64> {
        let status = self.home.status()?;
        let channel = status.channel(NAME).context("no such channel")?;
        Ok(channel.tallies.get(reason).copied().unwrap_or(0))
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// If the answer is a protocol error.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        self.serve.client.call(tool, arguments)
    }

    /// Replies in a conversation.
    ///
    /// # Errors
    /// As [`Crowd::call`].
    pub fn reply(&mut self, conversation: &str, text: &str) -> Result<Value> {
        self.call(
            "reply",
            &json!({"chat_id": format!("{NAME}:{conversation}"), "text": text}),
        )
    }

    /// A number that this process of the server was not given before.
    fn fresh(&self) -> u64 {
        self.posts.set(self.posts.get() + 1);
        u64::from(self.serve.pid()) * 1_000_000 + self.posts.get()
    }

    fn post(&self, items: &[Value]) -> Result<String> {
        let body = json!({"n": self.fresh(), "items": items}).to_string();
        let answer = self.hook.post(&self.hook.signed("in", body.as_bytes()))?;
        ensure!(answer.status / 100 == 2, "a post was answered {}", answer.status);
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }
}

fn ours(event: &Pushed) -> bool {
    event
        .meta
        .get("chat_id")
        .is_some_and(|chat| chat.starts_with(&format!("{NAME}:")))
}

fn is_sentinel(event: &Pushed, text: &str) -> bool {
    let chat = event.meta.get("chat_id").map(String::as_str);
    chat == Some(&format!("{NAME}:{SENTINEL}")) && event.content.contains(text)
}

/// Adds the guest to a home under this name, unpaced, with things heard.
///
/// # Errors
/// If the guest was not built or `add` refuses.
pub fn add(home: &Home, name: &str) -> Result<()> {
    let secret = format!("key=file:{}", home.secret_file(SECRET)?.display());
    let file = component("crowd")?;
    let file = file.to_str().context("a component's path is not text")?;
    let network = format!("network:{NETWORK}");
    let ran = home.add_shown(&[
        "add", file, "--name", name, "--yes", "--secret", &secret, "--grant", &network,
    ])?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    home.unpace()?;
    configure(home, name, |channel| {
        channel.insert("events".into(), "verified".into());
    })
}

/// Changes a channel's table in `lockgate.toml`.
///
/// # Errors
/// If it can't be changed, or there is no such channel.
pub fn configure(home: &Home, name: &str, edit: impl FnOnce(&mut toml::Table)) -> Result<()> {
    let mut edited = false;
    home.edit_config(|config| {
        let channel = config.get_mut("channel").and_then(|channels| channels.get_mut(name));
        if let Some(channel) = channel.and_then(toml::Value::as_table_mut) {
            edit(channel);
            edited = true;
        }
    })?;
    ensure!(edited, "lockgate.toml has no channel {name}");
    Ok(())
}

/// Writes `access.toml` of a home.
///
/// # Errors
/// If it can't be written.
pub fn people(home: &Home, text: &str) -> Result<()> {
    fs::write(home.path().join("access.toml"), text).context("write access.toml")
}
