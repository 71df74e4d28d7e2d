//! The list of a plugin that does without lockgate, `access.json`: from text to values. Every shape that such plugins write
//! is read; a key that nobody knows is kept to be shown. Pure; what becomes of it is planned in [`plan`].

pub mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::access::DirectPolicy;
use crate::limits;
use crate::manifest::Place;

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Official {
    /// Who may write directly, if it says so.
    pub direct: Option<DirectPolicy>,
    /// Ids of accounts that may write, and approve, in the file's order.
    pub allowed: Vec<String>,
    /// By the conversation's id.
    pub groups: BTreeMap<String, OfficialGroup>,
    /// How many wait for their code to be typed.
    pub pending: usize,
    /// Patterns that count as a mention, whatever the case of letters.
    pub patterns: Vec<String>,
    /// Everything else, by its key.
    pub more: BTreeMap<String, Value>,
}

/// One group in it.
#[derive(Debug, Clone, PartialEq)]
pub struct OfficialGroup {
    /// Only what addresses the bot.
    pub mention: bool,
    /// Ids of accounts; none means anybody.
    pub allowed: Vec<String>,
    /// Everything else, by its key.
    pub more: BTreeMap<String, Value>,
}

/// Why a text is no such list.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Too long.
    #[error("{} has more than {} bytes, so nothing was changed: is it an access.json?", .0.display(), limits::IMPORT_BYTES)]
    TooLarge(PathBuf),
    /// No JSON, or another shape.
    #[error("{}:{}:{}: {message}; nothing was changed: mend the file, or add people by hand with `lockgate access allow`", file.display(), place.line, place.column)]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// A name was said for an account that does not come over.
    #[error(
        "no account {0} would be new here, so nothing was changed: leave its --name out, or copy the id from the plan"
    )]
    NoNewcomer(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    dm_policy: Option<DirectPolicy>,
    allow_from: Option<Vec<Id>>,
    groups: Option<BTreeMap<String, RawGroup>>,
    pending: Option<BTreeMap<String, IgnoredAny>>,
    mention_patterns: Option<Vec<String>>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawGroup {
    require_mention: Option<bool>,
    allow_from: Option<Vec<Id>>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

/// Whoever edits such a file by hand forgets the quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        match id {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

impl Official {
    /// Reads a list; `file` is named in errors.
    ///
    /// # Errors
    /// The text is too long, or of another shape.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ImportError> {
        if text.len() > limits::IMPORT_BYTES {
            return Err(ImportError::TooLarge(file.to_owned()));
        }
        let raw: Raw = serde_json::from_str(text).map_err(|error| unreadable(text, &error, file))?;
        Ok(Self {
            direct: raw.dm_policy,
            allowed: ids(raw.allow_from),
            groups: raw
                .groups
                .unwrap_or_default()
                .into_iter()
                .map(|(id, group)| (id, group.into()))
                .collect(),
            pending: raw.pending.map_or(0, |pending| pending.len()),
            patterns: raw.mention_patterns.unwrap_or_default(),
            more: raw.more,
        })
    }
}

impl From<RawGroup> for OfficialGroup {
    fn from(raw: RawGroup) -> Self {
        Self {
            mention: raw.require_mention.unwrap_or(true),
            allowed: ids(raw.allow_from),
            more: raw.more,
        }
    }
}

fn ids(raw: Option<Vec<Id>>) -> Vec<String> {
    raw.unwrap_or_default().into_iter().map(String::from).collect()
}

fn unreadable(text: &str, error: &serde_json::Error, file: &Path) -> ImportError {
    let message = error.to_string();
    // The parser puts the place behind its words; it stands before them already.
    let words = message.rsplit_once(" at line ").map_or(&*message, |(words, _)| words);
    ImportError::Unreadable {
        file: file.to_owned(),
        place: Place::of_json_error(text, error),
        message: words.to_owned(),
    }
}
