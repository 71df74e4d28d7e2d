//! `channel.toml` as it stands in the file: shapes only, with the places of what is checked later.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::tools::RawTool;
use super::{FolderAccess, TextUnit};
use crate::access::EventsPolicy;
use crate::signature::{Algorithm, Encoding, SecretEncoding, Unit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawManifest {
    pub channel: RawAbout,
    pub life: Option<Empty>,
    pub source: Option<Empty>,
    pub timer: Option<Empty>,
    pub hook: Option<Spanned<RawHook>>,
    pub socket: Option<Empty>,
    pub sink: Option<RawSink>,
    pub media: Option<Empty>,
    pub page: Option<RawPage>,
    #[serde(default)]
    pub tool: Vec<RawTool>,
    #[serde(default)]
    pub secrets: BTreeMap<Spanned<String>, RawSecret>,
    #[serde(default)]
    pub settings: BTreeMap<Spanned<String>, RawSetting>,
    #[serde(default)]
    pub asks: RawAsks,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAbout {
    pub name: Spanned<String>,
    pub version: Spanned<String>,
    pub summary: Spanned<String>,
    pub network: Option<Spanned<String>>,
    pub events: Option<EventsPolicy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawHook {
    #[serde(default)]
    pub rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSink {
    pub text_limit: Spanned<i64>,
    #[serde(default)]
    pub text_unit: TextUnit,
    pub typing: Option<Spanned<String>>,
    #[serde(default)]
    pub edit: bool,
    #[serde(default)]
    pub react: bool,
    #[serde(default)]
    pub buttons: bool,
    pub files: Option<RawSinkFiles>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSinkFiles {
    pub count: Spanned<i64>,
    pub size: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPage {
    pub title: Spanned<String>,
    pub upload: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRule {
    pub name: Spanned<String>,
    pub path: Spanned<String>,
    pub methods: Option<Spanned<Vec<Spanned<String>>>>,
    pub secret: Spanned<String>,
    #[serde(default)]
    pub secret_encoding: SecretEncoding,
    pub secret_prefix: Option<Spanned<String>>,
    pub algorithm: Algorithm,
    #[serde(default)]
    pub encoding: Encoding,
    pub header: Spanned<String>,
    pub separator: Option<Spanned<String>>,
    pub prefix: Option<Spanned<String>>,
    pub message: Spanned<String>,
    pub timestamp: Option<Spanned<RawTimestamp>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTimestamp {
    pub header: Spanned<String>,
    pub separator: Option<Spanned<String>>,
    pub prefix: Option<Spanned<String>>,
    #[serde(default)]
    pub unit: Unit,
    pub window: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSecret {
    pub title: Spanned<String>,
    pub help: Option<Spanned<String>>,
    pub required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSetting {
    pub title: Spanned<String>,
    pub help: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAsks {
    #[serde(default)]
    pub limits: RawLimits,
    #[serde(default)]
    pub folders: BTreeMap<Spanned<String>, RawFolder>,
    #[serde(default)]
    pub databases: BTreeMap<Spanned<String>, RawThing>,
    #[serde(default)]
    pub commands: BTreeMap<Spanned<String>, RawThing>,
    #[serde(default)]
    pub http: Vec<Spanned<RawHttp>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFolder {
    pub title: Spanned<String>,
    #[serde(default)]
    pub access: FolderAccess,
    pub required: Option<bool>,
}

/// A database or a program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawThing {
    pub title: Spanned<String>,
    pub required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawHttp {
    pub scheme: Option<Spanned<String>>,
    pub host: Spanned<String>,
    pub port: Option<Spanned<i64>>,
    pub methods: Option<Spanned<Vec<Spanned<String>>>>,
    pub paths: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub credentials: Vec<Spanned<RawCredential>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCredential {
    pub secret: Spanned<String>,
    pub header: Option<Spanned<String>>,
    pub prefix: Option<Spanned<String>>,
    pub query: Option<Spanned<String>>,
    pub json: Option<Spanned<String>>,
    pub when: Option<Spanned<RawWhen>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawWhen {
    pub pointer: Spanned<String>,
    pub equals: Spanned<RawEquals>,
}

/// What a condition compares with.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, a whole number, `true` or `false`")]
pub(super) enum RawEquals {
    Flag(bool),
    Number(i64),
    Text(String),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawLimits {
    pub memory: Option<Spanned<String>>,
    pub poll_deadline: Option<Spanned<String>>,
    pub data: Option<Spanned<String>>,
}
