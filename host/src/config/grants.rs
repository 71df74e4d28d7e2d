//! What the operator gives a channel beyond secrets and settings: upstreams, folders and programs.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};

use toml::Spanned;

use super::pattern::{self, PatternError};
use super::raw::{FolderTable, RawChannel, RawCommand, RawFolder};
use super::{ConfigError, Source, Wrong};
use crate::limits;
use crate::manifest::{FolderAccess, size};
use crate::reach::Scheme;

/// Where requests to a host go instead of to that host: a server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `http` or `https`; `ws` rules use the like.
    pub scheme: Scheme,
    /// A loopback address.
    pub address: SocketAddr,
}

/// A folder that a channel is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    /// An absolute path.
    pub path: PathBuf,
    /// Never more than the manifest asks for.
    pub access: FolderAccess,
    /// Bytes that the channel may add, if it may write.
    pub quota: u64,
}

/// A program that a channel may run, and with which arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandGrant {
    /// An absolute path.
    pub program: PathBuf,
    /// Arguments that always come first.
    pub fixed: Vec<String>,
    /// A pattern for each argument that the channel may give, in order; each has to match the whole argument.
    pub arguments: Vec<String>,
    /// A pattern for any further argument; without one there is none.
    pub more: Option<String>,
    /// Whether an argument of the channel's may begin with a dash.
    pub dashes: Dashes,
}

/// Whether an argument may begin with a dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dashes {
    /// It is refused.
    #[default]
    Refused,
    /// The pattern decides.
    Allowed,
}

/// What is wrong in what is given, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongGift {
    /// It holds what no channel may see.
    #[error(
        "`{0}` is no folder for a channel: it holds the whole machine or its devices; name a folder with files in it"
    )]
    SystemFolder(String),
    /// A way that can't be checked by looking at it.
    #[error("`{0}` leads up by `..`, is too long or holds a control character: write the plain path")]
    OddPath(String),
    /// No size.
    #[error("`{0}` is no size: write a whole number and B, KiB, MiB or GiB, like `100MiB`")]
    Size(String),
    /// Nothing can be added to it.
    #[error("a quota is for a folder with `access = \"write\"`: add that, or take the quota out")]
    QuotaToRead,
    /// No pattern.
    #[error("this pattern {0}")]
    Pattern(#[from] PatternError),
    /// No text that a program can be given.
    #[error("an argument can't hold the character NUL: take it out")]
    Nul,
    /// More than there may be.
    #[error("there are more than {0} entries: leave some out")]
    Many(usize),
    /// Longer than it may be.
    #[error("the arguments have more than {0} bytes: shorten them")]
    Long(usize),
}

impl Source<'_> {
    pub(super) fn folders(&self, raw: &RawChannel) -> Result<BTreeMap<String, FolderGrant>, ConfigError> {
        self.given(&raw.folders, |folder| self.folder(folder))
    }

    pub(super) fn databases(&self, raw: &RawChannel) -> Result<BTreeMap<String, PathBuf>, ConfigError> {
        self.given(&raw.databases, |path| self.plain_path(path))
    }

    pub(super) fn commands(&self, raw: &RawChannel) -> Result<BTreeMap<String, CommandGrant>, ConfigError> {
        self.given(&raw.commands, |command| self.command(command))
    }

    fn wrong_gift<T, U>(&self, at: &Spanned<U>, wrong: WrongGift) -> Result<T, ConfigError> {
        self.wrong(at, Wrong::Gift(wrong))
    }

    fn given<R, G>(
        &self,
        raw: &BTreeMap<Spanned<String>, R>,
        each: impl Fn(&R) -> Result<G, ConfigError>,
    ) -> Result<BTreeMap<String, G>, ConfigError> {
        let mut given = BTreeMap::new();
        for (name, raw) in raw {
            given.insert(self.name(name)?, each(raw)?);
            if given.len() > limits::GIVEN_PER_CHANNEL {
                return self.wrong_gift(name, WrongGift::Many(limits::GIVEN_PER_CHANNEL));
            }
        }
        Ok(given)
    }

    /// An absolute path without `..`: what it leads to can be seen by looking at it.
    pub(super) fn plain_path(&self, text: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        let path = self.path(text)?;
        let odd = path.components().any(|part| part == Component::ParentDir)
            || text.as_ref().len() > limits::GIVEN_PATH_BYTES
            || text.as_ref().chars().any(char::is_control);
        if odd {
            return self.wrong_gift(text, WrongGift::OddPath(shown(text)));
        }
        // Written anew, so that `/a//b/.` and `/a/b` are one.
        Ok(path.components().collect())
    }

    fn folder(&self, raw: &Spanned<RawFolder>) -> Result<FolderGrant, ConfigError> {
        match raw.as_ref() {
            RawFolder::Path(path) => Ok(FolderGrant {
                path: self.folder_path(&Spanned::new(raw.span(), path.clone()))?,
                access: FolderAccess::Read,
                quota: limits::FOLDER_QUOTA,
            }),
            RawFolder::Table(table) => Ok(FolderGrant {
                path: self.folder_path(&table.path)?,
                access: table.access,
                quota: self.quota(table)?,
            }),
        }
    }

    fn folder_path(&self, text: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        let path = self.plain_path(text)?;
        let system = ["/proc", "/sys", "/dev"].iter().any(|top| path.starts_with(top));
        if system || path == Path::new("/") {
            return self.wrong_gift(text, WrongGift::SystemFolder(shown(text)));
        }
        Ok(path)
    }

    fn quota(&self, raw: &FolderTable) -> Result<u64, ConfigError> {
        match &raw.quota {
            None => Ok(limits::FOLDER_QUOTA),
            Some(text) if raw.access == FolderAccess::Read => self.wrong_gift(text, WrongGift::QuotaToRead),
            Some(text) => match size(text.as_ref()) {
                Some(bytes) => Ok(bytes),
                None => self.wrong_gift(text, WrongGift::Size(shown(text))),
            },
        }
    }

    fn command(&self, raw: &RawCommand) -> Result<CommandGrant, ConfigError> {
        let fixed = raw.fixed.iter().map(|text| self.argument(text));
        let patterns = raw.arguments.iter().map(|text| self.pattern(text));
        let command = CommandGrant {
            program: self.plain_path(&raw.program)?,
            fixed: fixed.collect::<Result<_, _>>()?,
            arguments: patterns.collect::<Result<_, _>>()?,
            more: raw.more.as_ref().map(|text| self.pattern(text)).transpose()?,
            dashes: if raw.dashes { Dashes::Allowed } else { Dashes::Refused },
        };
        if command.fixed.len() + command.arguments.len() > limits::COMMAND_ARGUMENTS {
            return self.wrong_gift(&raw.program, WrongGift::Many(limits::COMMAND_ARGUMENTS));
        }
        if command.fixed.iter().map(String::len).sum::<usize>() > limits::COMMAND_ARGUMENT_BYTES {
            return self.wrong_gift(&raw.program, WrongGift::Long(limits::COMMAND_ARGUMENT_BYTES));
        }
        Ok(command)
    }

    fn argument(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        if text.as_ref().contains('\0') {
            return self.wrong_gift(text, WrongGift::Nul);
        }
        Ok(text.as_ref().clone())
    }

    fn pattern(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        match pattern::whole(text.as_ref()) {
            Ok(_) => Ok(text.as_ref().clone()),
            Err(error) => self.wrong_gift(text, error.into()),
        }
    }
}

fn shown(text: &Spanned<String>) -> String {
    text.as_ref().chars().take(limits::SHOWN_CHARS).collect()
}
