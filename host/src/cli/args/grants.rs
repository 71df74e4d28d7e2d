//! What only a flag of its own gives where nobody is asked: `--grant KIND:NAME`. `--yes` alone gives none of it.

use std::path::PathBuf;

use super::choices::{SecretFlag, network, secret};
use crate::manifest::{FolderAccess, is_name};

/// How to write one; no error repeats what was typed, which may be a secret.
const FORMS: &str = "write hosts, host:HOST, network:NAME, secret:NAME, secret:NAME=WHERE, folder:NAME=PATH, \
                     folder:NAME=PATH:write, database:NAME=PATH, command:NAME=PROGRAM or relay";

/// `--grant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantFlag {
    /// `hosts`: all that it asks for.
    Hosts,
    /// `host:LABEL`.
    Host(String),
    /// `network:NAME`.
    Network(String),
    /// `secret:NAME`: the one that it has already, also for what it asks for now.
    Kept(String),
    /// `secret:NAME=WHERE`.
    Secret(SecretFlag),
    /// `folder:NAME=PATH`.
    Folder {
        /// The manifest's name for it.
        name: String,
        /// Absolute.
        path: PathBuf,
        /// With `:write` after the path it is to be written to.
        access: FolderAccess,
    },
    /// `database:NAME=PATH`, absolute.
    Database(String, PathBuf),
    /// `command:NAME=PROGRAM`, absolute.
    Command(String, PathBuf),
    /// `relay`: these very bytes may carry approvals.
    Relay,
}

/// `--withhold`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withheld {
    /// `all`.
    All,
    /// A host, as the question shows it.
    Host(String),
}

pub(super) fn withheld(text: &str) -> Result<Withheld, String> {
    match text {
        "" => Err("write a host as it was shown, or `all`".into()),
        "all" => Ok(Withheld::All),
        host => Ok(Withheld::Host(host.to_owned())),
    }
}

/// What was typed after `--grant`.
pub(super) fn grant(text: &str) -> Result<GrantFlag, String> {
    if text == "hosts" {
        return Ok(GrantFlag::Hosts);
    }
    if text == "relay" {
        return Ok(GrantFlag::Relay);
    }
    let (kind, rest) = text.split_once(':').ok_or(FORMS)?;
    match kind {
        "host" if !rest.is_empty() => Ok(GrantFlag::Host(rest.to_owned())),
        "network" => network(rest).map(GrantFlag::Network),
        "secret" if is_name(rest) => Ok(GrantFlag::Kept(rest.to_owned())),
        // The parser of secrets keeps nothing that it does not understand.
        "secret" => secret(rest).map(GrantFlag::Secret).map_err(|never| match never {}),
        "folder" => folder(rest),
        "database" => named(rest).map(|(name, path)| GrantFlag::Database(name, path)),
        "command" => named(rest).map(|(name, path)| GrantFlag::Command(name, path)),
        _ => Err(FORMS.to_owned()),
    }
}

fn folder(text: &str) -> Result<GrantFlag, String> {
    let (text, access) = match text.strip_suffix(":write") {
        Some(text) => (text, FolderAccess::Write),
        None => (text.strip_suffix(":read").unwrap_or(text), FolderAccess::Read),
    };
    let (name, path) = named(text)?;
    Ok(GrantFlag::Folder { name, path, access })
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let split = text
        .split_once('=')
        .filter(|(name, path)| is_name(name) && !path.is_empty());
    let (name, path) = split.ok_or(FORMS)?;
    let path = std::path::absolute(path).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<GrantFlag>) {
        assert_eq!(grant(text).ok(), expected, "{text}");
    }

    #[test]
    fn each_kind_has_its_form() {
        let folder = |access| GrantFlag::Folder {
            name: "notes".into(),
            path: "/n".into(),
            access,
        };
        check("hosts", Some(GrantFlag::Hosts));
        check("host:*.example.org", Some(GrantFlag::Host("*.example.org".into())));
        check(
            "host:http://a.example.org:8080",
            Some(GrantFlag::Host("http://a.example.org:8080".into())),
        );
        check("network:forge", Some(GrantFlag::Network("forge".into())));
        check("secret:key", Some(GrantFlag::Kept("key".into())));
        check("folder:notes=/n", Some(folder(FolderAccess::Read)));
        check("folder:notes=/n:read", Some(folder(FolderAccess::Read)));
        check("folder:notes=/n:write", Some(folder(FolderAccess::Write)));
        check("database:d=/d", Some(GrantFlag::Database("d".into(), "/d".into())));
        check("command:c=/c", Some(GrantFlag::Command("c".into(), "/c".into())));
        check("relay", Some(GrantFlag::Relay));
        for text in [
            "",
            "all",
            "host",
            "host:",
            "hosts:",
            "network:",
            "network:A",
            "folder:notes",
            "folder:=/n",
            "folder:notes=",
            "database:d",
            "command:C=/c",
            "relay:",
        ] {
            check(text, None);
        }
    }
}
