//! What of the operator's machine a channel is given: from the grant to what its calls hold in their hands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{FolderGrant, SecretSource};
use crate::database::Databases;
use crate::grant::Grant;
use crate::manifest::FolderAccess;
use crate::paths::{OffLimits, Reached};
use crate::program::Programs;
use crate::sandbox::{Named, Quota, Refusals};

/// Folders, databases and programs of one channel.
pub struct Given {
    /// As the guest sees them under `/folders`.
    pub folders: Vec<Named>,
    /// By name.
    pub databases: Databases,
    /// By name.
    pub programs: Programs,
    /// What is refused of all of them.
    pub refusals: Arc<Refusals>,
}

impl Given {
    /// As granted. `binary`: lockgate's own. Blocks.
    ///
    /// # Errors
    /// A folder can't be opened as it is named, or holds a secret of the channel: in words for the operator. Databases and
    /// programs are looked at when they are used, because they may come and go.
    pub fn of(grant: &Grant, off_limits: &OffLimits, binary: &Path) -> Result<Self, String> {
        check_secrets(grant)?;
        let refusals = Arc::new(Refusals::default());
        let named = grant.folders().iter().map(|(name, folder)| {
            let quota = match folder.access {
                FolderAccess::Read => None,
                FolderAccess::Write => Some(Quota::adding(folder.path.clone(), folder.quota, Arc::clone(&refusals))),
            };
            let named = Named::new(name, folder.path.clone(), off_limits.clone(), quota);
            named.check().map_err(|error| format!("folder `{name}`: {error}"))?;
            Ok::<_, String>(named)
        });
        let folders = named.collect::<Result<_, _>>()?;
        let databases = Databases::new(grant.databases().clone(), off_limits.clone(), binary.to_owned());
        let programs =
            Programs::new(grant.commands(), writable(grant.folders())).map_err(|error| format!("a pattern {error}"))?;
        Ok(Self {
            folders,
            databases,
            programs,
            refusals,
        })
    }
}

/// Those of the folders that the channel may write to.
pub(super) fn writable(folders: &BTreeMap<String, FolderGrant>) -> Vec<PathBuf> {
    let written = folders.values().filter(|folder| folder.access == FolderAccess::Write);
    written.map(|folder| folder.path.clone()).collect()
}

/// By what folders are: the grant has compared the words of the paths, which links and other names get around. A folder
/// on the way to a secret shows it, or lets it be exchanged for another file that we may read.
fn check_secrets(grant: &Grant) -> Result<(), String> {
    for (name, FolderGrant { path: folder, .. }) in grant.folders() {
        let reached = Reached::of([folder.as_path()]);
        for (secret, source) in grant.secrets() {
            if let SecretSource::File(file) = source
                && reached.on_the_way(file).is_some()
            {
                return Err(format!(
                    "secret `{secret}`: the way to its file {} leads through the folder `{name}`, which the channel sees: \
                     keep the secret elsewhere, or name another folder",
                    file.display()
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::config::Config;
    use crate::lockfile::RelayPin;
    use crate::manifest::Manifest;

    #[test]
    fn a_secret_that_the_channel_could_read_under_another_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().canonicalize().unwrap().join(name);
        for folder in ["notes/deep", "safe"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["notes/deep/key", "safe/key"] {
            std::fs::write(at(file), "key").unwrap();
        }
        symlink("../notes/deep/key", at("safe/link")).unwrap();
        symlink("notes", at("way")).unwrap();
        symlink(at("safe/key"), at("notes/out")).unwrap();
        symlink("notes/out", at("over")).unwrap();
        let asks = "[channel]\nname='w'\nversion='1'\nsummary='s'\n[secrets.key]\ntitle='Key'\n\
            [asks.folders.notes]\ntitle='Notes'\n";
        for (file, expected) in [
            ("safe/link", false),
            ("way/deep/key", false),
            ("over", false),
            ("safe/key", true),
        ] {
            let lines = format!(
                "[channel.c]\ncomponent='/w'\nfolders.notes={:?}\nsecrets.key={{file={:?}}}",
                at("notes"),
                at(file)
            );
            let config = Config::parse(&lines, Path::new("lockgate.toml")).unwrap();
            let (name, channel) = config.channels.first_key_value().unwrap();
            let grant = Grant::compute(name, &Manifest::parse(asks).unwrap(), channel, RelayPin::Absent).unwrap();
            let given = Given::of(&grant, &OffLimits::default(), Path::new("/none"));
            let refusal = given.err().unwrap_or_default();
            assert_eq!(refusal.is_empty(), expected, "{file}: {refusal}");
            assert!(
                expected || refusal.contains("leads through the folder `notes`"),
                "{refusal}"
            );
        }
    }
}
