//! lockgate's own policy file: which components may run, by digest, and with which ceilings. Strict: what is not known
//! here is an error with file, line and column.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::ceilings::Ceiling;
use super::{Ceilings, PolicyError, Text};
use crate::limits;
use crate::manifest::Place;
use crate::model::Digest;
use crate::reach::check_label;

/// What is listed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List {
    entries: BTreeMap<Digest, Ceilings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    #[serde(default)]
    channel: Vec<RawEntry>,
    #[serde(default)]
    defaults: RawDefaults,
}

/// The ceilings stand twice because a flattened table would take unknown keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    digest: Digest,
    name: Option<String>,
    hosts: Option<Words>,
    folders: Option<Words>,
    databases: Option<Words>,
    commands: Option<Words>,
    relay: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawDefaults {
    hosts: Option<Words>,
    folders: Option<Words>,
    databases: Option<Words>,
    commands: Option<Words>,
    relay: Option<bool>,
}

type Words = Vec<Spanned<String>>;

impl List {
    /// Reads a policy file.
    pub fn parse(text: &Text) -> Result<Self, PolicyError> {
        let raw: RawList = toml::from_str(&text.text).map_err(|error| PolicyError::Unreadable {
            file: text.file.clone(),
            place: Place::of_error(&text.text, &error),
            message: error.message().to_owned(),
        })?;
        let all = raw.defaults;
        let all = text.ceiling([all.folders, all.databases, all.commands], all.hosts, all.relay)?;
        let mut entries = BTreeMap::new();
        for raw in raw.channel {
            let own = text.ceiling([raw.folders, raw.databases, raw.commands], raw.hosts, raw.relay)?;
            let ceilings = Ceilings::of(raw.name, own, all.clone());
            if entries.insert(raw.digest, ceilings).is_some() {
                let (file, digest) = (text.file.clone(), raw.digest);
                return Err(PolicyError::Twice { file, digest });
            }
        }
        if entries.len() > limits::MANAGED_COMPONENTS {
            return Err(PolicyError::Many(text.file.clone()));
        }
        Ok(Self { entries })
    }

    /// What a component may have at most, if it is listed.
    pub fn ceilings(&self, component: &Digest) -> Option<Ceilings> {
        self.entries.get(component).cloned()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Text {
    fn ceiling(
        &self,
        paths: [Option<Words>; 3],
        hosts: Option<Words>,
        relay: Option<bool>,
    ) -> Result<Ceiling, PolicyError> {
        let [folders, databases, commands] = paths.map(|words| self.each(words, path));
        Ok(Ceiling {
            hosts: self.each(hosts, label)?.map(BTreeSet::from_iter),
            folders: folders?,
            databases: databases?,
            commands: commands?,
            relay,
        })
    }

    fn each<T>(
        &self,
        words: Option<Words>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, PolicyError> {
        let one = |word: Spanned<String>| {
            read(word.as_ref()).map_err(|message| PolicyError::Unreadable {
                file: self.file.clone(),
                place: Place::of(&self.text, word.span().start),
                message,
            })
        };
        words.map(|words| words.into_iter().map(one).collect()).transpose()
    }
}

/// A host as a manifest's rule names it, and no other way to write it.
fn label(text: &str) -> Result<String, String> {
    check_label(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

/// An absolute path without `..`: what it covers can be seen by looking at it.
fn path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
        return Err("this is no absolute path without `..`".to_owned());
    }
    Ok(path)
}
