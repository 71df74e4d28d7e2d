//! Where secrets come from: the environment, a file of their own, or `secrets.toml`. Nothing here prints one, and no
//! error repeats a byte of one.

mod file;
#[cfg(test)]
mod tests;

pub use file::{SECRETS_FILE, read_secrets, remove_secret, secret_names, write_secret};

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::config::SecretSource;
use crate::limits;
use crate::manifest::Place;
use crate::model::{ChannelName, Secret};

/// Reads secrets. A value without state: a secret is read where it is when a channel starts, and not kept here.
#[derive(Debug, Clone, Copy)]
pub struct Vault;

/// Why a secret could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The variable is not set.
    #[error("the environment variable `{0}` is not set: export it before the client starts")]
    NoVariable(String),
    /// No such entry.
    #[error("secrets.toml has no entry `{0}`: run `lockgate secret set {0}`")]
    NoEntry(String),
    /// There is no such file.
    #[error("secrets.toml is not there, and the entry `{0}` is to be read from it: run `lockgate secret set {0}`")]
    NoSecretsFile(String),
    /// It is there, and empty.
    #[error("the secret in {0} is empty: set it")]
    Empty(String),
    /// It can't be opened or read.
    #[error("the secret file {} can't be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something other than a file.
    #[error("{} is no regular file: name one", .0.display())]
    NoFile(PathBuf),
    /// Others can read or write it.
    #[error("{} is open to others (mode {mode:03o}): run `chmod 600 {}`", path.display(), path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Too long to be a secret.
    #[error("{} is longer than {} bytes: a secret is shorter", .0.display(), limits::SECRET_BYTES)]
    TooLarge(PathBuf),
    /// No TOML, or something other than names with texts. The parser's own words could repeat a secret.
    #[error("secrets.toml can't be read at {0}: every line is `name = \"value\"`")]
    Unreadable(Place),
    /// A secret that is no text can't stand in `secrets.toml`.
    #[error("the secret `{0}` is no text: put it into a file of its own")]
    NoText(String),
    /// The new file could not be written; the old one is as it was.
    #[error("secrets.toml can't be written ({doing}), and is as it was: {source}")]
    Write {
        /// The step that failed.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Vault {
    /// Reads one secret. One line end after it is taken away; an empty secret is an error, because everybody has it.
    ///
    /// # Authority
    /// The caller lends the environment and the text of `secrets.toml`. A file is opened by its absolute path, which
    /// only the operator's configuration names.
    pub fn read(
        source: &SecretSource,
        env: &dyn Fn(&str) -> Option<String>,
        secrets_file: Option<&str>,
    ) -> Result<Secret, VaultError> {
        let (bytes, place) = match source {
            SecretSource::Env(name) => {
                let text = env(name).ok_or_else(|| VaultError::NoVariable(name.clone()))?;
                (text.into_bytes(), format!("the environment variable `{name}`"))
            }
            SecretSource::File(path) => (file::read_secret(path)?, path.display().to_string()),
            SecretSource::Stored(name) => (
                entry(name, secrets_file)?.into_bytes(),
                format!("secrets.toml, `{name}`"),
            ),
        };
        let trimmed = without_line_end(&bytes);
        if trimmed.is_empty() {
            return Err(VaultError::Empty(place));
        }
        Ok(Secret::new(trimmed))
    }
}

/// How a channel's secret is set anew where it is: for the operator, because it names his files.
pub fn set_anew(channel: &ChannelName, name: &str, source: &SecretSource) -> String {
    match source {
        SecretSource::Stored(_) => format!("run `lockgate secret set {channel}.{name}`"),
        SecretSource::File(path) => format!("write a new {name} into {}", path.display()),
        SecretSource::Env(variable) => format!("start the client with a new {name} in the variable {variable}"),
    }
}

fn entry(name: &str, secrets_file: Option<&str>) -> Result<String, VaultError> {
    let text = secrets_file.ok_or_else(|| VaultError::NoSecretsFile(name.to_owned()))?;
    entries(text)?
        .remove(name)
        .ok_or_else(|| VaultError::NoEntry(name.to_owned()))
}

fn entries(text: &str) -> Result<BTreeMap<String, String>, VaultError> {
    toml::from_str(text).map_err(|error| VaultError::Unreadable(Place::of_error(text, &error)))
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}
