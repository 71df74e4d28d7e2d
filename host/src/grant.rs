//! What a channel may do: what its manifest asks for, as far as the operator granted it. Pure and immutable; whoever
//! acts for a channel holds one of these and nothing else decides.

mod asked;
mod net;
mod paper;
#[cfg(test)]
mod tests;

pub use asked::asked;
pub use paper::PaperRefusal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::access::{EventsPolicy, Policy};
use crate::config::{ChannelConfig, CommandGrant, FolderGrant, PagePort, SecretSource, Upstream};
use crate::limits;
use crate::lockfile::RelayPin;
use crate::manifest::{Manifest, SecretAsk, SinkTraits, ToolAsk};
use crate::model::ChannelName;
use crate::pace::Rate;
use crate::reach::{HttpRule, Withheld};
use crate::signature::HookRule;

/// Asked and granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    channel: ChannelName,
    policy: Policy,
    rate: Rate,
    memory: usize,
    poll_deadline: Duration,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretSource>,
    rules: Vec<HookRule>,
    dormant: Vec<HookRule>,
    sink: Option<SinkTraits>,
    relay: Option<Relay>,
    page: Option<PageGrant>,
    data: Option<u64>,
    net: net::Net,
    folders: BTreeMap<String, FolderGrant>,
    databases: BTreeMap<String, PathBuf>,
    commands: BTreeMap<String, CommandGrant>,
    tools: Vec<ToolAsk>,
}

/// That a channel may carry questions for permission.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Relay {
    /// For these tools; `None`: for all.
    tools: Option<BTreeSet<String>>,
}

/// A page that was asked for and granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageGrant {
    /// What a person is told it is.
    pub title: String,
    /// Bytes of one request's body.
    pub upload: u64,
    /// Where it is served.
    pub port: PagePort,
}

/// Why a channel can't run as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// It can't run without.
    #[error(
        "channel `{channel}` needs the secret `{secret}` ({title}): write `secrets.{secret} = {{ env = \"…\" }}` under \
         [channel.{channel}] in lockgate.toml"
    )]
    SecretMissing {
        /// The channel.
        channel: ChannelName,
        /// The secret's name.
        secret: String,
        /// What the manifest calls it.
        title: String,
    },
    /// It would never use it: most likely a typing error.
    #[error(
        "channel `{channel}` does not ask for a secret `{secret}`: take `secrets.{secret}` out of lockgate.toml; it asks \
         for {asked}"
    )]
    SecretNotAsked {
        /// The channel.
        channel: ChannelName,
        /// The name in the configuration.
        secret: String,
        /// The names in the manifest.
        asked: String,
    },
    /// A folder, a database or a program.
    #[error(transparent)]
    Paper(#[from] PaperRefusal),
    /// It would never send there: most likely a typing error.
    #[error(
        "channel `{channel}` does not ask for `{host}`: take {line} out of [channel.{channel}] in lockgate.toml; it asks for {asked}"
    )]
    HostNotAsked {
        /// The channel.
        channel: ChannelName,
        /// The label in the configuration.
        host: String,
        /// Where it stands there.
        line: String,
        /// The labels in the manifest.
        asked: String,
    },
}

impl Grant {
    /// Meets the manifest with the configuration. Whatever stands in only one of them is not granted. `pin`: whether these
    /// very bytes may carry approvals.
    pub fn compute(
        name: &ChannelName,
        manifest: &Manifest,
        config: &ChannelConfig,
        pin: RelayPin,
    ) -> Result<Self, GrantRefusal> {
        check_missing(name, &manifest.secrets, config)?;
        check_unasked(name, &manifest.secrets, config)?;
        paper::check(name, manifest, config)?;
        let active = |rule: &HookRule| config.secrets.contains_key(&rule.secret);
        let (rules, dormant) = manifest.rules.iter().cloned().partition(active);
        let memory = manifest.limits.memory.unwrap_or(limits::GUEST_MEMORY);
        let poll_deadline = manifest.limits.poll_deadline.unwrap_or(limits::POLL_DEADLINE);
        Ok(Self {
            channel: name.clone(),
            policy: Policy {
                network: config.network.clone(),
                events: config.events,
                direct: config.direct,
                bots: config.bots,
                patterns: config.mention_patterns.clone(),
                groups: config.groups.clone(),
            },
            rate: config.rate,
            memory: memory.min(limits::GUEST_MEMORY_MOST),
            poll_deadline: poll_deadline.min(limits::POLL_DEADLINE_MOST),
            settings: config.settings.clone(),
            secrets: config.secrets.clone(),
            rules,
            dormant,
            sink: manifest.sink.clone(),
            relay: relay(manifest, config, pin),
            page: page(manifest, config),
            data: manifest.limits.data,
            net: net::Net::compute(name, manifest, config)?,
            folders: config.folders.clone(),
            databases: config.databases.clone(),
            commands: config.commands.clone(),
            tools: manifest.tools.clone(),
        })
    }

    /// The channel that may.
    pub fn channel(&self) -> &ChannelName {
        &self.channel
    }

    /// The network whose accounts it may name.
    pub fn network(&self) -> Option<&str> {
        self.policy.network.as_deref()
    }

    /// What things may say in it.
    pub fn events(&self) -> EventsPolicy {
        self.policy.events
    }

    /// Network and policies, as the gate wants them.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How fast its events are pushed.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Bytes of memory for one call.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// How long a poll may take.
    pub fn poll_deadline(&self) -> Duration {
        self.poll_deadline
    }

    /// Its settings, flat.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// Where the secrets are that it was granted, by name.
    pub fn secrets(&self) -> &BTreeMap<String, SecretSource> {
        &self.secrets
    }

    /// The rules by which its hook can be called: those whose secret is granted.
    pub fn rules(&self) -> &[HookRule] {
        &self.rules
    }

    /// The rules that sleep because their secret is not granted.
    pub fn dormant_rules(&self) -> &[HookRule] {
        &self.dormant
    }

    /// How it answers, if it can.
    pub fn sink(&self) -> Option<&SinkTraits> {
        self.sink.as_ref()
    }

    /// Whether it may carry questions for permission and their answers.
    pub fn relay(&self) -> bool {
        self.relay.is_some()
    }

    /// Whether it may carry the answer to a question about this tool.
    pub fn relays(&self, tool: &str) -> bool {
        let relay = self.relay.as_ref();
        relay.is_some_and(|relay| relay.tools.as_ref().is_none_or(|tools| tools.contains(tool)))
    }

    /// Whether it may carry the answer to a question about any tool. Only then does it carry whether a new approver is
    /// one: he could answer for all of them.
    pub fn relays_all(&self) -> bool {
        self.relay.as_ref().is_some_and(|relay| relay.tools.is_none())
    }

    /// Its page, if it asked for one and was granted it.
    pub fn page(&self) -> Option<&PageGrant> {
        self.page.as_ref()
    }

    /// Bytes of its folder `/data`, if it has one.
    pub fn data(&self) -> Option<u64> {
        self.data
    }

    /// The requests that it may make: rules of hosts that were granted, with secrets that were.
    pub fn http(&self) -> &[HttpRule] {
        &self.net.granted
    }

    /// The requests that it asks for and may not make, with what the operator did not grant.
    pub fn withheld_http(&self) -> &[Withheld] {
        &self.net.withheld
    }

    /// Where requests to a granted host go instead, by [`HttpRule::label`].
    pub fn upstreams(&self) -> &BTreeMap<String, Upstream> {
        &self.net.upstreams
    }

    /// Folders of the operator's that it sees, by name.
    pub fn folders(&self) -> &BTreeMap<String, FolderGrant> {
        &self.folders
    }

    /// Databases that it may read, by name.
    pub fn databases(&self) -> &BTreeMap<String, PathBuf> {
        &self.databases
    }

    /// Programs that it may run, by name.
    pub fn commands(&self) -> &BTreeMap<String, CommandGrant> {
        &self.commands
    }

    /// Its own tools.
    pub fn tools(&self) -> &[ToolAsk] {
        &self.tools
    }
}

/// A channel that can't say anything shows no question, and one that names nobody's accounts brings nobody's answer. Bytes
/// that the operator did not let do it could answer in an approver's name.
fn relay(manifest: &Manifest, config: &ChannelConfig, pin: RelayPin) -> Option<Relay> {
    let able =
        config.relay && !config.dev && pin == RelayPin::Held && manifest.sink.is_some() && config.network.is_some();
    able.then(|| Relay {
        tools: config.relay_tools.clone(),
    })
}

fn page(manifest: &Manifest, config: &ChannelConfig) -> Option<PageGrant> {
    let (ask, port) = (manifest.page.as_ref()?, config.page?);
    Some(PageGrant {
        title: ask.title.clone(),
        upload: ask.upload,
        port,
    })
}

fn check_missing(
    channel: &ChannelName,
    asks: &BTreeMap<String, SecretAsk>,
    config: &ChannelConfig,
) -> Result<(), GrantRefusal> {
    let missing = asks
        .iter()
        .find(|(name, ask)| ask.required && !config.secrets.contains_key(*name));
    missing.map_or(Ok(()), |(name, ask)| {
        Err(GrantRefusal::SecretMissing {
            channel: channel.clone(),
            secret: name.clone(),
            title: ask.title.clone(),
        })
    })
}

fn check_unasked(
    channel: &ChannelName,
    asks: &BTreeMap<String, SecretAsk>,
    config: &ChannelConfig,
) -> Result<(), GrantRefusal> {
    let Some(unasked) = config.secrets.keys().find(|name| !asks.contains_key(*name)) else {
        return Ok(());
    };
    Err(GrantRefusal::SecretNotAsked {
        channel: channel.clone(),
        secret: unasked.clone(),
        asked: listed(asks.keys()),
    })
}

/// Names for an error.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
