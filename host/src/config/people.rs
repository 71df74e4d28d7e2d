//! What the operator writes about people: which groups are heard, who in them, whether programs are, and by what words we
//! are spoken to.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::raw::RawChannel;
use super::{ConfigError, Source, Wrong};
use crate::access::{Audience, Bots, Group, Hears, Pattern, PatternError, PersonNameError, Unaddressed};
use crate::limits;

/// A group as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawGroup {
    #[serde(default = "wanted")]
    mention: bool,
    people: Option<Spanned<RawAudience>>,
    #[serde(default)]
    digest: bool,
    #[serde(default)]
    patterns: Vec<Spanned<String>>,
    bots: Option<bool>,
}

/// Who is heard in it.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected `\"list\"`, `\"everyone\"` or a list of people's names"
)]
enum RawAudience {
    Word(String),
    Names(Vec<String>),
}

/// Without a word a group hears only what is said to us.
fn wanted() -> bool {
    true
}

/// What is wrong in what is written about people, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongPeople {
    /// No person's name.
    #[error(transparent)]
    Name(#[from] PersonNameError),
    /// No word for people.
    #[error("`{0}` is nobody: write \"list\", \"everyone\", or a list of names like [\"ann\"]")]
    Audience(String),
    /// No pattern.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Too many patterns.
    #[error("there are more than {} patterns: join some with `|`", limits::MENTION_PATTERNS)]
    ManyPatterns,
    /// No id of a group.
    #[error(
        "this is no group's id: copy it from `lockgate access list`, where it stands once somebody has written there"
    )]
    GroupId,
    /// Too many groups.
    #[error("there are more than {} groups: leave some out", limits::GROUPS)]
    ManyGroups,
}

impl Source<'_> {
    fn wrong_people<T, U>(&self, at: &Spanned<U>, wrong: impl Into<WrongPeople>) -> Result<T, ConfigError> {
        self.wrong(at, Wrong::People(wrong.into()))
    }

    pub(super) fn groups(&self, raw: &RawChannel) -> Result<BTreeMap<String, Group>, ConfigError> {
        let mut groups = BTreeMap::new();
        for (id, group) in &raw.groups {
            let text = id.as_ref();
            if text.is_empty() || text.len() > limits::SHORT_TEXT_BYTES || text.chars().any(char::is_control) {
                return self.wrong_people(id, WrongPeople::GroupId);
            }
            groups.insert(text.clone(), self.group(group)?);
            if groups.len() > limits::GROUPS {
                return self.wrong_people(id, WrongPeople::ManyGroups);
            }
        }
        Ok(groups)
    }

    fn group(&self, raw: &RawGroup) -> Result<Group, ConfigError> {
        let unaddressed = if raw.digest {
            Unaddressed::Kept
        } else {
            Unaddressed::Dropped
        };
        Ok(Group {
            audience: raw
                .people
                .as_ref()
                .map_or(Ok(Audience::Listed), |people| self.audience(people))?,
            hears: if raw.mention {
                Hears::Addressed
            } else {
                Hears::Everything
            },
            unaddressed,
            patterns: self.patterns(&raw.patterns)?,
            bots: raw.bots.map(bots),
        })
    }

    fn audience(&self, raw: &Spanned<RawAudience>) -> Result<Audience, ConfigError> {
        let names = match raw.as_ref() {
            RawAudience::Word(word) if word == "list" => return Ok(Audience::Listed),
            RawAudience::Word(word) if word == "everyone" => return Ok(Audience::Everyone),
            RawAudience::Word(word) => {
                let shown = word.chars().take(limits::SHOWN_CHARS).collect();
                return self.wrong_people(raw, WrongPeople::Audience(shown));
            }
            RawAudience::Names(names) => names.iter().map(|name| name.parse()),
        };
        match names.collect() {
            Ok(names) => Ok(Audience::Named(names)),
            Err(error) => self.wrong_people(raw, WrongPeople::Name(error)),
        }
    }

    pub(super) fn patterns(&self, raw: &[Spanned<String>]) -> Result<Vec<Pattern>, ConfigError> {
        let mut patterns = Vec::new();
        for text in raw {
            if patterns.len() >= limits::MENTION_PATTERNS {
                return self.wrong_people(text, WrongPeople::ManyPatterns);
            }
            match Pattern::read(text.as_ref()) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => return self.wrong_people(text, error),
            }
        }
        Ok(patterns)
    }
}

/// As the type that the gate knows.
pub(super) fn bots(heard: bool) -> Bots {
    if heard { Bots::Listed } else { Bots::Refused }
}
