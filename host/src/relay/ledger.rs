//! The ledger of questions for permission: which are open, whom each was shown where, and what an answer is worth. The only
//! place that makes a verdict. Pure: the time, the randomness and how the gate sees who answers are arguments.
//!
//! ```text
//!  open ──offer──► shown to (channel, account, conversation) ──press or text of that very account there──► verdict
//!    │                                                                                                       │
//!    └── its time is up ──────────────────────────────────────────────────────────────────────────────► over ◄┘
//! ```
//!
//! # Authority
//! A verdict is made once for a question, from an account that the gate calls an approver now, over a channel that carries
//! answers now, in the direct conversation in which the question was shown to that account, within its time.

mod answers;
mod guesses;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

pub use answers::{Answerer, Closed, Decision, Glimpse, Judged, Offered, Outcome, Unopened};

use super::OpenPrompts;
use crate::access::{Account, PersonName};
use crate::limits;
use crate::model::{Behavior, ChannelName, Digest, PermissionRequest, Place, Scope, TypedVerdict, UnixMillis};
use guesses::{Guess, Guesses};

/// All questions that one session asked.
#[derive(Debug, Default)]
pub struct Ledger {
    open: BTreeMap<String, Open>,
    /// In the order in which they were closed.
    over: VecDeque<Over>,
    buttons: BTreeMap<String, Pressable>,
    guesses: Guesses,
}

#[derive(Debug)]
struct Open {
    tool: String,
    description: String,
    preview: Digest,
    asked: UnixMillis,
    until: UnixMillis,
    showings: Vec<Showing>,
}

#[derive(Debug)]
struct Over {
    request: String,
    at: UnixMillis,
    outcome: Outcome,
    readers: Vec<Reader>,
}

/// Who sees a question, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Over which channel.
    pub channel: ChannelName,
    /// Whose account.
    pub account: Account,
    /// In which direct conversation.
    pub place: Place,
}

/// A question as it stands in one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// Who sees it.
    pub reader: Reader,
    /// The platform's ids of its parts; empty while they are sent.
    pub messages: Vec<String>,
    answers: Answers,
}

/// Whether a showing of a question takes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It does.
    Taken,
    /// The channel may not carry this one: it is a note.
    No,
}

/// What a button stands for.
#[derive(Debug)]
struct Pressable {
    request: String,
    nth: usize,
    behavior: Behavior,
}

impl Ledger {
    /// Opens a question for so long.
    ///
    /// # Errors
    /// It stays at the terminal.
    pub fn open(&mut self, request: &PermissionRequest, now: UnixMillis, ttl: Duration) -> Result<(), Unopened> {
        self.forget(now);
        if self.is_known(&request.id) {
            return Err(Unopened::Repeated);
        }
        if self.open.len() >= limits::PROMPTS_OPEN {
            return Err(Unopened::Full);
        }
        let open = Open {
            tool: request.tool.clone(),
            description: request.description.clone(),
            preview: Digest::of(request.preview.as_bytes()),
            asked: now,
            until: now.after(ttl),
            showings: Vec::new(),
        };
        self.open.insert(request.id.clone(), open);
        Ok(())
    }

    /// Notes, before it is sent, that a question will be shown to somebody; gives the tokens of its buttons, made of these
    /// random bytes. `None` if it is over, or shown to enough.
    pub fn offer(
        &mut self,
        request: &str,
        reader: Reader,
        answers: Answers,
        random: [[u8; limits::PROMPT_TOKEN_BYTES]; 2],
    ) -> Option<Offered> {
        let open = self.open.get_mut(request)?;
        if open.showings.len() >= limits::PROMPT_SHOWN {
            return None;
        }
        let nth = open.showings.len();
        open.showings.push(Showing {
            reader,
            messages: Vec::new(),
            answers,
        });
        let [allow, deny] = random.map(|bytes| BASE64URL_NOPAD.encode(&bytes));
        if answers == Answers::Taken {
            for (token, behavior) in [(&allow, Behavior::Allow), (&deny, Behavior::Deny)] {
                let request = request.to_owned();
                self.buttons.insert(token.clone(), Pressable { request, nth, behavior });
            }
        }
        Some(Offered { nth, allow, deny })
    }

    /// Notes where a question stands. Gives what became of it if that came first.
    pub fn shown(&mut self, request: &str, nth: usize, messages: Vec<String>) -> Option<Outcome> {
        if let Some(open) = self.open.get_mut(request) {
            if let Some(showing) = open.showings.get_mut(nth) {
                showing.messages = messages;
            }
            return None;
        }
        self.ended(request).map(|over| over.outcome.clone())
    }

    /// A question was not shown there: no answer from there counts.
    pub fn withdraw(&mut self, request: &str, nth: usize) {
        self.buttons
            .retain(|_, button| button.request != request || button.nth != nth);
        let showing = self.open.get_mut(request).and_then(|open| open.showings.get_mut(nth));
        if let Some(showing) = showing {
            showing.answers = Answers::No;
        }
    }

    /// What it is worth that somebody pressed a button.
    pub fn press(&mut self, token: &str, by: &Answerer<'_>, now: UnixMillis) -> Judged {
        let Some(button) = self.buttons.get(token) else {
            return Judged::Unknown;
        };
        let (request, nth, behavior) = (button.request.clone(), button.nth, button.behavior);
        let Some(approver) = by.approver else {
            return Judged::NotApprover;
        };
        let shown = self.open.get(&request).and_then(|open| open.showings.get(nth));
        match shown {
            Some(showing) if showing.is_for(by) && by.scope == Scope::Direct => {}
            _ => return Judged::NotYours,
        }
        self.decide(&request, nth, behavior, approver, now)
    }

    /// What it is worth that somebody wrote a verdict.
    pub fn typed(&mut self, verdict: &TypedVerdict, by: &Answerer<'_>, now: UnixMillis) -> Judged {
        let Some(approver) = by.approver else {
            return Judged::NotApprover;
        };
        if self.guesses.is_muted(by.account, now) {
            return Judged::StillMuted;
        }
        if by.scope == Scope::Group {
            return Judged::InGroup;
        }
        let request = verdict.request.as_str();
        if let Some(open) = self.open.get(request) {
            let shown = open.showings.iter().position(|showing| showing.is_for(by));
            return match shown {
                Some(nth) => self.decide(request, nth, verdict.behavior, approver, now),
                None => self.guessed(by.account, Judged::NotYours, now),
            };
        }
        match self.ended(request) {
            Some(over) if over.readers.iter().any(|reader| reader.is(by)) => Judged::Over(over.outcome.clone()),
            _ => self.guessed(by.account, Judged::Unknown, now),
        }
    }

    /// Closes the questions whose time is up.
    pub fn expire(&mut self, now: UnixMillis) -> Vec<Closed> {
        self.forget(now);
        let due = self.open.iter().filter(|(_, open)| open.until <= now);
        let due: Vec<String> = due.map(|(request, _)| request.clone()).collect();
        due.iter()
            .filter_map(|request| self.close(request, Outcome::Expired, now))
            .collect()
    }

    /// When the next question's time is up.
    pub fn next(&self) -> Option<UnixMillis> {
        self.open.values().map(|open| open.until).min()
    }

    /// Which questions are known.
    pub fn known(&self) -> OpenPrompts {
        let over = self.over.iter().map(|over| over.request.clone());
        self.open.keys().cloned().chain(over).collect()
    }

    /// The open ones, oldest first.
    pub fn glimpses(&self) -> Vec<Glimpse> {
        let mut glimpses: Vec<Glimpse> = self.open.values().map(Open::glimpse).collect();
        glimpses.sort_by_key(|glimpse| glimpse.asked);
        glimpses
    }

    fn is_known(&self, request: &str) -> bool {
        self.open.contains_key(request) || self.ended(request).is_some()
    }

    fn ended(&self, request: &str) -> Option<&Over> {
        self.over.iter().find(|over| over.request == request)
    }

    /// One verdict for one question: it is closed by it.
    fn decide(&mut self, request: &str, nth: usize, behavior: Behavior, by: &PersonName, now: UnixMillis) -> Judged {
        let outcome = Outcome::Answered {
            behavior,
            by: by.clone(),
        };
        let (preview, is_late) = match self.open.get(request) {
            Some(open) => (open.preview, open.until <= now),
            None => return Judged::Unknown,
        };
        if is_late {
            // Whoever expires it closes it, and tells all.
            return Judged::Over(Outcome::Expired);
        }
        let Some(closed) = self.close(request, outcome, now) else {
            return Judged::Unknown;
        };
        let Some(reader) = closed.showings.get(nth).map(|showing| showing.reader.clone()) else {
            return Judged::Unknown;
        };
        Judged::Verdict(Box::new(Decision {
            closed,
            behavior,
            by: by.clone(),
            reader,
            preview,
        }))
    }

    fn close(&mut self, request: &str, outcome: Outcome, now: UnixMillis) -> Option<Closed> {
        let open = self.open.remove(request)?;
        self.buttons.retain(|_, button| button.request != request);
        self.over.push_back(Over {
            request: request.to_owned(),
            at: now,
            outcome: outcome.clone(),
            readers: open.showings.iter().map(|showing| showing.reader.clone()).collect(),
        });
        self.forget(now);
        Some(Closed {
            request: request.to_owned(),
            tool: open.tool,
            description: open.description,
            outcome,
            showings: open.showings,
        })
    }

    fn guessed(&mut self, account: &Account, told: Judged, now: UnixMillis) -> Judged {
        match self.guesses.count(account, now) {
            Guess::Heard => told,
            Guess::Muted => Judged::Muted,
        }
    }

    fn forget(&mut self, now: UnixMillis) {
        self.over.retain(|over| now.since(over.at) < limits::PROMPT_KNOWN);
        while self.over.len() > limits::PROMPTS_KNOWN {
            self.over.pop_front();
        }
    }
}

impl Open {
    fn glimpse(&self) -> Glimpse {
        Glimpse {
            tool: self.tool.clone(),
            asked: self.asked,
            shown: self
                .showings
                .iter()
                .filter(|showing| !showing.messages.is_empty())
                .count(),
        }
    }
}

impl Reader {
    fn is(&self, by: &Answerer<'_>) -> bool {
        self.channel == *by.channel && self.account == *by.account && self.place.conversation == by.conversation
    }
}

impl Showing {
    fn is_for(&self, by: &Answerer<'_>) -> bool {
        self.answers == Answers::Taken && self.reader.is(by)
    }
}
