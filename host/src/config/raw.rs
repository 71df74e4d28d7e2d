//! `lockgate.toml` as it stands in the file: shapes only, with the places of what is checked later.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use toml::Spanned;

use super::people::RawGroup;
use super::settings::RawSettings;
use crate::access::{DirectPolicy, EventsPolicy};
use crate::manifest::FolderAccess;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawConfig {
    pub listen: Option<Spanned<SocketAddr>>,
    #[serde(default)]
    pub listen_beyond_loopback: bool,
    #[serde(default)]
    pub always_on: bool,
    #[serde(default)]
    pub hosts: Vec<Spanned<String>>,
    pub certificates: Option<Spanned<String>>,
    #[serde(default)]
    pub send_roots: Vec<Spanned<String>>,
    pub relay_ttl: Option<Spanned<String>>,
    #[serde(default)]
    pub channel: BTreeMap<Spanned<String>, RawChannel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawChannel {
    pub component: Spanned<String>,
    pub network: Option<Spanned<String>>,
    #[serde(default)]
    pub events: EventsPolicy,
    #[serde(default)]
    pub direct: DirectPolicy,
    #[serde(default)]
    pub bots: bool,
    #[serde(default)]
    pub mention_patterns: Vec<Spanned<String>>,
    #[serde(default)]
    pub groups: BTreeMap<Spanned<String>, RawGroup>,
    #[serde(default)]
    pub relay: bool,
    #[serde(default)]
    pub dev: bool,
    pub relay_tools: Option<Spanned<Vec<Spanned<String>>>>,
    pub rate: Option<Spanned<f64>>,
    pub burst: Option<Spanned<i64>>,
    pub page: Option<Spanned<RawPage>>,
    #[serde(default)]
    pub secrets: BTreeMap<Spanned<String>, Spanned<RawSecret>>,
    #[serde(default)]
    pub hosts: Vec<Spanned<String>>,
    #[serde(default)]
    pub upstream: BTreeMap<Spanned<String>, Spanned<String>>,
    pub config: Option<Spanned<RawSettings>>,
    #[serde(default)]
    pub folders: BTreeMap<Spanned<String>, Spanned<RawFolder>>,
    #[serde(default)]
    pub databases: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub commands: BTreeMap<Spanned<String>, RawCommand>,
}

/// A folder: its path alone, or a table.
pub(super) enum RawFolder {
    Path(String),
    Table(FolderTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FolderTable {
    pub path: Spanned<String>,
    #[serde(default)]
    pub access: FolderAccess,
    pub quota: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCommand {
    pub program: Spanned<String>,
    #[serde(default)]
    pub fixed: Vec<Spanned<String>>,
    #[serde(default)]
    pub arguments: Vec<Spanned<String>>,
    pub more: Option<Spanned<String>>,
    #[serde(default)]
    pub dashes: bool,
}

/// Whether a channel gets its page, and where.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected `true`, `false` or a port")]
pub(super) enum RawPage {
    Granted(bool),
    Port(i64),
}

/// Where a secret is. Read by hand, because somebody will write the secret itself here, and an error must not
/// repeat it.
pub(super) struct RawSecret {
    pub env: Option<Spanned<String>>,
    pub file: Option<Spanned<String>>,
    pub secret: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretTable {
    env: Option<Spanned<String>>,
    file: Option<Spanned<String>>,
    secret: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for RawSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = RawSecret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("where the secret is: `{ env = … }`, `{ file = … }` or `{ secret = … }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawSecret, A::Error> {
        let SecretTable { env, file, secret } = SecretTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(RawSecret { env, file, secret })
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<RawSecret, E> {
        Err(E::custom(
            "a secret does not stand in this file: write where it is, like `{ env = \"NAME\" }`",
        ))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<RawSecret, E> {
        self.visit_str("")
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<RawSecret, E> {
        self.visit_str("")
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<RawSecret, E> {
        self.visit_str("")
    }
}

// By hand, because an untagged enum forgets the places of what it holds.
impl<'de> Deserialize<'de> for RawFolder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FolderVisitor)
    }
}

struct FolderVisitor;

impl<'de> Visitor<'de> for FolderVisitor {
    type Value = RawFolder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the folder's path, or `{ path = …, access = \"write\" }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFolder, A::Error> {
        FolderTable::deserialize(MapAccessDeserializer::new(map)).map(RawFolder::Table)
    }

    fn visit_str<E: de::Error>(self, path: &str) -> Result<RawFolder, E> {
        Ok(RawFolder::Path(path.to_owned()))
    }
}
