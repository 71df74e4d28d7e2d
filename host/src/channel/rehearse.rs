//! What who develops a channel sends it himself, to see what becomes of it: a message as if its guest had reported it. It
//! goes the whole way, and only in a channel under development: its network is its own, so nobody who is known elsewhere can
//! be played.

use super::{Channel, Failure, Occasion};
use crate::access::Provenance;
use crate::model::{Author, Conversation, DEV, Inbound, Message, Outcome, Scope, Sender, UnixMillis};
use crate::sandbox::{Call, Written};

/// Why something is not sent.
#[derive(Debug, thiserror::Error)]
pub enum Unrehearsed {
    /// It could play somebody who is known.
    #[error("only a channel under development is spoken to so; begin with `lockgate dev`, without --as")]
    NotDeveloped,
    /// Nothing of it is called.
    #[error("channel.toml has no hook, so there is nothing to call: [hook] and a [[hook.rule]] make one")]
    NoHook,
    /// A rule has it, and lacks its secret, in these words.
    #[error("{0}")]
    Asleep(String),
    /// It runs, and takes no calls, in this phase.
    #[error("it takes no calls now: {0}")]
    NotReady(String),
    /// No rule that is in force has it.
    #[error("no hook rule that is in force has the path {path}; there is: {known}")]
    OtherPath {
        /// What was named.
        path: String,
        /// What could be.
        known: String,
    },
    /// It was not committed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Channel {
    /// Whether it may be spoken to so.
    ///
    /// # Errors
    /// It is not under development.
    pub fn check_developed(&self) -> Result<(), Unrehearsed> {
        let is_own = self.grant.network().is_some_and(|network| network.starts_with(DEV));
        is_own.then_some(()).ok_or(Unrehearsed::NotDeveloped)
    }

    /// Whether it can be called now.
    ///
    /// # Errors
    /// It can't.
    pub fn check_called(&self) -> Result<(), Unrehearsed> {
        let phase = self.phase();
        match phase.takes_calls() {
            true => Ok(()),
            false => Err(Unrehearsed::NotReady(phase.in_words())),
        }
    }

    /// A direct message of this sender's, before the gate like every other.
    ///
    /// # Errors
    /// It is not under development, or the message is over a bound.
    pub async fn say_as(&self, sender: &str, text: &str) -> Result<(), Unrehearsed> {
        self.check_developed()?;
        self.check_called()?;
        let outcome = Outcome {
            inbound: vec![Inbound::Message(said(sender, text, UnixMillis::now()))],
            effects: Vec::new(),
        };
        let occasion = Occasion::default();
        let settled = self.settle(Call::Poll, Provenance::Reported, occasion, outcome, Written::default());
        Ok(settled.await?)
    }
}

fn said(sender: &str, text: &str, now: UnixMillis) -> Message {
    Message {
        id: format!("rehearsed-{}", now.0),
        author: Author::Person(Sender {
            id: sender.to_owned(),
            name: None,
            bot: false,
        }),
        conversation: Conversation {
            id: sender.to_owned(),
            thread: None,
            scope: Scope::Direct,
            title: None,
        },
        text: text.to_owned(),
        mentions_me: false,
        in_reply_to: None,
        quote: None,
        sent_at: Some(now),
        attachments: Vec::new(),
        meta: Vec::new(),
    }
}
