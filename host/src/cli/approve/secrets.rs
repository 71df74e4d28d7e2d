//! The secrets of a channel that is added: where they are, by flag, or typed at the terminal. None of them is printed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;

use super::changes::Change;
use super::choose::check_asked;
use super::{asked, refuse};
use crate::cli::args::{Choices, GrantFlag, SecretFlag, SecretPlace};
use crate::cli::ask::Person;
use crate::cli::asks::{FROM_BEFORE, prose};
use crate::cli::print::Printer;
use crate::cli::secret::{Use, uses};
use crate::config::{ChannelConfig, Config, SecretSource};
use crate::limits;
use crate::manifest::{Manifest, SecretAsk, is_name};
use crate::model::{ChannelName, Secret};
use crate::reach;
use crate::signature;
use crate::vault::{Vault, VaultError};

/// How often a secret can be typed that does not fit.
const TRIES: usize = 3;

/// A secret that was typed, and its entry in secrets.toml.
pub(super) struct Typed {
    pub entry: String,
    pub secret: Secret,
}

/// Whether each flag names a secret that is asked for.
///
/// # Errors
/// One does not.
pub(super) fn check_flags(choices: &Choices, manifest: &Manifest) -> anyhow::Result<()> {
    let kept = choices.grants.iter().filter_map(|grant| match grant {
        GrantFlag::Kept(name) => Some(name),
        _ => None,
    });
    let mut names = choices.secrets().map(|flag| &flag.name).chain(kept);
    names.try_for_each(|name| check_asked("secret", name, manifest.secrets.keys()))
}

/// The entries of secrets.toml that a channel's typed secrets get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entries<'a> {
    /// The channel.
    pub channel: &'a ChannelName,
    /// What it asks for.
    pub manifest: &'a Manifest,
    /// What all channels were given before.
    pub before: &'a Config,
}

impl Entries<'_> {
    /// The entry of this secret: `channel-secret`, unless that is another one's: both names can hold a `-`, so two channels
    /// can come to the same text, and what is typed for one would be the other's, too.
    pub fn of(self, secret: &str) -> String {
        let plain = self.plain(secret);
        if self.is_free(&plain, secret) {
            return plain;
        }
        let is_own = |entry: &String| self.manifest.secrets.keys().any(|other| self.plain(other) == *entry);
        let others = (2_u32..).map(|number| format!("{plain}-{number}"));
        let mut free = others.filter(|entry| !is_own(entry) && self.is_free(entry, secret));
        // The numbers do not end before the channels do.
        free.next().unwrap_or(plain)
    }

    fn plain(self, secret: &str) -> String {
        format!("{}-{secret}", self.channel)
    }

    fn is_free(self, entry: &str, secret: &str) -> bool {
        let mine = |(channel, name): &Use| channel == self.channel && name == secret;
        uses(self.before, entry).iter().all(mine)
    }
}

/// The secrets that the flags name.
pub(super) fn names(choices: &Choices) -> BTreeSet<&str> {
    choices.secrets().map(|flag| flag.name.as_str()).collect()
}

/// Those of the flags that are there from the last time.
pub(super) fn kept(choices: &Choices) -> BTreeSet<&str> {
    let kept = choices
        .secrets()
        .filter(|flag| matches!(flag.place, SecretPlace::Kept(_)));
    kept.map(|flag| flag.name.as_str()).collect()
}

/// A yes gives them without another word, so they stand among what is new.
pub(super) fn kept_changes(choices: &Choices) -> impl Iterator<Item = Change> {
    let words = |name| Change::More(format!("gets the secret {name} {FROM_BEFORE}"));
    kept(choices).into_iter().map(words)
}

/// Where the flags say that secrets are; a typed one will be in secrets.toml.
pub(super) fn named(entries: Entries<'_>, choices: &Choices) -> BTreeMap<String, SecretSource> {
    let source = |flag: &SecretFlag| match &flag.place {
        SecretPlace::Env(variable) => Some(SecretSource::Env(variable.clone())),
        SecretPlace::File(path) => Some(SecretSource::File(path.clone())),
        SecretPlace::Ask => Some(SecretSource::Stored(entries.of(&flag.name))),
        SecretPlace::Kept(entry) => Some(SecretSource::Stored(entry.clone())),
        // Refused when the command line was read.
        SecretPlace::Unclear => None,
    };
    choices
        .secrets()
        .filter_map(|flag| Some((flag.name.clone(), source(flag)?)))
        .collect()
}

/// Where those will be that are needed and given by nothing: they are asked for.
pub(super) fn missing(entries: Entries<'_>, config: &ChannelConfig) -> BTreeMap<String, SecretSource> {
    let needed = entries
        .manifest
        .secrets
        .iter()
        .filter(|(name, ask)| ask.required && !config.secrets.contains_key(*name));
    needed
        .map(|(name, _)| (name.clone(), SecretSource::Stored(entries.of(name))))
        .collect()
}

/// Gives the configuration its secrets: those of the flags, and those that are missing and can be asked for.
///
/// # Errors
/// A needed one is missing and nobody can be asked, or one makes no key.
pub(super) fn complete(
    entries: Entries<'_>,
    choices: &Choices,
    config: &mut ChannelConfig,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<Vec<Typed>> {
    config.secrets.extend(named(entries, choices));
    let manifest = entries.manifest;
    let mut typed = Vec::new();
    for (name, ask) in &manifest.secrets {
        let wanted = choices.secrets().rev().find(|flag| flag.name == *name);
        let is_asked = wanted.is_some_and(|flag| flag.place == SecretPlace::Ask);
        let is_missing = ask.required && !config.secrets.contains_key(name);
        if is_asked || is_missing {
            let entry = entries.of(name);
            check_entry(&entry)?;
            let secret = read(name, ask, manifest, person, printer)?;
            warn_of_short(name, &secret, printer);
            config.secrets.insert(name.clone(), SecretSource::Stored(entry.clone()));
            typed.push(Typed { entry, secret });
        } else if let Some(SecretPlace::Kept(entry)) = wanted.map(|flag| &flag.place) {
            let channel = entries.channel;
            printer.say(&format!(
                "the secret {name} is the one from before ({entry} in secrets.toml); another one: lockgate secret set {channel}.{name}"
            ));
        } else if wanted.is_some() {
            check_place(name, manifest, config, printer)?;
        }
    }
    Ok(typed)
}

fn check_entry(entry: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_name(entry),
        "`{entry}` is too long for secrets.toml; choose a shorter --name, or use env: or file:"
    );
    Ok(())
}

fn read(
    name: &str,
    ask: &SecretAsk,
    manifest: &Manifest,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<Secret> {
    let instead = format!(
        "give --secret {name}=env:VARIABLE or --secret {name}=file:PATH ({})",
        prose(&ask.title)
    );
    for _ in 0..TRIES {
        let secret = person.secret(printer, &asked(name, &ask.title, "the secret, not shown"), &instead)?;
        match check_blanks(&secret).and_then(|()| fits(name, &secret, manifest)) {
            Ok(()) => return Ok(secret),
            Err(refusal) => printer.say(&refusal.to_string()),
        }
    }
    Err(refuse(format!("no usable secret {name} was typed; {instead}")))
}

/// Whether what was typed has no blank around it, which nobody sees while typing and hardly anybody means.
///
/// # Errors
/// It has.
pub(in crate::cli) fn check_blanks(secret: &Secret) -> anyhow::Result<()> {
    anyhow::ensure!(
        !secret.is_between_blanks(),
        "that begins or ends with a blank; type it again without, or, if it belongs to it, put it into a file of its own"
    );
    Ok(())
}

/// Whether it can be the key, or the credential, of every rule that uses it.
pub(in crate::cli) fn fits(name: &str, secret: &Secret, manifest: &Manifest) -> anyhow::Result<()> {
    if secret.expose().is_empty() || std::str::from_utf8(secret.expose()).is_err() {
        anyhow::bail!("that is empty, or no text; type it again");
    }
    for rule in manifest.rules.iter().filter(|rule| rule.secret == name) {
        signature::check_secret(rule, secret)?;
    }
    Ok(reach::check_credential(&manifest.http, name, secret)?)
}

fn warn_of_short(name: &str, secret: &Secret, printer: &mut Printer) {
    if secret.expose().len() < limits::SECRET_SHORT {
        printer.warn(&format!(
            "the secret {name} has less than {} bytes, which is easily guessed, and too little to be told from other text \
             in answers",
            limits::SECRET_SHORT
        ));
    }
}

/// Reads a secret where the flag says it is, to find an error before anybody calls. A variable may be set only where the
/// client runs.
fn check_place(name: &str, manifest: &Manifest, config: &ChannelConfig, printer: &mut Printer) -> anyhow::Result<()> {
    let Some(source) = config.secrets.get(name) else {
        return Ok(());
    };
    match Vault::read(source, &|name| std::env::var(name).ok(), None) {
        Ok(secret) => {
            fits(name, &secret, manifest).with_context(|| format!("the secret {name}"))?;
            warn_of_short(name, &secret, printer);
            Ok(())
        }
        Err(VaultError::NoVariable(variable)) => {
            printer.warn(&format!(
                "{variable} is not set here; the client that starts lockgate has to have it"
            ));
            Ok(())
        }
        Err(error) => Err(error).with_context(|| format!("the secret {name}")),
    }
}
