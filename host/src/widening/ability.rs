//! What a channel, or the house itself, may do by the operator's files, one small thing at a time, so that two states can be
//! compared: what is in the later one and not covered by the earlier one has become wider.

mod program;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::{Audience, Bots, DirectPolicy, EventsPolicy, Group, Hears, Unaddressed};
use crate::config::{ChannelConfig, Config, SecretSource};
use crate::limits;
use crate::lockfile::{Pin, RelayPin};
use crate::manifest::FolderAccess;
use crate::model::Digest;
use crate::text::{self, Bound};
use program::{pattern, program};

/// One thing that may be done. Displayed as what follows on "may now".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Run these bytes: name and version as they call themselves.
    Run(Digest, String),
    /// Run whatever is built, without a review.
    Unreviewed,
    /// Carry approvals for this tool; `None`: for every tool.
    Relay(Option<String>),
    /// Speak for the accounts of a network.
    Network(String),
    /// Have things speak.
    Events(Signed),
    /// Be written to directly.
    Direct(Whom),
    /// Be written to in a group.
    Group(String, Circle),
    /// Have what is said to others in a group.
    Overhear(String, Ear),
    /// Take messages with words of this pattern as said to us: in a group, or in each.
    Pattern(Option<String>, String),
    /// Be written to by programs on the list: in a group, or anywhere.
    Programs(Option<String>),
    /// Send to a host.
    Host(String),
    /// Send what is for a host elsewhere.
    Upstream(String, String),
    /// Use a secret, and from where.
    Secret(String, String),
    /// Read a folder, and also write to it.
    Folder(String, String, Touch),
    /// Read a database.
    Database(String, String),
    /// Run a program with arguments of these patterns.
    Command(String, String),
    /// Serve its page.
    Page,
    /// Have files of this folder sent.
    SendRoot(String),
    /// Be reached from other machines.
    Listen(String),
    /// Be reached under this name.
    Name(String),
    /// Trust the roots in this file.
    Certificates(String),
}

/// Which words of things are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// Those with a signature that was checked.
    Verified,
    /// All.
    All,
}

/// By whom a channel's own account may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// By people on the list.
    Listed,
    /// By strangers, too, who are given a code.
    Strangers,
}

/// By whom a channel is written to in a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circle {
    /// By this person of the list.
    Person(String),
    /// By whoever is on the list.
    Listed,
    /// By everybody.
    Everyone,
}

impl Circle {
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, _) | (Self::Listed, Self::Listed | Self::Person(_)) => true,
            _ => self == other,
        }
    }
}

/// How what is said to others in a group is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ear {
    /// It is kept for whoever asks.
    Kept,
    /// It is pushed as if it were said to us.
    Pushed,
}

/// What may be done with a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Touch {
    /// It is looked at.
    Read,
    /// It is changed, too, and may grow by so many bytes.
    Write(u64),
}

impl Ability {
    /// Whether who may do this may do the other as well.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Relay(None), Self::Relay(_)) => true,
            (Self::Events(all), Self::Events(some)) => all >= some,
            (Self::Direct(all), Self::Direct(some)) => all >= some,
            (Self::Group(group, all), Self::Group(same, some)) => group == same && all.covers(some),
            (Self::Programs(None), Self::Programs(_)) => true,
            (Self::Overhear(group, all), Self::Overhear(same, some)) => group == same && all >= some,
            (Self::Overhear(group, Ear::Pushed), Self::Pattern(Some(same), _)) => group == same,
            (Self::Pattern(None, words), Self::Pattern(_, same)) => words == same,
            (Self::Folder(name, path, more), Self::Folder(other, same, less)) => {
                name == other && path == same && more >= less
            }
            _ => self == other,
        }
    }
}

/// What is in `after` and in nothing of `before`, the widest of what is alike.
pub fn wider(before: &BTreeSet<Ability>, after: &BTreeSet<Ability>) -> Vec<Ability> {
    let is_new = |ability: &&Ability| !before.iter().any(|known| known.covers(ability));
    let new: Vec<&Ability> = after.iter().filter(is_new).collect();
    let widest = new
        .iter()
        .filter(|ability| !new.iter().any(|other| other != *ability && other.covers(ability)));
    widest.map(|ability| (*ability).clone()).collect()
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(digest, about) => {
                let digest: String = digest.hex().chars().take(16).collect();
                write!(f, "run the bytes {digest}… ({})", line(about))
            }
            Self::Relay(None) => f.write_str("carry approvals"),
            Self::Relay(Some(tool)) => write!(f, "carry approvals for {}", line(tool)),
            Self::Network(network) => write!(f, "speak for every account of the network {}", line(network)),
            Self::Events(Signed::Verified) => f.write_str("bring in what things say with a valid signature"),
            Self::Events(Signed::All) => f.write_str("bring in anything that things say"),
            Self::Direct(Whom::Listed) => f.write_str("be written to directly by people on the list"),
            Self::Direct(Whom::Strangers) => f.write_str("be written to by strangers, who get a code (pairing)"),
            Self::Group(group, Circle::Person(name)) => {
                write!(f, "be written to by {} in the group {}", line(name), line(group))
            }
            Self::Group(group, Circle::Listed) => {
                write!(f, "be written to by people on the list in the group {}", line(group))
            }
            Self::Group(group, Circle::Everyone) => {
                write!(f, "be written to by everybody in the group {}", line(group))
            }
            Self::Overhear(group, Ear::Kept) => write!(f, "have what is said to others in the group {}", line(group)),
            Self::Overhear(group, Ear::Pushed) => {
                write!(f, "hear everything that is said in the group {}", line(group))
            }
            Self::Pattern(None, words) => write!(f, "take as said to us, in each group, what has {}", line(words)),
            Self::Pattern(Some(group), words) => {
                write!(
                    f,
                    "take as said to us, in the group {}, what has {}",
                    line(group),
                    line(words)
                )
            }
            Self::Programs(None) => f.write_str("be written to by programs on the list"),
            Self::Programs(Some(group)) => {
                write!(f, "be written to by programs on the list in the group {}", line(group))
            }
            Self::Host(label) => write!(f, "send to {}", line(label)),
            Self::Upstream(label, instead) => write!(f, "send what is for {} to {}", line(label), line(instead)),
            Self::Secret(name, place) => write!(f, "use the secret {} from {}", line(name), line(place)),
            Self::Folder(name, path, Touch::Read) => write!(f, "read the folder {} as {}", line(path), line(name)),
            Self::Folder(name, path, Touch::Write(_)) => {
                write!(f, "read and write the folder {} as {}", line(path), line(name))
            }
            Self::Database(name, path) => write!(f, "read the database {} as {}", line(path), line(name)),
            Self::Command(name, how) => write!(f, "run {} as {}", line(how), line(name)),
            Self::Unreviewed => f.write_str("run whatever `lockgate dev` builds, without a review"),
            Self::Page => f.write_str("serve a page on this machine"),
            Self::SendRoot(path) => write!(f, "have files of {} sent by the session", line(path)),
            Self::Listen(address) => write!(f, "be reached from other machines at {}", line(address)),
            Self::Name(name) => write!(f, "be reached under the name {}", line(name)),
            Self::Certificates(path) => write!(f, "trust the certificates in {}", line(path)),
        }
    }
}

/// What stands in a file, on one line that nothing can be hidden in.
pub(super) fn line(words: &str) -> String {
    text::clip(&text::attribute(words), Bound::Chars(limits::SHOWN_CHARS))
}

/// What the host lets a channel do. Each field stands here, so that one which is added can't be forgotten; what is left out
/// of the comparison has a comment that says why.
pub(super) fn of_channel(config: &ChannelConfig, pin: &Pin) -> BTreeSet<Ability> {
    let ChannelConfig {
        // Where the bytes were read from; which ones they are says the pin.
        component: _,
        network,
        events,
        direct,
        bots,
        mention_patterns,
        groups,
        relay,
        dev,
        relay_tools,
        // How fast it does what it may.
        rate: _,
        page,
        secrets,
        hosts,
        upstreams,
        folders,
        databases,
        commands,
        // What the guest makes of these is its own; the host opens nothing by them.
        settings: _,
    } = config;
    // Which bytes those are is told once, and not with each build.
    let mut all: BTreeSet<Ability> = (*dev || pin.dev.is_some())
        .then_some(Ability::Unreviewed)
        .into_iter()
        .collect();
    if !*dev {
        all.insert(Ability::Run(pin.digest, format!("{} {}", pin.name, pin.version)));
    }
    all.extend(network.clone().map(Ability::Network));
    // Where no account is known nobody is on a list.
    let direct = network.as_ref().map_or(DirectPolicy::Disabled, |_| *direct);
    all.extend(of_people(*events, direct));
    if network.is_some() {
        all.extend((*bots == Bots::Listed).then_some(Ability::Programs(None)));
        let patterns = mention_patterns.iter();
        all.extend(patterns.map(|words| Ability::Pattern(None, pattern(words.as_str()))));
        groups.iter().for_each(|(id, group)| of_group(id, group, &mut all));
    }
    if *relay && pin.relay_pin() == RelayPin::Held {
        match relay_tools {
            None => drop(all.insert(Ability::Relay(None))),
            Some(tools) => all.extend(tools.iter().map(|tool| Ability::Relay(Some(tool.clone())))),
        }
    }
    all.extend(page.map(|_| Ability::Page));
    all.extend(
        secrets
            .iter()
            .map(|(name, source)| Ability::Secret(name.clone(), place(source))),
    );
    all.extend(hosts.iter().cloned().map(Ability::Host));
    let upstreams = upstreams.iter();
    all.extend(upstreams.map(|(label, instead)| Ability::Upstream(label.clone(), instead.text())));
    all.extend(folders.iter().map(|(name, folder)| {
        let touch = match folder.access {
            FolderAccess::Read => Touch::Read,
            FolderAccess::Write => Touch::Write(folder.quota),
        };
        Ability::Folder(name.clone(), folder.path.display().to_string(), touch)
    }));
    let databases = databases.iter();
    all.extend(databases.map(|(name, path)| Ability::Database(name.clone(), path.display().to_string())));
    all.extend(
        commands
            .iter()
            .map(|(name, how)| Ability::Command(name.clone(), program(how))),
    );
    all
}

fn of_people(events: EventsPolicy, direct: DirectPolicy) -> impl Iterator<Item = Ability> {
    let events = match events {
        EventsPolicy::Off => None,
        EventsPolicy::Verified => Some(Ability::Events(Signed::Verified)),
        EventsPolicy::All => Some(Ability::Events(Signed::All)),
    };
    let direct = match direct {
        DirectPolicy::Disabled => None,
        DirectPolicy::Allowlist => Some(Ability::Direct(Whom::Listed)),
        DirectPolicy::Pairing => Some(Ability::Direct(Whom::Strangers)),
    };
    events.into_iter().chain(direct)
}

fn of_group(id: &str, group: &Group, all: &mut BTreeSet<Ability>) {
    let Group {
        audience,
        hears,
        unaddressed,
        patterns,
        bots,
    } = group;
    let ability = |circle| Ability::Group(id.to_owned(), circle);
    match audience {
        Audience::Listed => drop(all.insert(ability(Circle::Listed))),
        Audience::Everyone => drop(all.insert(ability(Circle::Everyone))),
        Audience::Named(names) => all.extend(names.iter().map(|name| ability(Circle::Person(name.to_string())))),
    }
    let ear = match (hears, unaddressed) {
        (Hears::Everything, _) => Some(Ear::Pushed),
        (Hears::Addressed, Unaddressed::Kept) => Some(Ear::Kept),
        (Hears::Addressed, Unaddressed::Dropped) => None,
    };
    all.extend(ear.map(|ear| Ability::Overhear(id.to_owned(), ear)));
    let words = patterns.iter().map(|words| pattern(words.as_str()));
    all.extend(words.map(|words| Ability::Pattern(Some(id.to_owned()), words)));
    if *bots == Some(Bots::Listed) {
        all.insert(Ability::Programs(Some(id.to_owned())));
    }
}

fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(variable) => format!("the variable {variable}"),
        SecretSource::File(path) => path.display().to_string(),
        SecretSource::Stored(entry) => format!("secrets.toml, {entry}"),
    }
}

/// All that is open for the house as a whole.
pub(super) fn of_house(config: &Config) -> BTreeSet<Ability> {
    let Config {
        listen,
        // When channels run, and how long a question is open, opens nothing that is not open then.
        always_on: _,
        relay_ttl: _,
        hosts,
        certificates,
        send_roots,
        // Each by itself.
        channels: _,
    } = config;
    let mut all = BTreeSet::new();
    if !listen.ip().is_loopback() {
        all.insert(Ability::Listen(listen.to_string()));
    }
    all.extend(hosts.iter().cloned().map(Ability::Name));
    let path = |path: &std::path::PathBuf| path.display().to_string();
    all.extend(certificates.as_ref().map(path).map(Ability::Certificates));
    all.extend(send_roots.iter().map(path).map(Ability::SendRoot));
    all
}
