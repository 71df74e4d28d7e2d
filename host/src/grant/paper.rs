//! Folders, databases and programs: whether what is given is what was asked for, and all that is needed is given.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::{ChannelConfig, SecretSource};
use crate::manifest::{FolderAccess, Manifest};
use crate::model::ChannelName;

/// What of the operator's machine is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder to look at.
    Folder,
    /// A folder to write to.
    WritableFolder,
    /// A database.
    Database,
    /// A program.
    Program,
}

/// Why a channel can't run with the folders, databases and programs that it is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperRefusal {
    /// It can't run without.
    #[error(
        "channel `{channel}` needs the {kind} `{name}` ({title}): write `{}` under [{}] in lockgate.toml",
        kind.line(name), kind.table(channel, name)
    )]
    Missing {
        /// The channel.
        channel: ChannelName,
        /// What is missing.
        kind: Kind,
        /// Its name.
        name: String,
        /// What the manifest calls it.
        title: String,
    },
    /// It would never use it: most likely a typing error.
    #[error(
        "channel `{channel}` does not ask for a {kind} `{name}`: take `{}.{name}` out of lockgate.toml; it asks for \
         {asked}", kind.key()
    )]
    NotAsked {
        /// The channel.
        channel: ChannelName,
        /// What was given.
        kind: Kind,
        /// Its name in the configuration.
        name: String,
        /// The names in the manifest.
        asked: String,
    },
    /// It is to be looked at, and the operator gives more.
    #[error(
        "channel `{channel}` asks to read the folder `{name}`, not to write to it: take `access = \"write\"` out of \
         `folders.{name}` in lockgate.toml"
    )]
    WriteNotAsked {
        /// The channel.
        channel: ChannelName,
        /// The folder.
        name: String,
    },
    /// It could read what only we may know.
    #[error(
        "channel `{channel}` could read its secret `{secret}`, whose file {} lies in the folder `{name}`: keep the secret \
         elsewhere, or name another folder", file.display()
    )]
    HoldsSecret {
        /// The channel.
        channel: ChannelName,
        /// The folder.
        name: String,
        /// The secret.
        secret: String,
        /// Where it is.
        file: PathBuf,
    },
    /// It could change what runs as the operator.
    #[error(
        "channel `{channel}` could change the program {}, which lies in the folder `{name}` that it may write to: keep the \
         program elsewhere, or take `access = \"write\"` out of `folders.{name}`", program.display()
    )]
    HoldsProgram {
        /// The channel.
        channel: ChannelName,
        /// The folder.
        name: String,
        /// The program.
        program: PathBuf,
    },
}

impl Kind {
    /// The table of a channel in lockgate.toml that gives it.
    fn key(self) -> &'static str {
        match self {
            Self::Folder | Self::WritableFolder => "folders",
            Self::Database => "databases",
            Self::Program => "commands",
        }
    }

    /// The line that gives it.
    fn line(self, name: &str) -> String {
        match self {
            Self::Folder => format!("folders.{name} = \"/…\""),
            Self::WritableFolder => format!("folders.{name} = {{ path = \"/…\", access = \"write\" }}"),
            Self::Database => format!("databases.{name} = \"/…\""),
            Self::Program => "program = \"/…\"".to_owned(),
        }
    }

    /// The table in which that line stands.
    fn table(self, channel: &ChannelName, name: &str) -> String {
        match self {
            Self::Program => format!("channel.{channel}.commands.{name}"),
            _ => format!("channel.{channel}"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder | Self::WritableFolder => "folder",
            Self::Database => "database",
            Self::Program => "program",
        })
    }
}

/// One thing that is asked for.
struct Ask<'a> {
    kind: Kind,
    name: &'a str,
    title: &'a str,
    required: bool,
}

/// Meets what is asked for with what is given.
///
/// # Errors
/// Something is missing, was not asked for, or may be done that was not; or a folder holds what would give away more.
pub fn check(channel: &ChannelName, manifest: &Manifest, config: &ChannelConfig) -> Result<(), PaperRefusal> {
    let (folders, databases, commands) = (&config.folders, &config.databases, &config.commands);
    meet(channel, Kind::Folder, &folder_asks(manifest), folders.keys())?;
    let databases_asked = manifest.databases.iter().map(|(name, ask)| Ask {
        kind: Kind::Database,
        name,
        title: &ask.title,
        required: ask.required,
    });
    meet(
        channel,
        Kind::Database,
        &databases_asked.collect::<Vec<_>>(),
        databases.keys(),
    )?;
    let commands_asked = manifest.commands.iter().map(|(name, ask)| Ask {
        kind: Kind::Program,
        name,
        title: &ask.title,
        required: ask.required,
    });
    meet(
        channel,
        Kind::Program,
        &commands_asked.collect::<Vec<_>>(),
        commands.keys(),
    )?;
    for (name, grant) in folders {
        let asked = manifest.folders.get(name).map(|ask| ask.access);
        if asked.is_some_and(|asked| grant.access > asked) {
            return Err(PaperRefusal::WriteNotAsked {
                channel: channel.clone(),
                name: name.clone(),
            });
        }
    }
    check_contents(channel, config)
}

fn folder_asks(manifest: &Manifest) -> Vec<Ask<'_>> {
    let asks = manifest.folders.iter().map(|(name, ask)| Ask {
        kind: match ask.access {
            FolderAccess::Read => Kind::Folder,
            FolderAccess::Write => Kind::WritableFolder,
        },
        name,
        title: &ask.title,
        required: ask.required,
    });
    asks.collect()
}

fn meet<'a>(
    channel: &ChannelName,
    kind: Kind,
    asks: &[Ask<'_>],
    given: impl Iterator<Item = &'a String> + Clone,
) -> Result<(), PaperRefusal> {
    let is_given = |name: &str| given.clone().any(|given| given == name);
    if let Some(missing) = asks.iter().find(|ask| ask.required && !is_given(ask.name)) {
        return Err(PaperRefusal::Missing {
            channel: channel.clone(),
            kind: missing.kind,
            name: missing.name.to_owned(),
            title: missing.title.to_owned(),
        });
    }
    let mut given = given.clone();
    let Some(unasked) = given.find(|name| asks.iter().all(|ask| ask.name != **name)) else {
        return Ok(());
    };
    let names: Vec<_> = asks.iter().map(|ask| format!("`{}`", ask.name)).collect();
    Err(PaperRefusal::NotAsked {
        channel: channel.clone(),
        kind,
        name: unasked.clone(),
        asked: if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        },
    })
}

/// By the paths as they are written: soon said, and for a review without the machine. What links and other names make of
/// them is looked at when the channel is brought up, and each time that a program is run.
fn check_contents(channel: &ChannelName, config: &ChannelConfig) -> Result<(), PaperRefusal> {
    let holding = |path: &Path, least: FolderAccess| {
        let mut folders = config.folders.iter();
        let found = folders.find(|(_, folder)| folder.access >= least && path.starts_with(&folder.path));
        found.map(|(name, _)| name.clone())
    };
    for (secret, source) in &config.secrets {
        if let SecretSource::File(file) = source
            && let Some(name) = holding(file, FolderAccess::Read)
        {
            return Err(PaperRefusal::HoldsSecret {
                channel: channel.clone(),
                name,
                secret: secret.clone(),
                file: file.clone(),
            });
        }
    }
    for command in config.commands.values() {
        if let Some(name) = holding(&command.program, FolderAccess::Write) {
            return Err(PaperRefusal::HoldsProgram {
                channel: channel.clone(),
                name,
                program: command.program.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Grant;
    use super::*;
    use crate::config::Config;
    use crate::lockfile::RelayPin;

    const ASKS: &str = "[channel]\nname='w'\nversion='1'\nsummary='s'\n[secrets.key]\ntitle='Key'\nrequired=false\n\
        [asks.folders.notes]\ntitle='Notes'\nrequired=false\n\
        [asks.folders.drafts]\ntitle='Drafts'\naccess='write'\nrequired=false\n\
        [asks.databases.messages]\ntitle='Messages'\nrequired=false\n\
        [asks.commands.notify]\ntitle='Notify'\nrequired=false\n";

    fn compute(asks: &str, lines: &str) -> Result<Grant, String> {
        let config = Config::parse(
            &format!("[channel.c]\ncomponent='/w'\n{lines}"),
            Path::new("lockgate.toml"),
        )
        .unwrap();
        let (name, channel) = config.channels.first_key_value().unwrap();
        Grant::compute(name, &Manifest::parse(asks).unwrap(), channel, RelayPin::Absent)
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn what_is_asked_and_given_is_granted_and_nothing_else() {
        let nothing = compute(ASKS, "").unwrap();
        assert!(nothing.folders().is_empty() && nothing.databases().is_empty() && nothing.commands().is_empty());
        let lines = "folders.drafts='/d'\nfolders.notes={path='/n'}\ndatabases.messages='/m.db'\n\
            [channel.c.commands.notify]\nprogram='/usr/bin/n'";
        let all = compute(ASKS, lines).unwrap();
        // Less than was asked for is what was granted.
        assert_eq!(all.folders()["drafts"].access, FolderAccess::Read);
        assert_eq!(all.folders()["notes"].path, Path::new("/n"));
        assert_eq!(all.databases()["messages"], Path::new("/m.db"));
        assert_eq!(all.commands()["notify"].program, Path::new("/usr/bin/n"));
        let write = compute(ASKS, "folders.drafts={path='/d',access='write',quota='1MiB'}").unwrap();
        assert_eq!(
            (write.folders()["drafts"].access, write.folders()["drafts"].quota),
            (FolderAccess::Write, 1 << 20)
        );
    }

    #[test]
    fn what_is_needed_and_not_given_is_named_with_its_line() {
        for (asked, expected) in [
            (
                "folders.notes",
                "the folder `notes` (Notes): write `folders.notes = \"/…\"` under [channel.c] in",
            ),
            (
                "folders.drafts",
                "the folder `drafts` (Drafts): write `folders.drafts = { path = \"/…\", access = \"write\" }` under",
            ),
            (
                "databases.messages",
                "the database `messages` (Messages): write `databases.messages = \"/…\"` under",
            ),
            (
                "commands.notify",
                "the program `notify` (Notify): write `program = \"/…\"` under [channel.c.commands.notify] in",
            ),
        ] {
            let (before, after) = ASKS.split_once(&format!("[asks.{asked}]")).unwrap();
            let asks = format!("{before}[asks.{asked}]{}", after.replacen("required=false", "", 1));
            let refusal = compute(&asks, "").unwrap_err();
            assert!(refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn what_goes_beyond_what_was_asked_is_refused_with_what_to_take_out() {
        for (lines, expected) in [
            (
                "folders.note='/n'",
                "does not ask for a folder `note`: take `folders.note` out of lockgate.toml; it asks for `drafts`, `notes`",
            ),
            (
                "databases.m='/n'",
                "does not ask for a database `m`: take `databases.m` out",
            ),
            (
                "commands.run={program='/bin/sh'}",
                "does not ask for a program `run`: take `commands.run` out",
            ),
            (
                "folders.notes={path='/n',access='write'}",
                "asks to read the folder `notes`, not to write to it: take `access = \"write\"` out",
            ),
            (
                "folders.notes='/n'\nsecrets.key={file='/n/deep/key'}",
                "could read its secret `key`, whose file /n/deep/key lies in the folder `notes`",
            ),
            (
                "folders.drafts={path='/b',access='write'}\ncommands.notify={program='/b/run'}",
                "could change the program /b/run",
            ),
        ] {
            let refusal = compute(ASKS, lines).unwrap_err();
            assert!(refusal.contains(expected), "{refusal}");
        }
        compute(ASKS, "folders.notes='/n'\nsecrets.key={file='/notes/key'}").unwrap();
        compute(ASKS, "folders.drafts='/b'\ncommands.notify={program='/b/run'}").unwrap();
    }
}
