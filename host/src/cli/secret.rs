//! `lockgate secret`: sets, lists and removes entries of secrets.toml. A secret is typed without being shown, or comes from
//! standard input; it is never on a command line, and no byte of one is printed.

mod list;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal, Read};

use anyhow::{Context, bail, ensure};

use super::approve::{check_blanks, fits, old};
use super::args::{SecretArgs, SecretName, SecretRemove, SecretVerb};
use super::ask::{Hands, Person, typed, typed_with};
use super::asks;
use super::files::{Files, Turn};
use super::kept;
use super::print::Printer;
use super::{ExitStatus, Refusal};
use crate::config::{Config, SecretSource};
use crate::control::{self, Reloaded};
use crate::limits;
use crate::manifest::is_name;
use crate::model::{ChannelName, Secret};
use crate::paths::Home;
use crate::supervisor::describe;
use crate::vault::secret_names;

/// Sets, lists or removes.
///
/// # Errors
/// The name means nothing, nobody can be asked, or secrets.toml can't be read or written.
pub fn run(args: &SecretArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    match &args.verb {
        SecretVerb::List(args) => return list::run(args, home, printer),
        SecretVerb::Set(args) => {
            Hands::here().check("what a secret is", &typed())?;
            set(args, home, printer, Person::here())?;
        }
        SecretVerb::Remove(args) => remove(args, home, printer)?,
    }
    tell(home, printer);
    Ok(ExitStatus::Success)
}

/// Where an entry is used: the channel, and its manifest's name for the secret.
pub(super) type Use = (ChannelName, String);

/// The entry that a name means: itself, or where a channel's secret is kept.
fn entry(files: &Files, home: &Home, name: &str) -> anyhow::Result<String> {
    let Some((channel, secret)) = name.split_once('.') else {
        ensure!(
            is_name(name),
            "`{name}` is no name of a secret: use a to z, 0 to 9, `-` and `_`, begin with a letter, at most 64 characters; \
             `lockgate secret list` shows those that there are"
        );
        return Ok(name.to_owned());
    };
    let known = files.config.channels.iter().find(|(name, _)| name.as_str() == channel);
    let Some((_, config)) = known else {
        bail!("there is no channel {channel}; `lockgate status` lists the channels");
    };
    match config.secrets.get(secret) {
        Some(SecretSource::Stored(entry)) => Ok(entry.clone()),
        Some(elsewhere) => bail!("{name} is {}; set it there", asks::place(elsewhere)),
        None if !asks_for(home, files, channel, secret) => {
            bail!("{channel} asks for no secret {secret}; `lockgate check {channel}` shows what it asks for")
        }
        None => bail!(
            "{channel} is not given a secret {secret}; to give it one, run: lockgate add {} --name {channel} --secret {secret}=ask",
            config.component
        ),
    }
}

/// Whether the approved bytes ask for it; of bytes that are gone nobody knows.
fn asks_for(home: &Home, files: &Files, channel: &str, secret: &str) -> bool {
    let mut pins = files.lock.channels.iter();
    let pin = pins.find(|(name, _)| name.as_str() == channel);
    let examined = pin.and_then(|(_, pin)| old(home, pin).ok());
    examined.is_none_or(|examined| examined.manifest.secrets.contains_key(secret))
}

/// Who uses an entry.
pub(super) fn uses(config: &Config, entry: &str) -> Vec<Use> {
    let all = config.channels.iter().flat_map(|(channel, config)| {
        let stored = config
            .secrets
            .iter()
            .filter(|(_, source)| matches!(source, SecretSource::Stored(own) if own == entry));
        stored.map(|(secret, _)| (channel.clone(), secret.clone()))
    });
    all.collect()
}

fn words(uses: &[Use]) -> String {
    let each: Vec<String> = uses
        .iter()
        .map(|(channel, secret)| format!("{channel}.{secret}"))
        .collect();
    each.join(", ")
}

fn set(args: &SecretName, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    let files = Files::read(home)?;
    let entry = entry(&files, home, &args.name)?;
    let uses = uses(&files.config, &entry);
    let secret = read(&entry, printer, person)?;
    check_blanks(&secret)?;
    store(&entry, &secret, &uses, &files, home, printer)?;
    if secret.expose().len() < limits::SECRET_SHORT {
        printer.warn(&format!(
            "it has less than {} bytes, which is easily guessed, and too little to be told from other text in answers",
            limits::SECRET_SHORT
        ));
    }
    printer.line(&match &uses[..] {
        [] => format!("{entry} is set; no channel uses it"),
        uses => format!("{entry} is set; used as {}", words(uses)),
    })?;
    Ok(())
}

/// Looks whether it fits where it is used, and writes it.
fn store(
    entry: &str,
    secret: &Secret,
    uses: &[Use],
    files: &Files,
    home: &Home,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    for (channel, name) in uses {
        let Some(pin) = files.lock.channels.get(channel) else {
            continue;
        };
        // If the approved bytes are gone, the channel says so itself.
        if let Ok(examined) = old(home, pin) {
            fits(name, secret, &examined.manifest).with_context(|| format!("{channel}.{name}"))?;
        }
    }
    let turn = Turn::take(home, printer)?;
    kept::write_secret(entry, secret, home, &turn)
}

fn read(entry: &str, printer: &mut Printer, person: Person) -> anyhow::Result<Secret> {
    if io::stdin().is_terminal() {
        let instead = format!("pipe it in: {} < FILE", typed());
        return person.secret(printer, &format!("{entry}, not shown:"), &instead);
    }
    from(&mut io::stdin().lock())
}

/// All of the input, without the end of its last line.
fn from(input: &mut impl Read) -> anyhow::Result<Secret> {
    let mut bytes = Vec::new();
    input
        .take(limits::SECRET_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .context("can't read standard input")?;
    ensure!(
        bytes.len() <= limits::SECRET_BYTES,
        "standard input has more than {} bytes; a secret is shorter",
        limits::SECRET_BYTES
    );
    let end = bytes.len() - usize::from(bytes.ends_with(b"\n"));
    bytes.truncate(end);
    let end = bytes.len() - usize::from(bytes.ends_with(b"\r"));
    bytes.truncate(end);
    if bytes.is_empty() {
        return Err(Refusal("standard input is empty; pipe the secret in, or type it at a terminal".into()).into());
    }
    Ok(Secret::new(bytes))
}

fn remove(args: &SecretRemove, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let files = Files::read(home)?;
    let entry = entry(&files, home, &args.name)?;
    let uses = uses(&files.config, &entry);
    if !uses.is_empty() && !args.yes {
        return Err(Refusal(format!(
            "{entry} is used as {}, and those channels would not run without it; to remove it all the same, run: {}",
            words(&uses),
            typed_with(&["--yes".to_owned()], &[])
        ))
        .into());
    }
    let turn = Turn::take(home, printer)?;
    let folder = home.folder()?;
    ensure!(
        secret_names(&folder)?.contains(&entry),
        "secrets.toml has no entry `{entry}`, so nothing was removed; `lockgate secret list` shows those that there are"
    );
    kept::remove_secret(&entry, home, &turn)?;
    printer.line(&format!("removed {entry}"))?;
    Ok(())
}

/// A running house takes the new value.
fn tell(home: &Home, printer: &mut Printer) {
    if !home.state_dir().exists() {
        return;
    }
    let told = home
        .open_state(None)
        .map_err(anyhow::Error::from)
        .and_then(|state| Ok(control::reload(&state)?));
    match told {
        Ok(Reloaded::Told) => printer.say("the running lockgate has taken it over; see `lockgate status`"),
        Ok(Reloaded::NobodyRuns) => {}
        Err(error) => printer.warn(&describe(error.as_ref())),
    }
}
