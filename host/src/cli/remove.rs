//! `lockgate remove`: shows what goes, ends the channel's life and takes it out of the operator's files. Done again
//! after a crash, it does the rest.

use anyhow::bail;

use super::args::RemoveArgs;
use super::ask::{Person, Reply, again};
use super::asks::place;
use super::files::{Files, Turn};
use super::print::{Cell, Printer, Table, bytes, counted};
use super::{ExitStatus, Refusal};
use crate::config::SecretSource;
use crate::config::edit::remove_channel;
use crate::control::{self, Reloaded};
use crate::journal::{Journal, JournalError};
use crate::model::{ChannelName, InstanceId, UnixMillis};
use crate::paths::{Home, StateDir};
use crate::supervisor::describe;

/// Takes a channel away.
///
/// # Errors
/// There is none of this name, it was not confirmed, or the disk can't be written.
pub fn run(args: &RemoveArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    remove(args, home, printer, Person::here())
}

fn remove(args: &RemoveArgs, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<ExitStatus> {
    let before = Files::read(home)?;
    check_there(&before, &args.name)?;
    let state = home.open_state(None)?;
    let journal = Journal::open(&state.journal())?;
    let instance = before.lock.channels.get(&args.name).map(|pin| pin.instance);
    printer.show(&what_goes(&before, &args.name, instance, (home, &journal))?);
    if !args.yes {
        let (question, instead) = (format!("Remove {}?", args.name), format!("run: {}", again()));
        if person.confirm(printer, &question, &instead)? == Reply::No {
            printer.say("nothing was changed");
            return Ok(ExitStatus::Refused);
        }
    }
    let turn = Turn::take(home, printer)?;
    take_out(&args.name, home, &turn, &before, &journal)?;
    tell(&state, printer);
    printer.line(&format!("removed {}", args.name))?;
    Ok(ExitStatus::Success)
}

fn check_there(files: &Files, name: &ChannelName) -> anyhow::Result<()> {
    if files.config.channels.contains_key(name) || files.lock.channels.contains_key(name) {
        return Ok(());
    }
    bail!("there is no channel {name}; `lockgate status` lists the channels")
}

fn what_goes(
    files: &Files,
    name: &ChannelName,
    instance: Option<InstanceId>,
    (home, journal): (&Home, &Journal),
) -> Result<Table, JournalError> {
    let mut table = Table::default();
    table.line(Cell::strong(format!("removing {name}")));
    let mut row = |label: &str, text: String| {
        table.row([Cell::faint(label), Cell::plain(text)]);
    };
    if let Some(pin) = files.lock.channels.get(name) {
        row("is", format!("{} {}, {}", pin.name, pin.version, pin.digest));
    }
    if let Some(instance) = instance {
        let counts = journal.counts()?.into_iter().find(|count| count.instance == instance);
        let waiting = counts.map_or(0, |count| count.held + count.collected + count.sent);
        let store = journal.store_size(instance)?;
        row("goes", counted(waiting, "event that waits", "events that wait"));
        row("goes", format!("{} that it keeps", bytes(store)));
        row(
            "goes",
            format!(
                "its files, what came in and what was to be sent: to {}, for a week",
                home.state_dir().join("trash").display()
            ),
        );
    }
    let Some(config) = files.config.channels.get(name) else {
        return Ok(table);
    };
    row(
        "goes",
        format!("[channel.{name}] with all below it in {}", home.config_file().display()),
    );
    for (secret, source) in &config.secrets {
        let text = match source {
            SecretSource::Stored(entry) => format!(
                "its secret {secret} in secrets.toml, as {entry}; `lockgate secret remove {entry}` takes it away"
            ),
            elsewhere => format!("its secret {secret}, {}", place(elsewhere)),
        };
        row("stays", text);
    }
    Ok(table)
}

pub(super) fn take_out(
    name: &ChannelName,
    home: &Home,
    turn: &Turn,
    before: &Files,
    journal: &Journal,
) -> anyhow::Result<()> {
    let files = Files::read(home)?;
    if files.lock.channels.get(name) != before.lock.channels.get(name) {
        return Err(Refusal(format!(
            "{name} was changed by somebody else meanwhile; run the command again"
        ))
        .into());
    }
    if let Some(pin) = files.lock.channels.get(name) {
        match journal.end_instance(pin.instance, UnixMillis::now()) {
            // It ended in a removal that did not come to its end.
            Ok(()) | Err(JournalError::NoInstance(_)) => {}
            Err(error) => return Err(error.into()),
        }
        home.open_state(None)?.retire(name, pin.instance, UnixMillis::now())?;
    }
    if files.config.channels.contains_key(name) {
        turn.write_config(home, &files, &remove_channel(&files.text, name)?)?;
    }
    let mut lock = files.lock.clone();
    lock.channels.remove(name);
    turn.write_lock(home, &files, &lock)
}

pub(super) fn tell(state: &StateDir, printer: &mut Printer) {
    match control::reload(state) {
        Ok(Reloaded::Told) => printer.say("the running lockgate has stopped it"),
        Ok(Reloaded::NobodyRuns) => {}
        Err(error) => printer.warn(&describe(&error)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::print::tests::to_memory;
    use super::*;
    use crate::config::{ChannelConfig, edit::put_channel};
    use crate::lockfile::Pin;
    use crate::model::Digest;

    /// A home with one channel, as `add` leaves it.
    fn home(dir: &tempfile::TempDir) -> Home {
        let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
        let journal = Journal::open(&home.open_state(None).unwrap().journal()).unwrap();
        let name: ChannelName = "ci".parse().unwrap();
        let instance = journal.add_instance(&name, UnixMillis::now()).unwrap();
        let (mut printer, _, _) = to_memory();
        let turn = Turn::take(&home, &mut printer).unwrap();
        let files = Files::read(&home).unwrap();
        let mut config = ChannelConfig::of("/w.wasm".into());
        config
            .secrets
            .insert("key".into(), SecretSource::Stored("ci-key".into()));
        let text = put_channel("# mine\nalways-on = true\n", &name, &config).unwrap();
        turn.write_config(&home, &files, &text).unwrap();
        let (digest, version) = (Digest::of(b"x"), "1".to_owned());
        let pin = Pin {
            digest,
            file: digest,
            instance,
            name: "w".into(),
            version,
            relay: None,
            dev: None,
        };
        let mut lock = files.lock.clone();
        lock.channels.insert(name, pin);
        turn.write_lock(&home, &files, &lock).unwrap();
        home
    }

    fn args(yes: bool) -> RemoveArgs {
        RemoveArgs {
            name: "ci".parse().unwrap(),
            yes,
        }
    }

    #[test]
    fn what_goes_is_shown_and_goes() {
        let (dir, (mut printer, answer, talk)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        remove(&args(true), &home, &mut printer, Person::Away).unwrap();
        assert_eq!(answer.text(), "removed ci\n");
        let (trash, config) = (home.state_dir().join("trash"), home.config_file());
        let expected = format!(
            "\
removing ci
is     w 1, sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
goes   0 events that wait
goes   0 bytes that it keeps
goes   its files, what came in and what was to be sent: to {}, for a week
goes   [channel.ci] with all below it in {}
stays  its secret key in secrets.toml, as ci-key; `lockgate secret remove ci-key` takes it away
",
            trash.display(),
            config.display()
        );
        // A long path is wrapped.
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&talk.text()), words(&expected));
        let files = Files::read(&home).unwrap();
        assert!(files.config.channels.is_empty() && files.lock.channels.is_empty());
        assert!(files.text.starts_with("# mine\nalways-on = true\n"), "{}", files.text);
        let again = remove(&args(true), &home, &mut printer, Person::Away).unwrap_err();
        assert!(again.to_string().contains("there is no channel ci"), "{again}");
    }

    #[test]
    fn a_removal_that_was_cut_short_can_be_repeated() {
        let (dir, (mut printer, _, _)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        let journal = Journal::open(&home.open_state(None).unwrap().journal()).unwrap();
        let files = Files::read(&home).unwrap();
        let pin = &files.lock.channels[&args(true).name];
        journal.end_instance(pin.instance, UnixMillis::now()).unwrap();
        assert_eq!(
            remove(&args(true), &home, &mut printer, Person::Away).unwrap(),
            ExitStatus::Success
        );
    }

    #[test]
    fn without_a_yes_nothing_goes() {
        let (dir, (mut printer, _, _)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        let before = Files::read(&home).unwrap();
        let refused = remove(&args(false), &home, &mut printer, Person::Away).unwrap_err();
        assert!(refused.is::<Refusal>() && refused.to_string().ends_with(" --yes"));
        assert_eq!(Files::read(&home).unwrap(), before);
    }
}
