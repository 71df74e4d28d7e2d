//! `channel.toml`: what a channel is and all that it asks for, from text to types. Pure, and strict: an unknown key,
//! a wrong type or a rule that makes no sense is an error with its place. It grants nothing.

mod asks;
mod http;
mod lower;
mod place;
mod raw;
mod schema;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod tests;
mod tools;
mod ways;
mod wrong;

pub use crate::model::is_name;
pub use asks::{CommandAsk, DatabaseAsk, FolderAccess, FolderAsk, ToolAsk};
pub use lower::size;
pub use place::Place;
pub use schema::{Misfit, Mismatch, Schema, SchemaError, SchemaWrong};
pub use ways::{PageAsk, SinkFiles, SinkTraits, TextUnit};
pub use wrong::Wrong;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::access::EventsPolicy;
use crate::limits;
use crate::reach::HttpRule;
use crate::signature::HookRule;

/// The rule that a request of the channel's own page is said to have fulfilled; no rule of a manifest has this name.
pub const PAGE_RULE: &str = "page";

/// All that stands in a manifest, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// What the channel is.
    pub about: About,
    /// The interfaces that the component says it exports.
    pub exports: Vec<Interface>,
    /// The ways to call its hook, in the order of the file.
    pub rules: Vec<HookRule>,
    /// The secrets that it asks for, by name.
    pub secrets: BTreeMap<String, SecretAsk>,
    /// The settings that it documents, by name; others may be written, too.
    pub settings: BTreeMap<String, SettingText>,
    /// What it wants beyond the usual bounds.
    pub limits: LimitAsks,
    /// How it answers, if it can.
    pub sink: Option<SinkTraits>,
    /// The page that it asks for.
    pub page: Option<PageAsk>,
    /// The requests outward that it asks for, in the order of the file.
    pub http: Vec<HttpRule>,
    /// The folders that it asks for, by name.
    pub folders: BTreeMap<String, FolderAsk>,
    /// The databases that it asks for, by name.
    pub databases: BTreeMap<String, DatabaseAsk>,
    /// The programs that it asks for, by name.
    pub commands: BTreeMap<String, CommandAsk>,
    /// Its own tools, in the order of the file.
    pub tools: Vec<ToolAsk>,
}

/// What a channel is, in its author's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name that `add` suggests.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One line.
    pub summary: String,
    /// The network that it suggests; the operator gives it.
    pub network: Option<String>,
    /// The events policy that it suggests; the operator decides.
    pub events: Option<EventsPolicy>,
}

/// An interface of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// Told of its start.
    Life,
    /// Polled.
    Source,
    /// Woken.
    Timer,
    /// Called over HTTP.
    Hook,
    /// Told what its websockets brought.
    Socket,
    /// Answers.
    Sink,
    /// Fetches attachments when it is asked to.
    Media,
    /// Has tools of its own.
    Tools,
}

impl Interface {
    /// All that this host can call.
    pub const ALL: [Self; 8] = [
        Self::Life,
        Self::Source,
        Self::Timer,
        Self::Hook,
        Self::Socket,
        Self::Sink,
        Self::Media,
        Self::Tools,
    ];

    /// As the contract names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Life => "life",
            Self::Source => "source",
            Self::Timer => "timer",
            Self::Hook => "hook",
            Self::Socket => "socket",
            Self::Sink => "sink",
            Self::Media => "media",
            Self::Tools => "tools",
        }
    }
}

/// A secret that a channel asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretAsk {
    /// What it is, in a few words.
    pub title: String,
    /// Where to get it.
    pub help: Option<String>,
    /// Without it the channel can't run; otherwise only the rules that need it sleep.
    pub required: bool,
}

/// What a setting is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingText {
    /// What it is, in a few words.
    pub title: String,
    /// What to write.
    pub help: Option<String>,
}

/// What a channel wants beyond the usual bounds; never more than the house gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitAsks {
    /// Bytes of memory for a call.
    pub memory: Option<usize>,
    /// How long a poll may take.
    pub poll_deadline: Option<Duration>,
    /// Bytes of the folder `/data`, which it keeps between calls; without one it has no such folder.
    pub data: Option<u64>,
}

/// Why a text is no manifest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// Too long to be read.
    #[error("the manifest has {bytes} bytes, more than {limit}: shorten it", limit = limits::MANIFEST_BYTES)]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// No TOML, or another shape: an unknown key, a wrong type, a missing line.
    #[error("{place}: {message}")]
    Unreadable {
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// The right shape, but it makes no sense.
    #[error("{place}: {wrong}")]
    Wrong {
        /// Where.
        place: Place,
        /// What.
        #[source]
        wrong: Wrong,
    },
}

impl Manifest {
    /// Reads and checks a manifest of at most `limits::MANIFEST_BYTES`.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > limits::MANIFEST_BYTES {
            return Err(ManifestError::TooLarge { bytes: text.len() });
        }
        let raw = toml::from_str(text).map_err(|error| ManifestError::Unreadable {
            place: Place::of_error(text, &error),
            message: error.message().to_owned(),
        })?;
        lower::manifest(text, raw)
    }

    /// The interfaces that the component has to export.
    pub fn interfaces(&self) -> Vec<Interface> {
        self.exports.clone()
    }
}
