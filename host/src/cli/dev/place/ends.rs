//! How a place is given back: what was put there goes, and what was there before runs again.

use crate::cli::files::{Files, Turn};
use crate::cli::kept::{self, Stand};
use crate::cli::print::Printer;
use crate::cli::remove;
use crate::control;
use crate::journal::Journal;
use crate::lockfile::Lock;
use crate::model::ChannelName;
use crate::paths::Home;
use crate::workshop::FolderId;

/// Takes away what another project of the same name has left: what that one was given is not given to this.
/// Nor is a secret given to another project that came to stand at the same path.
pub fn remove_other(name: &ChannelName, stand: &Stand, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let files = Files::read(home)?;
    let Some(known) = files.config.channels.get(name).filter(|known| known.dev) else {
        return Ok(());
    };
    if known.component != stand.origin {
        printer.say(&format!("{name} was developed from {} before", known.component));
        return remove(name, None, home, printer);
    }
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    if !known.secrets.is_empty() && !kept::knows(name, stand, &journal)? {
        printer.say(&format!(
            "{name} was left by a loop that was not ended, and its secrets may be those of another project that stood here"
        ));
        return remove(name, None, home, printer);
    }
    Ok(())
}

/// Takes a channel under development away, with its state; its secrets stay where they are, and, for the next time in this
/// folder, in mind.
pub fn remove(name: &ChannelName, folder: Option<FolderId>, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let state = home.open_state(None)?;
    let turn = Turn::take(home, printer)?;
    let files = Files::read(home)?;
    let Some(config) = files.config.channels.get(name).filter(|channel| channel.dev) else {
        return Ok(());
    };
    let journal = Journal::open(&state.journal())?;
    kept::keep(name, config, folder, &journal)?;
    remove::take_out(name, home, &turn, &files, &journal)?;
    drop(turn);
    remove::tell(&state, printer);
    printer.say(&format!("removed {name}"));
    Ok(())
}

/// Has the approved bytes run again, if others were put in their place.
pub fn restore(name: &ChannelName, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let turn = Turn::take(home, printer)?;
    let files = Files::read(home)?;
    let mut lock: Lock = files.lock.clone();
    let others = lock.channels.get_mut(name).and_then(|pin| pin.dev.take());
    if others.is_none() {
        return Ok(());
    }
    turn.write_lock(home, &files, &lock)?;
    drop(turn);
    control::reload(&home.open_state(None)?)?;
    printer.say(&format!("{name}: the approved bytes run again"));
    Ok(())
}
