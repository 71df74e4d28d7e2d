//! What would be given that nobody has named yet: for a new channel all that it asks for, for an approved one what goes
//! beyond. A yes at the question gives it; where nobody can be asked, each has a flag of its own. Pure.

use std::collections::BTreeSet;
use std::fmt;

use super::powers::{labels, widened};
use super::secrets::names;
use crate::cli::args::{Choices, GrantFlag, PLACEHOLDER, Withheld};
use crate::config::ChannelConfig;
use crate::manifest::{FolderAccess, Manifest};

/// What was decided before.
pub(super) struct Past<'a> {
    /// The channel's lines in lockgate.toml.
    pub config: Option<&'a ChannelConfig>,
    /// If other bytes were approved: their manifest, as far as it can still be read.
    pub approved: Option<Option<&'a Manifest>>,
}

/// Something that has to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// The network that it suggests.
    Network(String),
    /// A host, for all that is asked of it.
    Host(String),
    /// A secret that nothing gives.
    Secret(String),
    /// A secret that it has, for a new way to be called.
    Kept(String),
    /// A folder without which it can't run.
    Folder(String, FolderAccess),
    /// Such a database.
    Database(String),
    /// Such a program.
    Command(String),
}

impl Need {
    /// The flags that would give it.
    pub fn flags(&self) -> [String; 2] {
        let grant = |what: String| ["--grant".to_owned(), what];
        match self {
            Self::Network(name) => grant(format!("network:{name}")),
            Self::Host(label) => grant(format!("host:{label}")),
            Self::Secret(name) => ["--secret".to_owned(), format!("{name}=env:{PLACEHOLDER}")],
            Self::Kept(name) => grant(format!("secret:{name}")),
            Self::Folder(name, FolderAccess::Read) => grant(format!("folder:{name}=PATH")),
            Self::Folder(name, FolderAccess::Write) => grant(format!("folder:{name}=PATH:write")),
            Self::Database(name) => grant(format!("database:{name}=PATH")),
            Self::Command(name) => grant(format!("command:{name}=PROGRAM")),
        }
    }

    /// What a yes gives. Secrets and paths are asked for afterwards.
    pub fn give(&self, config: &mut ChannelConfig) {
        match self {
            Self::Network(name) => config.network = Some(name.clone()),
            Self::Host(label) => drop(config.hosts.insert(label.clone())),
            Self::Secret(_) | Self::Kept(_) | Self::Folder(..) | Self::Database(_) | Self::Command(_) => {}
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(name) => write!(f, "the network {name}"),
            Self::Host(label) => write!(f, "the host {label}"),
            Self::Secret(name) => write!(f, "the secret {name}"),
            Self::Kept(name) => write!(f, "the secret {name} to new rules"),
            Self::Folder(name, _) => write!(f, "the folder {name}"),
            Self::Database(name) => write!(f, "the database {name}"),
            Self::Command(name) => write!(f, "the program {name}"),
        }
    }
}

/// All that is open. `config`: what was there, with what the flags give.
pub(super) fn open(manifest: &Manifest, past: &Past<'_>, config: &ChannelConfig, choices: &Choices) -> Vec<Need> {
    let mut needs = Vec::new();
    let named = names(choices);
    if let (None, Some(network)) = (past.config, &manifest.about.network)
        && !names_network(choices)
    {
        needs.push(Need::Network(network.clone()));
    }
    needs.extend(hosts(manifest, past, choices).into_iter().map(Need::Host));
    let lacks = |name: &&String| !config.secrets.contains_key(*name) && !named.contains(name.as_str());
    let required = manifest.secrets.iter().filter(|(_, ask)| ask.required);
    needs.extend(required.map(|(name, _)| name).filter(lacks).cloned().map(Need::Secret));
    needs.extend(
        kept(manifest, past, config, &named, choices)
            .into_iter()
            .map(Need::Kept),
    );
    places(manifest, config, &mut needs);
    needs
}

/// The flags for what it can run without and is not given: a yes gives none of it.
pub(super) fn optional(manifest: &Manifest, config: &ChannelConfig, choices: &Choices) -> Vec<String> {
    let named = names(choices);
    let lacks = |name: &String| !config.secrets.contains_key(name) && !named.contains(name.as_str());
    let secrets = manifest
        .secrets
        .iter()
        .filter(|(name, ask)| !ask.required && lacks(name));
    let mut needs: Vec<Need> = secrets.map(|(name, _)| Need::Secret(name.clone())).collect();
    let folders = manifest.folders.iter();
    let folders = folders.filter(|(name, ask)| !ask.required && !config.folders.contains_key(*name));
    needs.extend(folders.map(|(name, ask)| Need::Folder(name.clone(), ask.access)));
    let databases = manifest.databases.iter();
    let databases = databases.filter(|(name, ask)| !ask.required && !config.databases.contains_key(*name));
    needs.extend(databases.map(|(name, _)| Need::Database(name.clone())));
    let commands = manifest.commands.iter();
    let commands = commands.filter(|(name, ask)| !ask.required && !config.commands.contains_key(*name));
    needs.extend(commands.map(|(name, _)| Need::Command(name.clone())));
    needs.iter().flat_map(Need::flags).collect()
}

fn names_network(choices: &Choices) -> bool {
    let granted = choices
        .grants
        .iter()
        .any(|grant| matches!(grant, GrantFlag::Network(_)));
    granted || choices.network.is_some()
}

fn hosts(manifest: &Manifest, past: &Past<'_>, choices: &Choices) -> BTreeSet<String> {
    let asked = labels(manifest);
    let open: BTreeSet<String> = match (past.approved, past.config) {
        // Bytes that were approved and are gone can't be compared, so everything is new.
        (None, None) | (Some(None), _) => asked,
        // Written by hand before anything was approved: he has named them.
        (None, Some(_)) => BTreeSet::new(),
        (Some(Some(old)), config) => {
            let (known, wider) = (labels(old), widened(old, manifest));
            let has = |label: &String| config.is_some_and(|config| config.hosts.contains(label));
            asked
                .into_iter()
                .filter(|label| {
                    if has(label) {
                        wider.contains(label)
                    } else {
                        !known.contains(label)
                    }
                })
                .collect()
        }
    };
    let decided = |label: &String| {
        let granted = choices.grants.iter().any(|grant| match grant {
            GrantFlag::Hosts => true,
            GrantFlag::Host(host) => host == label,
            _ => false,
        });
        granted || is_withheld(choices, label)
    };
    open.into_iter().filter(|label| !decided(label)).collect()
}

/// Whether a flag leaves this host out.
pub(super) fn is_withheld(choices: &Choices, label: &str) -> bool {
    choices.withheld.iter().any(|withheld| match withheld {
        Withheld::All => true,
        Withheld::Host(host) => host == label,
    })
}

/// Secrets that would open ways to be called which the approved bytes did not have.
fn kept(
    manifest: &Manifest,
    past: &Past<'_>,
    config: &ChannelConfig,
    named: &BTreeSet<&str>,
    choices: &Choices,
) -> BTreeSet<String> {
    let Some(old) = past.approved else {
        return BTreeSet::new();
    };
    let before = old.map(|old| &old.rules[..]).unwrap_or_default();
    let decided = |name: &String| {
        let kept = choices
            .grants
            .iter()
            .any(|grant| matches!(grant, GrantFlag::Kept(kept) if kept == name));
        kept || named.contains(name.as_str())
    };
    let fresh = manifest
        .rules
        .iter()
        .filter(|rule| !before.contains(rule))
        .map(|rule| &rule.secret);
    fresh
        .filter(|name| config.secrets.contains_key(*name) && !decided(name))
        .cloned()
        .collect()
}

fn places(manifest: &Manifest, config: &ChannelConfig, needs: &mut Vec<Need>) {
    for (name, ask) in &manifest.folders {
        if ask.required && !config.folders.contains_key(name) {
            needs.push(Need::Folder(name.clone(), ask.access));
        }
    }
    for (name, ask) in &manifest.databases {
        if ask.required && !config.databases.contains_key(name) {
            needs.push(Need::Database(name.clone()));
        }
    }
    for (name, ask) in &manifest.commands {
        if ask.required && !config.commands.contains_key(name) {
            needs.push(Need::Command(name.clone()));
        }
    }
}
