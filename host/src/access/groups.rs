//! Which groups are heard, who in them, and what counts as speaking to us. Values of the operator's; nothing here knows an
//! account.

use std::collections::BTreeSet;

use regex_lite::{Regex, RegexBuilder};

use super::PersonName;
use crate::limits;
use crate::model::Message;

/// What the operator decided for one group. Without such an entry nobody in it is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Who is heard.
    pub audience: Audience,
    /// What is heard.
    pub hears: Hears,
    /// What becomes of the rest.
    pub unaddressed: Unaddressed,
    /// What else addresses us here, besides the channel's patterns.
    pub patterns: Vec<Pattern>,
    /// Whether programs are heard here; as in the whole channel unless it is said.
    pub bots: Option<Bots>,
}

/// Who is heard in a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Audience {
    /// Whoever is on the list.
    #[default]
    Listed,
    /// These people of the list.
    Named(BTreeSet<PersonName>),
    /// Everybody; who is not on the list is a guest.
    Everyone,
}

/// What is heard in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hears {
    /// What addresses us.
    #[default]
    Addressed,
    /// Every message.
    Everything,
}

/// What becomes of messages that do not address us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unaddressed {
    /// They are dropped and counted.
    #[default]
    Dropped,
    /// They are kept for whoever asks, and never pushed by themselves.
    Kept,
}

/// Whether programs' accounts are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bots {
    /// None of them.
    #[default]
    Refused,
    /// Those on the list, by their ids.
    Listed,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            audience: Audience::Listed,
            hears: Hears::Addressed,
            unaddressed: Unaddressed::Dropped,
            patterns: Vec::new(),
            bots: None,
        }
    }
}

impl Group {
    /// Whether a message here is for us, by the platform's word, by a pattern of this group, or by one of the channel's.
    pub(super) fn is_addressed(&self, message: &Message, everywhere: &[Pattern]) -> bool {
        self.hears == Hears::Everything
            || message.mentions_me
            || self
                .patterns
                .iter()
                .chain(everywhere)
                .any(|pattern| pattern.is_in(&message.text))
    }
}

/// Words by which people speak to us where the platform knows no mention: a regular expression, matched in a time that is
/// linear in the text.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Too long.
    #[error("this pattern is longer than {} bytes: shorten it", limits::PATTERN_BYTES)]
    Long,
    /// It would make every message one to us.
    #[error("this pattern fits an empty text, so every message would be one to us: write `mention = false` for that")]
    Anything,
    /// No regular expression, or one that would take too much memory.
    #[error("this pattern can't be used: {0}; write a regular expression, like `(?i)\\bclaude\\b`")]
    Unreadable(String),
}

impl Pattern {
    /// Reads a regular expression of at most `limits::PATTERN_BYTES`.
    ///
    /// # Errors
    /// It is none, it is too large, or it says nothing.
    pub fn read(text: &str) -> Result<Self, PatternError> {
        if text.len() > limits::PATTERN_BYTES {
            return Err(PatternError::Long);
        }
        let regex = RegexBuilder::new(text)
            .size_limit(limits::MENTION_PATTERN_SIZE)
            .nest_limit(limits::PATTERN_DEPTH)
            .build()
            .map_err(|error| PatternError::Unreadable(error.to_string()))?;
        if regex.is_match("") {
            return Err(PatternError::Anything);
        }
        Ok(Self(regex))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is anywhere in the beginning of a text.
    fn is_in(&self, text: &str) -> bool {
        let end = text.floor_char_boundary(limits::MENTION_BYTES);
        self.0.is_match(&text[..end])
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_bounded_and_says_something() {
        let size = limits::PATTERN_BYTES;
        assert!(Pattern::read(&"a".repeat(size)).is_ok());
        assert_eq!(Pattern::read(&"a".repeat(size + 1)), Err(PatternError::Long));
        for anything in ["", ".*", "a?", "(?:)", "^", "x*|y"] {
            assert_eq!(Pattern::read(anything), Err(PatternError::Anything), "{anything}");
        }
        let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
        for bad in ["(", "[z-a]", "(?:.{1000}){1000}", "a{5000}b{5000}", &deep] {
            assert!(matches!(Pattern::read(bad), Err(PatternError::Unreadable(_))), "{bad}");
        }
        // Linear in time: a pattern that a backtracking engine would not end with.
        assert!(!Pattern::read("(a*)*b").unwrap().is_in(&"a".repeat(100_000)));
    }
}
