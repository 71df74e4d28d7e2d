//! Which secrets a project was given the last time it was developed: they stay in secrets.toml when its channel goes, and are
//! the same project's again, without a question. Holds no secret, and gives none to another project of the same name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cli::approve::fits;
use crate::cli::args::{SecretFlag, SecretPlace};
use crate::cli::files::Files;
use crate::cli::secret::uses;
use crate::config::{ChannelConfig, Origin, SecretSource};
use crate::journal::Journal;
use crate::limits;
use crate::manifest::Manifest;
use crate::model::ChannelName;
use crate::paths::Home;
use crate::vault::{Vault, read_secrets};

/// What the journal calls it.
const DOCUMENT: &str = "developed";

/// Projects, the one that was kept last at the end; each name once.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept(Vec<Project>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Project {
    channel: ChannelName,
    /// Where what is built of it stands.
    origin: String,
    /// Entries of secrets.toml, by the manifest's names.
    secrets: BTreeMap<String, String>,
}

impl Kept {
    /// Of what was developed under one name, the last one counts: whoever came after may have written the entries anew.
    fn keep(&mut self, project: Project) {
        self.0.retain(|known| known.channel != project.channel);
        if !project.secrets.is_empty() {
            self.0.push(project);
        }
        let over = self.0.len().saturating_sub(limits::DEV_PROJECTS);
        self.0.drain(..over);
    }

    /// The entries of this project, which stay known; of another one of this name nothing does.
    fn take(&mut self, channel: &ChannelName, origin: &str) -> BTreeMap<String, String> {
        self.0
            .retain(|known| known.channel != *channel || known.origin == origin);
        let mut known = self.0.iter();
        let found = known.find(|known| known.channel == *channel);
        found.map(|known| known.secrets.clone()).unwrap_or_default()
    }
}

/// Keeps in mind what this channel was given.
///
/// # Errors
/// The journal can't be written.
pub fn keep(name: &ChannelName, config: &ChannelConfig, journal: &Journal) -> anyhow::Result<()> {
    let stored = |(name, source): (&String, &SecretSource)| match source {
        SecretSource::Stored(entry) => Some((name.clone(), entry.clone())),
        _ => None,
    };
    let project = Project {
        channel: name.clone(),
        origin: config.component.to_string(),
        secrets: config.secrets.iter().filter_map(stored).collect(),
    };
    journal.revise_blocking(DOCUMENT, |kept: &mut Kept| kept.keep(project))?;
    Ok(())
}

/// The secrets of before that this manifest asks for, that are still there, that fit, and that nobody else uses.
///
/// # Errors
/// The files or the journal can't be read.
pub fn again(name: &ChannelName, origin: &Origin, manifest: &Manifest, home: &Home) -> anyhow::Result<Vec<SecretFlag>> {
    let files = Files::read(home)?;
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    let (channel, origin) = (name.clone(), origin.to_string());
    let kept = journal.revise_blocking(DOCUMENT, move |kept: &mut Kept| kept.take(&channel, &origin))?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn project(channel: &str, origin: &str, entry: &str) -> Project {
        Project {
            channel: channel.parse().unwrap(),
            origin: origin.into(),
            secrets: BTreeMap::from([("key".to_owned(), entry.to_owned())]),
        }
    }

    #[test]
    fn the_secrets_of_one_project_were_given_to_another_of_its_name() {
        let name: ChannelName = "dev-x".parse().unwrap();
        let mut kept = Kept::default();
        kept.keep(project("dev-x", "/a", "dev-x-key"));
        kept.keep(project("dev-y", "/y", "dev-y-key"));
        assert_eq!(kept.take(&name, "/a")["key"], "dev-x-key");
        assert!(kept.take(&name, "/b").is_empty());
        // It may have written them anew since.
        assert!(kept.take(&name, "/a").is_empty());
        kept.keep(project("dev-x", "/a", "dev-x-key"));
        kept.keep(project("dev-x", "/b", "dev-x-key"));
        assert!(kept.take(&name, "/a").is_empty());
        assert_eq!(kept.0.len(), 1);
    }

    #[test]
    fn of_very_many_projects_the_oldest_is_forgotten() {
        let mut kept = Kept::default();
        for number in 0..=limits::DEV_PROJECTS {
            kept.keep(project(&format!("dev-{number}"), "/a", "e"));
        }
        assert_eq!(kept.0.len(), limits::DEV_PROJECTS);
        assert_eq!(kept.0[0].channel.as_str(), "dev-1");
        let nothing = Project {
            secrets: BTreeMap::new(),
            ..project("dev-1", "/a", "e")
        };
        kept.keep(nothing);
        assert_eq!(kept.0.len(), limits::DEV_PROJECTS - 1);
    }
}
