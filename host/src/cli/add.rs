//! `lockgate add`: shows what a channel asks, has it confirmed, and writes it down in an order in which a crash leaves
//! nothing half. Nothing is granted that was not shown.

mod changes;
mod choose;
mod install;
mod next;
mod secrets;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::Context;

use super::args::AddArgs;
use super::ask::{Person, Reply, again};
use super::asks::{self, View};
use super::check::Named;
use super::files::Files;
use super::print::{Cell, Printer};
use super::{ExitStatus, Refusal};
use crate::components::{self, Examined};
use crate::config::ChannelConfig;
use crate::grant::Grant;
use crate::lockfile::Pin;
use crate::model::{ChannelName, Digest};
use crate::paths::Home;
use secrets::Typed;

/// What is to be added, read once.
struct Candidate {
    name: ChannelName,
    path: PathBuf,
    /// Of the file as it was named.
    file: Digest,
    examined: Examined,
}

/// All that was decided, ready to be written.
struct Decision {
    candidate: Candidate,
    /// What the files said when it was decided.
    before: Files,
    config: ChannelConfig,
    typed: Vec<Typed>,
    grant: Grant,
}

/// Adds a channel, or approves other bytes for one.
///
/// # Errors
/// The component is no channel, what it needs was not given, or the disk can't be written.
pub fn run(args: &AddArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let binary = std::env::current_exe().context("can't find lockgate's own binary")?;
    let candidate = candidate(args)?;
    let Some(decision) = decide(args, home, printer, Person::here(), candidate)? else {
        printer.say("nothing was changed");
        return Ok(ExitStatus::Refused);
    };
    let state = install::install(&decision, home, printer, binary)?;
    next::show(&decision, home, &state, printer)?;
    Ok(ExitStatus::Success)
}

fn candidate(args: &AddArgs) -> anyhow::Result<Candidate> {
    let named = Named::read(&args.component)?;
    let examined = named
        .examine()
        .with_context(|| format!("component {}", named.path.display()))?;
    let file = Digest::of(&named.bytes);
    if named.path.to_str().is_none() {
        anyhow::bail!(
            "{} can't be written into lockgate.toml; rename it to a name in UTF-8",
            named.path.display()
        );
    }
    Ok(Candidate {
        name: args.name.clone(),
        path: named.path,
        file,
        examined,
    })
}

/// Everything that has to be decided, by flags or at the terminal; `None`: he said no.
fn decide(
    args: &AddArgs,
    home: &Home,
    printer: &mut Printer,
    person: Person,
    candidate: Candidate,
) -> anyhow::Result<Option<Decision>> {
    let before = Files::read(home)?;
    let (pin, config) = (
        before.lock.channels.get(&args.name),
        before.config.channels.get(&args.name),
    );
    let manifest = &candidate.examined.manifest;
    secrets::check_flags(&args.secrets, manifest)?;
    let mut config = choose::merge(args, manifest, &candidate.path, config);
    let same = pin.is_some_and(|pin| pin.digest == candidate.examined.digest && pin.file == candidate.file);
    if same {
        printer.say(&format!("nothing changed in the component of {}", args.name));
    } else {
        show(&candidate, &config, args, pin.map(|pin| old(home, pin)), printer);
        if !args.yes && ask(args, person, printer)? == Reply::No {
            return Ok(None);
        }
    }
    let typed = secrets::complete(args, manifest, &mut config, person, printer)?;
    choose::check_work(&candidate, &config, printer)?;
    let grant = Grant::compute(&args.name, manifest, &config)?;
    Ok(Some(Decision {
        before,
        config,
        typed,
        grant,
        candidate,
    }))
}

fn ask(args: &AddArgs, person: Person, printer: &mut Printer) -> anyhow::Result<Reply> {
    let instead = format!("to give it all that, run: {}", again());
    person.confirm(printer, &format!("Add it as {}?", args.name), &instead)
}

/// The manifest of the approved bytes, or why it can't be shown.
fn old(home: &Home, pin: &Pin) -> anyhow::Result<Examined> {
    let state = home.open_state(None)?;
    let bytes = components::read_bounded(&state.component(&pin.digest))?;
    anyhow::ensure!(Digest::of(&bytes) == pin.digest, "the approved component was changed");
    Ok(components::examine(bytes, None)?)
}

fn show(
    candidate: &Candidate,
    config: &ChannelConfig,
    args: &AddArgs,
    old: Option<anyhow::Result<Examined>>,
    printer: &mut Printer,
) {
    // What he has typed on this command line, or will be asked for, is told as given.
    let mut given = config.clone();
    given.secrets.extend(secrets::named(args));
    given
        .secrets
        .extend(secrets::missing(args, &candidate.examined.manifest, &given));
    printer.show(&asks::table(
        &candidate.examined,
        View::Granted(args.name.as_str(), &given),
    ));
    printer.say("");
    match old {
        None => {}
        Some(Ok(old)) => printer.show(&changes::table(&old, &candidate.examined)),
        Some(Err(error)) => printer.say(&format!("what changed can't be told: {error:#}")),
    }
}

/// A refusal that ends with what to type.
fn refuse(text: String) -> anyhow::Error {
    Refusal(text).into()
}

/// A label of the tables here.
fn label(text: &str) -> Cell {
    Cell::faint(text)
}
