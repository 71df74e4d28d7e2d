//! The ledger's answers as values: what became of a question, and what somebody's answer to it is worth. They decide nothing.

use super::{Reader, Showing};
use crate::access::{Account, PersonName};
use crate::model::{Behavior, ChannelName, Digest, Scope, UnixMillis};

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody answered it.
    Answered {
        /// What.
        behavior: Behavior,
        /// Who.
        by: PersonName,
    },
    /// Nobody answered it here in time.
    Expired,
}

/// Why a question was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// Its id was given to another one: an answer could be taken for either.
    Repeated,
    /// Too many are open.
    Full,
}

impl Unopened {
    /// The counter's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repeated => "prompt-repeated",
            Self::Full => "prompt-dropped",
        }
    }
}

/// The buttons of one showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Which showing of the question this is.
    pub nth: usize,
    /// The token that allows.
    pub allow: String,
    /// The token that denies.
    pub deny: String,
}

/// Somebody who answers, as the gate and the grant see him at this moment.
#[derive(Debug, Clone, Copy)]
pub struct Answerer<'a> {
    /// Over which channel.
    pub channel: &'a ChannelName,
    /// With which account.
    pub account: &'a Account,
    /// In which conversation.
    pub conversation: &'a str,
    /// How private that is.
    pub scope: Scope,
    /// Who he is, if he may approve over this channel.
    pub approver: Option<&'a PersonName>,
}

/// A verdict, to be told to the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// On what.
    pub closed: Closed,
    /// What.
    pub behavior: Behavior,
    /// Whose.
    pub by: PersonName,
    /// Where he gave it.
    pub reader: Reader,
    /// Of what the question showed.
    pub preview: Digest,
}

/// A question that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Its id.
    pub request: String,
    /// The tool.
    pub tool: String,
    /// What for.
    pub description: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Where it stands.
    pub showings: Vec<Showing>,
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It counts.
    Verdict(Box<Decision>),
    /// The question was his, and is over.
    Over(Outcome),
    /// There is no such question, or none any more.
    Unknown,
    /// It is open, and somebody else's or shown elsewhere.
    NotYours,
    /// He may not approve, or not over this channel.
    NotApprover,
    /// Others can write there.
    InGroup,
    /// He guessed too often; from now on his texts are not looked at for a while.
    Muted,
    /// They still are not.
    StillMuted,
}

impl Judged {
    /// The counter's name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Verdict(decision) => decision.behavior.as_str(),
            Self::Over(_) => "answer-late",
            Self::Unknown => "answer-unknown",
            Self::NotYours => "answer-not-yours",
            Self::NotApprover => "answer-no-approver",
            Self::InGroup => "answer-in-group",
            Self::Muted | Self::StillMuted => "answer-muted",
        }
    }
}

/// A question that is open, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// The tool.
    pub tool: String,
    /// Since when.
    pub asked: UnixMillis,
    /// To how many.
    pub shown: usize,
}
