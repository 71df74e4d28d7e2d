//! `lockgate.toml`: what the operator runs, and what it may, from text to types. Pure, and strict: an unknown key or
//! a wrong type is an error with file, line and column. Secrets never stand in it, only where they are.

mod dev;
pub mod edit;
mod grants;
mod net;
mod origin;
pub mod pattern;
mod people;
mod raw;
mod relay;
mod settings;
#[cfg(test)]
mod tests;
mod wrong;

pub use dev::{names as dev_names, network_of as dev_network};
pub use grants::{CommandGrant, Dashes, FolderGrant, Upstream, WrongGift};
pub use origin::Origin;
pub use people::WrongPeople;
pub use wrong::Wrong;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;

use crate::access::{Bots, DirectPolicy, EventsPolicy, Group, Pattern};
use crate::limits;
use crate::manifest::{Place, is_name};
use crate::model::ChannelName;
use crate::pace::Rate;

/// Where hooks are heard, unless the operator says otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8650);

/// All that the operator wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where hooks are heard: a loopback address, unless `listen-beyond-loopback` is set.
    pub listen: SocketAddr,
    /// Channels run without a channel session.
    pub always_on: bool,
    /// Names under which a tunnel or proxy reaches the listener, besides loopback's own: lower case, without a port.
    pub hosts: BTreeSet<String>,
    /// A file with certificates (PEM) that are trusted besides the built-in roots: an absolute path.
    pub certificates: Option<PathBuf>,
    /// Folders whose files a session may send, besides lockgate's own outbox: absolute paths.
    pub send_roots: Vec<PathBuf>,
    /// How long a question for permission may be answered over a channel.
    pub relay_ttl: Duration,
    /// What runs.
    pub channels: BTreeMap<ChannelName, ChannelConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            always_on: false,
            hosts: BTreeSet::new(),
            certificates: None,
            send_roots: Vec::new(),
            relay_ttl: limits::CODE_TTL,
            channels: BTreeMap::new(),
        }
    }
}

/// One channel: its component, and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelConfig {
    /// Where the component comes from.
    pub component: Origin,
    /// The network whose accounts it may name.
    pub network: Option<String>,
    /// What things may say in it.
    pub events: EventsPolicy,
    /// Who may write to it directly.
    pub direct: DirectPolicy,
    /// Whether programs' accounts are heard.
    pub bots: Bots,
    /// What addresses us in any group, besides the platform's mentions.
    pub mention_patterns: Vec<Pattern>,
    /// The groups that are heard, by the platform's ids.
    pub groups: BTreeMap<String, Group>,
    /// Whether it may carry questions for permission and their answers.
    pub relay: bool,
    /// Whether it is under development: other bytes run without a review, while `lockgate dev` does, and nothing of it is
    /// taken for anybody's of another network.
    pub dev: bool,
    /// The tools that may be answered for over it; `None`: all.
    pub relay_tools: Option<BTreeSet<String>>,
    /// How fast its events are pushed.
    pub rate: Rate,
    /// Whether it gets the page that it asks for, and at which port.
    pub page: Option<PagePort>,
    /// Where the secrets are that it is given, by the manifest's names.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The hosts that it may send to, as [`crate::reach::HttpRule::label`] names them.
    pub hosts: BTreeSet<String>,
    /// Where requests to a host go instead, by the same names.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The folders that it is given, by the manifest's names.
    pub folders: BTreeMap<String, FolderGrant>,
    /// The databases that it may read, by the manifest's names: absolute paths.
    pub databases: BTreeMap<String, PathBuf>,
    /// The programs that it may run, by the manifest's names.
    pub commands: BTreeMap<String, CommandGrant>,
    /// Settings for the guest: nested tables are flattened with dots, all values are text.
    pub settings: BTreeMap<String, String>,
}

impl ChannelConfig {
    /// A channel of this component that is given nothing.
    pub fn of(component: Origin) -> Self {
        Self {
            component,
            network: None,
            events: EventsPolicy::default(),
            direct: DirectPolicy::default(),
            bots: Bots::default(),
            mention_patterns: Vec::new(),
            groups: BTreeMap::new(),
            relay: false,
            dev: false,
            relay_tools: None,
            rate: Rate::default(),
            page: None,
            secrets: BTreeMap::new(),
            hosts: BTreeSet::new(),
            upstreams: BTreeMap::new(),
            folders: BTreeMap::new(),
            databases: BTreeMap::new(),
            commands: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }
}

/// Where a page is served, on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagePort {
    /// At a port that the system chooses, another one at each start.
    Any,
    /// Always at this one.
    At(u16),
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable of the host.
    Env(String),
    /// A file of its own: an absolute path.
    File(PathBuf),
    /// An entry of `secrets.toml`.
    Stored(String),
}

/// Why a text is no configuration. Displayed as `lockgate.toml:7:3: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Too long to be read.
    #[error("{}: {bytes} bytes are more than {}: shorten it", file.display(), limits::CONFIG_BYTES)]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// No TOML, or another shape: an unknown key, a wrong type, a missing line.
    #[error("{}:{}:{}: {message}", file.display(), place.line, place.column)]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// The right shape, but it makes no sense.
    #[error("{}:{}:{}: {wrong}", file.display(), place.line, place.column)]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// What.
        #[source]
        wrong: Wrong,
    },
}

impl Config {
    /// Reads and checks a configuration of at most `limits::CONFIG_BYTES`; `file` is named in errors.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        if text.len() > limits::CONFIG_BYTES {
            return Err(ConfigError::TooLarge {
                file: file.to_owned(),
                bytes: text.len(),
            });
        }
        let raw: raw::RawConfig = toml::from_str(text).map_err(|error| ConfigError::Unreadable {
            file: file.to_owned(),
            place: Place::of_error(text, &error),
            message: error.message().to_owned(),
        })?;
        Source { text, file }.config(raw)
    }
}

/// The file: what turns a range of bytes into an error's place.
struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn wrong<T, U>(&self, at: &Spanned<U>, wrong: Wrong) -> Result<T, ConfigError> {
        Err(ConfigError::Wrong {
            file: self.file.to_owned(),
            place: Place::of(self.text, at.span().start),
            wrong,
        })
    }

    fn config(&self, raw: raw::RawConfig) -> Result<Config, ConfigError> {
        let listen = match &raw.listen {
            None => DEFAULT_LISTEN,
            Some(listen) if listen.as_ref().ip().is_loopback() || raw.listen_beyond_loopback => *listen.as_ref(),
            Some(listen) => return self.wrong(listen, Wrong::BeyondLoopback(*listen.as_ref())),
        };
        let send_roots = raw.send_roots.iter().map(|root| self.send_root(root));
        let send_roots = send_roots.collect::<Result<Vec<_>, _>>()?;
        let mut channels = BTreeMap::new();
        for (name, channel) in raw.channel {
            let parsed = match name.as_ref().parse() {
                Ok(parsed) => parsed,
                Err(error) => return self.wrong(&name, Wrong::Channel(error)),
            };
            self.check_dev(&name, &parsed, &channel)?;
            channels.insert(parsed, self.channel(channel)?);
        }
        Ok(Config {
            listen,
            always_on: raw.always_on,
            hosts: self.names(&raw.hosts)?,
            certificates: raw.certificates.as_ref().map(|file| self.path(file)).transpose()?,
            send_roots,
            relay_ttl: self.relay_ttl(raw.relay_ttl.as_ref())?,
            channels,
        })
    }

    fn channel(&self, raw: raw::RawChannel) -> Result<ChannelConfig, ConfigError> {
        let mut secrets = BTreeMap::new();
        for (name, source) in &raw.secrets {
            secrets.insert(self.name(name)?, self.secret(source)?);
        }
        let settings = match raw.config.as_ref().map(|config| (config, config.as_ref().flatten())) {
            None => BTreeMap::new(),
            Some((_, Ok(settings))) => settings,
            Some((at, Err(wrong))) => return self.wrong(at, wrong),
        };
        Ok(ChannelConfig {
            component: self.origin(&raw.component)?,
            network: raw.network.as_ref().map(|network| self.network(network)).transpose()?,
            events: raw.events,
            direct: raw.direct,
            bots: people::bots(raw.bots),
            mention_patterns: self.patterns(&raw.mention_patterns)?,
            groups: self.groups(&raw)?,
            relay: raw.relay,
            dev: raw.dev,
            relay_tools: self.relay_tools(raw.relay_tools.as_ref())?,
            rate: self.rate(&raw)?,
            page: raw.page.as_ref().map_or(Ok(None), |page| self.page(page))?,
            secrets,
            hosts: self.labels(&raw.hosts)?,
            upstreams: self.upstreams(&raw.upstream)?,
            folders: self.folders(&raw)?,
            databases: self.databases(&raw)?,
            commands: self.commands(&raw)?,
            settings,
        })
    }

    fn name(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        if !is_name(text.as_ref()) {
            return self.wrong(
                text,
                Wrong::Name(text.as_ref().chars().take(limits::SHOWN_CHARS).collect()),
            );
        }
        Ok(text.as_ref().clone())
    }

    fn origin(&self, text: &Spanned<String>) -> Result<Origin, ConfigError> {
        match Origin::from(text.as_ref().as_str()) {
            Origin::Bundled(name) => Ok(Origin::Bundled(name)),
            Origin::File(_) => self.path(text).map(Origin::File),
        }
    }

    fn path(&self, text: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        let path = PathBuf::from(text.as_ref());
        if !path.is_absolute() {
            return self.wrong(text, Wrong::NotAbsolute(text.as_ref().clone()));
        }
        Ok(path)
    }

    /// Everything of a machine is no folder to send files from: the keys of its owner would be among them.
    fn send_root(&self, text: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        let path = self.path(text)?;
        let mut parts = path.components();
        let is_odd = parts.any(|part| part == std::path::Component::ParentDir);
        if is_odd || path.parent().is_none() {
            return self.wrong(
                text,
                Wrong::SendRoot(text.as_ref().chars().take(limits::SHOWN_CHARS).collect()),
            );
        }
        Ok(path)
    }

    fn page(&self, raw: &Spanned<raw::RawPage>) -> Result<Option<PagePort>, ConfigError> {
        match raw.as_ref() {
            raw::RawPage::Granted(true) => Ok(Some(PagePort::Any)),
            raw::RawPage::Granted(false) => Ok(None),
            raw::RawPage::Port(port) => match u16::try_from(*port) {
                Ok(port) if port >= 1024 => Ok(Some(PagePort::At(port))),
                _ => self.wrong(raw, Wrong::Page),
            },
        }
    }

    fn rate(&self, raw: &raw::RawChannel) -> Result<Rate, ConfigError> {
        let mut rate = Rate::default();
        if let Some(per_second) = &raw.rate {
            rate = Rate::of(*per_second.as_ref());
            // No number passes neither comparison.
            if !(rate.per_second > 0.0 && rate.per_second <= f64::from(limits::RATE_MOST)) {
                return self.wrong(per_second, Wrong::Rate);
            }
        }
        if let Some(burst) = &raw.burst {
            rate.burst = match u32::try_from(*burst.as_ref()) {
                Ok(burst) if (1..=limits::RATE_MOST).contains(&burst) => burst,
                _ => return self.wrong(burst, Wrong::Burst),
            };
        }
        Ok(rate)
    }

    fn secret(&self, raw: &Spanned<raw::RawSecret>) -> Result<SecretSource, ConfigError> {
        let raw::RawSecret { env, file, secret } = raw.as_ref();
        match (env, file, secret) {
            (Some(variable), None, None) => self.variable(variable).map(SecretSource::Env),
            // What it is compared with has no `..` either.
            (None, Some(path), None) => self.plain_path(path).map(SecretSource::File),
            (None, None, Some(entry)) => self.name(entry).map(SecretSource::Stored),
            _ => self.wrong(raw, Wrong::SecretPlace),
        }
    }

    fn variable(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        let name = text.as_ref();
        if !is_variable(name) {
            return self.wrong(text, Wrong::Variable);
        }
        Ok(name.clone())
    }
}

/// Whether a text can name an environment variable: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_variable(name: &str) -> bool {
    let form = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.bytes().all(form)
}
