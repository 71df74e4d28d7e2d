//! Why a request came to nothing: a reason that is counted, and words that the guest may read. Holds no secret: words
//! that others chose are covered before they leave this room.

use std::sync::Arc;

use super::Failure;
use super::mask::Masks;
use crate::{limits, reach, text};

/// A reason, as `status` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The URL is odd, or no request can be made of it.
    Url,
    /// No rule covers it, for this reason.
    Rule(&'static str),
    /// A rule covers it, but not with what the guest put in or left out.
    Content,
    /// Some address of the host is not public.
    Address,
    /// The call, the minute or the day is spent.
    Budget,
    /// The channel has been sent as much as it may be in this minute.
    Received,
    /// Nobody answered, or not as HTTP.
    Unreachable,
    /// Time ran out.
    Late,
    /// The answer is encoded in a way that can't be searched.
    Encoded,
    /// The answer is larger than its bound.
    TooLarge,
}

impl Reason {
    /// As it is counted.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "egress-refused-url",
            Self::Rule(counted) => counted,
            Self::Content => "egress-refused-content",
            Self::Address => "egress-refused-address",
            Self::Budget => "egress-refused-budget",
            Self::Received => "egress-refused-received",
            Self::Unreachable => "egress-unreachable",
            Self::Late => "egress-late",
            Self::Encoded => "egress-encoded",
            Self::TooLarge => "egress-too-large",
        }
    }
}

/// A request came to nothing.
#[derive(Debug)]
pub struct Stop {
    pub reason: Reason,
    words: String,
}

impl Stop {
    pub fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self {
            reason,
            words: words.into(),
        }
    }

    /// No rule covers it, or one that the operator withheld.
    pub fn of_rule(refusal: &reach::Refusal, withheld: Option<&reach::Withheld>) -> Self {
        let counted = match refusal {
            reach::Refusal::Host => "egress-refused-host",
            reach::Refusal::Scheme { .. } => "egress-refused-scheme",
            reach::Refusal::Port { .. } => "egress-refused-port",
            reach::Refusal::Method { .. } => "egress-refused-method",
            reach::Refusal::Path { .. } => "egress-refused-path",
            reach::Refusal::Ambiguous { .. } => "egress-refused-ambiguous",
        };
        let words = withheld.map_or_else(|| refusal.to_string(), ToString::to_string);
        Self::new(Reason::Rule(counted), words)
    }

    /// What the guest is told: covered, escaped, clipped.
    pub fn tell(self, masks: &Arc<Masks>) -> Failure {
        let (covered, _) = masks.cover(self.words.as_bytes());
        let words = text::terminal(&String::from_utf8_lossy(&covered));
        let words: String = words.chars().take(limits::TROUBLE_CHARS).collect();
        match self.reason {
            Reason::Url | Reason::Rule(_) | Reason::Content | Reason::Address | Reason::Budget | Reason::Received => {
                Failure::Refused(words)
            }
            Reason::Unreachable | Reason::Late | Reason::Encoded => Failure::Unreachable(words),
            Reason::TooLarge => Failure::TooLarge,
        }
    }
}
