//! A fake Bot API on loopback: it behaves as the Bot API documents, checks what it is sent as strictly, and fails as a test
//! wants it to. What happens on the platform is a method here; what the bot did is asked for afterwards.

mod desk;
mod fault;
mod markdown;
mod poll;
mod reply;
mod request;
mod rest;
mod send;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::platform::Platform;
use crate::wait::PATIENCE;
use desk::Desk;
use world::{Chat, Stored, World, entities, merge};

pub use fault::{Cut, Fault};
pub use markdown::Entity;
pub use request::{Params, Upload};
pub use world::{BOT, Called, Sent, USERNAME};

/// The token that the API takes at first.
pub const TOKEN: &str = "7000000001:AAHlockgate_test-token_0123456789abcdef";

/// The fake; it ends with the value.
pub struct BotApi {
    platform: Platform,
    desk: Arc<Desk>,
}

impl BotApi {
    /// A running one that takes [`TOKEN`].
    ///
    /// # Errors
    /// If loopback has no port.
    pub fn start() -> Result<BotApi> {
        let desk = Arc::new(Desk::new(World::new(TOKEN)));
        let asked = Arc::clone(&desk);
        let platform = Platform::plain(move |seen| asked.answer(seen))?;
        Ok(BotApi { platform, desk })
    }

    /// What the operator writes as upstream.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.platform.address())
    }

    /// The server under it, with every request byte for byte.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// A person, who has begun a conversation with the bot.
    pub fn user(&self, id: i64, name: &str) {
        self.desk.change(|world| {
            world.names.insert(id, name.to_owned());
            let chat = Chat {
                kind: "private",
                title: name.to_owned(),
                ..Chat::default()
            };
            world.chats.insert(id, chat);
        });
    }

    /// A group; with topics it is a forum.
    pub fn group(&self, id: i64, title: &str, topics: &[i64]) {
        let chat = Chat {
            kind: "supergroup",
            title: title.to_owned(),
            topics: topics.iter().copied().collect(),
            ..Chat::default()
        };
        self.desk.change(|world| world.chats.insert(id, chat));
    }

    /// Somebody writes a text: the message's id. Mentions and commands are marked as the platform does.
    pub fn says(&self, chat: i64, user: i64, text: &str) -> i64 {
        self.sends(chat, user, &json!({"text": text}))
    }

    /// Somebody sends anything: these fields stand in the message besides the usual ones. The message's id.
    pub fn sends(&self, chat: i64, user: i64, more: &Value) -> i64 {
        let mut more = more.clone();
        if let Some(text) = more.get("text").and_then(Value::as_str)
            && more.get("entities").is_none()
        {
            let marked = entities(text);
            merge(&mut more, &json!({"entities": marked}));
        }
        self.desk.change(|world| {
            let (id, message) = world.message(chat, user, &more);
            world.update("message", &message);
            id
        })
    }

    /// Somebody changes a text message.
    ///
    /// # Errors
    /// If there is none of this id.
    pub fn edits(&self, message: i64, text: &str) -> Result<()> {
        self.desk.change(|world| {
            let edited = world.edited(message, text).context("no such message")?;
            world.update("edited_message", &edited);
            Ok(())
        })
    }

    /// Somebody presses a button with this label: the id of the press.
    ///
    /// # Errors
    /// If the message has no such button.
    pub fn presses(&self, sent: &Sent, label: &str, user: i64) -> Result<String> {
        let found = sent.buttons.iter().find(|(own, _)| own == label);
        let (_, data) = found.with_context(|| format!("no button {label} in {:?}", sent.buttons))?;
        Ok(self.presses_data(sent, data, user))
    }

    /// Somebody presses what has this data, whether or not it is still shown.
    pub fn presses_data(&self, sent: &Sent, data: &str, user: i64) -> String {
        self.desk.change(|world| {
            let (id, press) = world.press(sent, data, user);
            world.update("callback_query", &press);
            id
        })
    }

    /// An update of this kind, whatever it is.
    pub fn update(&self, kind: &str, body: &Value) -> i64 {
        self.desk.change(|world| world.update(kind, body))
    }

    /// An update whose text is made of its id: of any shape, JSON or not.
    pub fn raw_update(&self, raw: impl FnOnce(i64) -> String) -> i64 {
        self.desk.change(|world| world.raw_update(raw))
    }

    /// A file that the bot may fetch; `size` is what the platform says of it.
    pub fn file(&self, id: &str, path: &str, size: u64, bytes: &[u8]) {
        let stored = Stored {
            path: path.to_owned(),
            size,
            bytes: bytes.to_vec(),
        };
        self.desk.change(|world| world.files.insert(id.to_owned(), stored));
    }

    /// A person blocks the bot.
    pub fn blocks(&self, user: i64) {
        self.desk
            .change(|world| world.chats.entry(user).or_default().blocked = true);
    }

    /// The next call of a method goes wrong so; more of them come one after the other.
    pub fn fault(&self, method: &str, fault: Fault) {
        self.desk.change(|world| world.faults.next(method, fault));
    }

    /// Every call of a method goes wrong so, until [`BotApi::heal`].
    pub fn always(&self, method: &str, fault: Fault) {
        self.desk.change(|world| world.faults.always(method, fault));
    }

    /// So many of a thousand calls go wrong, by one of these, until [`BotApi::heal`].
    pub fn random_faults(&self, seed: u64, permille: u64, faults: &[Fault]) {
        self.desk
            .change(|world| world.faults.random(seed, permille, faults.to_vec()));
    }

    /// Nothing goes wrong any more, and what hangs is let go.
    pub fn heal(&self) {
        self.desk.change(|world| world.faults.clear());
        self.release();
    }

    /// Ends the calls that hang.
    pub fn release(&self) {
        self.desk.change(|world| world.released += 1);
    }

    /// The platform restarts: what is under way is cut off, what it knows stays.
    pub fn restart(&self) {
        self.desk.change(|world| world.epoch += 1);
        self.platform.hang_up();
    }

    /// Nobody is there from now on: every connection ends without an answer.
    pub fn down(&self) {
        self.desk.change(|world| world.down = true);
        self.restart();
    }

    /// It is there again.
    pub fn up(&self) {
        self.desk.change(|world| world.down = false);
    }

    /// The token is refused from now on.
    pub fn revoke_token(&self) {
        self.desk.change(|world| world.token_is_valid = false);
    }

    /// From now on this token counts.
    pub fn new_token(&self, token: &str) {
        self.desk.change(|world| {
            world.token = token.to_owned();
            world.token_is_valid = true;
        });
    }

    /// Somebody else polls once: whoever polls now is sent away.
    pub fn other_poller(&self) {
        self.desk.change(|world| world.poller += 1);
    }

    /// Whether a poll waits now for something to happen.
    #[must_use]
    pub fn is_polled(&self) -> bool {
        self.desk.world().polls_waiting > 0
    }

    /// Somebody else polls all the time, or does not any more.
    pub fn contended(&self, contended: Contended) {
        self.desk
            .change(|world| world.contended = contended == Contended::ByAnother);
    }

    /// A webhook is set, so that nobody can poll.
    pub fn set_webhook(&self) {
        self.desk.change(|world| world.webhook = true);
    }

    /// What the bot sent so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.desk.world().sent.clone()
    }

    /// What the bot changed so far: the messages as they were then.
    #[must_use]
    pub fn edited(&self) -> Vec<Sent> {
        self.desk.world().edits.clone()
    }

    /// Chat, message and emoji of the bot's reactions.
    #[must_use]
    pub fn reactions(&self) -> Vec<(i64, i64, String)> {
        self.desk.world().reactions.clone()
    }

    /// Chat and topic of the bot's signs of typing.
    #[must_use]
    pub fn actions(&self) -> Vec<(i64, Option<i64>)> {
        self.desk.world().actions.clone()
    }

    /// Which presses were answered, with what.
    #[must_use]
    pub fn answered(&self) -> Vec<(String, String)> {
        self.desk.world().answered.clone()
    }

    /// The commands menu.
    #[must_use]
    pub fn commands(&self) -> Vec<Value> {
        self.desk.world().commands.clone()
    }

    /// The calls of a method so far, those that went wrong included. Of a file's bytes: `file`.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Called> {
        let world = self.desk.world();
        let own = world.calls.iter().filter(|called| called.method == method);
        own.cloned().collect()
    }

    /// How many updates nobody has confirmed.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        self.desk.world().queue.len()
    }

    /// How many calls went wrong, by script or by chance.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.desk.world().faults.taken()
    }

    /// How many calls hang.
    #[must_use]
    pub fn hanging(&self) -> usize {
        self.desk.world().hanging
    }

    /// Waits until a condition holds; it is looked at after every call.
    ///
    /// # Errors
    /// Says `what` was waited for, if it did not come in time, and what the bot did last.
    pub fn wait<T>(&self, what: &str, condition: impl FnMut() -> Option<T>) -> Result<T> {
        self.wait_for(PATIENCE, what, condition)
    }

    /// The same with a bound of its own.
    ///
    /// # Errors
    /// As [`BotApi::wait`].
    pub fn wait_for<T>(&self, limit: Duration, what: &str, mut condition: impl FnMut() -> Option<T>) -> Result<T> {
        let end = Instant::now() + limit;
        loop {
            if let Some(value) = condition() {
                return Ok(value);
            }
            let world = self.desk.world();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let last: Vec<_> = world.calls.iter().rev().take(8).map(|called| &called.method).collect();
                bail!("{what} did not happen within {limit:?}; the last calls, latest first: {last:?}");
            }
            // A condition may look at more than the world, which rings no bell.
            drop(self.desk.wait(world, left.min(Duration::from_millis(20))));
        }
    }

    /// Waits for a message of the bot's.
    ///
    /// # Errors
    /// As [`BotApi::wait`].
    pub fn wait_sent(&self, what: &str, wanted: impl Fn(&Sent) -> bool) -> Result<Sent> {
        self.wait(what, || self.sent().into_iter().find(&wanted))
    }
}

/// Whether somebody else polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contended {
    /// All the time.
    ByAnother,
    /// Not any more.
    ByNobody,
}

impl Drop for BotApi {
    fn drop(&mut self) {
        // Whoever waits for an update is let go, with the threads that serve them.
        self.desk.change(|world| {
            world.down = true;
            world.epoch += 1;
        });
    }
}
