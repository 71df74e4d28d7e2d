//! lockgate's own policy file: which components may run, by digest, and with which ceilings. Strict: what is not known
//! here is an error with file, line and column.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, PathBuf};

use serde::Deserialize;
use serde::de::{self, Deserializer};

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
    hosts: Option<BTreeSet<Label>>,
    folders: Option<Vec<Path>>,
    databases: Option<Vec<Path>>,
    commands: Option<Vec<Path>>,
    relay: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawDefaults {
    hosts: Option<BTreeSet<Label>>,
    folders: Option<Vec<Path>>,
    databases: Option<Vec<Path>>,
    commands: Option<Vec<Path>>,
    relay: Option<bool>,
}

/// A host as a manifest's rule names it, and no other way to write it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Label(String);

/// An absolute path without `..`.
struct Path(PathBuf);

impl List {
    /// Reads a policy file.
    pub fn parse(text: &Text) -> Result<Self, PolicyError> {
        let raw: RawList = toml::from_str(&text.text).map_err(|error| PolicyError::Unreadable {
            file: text.file.clone(),
            place: Place::of_error(&text.text, &error),
            message: error.message().to_owned(),
        })?;
        let RawDefaults {
            hosts,
            folders,
            databases,
            commands,
            relay,
        } = raw.defaults;
        let defaults = ceiling(hosts, folders, databases, commands, relay);
        let mut entries = BTreeMap::new();
        for RawEntry {
            digest,
            name,
            hosts,
            folders,
            databases,
            commands,
            relay,
        } in raw.channel
        {
            let own = ceiling(hosts, folders, databases, commands, relay);
            let ceilings = Ceilings::of(name, own, defaults.clone());
            if entries.insert(digest, ceilings).is_some() {
                let file = text.file.clone();
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

fn ceiling(
    hosts: Option<BTreeSet<Label>>,
    folders: Option<Vec<Path>>,
    databases: Option<Vec<Path>>,
    commands: Option<Vec<Path>>,
    relay: Option<bool>,
) -> Ceiling {
    let paths = |all: Vec<Path>| all.into_iter().map(|Path(path)| path).collect();
    Ceiling {
        hosts: hosts.map(|hosts| hosts.into_iter().map(|Label(host)| host).collect()),
        folders: folders.map(paths),
        databases: databases.map(paths),
        commands: commands.map(paths),
        relay,
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        check_label(&text).map_err(de::Error::custom)?;
        Ok(Self(text))
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = PathBuf::from(String::deserialize(deserializer)?);
        if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return Err(de::Error::custom("this is no absolute path without `..`"));
        }
        Ok(Self(path))
    }
}
