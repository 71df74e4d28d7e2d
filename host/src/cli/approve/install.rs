//! The steps of `add` that change something, in order: bytes, compiled code, proof that it links, secrets, instance,
//! lockgate.toml, lockgate.lock. After a crash between two of them the same command again does the rest.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::{Candidate, Decision};
use crate::cli::files::{Files, Turn};
use crate::cli::kept;
use crate::cli::print::{Printer, bytes};
use crate::cli::secret::uses;
use crate::components::{Components, StoreError};
use crate::config::SecretSource;
use crate::config::edit::put_channel;
use crate::journal::Journal;
use crate::lockfile::Pin;
use crate::model::{Digest, InstanceId, UnixMillis};
use crate::paths::{Home, StateDir};
use crate::sandbox::{Allocation, Sandbox};
use crate::widening::Approvers;

/// Nothing is said of a compilation that is faster.
const SAID_AFTER: Duration = Duration::from_millis(500);
/// How often its line is drawn.
const DRAWN_EVERY: Duration = Duration::from_millis(250);

/// Does it all.
///
/// # Errors
/// Any step; what was done before it is harmless.
pub(super) fn install(
    decision: &Decision,
    home: &Home,
    printer: &mut Printer,
    binary: PathBuf,
) -> anyhow::Result<StateDir> {
    let state = home.open_state(None)?;
    let journal = Journal::open(&state.journal())?;
    let components = Components::new(state.clone(), journal.clone(), binary);
    ready(&components, &decision.candidate, decision.grant.memory(), printer)?;
    let turn = Turn::take(home, printer)?;
    let files = Files::read(home)?;
    check_unchanged(decision, &files)?;
    store(decision, &files, &turn, home, &journal)?;
    write(decision, &files, &turn, home, &journal)?;
    Ok(state)
}

/// Keeps, compiles and links.
fn ready(components: &Components, candidate: &Candidate, memory: usize, printer: &mut Printer) -> anyhow::Result<()> {
    let examined = &candidate.examined;
    components.keep(examined)?;
    let sandbox = Sandbox::new(Allocation::OnDemand)?;
    if !components.is_compiled(&examined.digest, sandbox.fingerprint())? {
        compile(components, candidate, &sandbox, printer)?;
    }
    match components.prepare(&sandbox, &examined.digest, memory) {
        Ok(_) => Ok(()),
        // Compiled code that was damaged since: the bytes are here, so it is made again.
        Err(StoreError::Prepare(_) | StoreError::Compiled(_)) => {
            compile(components, candidate, &sandbox, printer)?;
            components.prepare(&sandbox, &examined.digest, memory)?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn compile(
    components: &Components,
    candidate: &Candidate,
    sandbox: &Arc<Sandbox>,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't start compiling")?;
    let size = bytes(candidate.examined.bytes.len() as u64);
    runtime.block_on(async {
        let work = components.compile(&candidate.examined, sandbox.fingerprint());
        watched(work, &format!("compiling {size}"), printer).await
    })?;
    Ok(())
}

/// Waits, and says so if it takes longer: on a terminal a line with the seconds, elsewhere one line.
pub(in crate::cli) async fn watched<T>(work: impl Future<Output = T>, what: &str, printer: &mut Printer) -> T {
    let (mut work, begun) = (std::pin::pin!(work), Instant::now());
    let mut drawn = tokio::time::interval_at(tokio::time::Instant::now() + SAID_AFTER, DRAWN_EVERY);
    let mut is_said = false;
    loop {
        tokio::select! {
            done = &mut work => {
                if is_said {
                    printer.passing("");
                }
                return done;
            }
            _ = drawn.tick() => {
                match (printer.is_live(), is_said) {
                    (true, _) => printer.passing(&format!("{what} … {} s", begun.elapsed().as_secs())),
                    (false, false) => printer.say(what),
                    (false, true) => {}
                }
                is_said = true;
            }
        }
    }
}

/// Others may have changed other channels meanwhile, and nothing of that is lost; this one has to be as it was shown.
fn check_unchanged(decision: &Decision, now: &Files) -> anyhow::Result<()> {
    let (name, before) = (&decision.candidate.name, &decision.before);
    let same = before.config.channels.get(name) == now.config.channels.get(name)
        && before.lock.channels.get(name) == now.lock.channels.get(name);
    ensure!(
        same,
        "channel {name} was changed by somebody else meanwhile, so nothing was; run the command again"
    );
    Ok(())
}

/// Writes what was typed. An entry that it gets, typed or from before, has to be its own still: it was chosen before the
/// question, and whoever wrote it since meant it for another channel.
pub(super) fn store(
    decision: &Decision,
    files: &Files,
    turn: &Turn,
    home: &Home,
    journal: &Journal,
) -> anyhow::Result<()> {
    let (name, origin) = (&decision.candidate.name, &decision.candidate.origin);
    let before = files.config.channels.get(name);
    for (secret, source) in &decision.config.secrets {
        let SecretSource::Stored(entry) = source else { continue };
        if before.and_then(|before| before.secrets.get(secret)) == Some(source) {
            continue;
        }
        let is_typed = decision.typed.iter().any(|typed| typed.entry == *entry);
        let is_own = uses(&files.config, entry).iter().all(|(channel, _)| channel == name);
        ensure!(
            is_own && (is_typed || kept::holds(name, origin, entry, journal)?),
            "the entry {entry} of secrets.toml became another one's meanwhile, so nothing was changed; run the command again"
        );
    }
    let mut typed = decision.typed.iter();
    typed.try_for_each(|typed| kept::write_secret(&typed.entry, &typed.secret, home, turn))
}

pub(super) fn write(
    decision: &Decision,
    files: &Files,
    turn: &Turn,
    home: &Home,
    journal: &Journal,
) -> anyhow::Result<()> {
    let name = &decision.candidate.name;
    if files.lock.channels.is_empty() {
        // Before the lock is written: a journal without this mark beside a lock with channels is one that was lost.
        journal.revise_blocking(Approvers::DOCUMENT, Approvers::begin)?;
    }
    let text = put_channel(&files.text, name, &decision.config)?;
    let mut lock = files.lock.clone();
    let instance = match lock.channels.get(name) {
        Some(pin) => pin.instance,
        None => {
            let instance = journal.add_instance(name, UnixMillis::now())?;
            // A journal that was begun anew counts from one again, and a new channel begins with nothing.
            home.open_state(None)?.retire(name, instance, UnixMillis::now())?;
            instance
        }
    };
    let pin = pin(&decision.candidate, instance, decision.relay);
    lock.channels.insert(name.clone(), pin);
    turn.write_config(home, files, &text)?;
    turn.write_lock(home, files, &lock)
}

fn pin(candidate: &Candidate, instance: InstanceId, relay: Option<Digest>) -> Pin {
    let about = &candidate.examined.manifest.about;
    Pin {
        digest: candidate.examined.digest,
        file: candidate.file,
        instance,
        name: about.name.clone(),
        version: about.version.clone(),
        relay,
        dev: None,
    }
}
