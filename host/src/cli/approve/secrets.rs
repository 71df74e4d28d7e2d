//! The secrets of a channel that is added: where they are, by flag, or typed at the terminal. None of them is printed.

use std::collections::BTreeMap;

use anyhow::Context;

use super::choose::check_asked;
use super::refuse;
use crate::cli::args::{Choices, GrantFlag, SecretFlag, SecretPlace};
use crate::cli::ask::Person;
use crate::cli::print::Printer;
use crate::config::{ChannelConfig, SecretSource};
use crate::limits;
use crate::manifest::{Manifest, SecretAsk, is_name};
use crate::model::{ChannelName, Secret};
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

/// Where the flags say that secrets are; a typed one will be in secrets.toml.
pub(super) fn named(channel: &ChannelName, choices: &Choices) -> BTreeMap<String, SecretSource> {
    let source = |flag: &SecretFlag| match &flag.place {
        SecretPlace::Env(variable) => Some(SecretSource::Env(variable.clone())),
        SecretPlace::File(path) => Some(SecretSource::File(path.clone())),
        SecretPlace::Ask => Some(SecretSource::Stored(entry(channel, &flag.name))),
        // Refused when the command line was read.
        SecretPlace::Unclear => None,
    };
    choices
        .secrets()
        .filter_map(|flag| Some((flag.name.clone(), source(flag)?)))
        .collect()
}

/// Where those will be that are needed and given by nothing: they are asked for.
pub(super) fn missing(
    channel: &ChannelName,
    manifest: &Manifest,
    config: &ChannelConfig,
) -> BTreeMap<String, SecretSource> {
    let needed = manifest
        .secrets
        .iter()
        .filter(|(name, ask)| ask.required && !config.secrets.contains_key(*name));
    needed
        .map(|(name, _)| (name.clone(), SecretSource::Stored(entry(channel, name))))
        .collect()
}

/// Gives the configuration its secrets: those of the flags, and those that are missing and can be asked for.
///
/// # Errors
/// A needed one is missing and nobody can be asked, or one makes no key.
pub(super) fn complete(
    channel: &ChannelName,
    choices: &Choices,
    manifest: &Manifest,
    config: &mut ChannelConfig,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<Vec<Typed>> {
    config.secrets.extend(named(channel, choices));
    let mut typed = Vec::new();
    for (name, ask) in &manifest.secrets {
        let wanted = choices.secrets().rev().find(|flag| flag.name == *name);
        let is_asked = wanted.is_some_and(|flag| flag.place == SecretPlace::Ask);
        let is_missing = ask.required && !config.secrets.contains_key(name);
        if is_asked || is_missing {
            let entry = entry(channel, name);
            check_entry(&entry)?;
            let secret = read(name, ask, manifest, person, printer)?;
            warn_of_short(name, &secret, printer);
            config.secrets.insert(name.clone(), SecretSource::Stored(entry.clone()));
            typed.push(Typed { entry, secret });
        } else if wanted.is_some() {
            check_place(name, manifest, config, printer)?;
        }
    }
    Ok(typed)
}

fn entry(channel: &ChannelName, secret: &str) -> String {
    format!("{channel}-{secret}")
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
        ask.title
    );
    for _ in 0..TRIES {
        let secret = person.secret(printer, &format!("{name} ({}), not shown:", ask.title), &instead)?;
        match fits(name, &secret, manifest) {
            Ok(()) => return Ok(secret),
            Err(refusal) => printer.say(&refusal.to_string()),
        }
    }
    Err(refuse(format!("no usable secret {name} was typed; {instead}")))
}

/// Whether it can be the key of every rule that uses it.
pub(in crate::cli) fn fits(name: &str, secret: &Secret, manifest: &Manifest) -> anyhow::Result<()> {
    if secret.expose().is_empty() || std::str::from_utf8(secret.expose()).is_err() {
        anyhow::bail!("that is empty, or no text; type it again");
    }
    for rule in manifest.rules.iter().filter(|rule| rule.secret == name) {
        signature::check_secret(rule, secret)?;
    }
    Ok(())
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
