//! The calls that go outward: what is to be said, changed or shown elsewhere. What such a call did outside can't be
//! undone, so none is repeated here, whatever comes of it; what it wrote and wanted is committed as always.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::turns::{Turn, Turns};
use super::{Brought, Channel, Failure, Occasion};
use crate::access::Provenance;
use crate::files::Scratch;
use crate::intake::Excess;
use crate::limits;
use crate::model::{Effect, Fate, Format, Outcome, Outgoing, Place, Receipt, Trouble};
use crate::sandbox::{Call, Done};

/// What a channel's outward calls share.
#[derive(Debug)]
pub struct Outward {
    /// Apart from the other calls': a platform that is slow to take answers must not keep events out.
    permits: Semaphore,
    turns: Turns,
    answers: Mutex<Answers>,
}

impl Default for Outward {
    fn default() -> Self {
        Self {
            permits: Semaphore::new(limits::SENDS_AT_ONCE_PER_CHANNEL),
            turns: Turns::default(),
            answers: Mutex::default(),
        }
    }
}

/// What became of the model's answers, changes and reactions, by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Done for certain.
    pub sent: u64,
    /// Not done for certain.
    pub failed: u64,
    /// Nobody knows, or only in part.
    pub uncertain: u64,
}

/// What an outward call says, and whether what it wanted to keep was kept.
#[derive(Debug)]
pub struct Told<T> {
    /// What it says.
    pub value: T,
    /// Why its store writes and effects were not committed. It is done outside all the same.
    pub unkept: Option<Failure>,
}

/// What a channel says of a part that it was given, within the bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The platform's ids of what was sent, in order.
    pub messages: Vec<String>,
    /// Why the rest was not sent.
    pub problem: Option<Trouble>,
}

impl Failure {
    /// What an outward call that failed so may have done.
    pub fn fate(&self) -> Fate {
        match self.trouble() {
            Some(trouble) => fate(trouble),
            // It was cut off somewhere.
            None => Fate::Perhaps,
        }
    }
}

/// What a guest that has this trouble may have done.
fn fate(trouble: &Trouble) -> Fate {
    match trouble {
        Trouble::Busy(_) | Trouble::Unauthorized(_) | Trouble::Conflict(_) | Trouble::Rejected(_) => Fate::NotSent,
        // The request may have arrived, and only its answer not.
        Trouble::Unavailable(_) | Trouble::Malformed(_) => Fate::Perhaps,
    }
}

impl Said {
    /// What this comes to.
    pub fn fate(&self) -> Fate {
        match &self.problem {
            None => Fate::Sent,
            Some(_) if !self.messages.is_empty() => Fate::Partly,
            Some(trouble) => fate(trouble),
        }
    }
}

impl Channel {
    /// The right to speak in a conversation: whoever sends an answer in several parts holds it as long.
    pub async fn turn(&self, conversation: &str) -> Turn {
        self.lasting.outward.turns.take(conversation).await
    }

    /// Sends one part; `outbox` is the folder with copies of its files.
    ///
    /// # Errors
    /// [`Failure::fate`] says what may have been sent.
    pub async fn send(&self, outgoing: Outgoing, outbox: Option<&Scratch>) -> Result<Told<Said>, Failure> {
        let folders = self.folders(None, outbox);
        let call = async {
            let done = self.prepared.send(&self.context, outgoing, &folders).await?;
            let Receipt {
                messages,
                problem,
                effects,
            } = done.value;
            within_bounds(&messages).map_err(|excess| self.excess(Call::Send, excess))?;
            Ok((Said { messages, problem }, wanted(effects), done.written, done.took))
        };
        self.once(Call::Send, call).await
    }

    /// Replaces the text of a message that was sent.
    ///
    /// # Errors
    /// As [`Channel::send`].
    pub async fn edit(&self, place: Place, message: &str, text: &str, format: Format) -> Result<Told<()>, Failure> {
        let folders = self.folders(None, None);
        let call = self
            .prepared
            .edit(&self.context, place, message, text, format, &folders);
        self.once(Call::Edit, async { Ok(effects_of(call.await?)) }).await
    }

    /// The platform's id of the direct conversation with this sender, opened if need be.
    ///
    /// # Errors
    /// As [`Channel::send`]; or the id is longer than one may be.
    pub async fn direct(&self, sender: &str) -> Result<String, Failure> {
        let folders = self.folders(None, None);
        let call = async {
            let done = self.prepared.direct(&self.context, sender, &folders).await?;
            within_bounds(std::slice::from_ref(&done.value)).map_err(|excess| self.excess(Call::Direct, excess))?;
            Ok((done.value, Outcome::default(), done.written, done.took))
        };
        let told = self.once(Call::Direct, call).await?;
        told.unkept.map_or(Ok(told.value), Err)
    }

    /// Tells the one who pressed a button what came of it.
    ///
    /// # Errors
    /// As [`Channel::send`].
    pub async fn answer_press(&self, handle: &str, text: &str) -> Result<Told<()>, Failure> {
        let folders = self.folders(None, None);
        let call = self.prepared.answer_press(&self.context, handle, text, &folders);
        self.once(Call::AnswerPress, async { Ok(effects_of(call.await?)) })
            .await
    }

    /// Reacts to a message.
    ///
    /// # Errors
    /// As [`Channel::send`].
    pub async fn react(&self, place: Place, message: &str, emoji: &str) -> Result<Told<()>, Failure> {
        let folders = self.folders(None, None);
        let call = self.prepared.react(&self.context, place, message, emoji, &folders);
        self.once(Call::React, async { Ok(effects_of(call.await?)) }).await
    }

    /// Shows that an answer is being made; not at all if too much else goes outward.
    ///
    /// # Errors
    /// Nobody needs to know, so it is neither counted nor logged as other failures are.
    pub async fn typing(&self, place: Place) -> Result<(), Failure> {
        let Ok(_permit) = self.lasting.outward.permits.try_acquire() else {
            return Ok(());
        };
        let called = self
            .prepared
            .typing(&self.context, place, &self.folders(None, None))
            .await?;
        let ((), outcome, written, _) = effects_of(called);
        self.settle(
            Call::Typing,
            Provenance::Reported,
            Occasion::default(),
            outcome,
            written,
        )
        .await
    }

    /// What became of the model's answers since the channel was started.
    pub fn answers(&self) -> Answers {
        *self
            .lasting
            .outward
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what became of one part, change or reaction.
    pub fn count_answer(&self, fate: Fate) {
        let mut answers = self
            .lasting
            .outward
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match fate {
            Fate::Sent => answers.sent += 1,
            Fate::NotSent => answers.failed += 1,
            Fate::Perhaps | Fate::Partly => answers.uncertain += 1,
        }
    }

    /// Calls once, and commits once.
    pub(super) async fn once<T>(
        &self,
        call: Call,
        entered: impl Future<Output = Result<Brought<T>, Failure>>,
    ) -> Result<Told<T>, Failure> {
        // The semaphore is never closed.
        let permit = self.lasting.outward.permits.acquire().await;
        let brought = entered.await;
        drop(permit);
        let (value, outcome, written, took) = brought.map_err(|failure| self.note_failure(failure))?;
        let settled = self.settle(call, Provenance::Reported, Occasion::default(), outcome, written);
        let unkept = match settled.await {
            Ok(()) => None,
            Err(failure) => {
                self.count("sent-but-not-kept");
                Some(self.note_failure(failure))
            }
        };
        if unkept.is_none() {
            self.note_success(took);
        }
        Ok(Told { value, unkept })
    }
}

fn effects_of(done: Done<Vec<Effect>>) -> Brought<()> {
    ((), wanted(done.value), done.written, done.took)
}

pub(super) fn wanted(effects: Vec<Effect>) -> Outcome {
    Outcome {
        inbound: Vec::new(),
        effects,
    }
}

fn within_bounds(messages: &[String]) -> Result<(), Excess> {
    let excess = |what, most: usize| Excess {
        what,
        most: most as u64,
    };
    if messages.len() > limits::RECEIPT_MESSAGES {
        return Err(excess("messages of one receipt", limits::RECEIPT_MESSAGES));
    }
    if messages.iter().any(|id| id.len() > limits::SHORT_TEXT_BYTES) {
        return Err(excess("bytes of a message's id", limits::SHORT_TEXT_BYTES));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::CallError;

    #[test]
    fn what_the_guest_says_decides_what_is_certain() {
        let check = |trouble: Trouble, expected: Fate| {
            let half = Said {
                messages: vec!["1".into()],
                problem: Some(trouble.clone()),
            };
            assert_eq!(half.fate(), Fate::Partly);
            let none = Said {
                messages: vec![],
                problem: Some(trouble.clone()),
            };
            assert_eq!(none.fate(), expected, "{trouble}");
            assert_eq!(Failure::Call(CallError::Trouble(trouble)).fate(), expected);
        };
        check(Trouble::Busy(1), Fate::NotSent);
        check(Trouble::Rejected("no".into()), Fate::NotSent);
        check(Trouble::Unauthorized("no".into()), Fate::NotSent);
        check(Trouble::Conflict("no".into()), Fate::NotSent);
        check(Trouble::Unavailable("no".into()), Fate::Perhaps);
        check(Trouble::Malformed("no".into()), Fate::Perhaps);
        assert_eq!(Failure::Contended(Call::Send).fate(), Fate::Perhaps);
    }

    #[test]
    fn a_receipt_is_bounded() {
        let ids = |count: usize, bytes: usize| vec!["x".repeat(bytes); count];
        assert!(within_bounds(&ids(limits::RECEIPT_MESSAGES, limits::SHORT_TEXT_BYTES)).is_ok());
        assert!(within_bounds(&ids(limits::RECEIPT_MESSAGES + 1, 1)).is_err());
        assert!(within_bounds(&ids(1, limits::SHORT_TEXT_BYTES + 1)).is_err());
    }
}
