//! Which secrets a project was given the last time it was developed: they stay in secrets.toml when its channel goes, and are
//! the same project's again, if it stands in the very same folder and nobody wrote them since. Whoever writes an entry of
//! secrets.toml does it here. Holds no secret, and gives none to another project, whatever that one's name or path is.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::approve::fits;
use super::args::{SecretFlag, SecretPlace};
use super::files::{Files, Turn};
use super::secret::uses;
use crate::config::{ChannelConfig, Origin, SecretSource};
use crate::journal::Journal;
use crate::limits;
use crate::manifest::Manifest;
use crate::model::{ChannelName, Secret};
use crate::paths::Home;
use crate::vault::{self, Vault, read_secrets};
use crate::workshop::FolderId;

/// What the journal calls it.
const DOCUMENT: &str = "developed";

/// Projects, the one that was kept last at the end; each name once, and each entry once.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept(Vec<Project>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Project {
    channel: ChannelName,
    /// Where what is built of it stands.
    origin: String,
    /// Which folder that was: another one may come to stand there. None was noted by a lockgate before.
    #[serde(default)]
    folder: Option<FolderId>,
    /// Entries of secrets.toml, by the manifest's names.
    secrets: BTreeMap<String, String>,
}

/// Where a project stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// What is built there.
    pub origin: Origin,
    /// Its folder, if the system tells it from every other.
    pub folder: Option<FolderId>,
}

impl Kept {
    /// Of what was developed under one name, the last one counts: whoever came after may have written the entries anew. The
    /// same is true of each entry, for two names of channels can come to one.
    fn keep(&mut self, project: Project) {
        self.0.retain(|known| known.channel != project.channel);
        for entry in project.secrets.values() {
            self.forget(entry);
        }
        if !project.secrets.is_empty() && project.folder.is_some() {
            self.0.push(project);
        }
        let over = self.0.len().saturating_sub(limits::DEV_PROJECTS);
        self.0.drain(..over);
    }

    /// What stands in this entry from now on was given to none of them.
    fn forget(&mut self, entry: &str) {
        for project in &mut self.0 {
            project.secrets.retain(|_, own| own != entry);
        }
        self.0.retain(|project| !project.secrets.is_empty());
    }

    /// The entries of this project, which stay known; of another one of this name, or in this place, nothing does.
    fn take(&mut self, channel: &ChannelName, stand: &Stand) -> BTreeMap<String, String> {
        self.0.retain(|known| known.channel != *channel || known.is_at(stand));
        let Some(found) = self.0.iter().find(|known| known.channel == *channel) else {
            return BTreeMap::new();
        };
        let others = self.0.iter().filter(|known| known.channel != *channel);
        let others: BTreeSet<&String> = others.flat_map(|known| known.secrets.values()).collect();
        let own = found.secrets.iter().filter(|(_, entry)| !others.contains(entry));
        own.map(|(name, entry)| (name.clone(), entry.clone())).collect()
    }
}

impl Project {
    fn is_at(&self, stand: &Stand) -> bool {
        self.origin == stand.origin.to_string() && self.folder.is_some() && self.folder == stand.folder
    }
}

/// Keeps in mind what this channel was given: nothing, if its folder can't be told from others.
///
/// # Errors
/// The journal can't be written.
pub fn keep(
    name: &ChannelName,
    config: &ChannelConfig,
    folder: Option<FolderId>,
    journal: &Journal,
) -> anyhow::Result<()> {
    let stored = |(name, source): (&String, &SecretSource)| match source {
        SecretSource::Stored(entry) => Some((name.clone(), entry.clone())),
        _ => None,
    };
    let project = Project {
        channel: name.clone(),
        origin: config.component.to_string(),
        folder,
        secrets: config.secrets.iter().filter_map(stored).collect(),
    };
    journal.revise_blocking(DOCUMENT, |kept: &mut Kept| kept.keep(project))?;
    Ok(())
}

/// Whether this very project was given something under this name.
///
/// # Errors
/// The journal can't be read.
pub fn knows(name: &ChannelName, stand: &Stand, journal: &Journal) -> anyhow::Result<bool> {
    let Kept(all) = journal.document(DOCUMENT)?;
    Ok(all.iter().any(|known| known.channel == *name && known.is_at(stand)))
}

/// Whether what stands in this entry is still what this channel was given from there.
///
/// # Errors
/// The journal can't be read.
pub fn holds(name: &ChannelName, origin: &Origin, entry: &str, journal: &Journal) -> anyhow::Result<bool> {
    let Kept(all) = journal.document(DOCUMENT)?;
    let mut own = all.iter().filter(|known| known.channel == *name);
    Ok(own.any(|known| known.origin == origin.to_string() && known.secrets.values().any(|own| own == entry)))
}

/// Writes an entry of secrets.toml, which is nobody's from before any more.
///
/// # Errors
/// The journal, or secrets.toml, can't be written; then what stands there is as it was.
pub fn write_secret(entry: &str, secret: &Secret, home: &Home, _turn: &Turn) -> anyhow::Result<()> {
    forget(entry, home)?;
    Ok(vault::write_secret(&home.folder()?, entry, secret)?)
}

/// Takes an entry of secrets.toml away: what comes to stand there later was given to nobody.
///
/// # Errors
/// As [`write_secret`].
pub fn remove_secret(entry: &str, home: &Home, _turn: &Turn) -> anyhow::Result<()> {
    forget(entry, home)?;
    Ok(vault::remove_secret(&home.folder()?, entry)?)
}

/// Comes before the entry is changed: after a crash between the two it is asked for once more.
fn forget(entry: &str, home: &Home) -> anyhow::Result<()> {
    if !home.state_dir().exists() {
        return Ok(());
    }
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    let entry = entry.to_owned();
    journal.revise_blocking(DOCUMENT, move |kept: &mut Kept| kept.forget(&entry))?;
    Ok(())
}

/// The secrets of before that this manifest asks for, that are still there, that fit, and that nobody else uses.
///
/// # Errors
/// The files or the journal can't be read.
pub fn again(name: &ChannelName, stand: &Stand, manifest: &Manifest, home: &Home) -> anyhow::Result<Vec<SecretFlag>> {
    let files = Files::read(home)?;
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    let (channel, stand) = (name.clone(), stand.clone());
    let kept = journal.revise_blocking(DOCUMENT, move |kept: &mut Kept| kept.take(&channel, &stand))?;
    let text = read_secrets(&home.folder()?)?;
    let is_there = |name: &str, entry: &str| {
        let source = SecretSource::Stored(entry.to_owned());
        let secret = Vault::read(&source, &|_| None, text.as_deref());
        secret.is_ok_and(|secret| fits(name, &secret, manifest).is_ok())
    };
    let asked = kept.into_iter().filter(|(name, _)| manifest.secrets.contains_key(name));
    let usable = asked.filter(|(name, entry)| uses(&files.config, entry).is_empty() && is_there(name, entry));
    let flag = |(name, entry)| SecretFlag {
        name,
        place: SecretPlace::Kept(entry),
    };
    Ok(usable.map(flag).collect())
}
