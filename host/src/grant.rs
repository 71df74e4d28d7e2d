//! What a channel may do: what its manifest asks for, as far as the operator granted it. Pure and immutable; whoever
//! acts for a channel holds one of these and nothing else decides.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::access::{EventsPolicy, Policy};
use crate::config::{ChannelConfig, PagePort, SecretSource};
use crate::limits;
use crate::manifest::{Manifest, SecretAsk, SinkTraits};
use crate::model::ChannelName;
use crate::pace::Rate;
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
    page: Option<PageGrant>,
    data: Option<u64>,
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
}

impl Grant {
    /// Meets the manifest with the configuration. Whatever stands in only one of them is not granted.
    pub fn compute(name: &ChannelName, manifest: &Manifest, config: &ChannelConfig) -> Result<Self, GrantRefusal> {
        check_missing(name, &manifest.secrets, config)?;
        check_unasked(name, &manifest.secrets, config)?;
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
            },
            rate: config.rate,
            memory: memory.min(limits::GUEST_MEMORY_MOST),
            poll_deadline: poll_deadline.min(limits::POLL_DEADLINE_MOST),
            settings: config.settings.clone(),
            secrets: config.secrets.clone(),
            rules,
            dormant,
            sink: manifest.sink.clone(),
            page: page(manifest, config),
            data: manifest.limits.data,
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

    /// Its page, if it asked for one and was granted it.
    pub fn page(&self) -> Option<&PageGrant> {
        self.page.as_ref()
    }

    /// Bytes of its folder `/data`, if it has one.
    pub fn data(&self) -> Option<u64> {
        self.data
    }
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
    let names: Vec<_> = asks.keys().map(|name| format!("`{name}`")).collect();
    let asked = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    Err(GrantRefusal::SecretNotAsked {
        channel: channel.clone(),
        secret: unasked.clone(),
        asked,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    const MANIFEST: &str = "[channel]\nname='w'\nversion='1'\nsummary='s'\nnetwork='suggested'\nevents='all'\n[hook]\n\
        [[hook.rule]]\nname='a'\npath='/a'\nsecret='one'\nalgorithm='hmac-sha256'\nheader='x'\nmessage='{body}'\n\
        [[hook.rule]]\nname='b'\npath='/b'\nsecret='two'\nalgorithm='hmac-sha256'\nheader='x'\nmessage='{body}'\n\
        [secrets.one]\ntitle='First'\n[secrets.two]\ntitle='Second'\nrequired=false\n";

    fn compute(asks: &str, lines: &str) -> Result<Grant, GrantRefusal> {
        let text = format!("[channel.ci]\ncomponent='/w.wasm'\n{lines}");
        let config = Config::parse(&text, Path::new("lockgate.toml")).unwrap();
        let (name, channel) = config.channels.first_key_value().unwrap();
        Grant::compute(name, &Manifest::parse(&format!("{MANIFEST}{asks}")).unwrap(), channel)
    }

    #[test]
    fn a_rule_is_active_if_its_secret_is_granted() {
        let names = |rules: &[HookRule]| rules.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>();
        let one = compute("", "secrets.one={env='A'}").unwrap();
        assert_eq!(
            (names(one.rules()), names(one.dormant_rules())),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
        let both = compute("", "secrets.one={env='A'}\nsecrets.two={file='/b'}").unwrap();
        assert_eq!(names(both.rules()), ["a", "b"]);
        assert!(both.dormant_rules().is_empty());
        assert_eq!(both.secrets()["two"], SecretSource::File("/b".into()));
    }

    #[test]
    fn what_is_only_asked_is_not_granted() {
        let grant = compute("", "secrets.one={env='A'}").unwrap();
        assert_eq!((grant.network(), grant.events()), (None, EventsPolicy::Off));
        assert_eq!(
            (grant.memory(), grant.poll_deadline()),
            (limits::GUEST_MEMORY, limits::POLL_DEADLINE)
        );
        assert_eq!(grant.rate(), Rate::default());
    }

    #[test]
    fn what_is_granted_is_given() {
        let lines = "secrets.one={secret='a'}\nnetwork='forge'\nevents='verified'\nrate=9\nburst=20\nconfig.a.b=1";
        let grant = compute("[asks.limits]\nmemory='1MiB'\npoll-deadline='60s'", lines).unwrap();
        assert_eq!(
            (grant.network(), grant.events()),
            (Some("forge"), EventsPolicy::Verified)
        );
        assert_eq!(
            grant.rate(),
            Rate {
                per_second: 9.0,
                burst: 20
            }
        );
        assert_eq!(
            (grant.memory(), grant.poll_deadline()),
            (1 << 20, Duration::from_secs(60))
        );
        assert_eq!(grant.settings()["a.b"], "1");
    }

    #[test]
    fn refusals_say_what_to_write() {
        let missing = compute("", "").unwrap_err().to_string();
        assert!(
            missing.contains("`one` (First): write `secrets.one = { env = \"…\" }` under [channel.ci]"),
            "{missing}"
        );
        let unasked = compute("", "secrets.one={env='A'}\nsecrets.tow={env='B'}")
            .unwrap_err()
            .to_string();
        assert!(
            unasked.contains("take `secrets.tow` out of lockgate.toml; it asks for `one`, `two`"),
            "{unasked}"
        );
    }

    #[test]
    fn no_ask_goes_beyond_the_house() {
        let text = "[channel.ci]\ncomponent='/w.wasm'\nsecrets.one={env='A'}";
        let config = Config::parse(text, Path::new("lockgate.toml")).unwrap();
        let (name, channel) = config.channels.first_key_value().unwrap();
        let mut manifest = Manifest::parse(MANIFEST).unwrap();
        manifest.limits.memory = Some(usize::MAX);
        manifest.limits.poll_deadline = Some(Duration::MAX);
        let grant = Grant::compute(name, &manifest, channel).unwrap();
        assert_eq!(
            (grant.memory(), grant.poll_deadline()),
            (limits::GUEST_MEMORY_MOST, limits::POLL_DEADLINE_MOST)
        );
    }
}
