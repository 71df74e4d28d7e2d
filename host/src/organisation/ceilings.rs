//! What a channel may have at most. A ceiling takes away and never gives: where a component's own and the one for all
//! differ, both hold.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::ChannelConfig;

/// One table of the policy file. What it does not name has no ceiling, except relay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ceiling {
    /// As rules name them.
    pub hosts: Option<BTreeSet<String>>,
    /// Folders, and what is below them.
    pub folders: Option<Vec<PathBuf>>,
    /// Files, or folders with such files below them.
    pub databases: Option<Vec<PathBuf>>,
    /// These very programs.
    pub commands: Option<Vec<PathBuf>>,
    /// Whether it may carry approvals.
    pub relay: Option<bool>,
}

/// What one component may have at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceilings {
    name: Option<String>,
    own: Ceiling,
    all: Ceiling,
}

/// What was taken away from what the operator granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// As rules name it.
    Host(String),
    /// That what is for this host goes elsewhere: there.
    Upstream(String, String),
    /// The operator's name for it, and where it is.
    Folder(String, PathBuf),
    /// The same.
    Database(String, PathBuf),
    /// The same.
    Command(String, PathBuf),
    /// That it carries questions for permission, and their answers.
    Relay,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "the host {host}"),
            Self::Upstream(host, instead) => write!(f, "that what is for {host} goes to {instead}"),
            Self::Folder(name, path) => write!(f, "the folder {name} ({})", path.display()),
            Self::Database(name, path) => write!(f, "the database {name} ({})", path.display()),
            Self::Command(name, path) => write!(f, "the program {name} ({})", path.display()),
            Self::Relay => f.write_str("relay"),
        }
    }
}

impl Ceilings {
    /// Those of one entry, under those for all.
    pub(super) fn of(name: Option<String>, own: Ceiling, all: Ceiling) -> Self {
        Self { name, own, all }
    }

    /// Takes away from what the operator granted, and says what.
    pub fn narrow(&self, config: &mut ChannelConfig) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let mut keep = |is_within: bool, cut: &dyn Fn() -> Cut| {
            if !is_within {
                cuts.push(cut());
            }
            is_within
        };
        config
            .hosts
            .retain(|host| keep(self.hosts(host), &|| Cut::Host(host.clone())));
        // What is led elsewhere belongs to its host; and a ceiling that names hosts would be none if it could go to others.
        let leads_elsewhere = self.both().iter().all(|ceiling| ceiling.hosts.is_none());
        config.upstreams.retain(|host, instead| {
            self.hosts(host) && keep(leads_elsewhere, &|| Cut::Upstream(host.clone(), instead.text()))
        });
        config.folders.retain(|name, folder| {
            keep(self.folders(&folder.path), &|| {
                Cut::Folder(name.clone(), folder.path.clone())
            })
        });
        config
            .databases
            .retain(|name, path| keep(self.databases(path), &|| Cut::Database(name.clone(), path.clone())));
        config.commands.retain(|name, command| {
            keep(self.commands(&command.program), &|| {
                Cut::Command(name.clone(), command.program.clone())
            })
        });
        if config.relay && !self.relay() {
            config.relay = false;
            cuts.push(Cut::Relay);
        }
        cuts
    }

    /// What the policy does to a channel, in a sentence.
    pub fn words(&self, cuts: &[Cut]) -> String {
        let name = self.name.as_ref().map_or(String::new(), |name| format!(" as {name}"));
        let mut text = format!("the organisation's policy admits it{name}");
        if !cuts.is_empty() {
            let each: Vec<String> = cuts.iter().map(Cut::to_string).collect();
            text.push_str(&format!(", and takes away {}", each.join(", ")));
        }
        text
    }

    fn both(&self) -> [&Ceiling; 2] {
        [&self.own, &self.all]
    }

    /// The one thing that has to be given: a yes somewhere, and a no nowhere.
    fn relay(&self) -> bool {
        let said = self.both().map(|ceiling| ceiling.relay);
        said.contains(&Some(true)) && !said.contains(&Some(false))
    }

    fn hosts(&self, host: &str) -> bool {
        let mut both = self.both().into_iter();
        both.all(|ceiling| ceiling.hosts.as_ref().is_none_or(|hosts| hosts.contains(host)))
    }

    fn folders(&self, path: &Path) -> bool {
        let mut both = self.both().into_iter();
        both.all(|ceiling| is_below(ceiling.folders.as_deref(), path))
    }

    fn databases(&self, path: &Path) -> bool {
        let mut both = self.both().into_iter();
        both.all(|ceiling| is_below(ceiling.databases.as_deref(), path))
    }

    fn commands(&self, path: &Path) -> bool {
        let is_one = |all: &Vec<PathBuf>| all.iter().any(|one| one == path);
        let mut both = self.both().into_iter();
        both.all(|ceiling| ceiling.commands.as_ref().is_none_or(is_one))
    }
}

/// By whole parts of the path: `/srv/notes` does not hold `/srv/notes-of-others`. Neither has a `..`, and what is opened
/// for a channel is reached without following a link.
fn is_below(ceiling: Option<&[PathBuf]>, path: &Path) -> bool {
    ceiling.is_none_or(|all| all.iter().any(|one| path.starts_with(one)))
}
