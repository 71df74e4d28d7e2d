//! What a channel asks for beyond the net: folders, databases, programs, and tools of its own. What stands here is what
//! its author says; the operator names each path and each program, and the grant decides.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Schema;
use super::lower::{Result, Source};
use super::raw::{RawFolder, RawThing};

/// A folder of the operator's, which the guest sees as `/folders/<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Whether it is to be written to.
    pub access: FolderAccess,
    /// Without it the channel can't run.
    pub required: bool,
}

/// What may be done in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderAccess {
    /// Looked at.
    #[default]
    Read,
    /// Also changed.
    Write,
}

impl FolderAccess {
    /// As it is written in both files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A SQLite database of the operator's, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Without it the channel can't run.
    pub required: bool,
}

/// A program of the operator's, to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Without it the channel can't run.
    pub required: bool,
}

/// A tool of the channel's own. The model sees it as `<channel>__<name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAsk {
    /// `[a-z][a-z0-9_]{0,31}`, without `__`.
    pub name: String,
    /// What it does: shown to the operator first, then to the model.
    pub text: String,
    /// What it takes.
    pub schema: Schema,
}

impl Source<'_> {
    pub(super) fn folders(&self, raw: &BTreeMap<Spanned<String>, RawFolder>) -> Result<BTreeMap<String, FolderAsk>> {
        self.named(raw, |folder| {
            Ok(FolderAsk {
                title: self.line(&folder.title)?,
                access: folder.access,
                required: folder.required.unwrap_or(true),
            })
        })
    }

    pub(super) fn databases(&self, raw: &BTreeMap<Spanned<String>, RawThing>) -> Result<BTreeMap<String, DatabaseAsk>> {
        self.named(raw, |database| {
            Ok(DatabaseAsk {
                title: self.line(&database.title)?,
                required: database.required.unwrap_or(true),
            })
        })
    }

    pub(super) fn commands(&self, raw: &BTreeMap<Spanned<String>, RawThing>) -> Result<BTreeMap<String, CommandAsk>> {
        self.named(raw, |command| {
            Ok(CommandAsk {
                title: self.line(&command.title)?,
                required: command.required.unwrap_or(true),
            })
        })
    }

    /// Entries with good names, as many as there may be.
    fn named<R, A>(
        &self,
        raw: &BTreeMap<Spanned<String>, R>,
        each: impl Fn(&R) -> Result<A>,
    ) -> Result<BTreeMap<String, A>> {
        let mut asks = BTreeMap::new();
        for (name, raw) in raw {
            asks.insert(self.name(name)?, each(raw)?);
            self.bound(name.span(), asks.len())?;
        }
        Ok(asks)
    }
}
