//! `lockgate access import`: what another plugin's list comes to here, shown, and done if that is said. Nothing over there
//! is changed, and what is written here keeps every comment.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

use super::current;
use crate::access::{AccessBook, PersonName};
use crate::book;
use crate::book::import::plan::{Group, Members, Newcomer, Plan, State, Target, plan};
use crate::book::import::{ImportError, Official};
use crate::cli::args::ImportArgs;
use crate::cli::ask::{Person, Reply, typed_with};
use crate::cli::files::{Files, Turn};
use crate::cli::print::{Cell, Printer, Table, counted};
use crate::config::edit::import::{Additions, GroupLine, import};
use crate::config::{ChannelConfig, Config};
use crate::control::{self, Reloaded};
use crate::limits;
use crate::model::ChannelName;
use crate::paths::Home;
use crate::supervisor::describe;

/// How a newcomer gets another name, now or later.
const RENAME: &str = "to choose the names: --name ID=NAME, once for each; later, change them in access.toml, and in the groups of lockgate.toml that name them";

/// How often a name is asked for, before it is taken for refused.
const ASKED_TIMES: u32 = 3;

/// Shows what would become of the file, and does it with `--apply`.
///
/// # Errors
/// The file is no such list, something clashes with what stands here, or the files can't be written.
pub(super) fn run(args: &ImportArgs, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    let official = read(&args.file)?;
    let files = Files::read(home)?;
    let place = Place::find(args, &files.config)?;
    let list = current(home)?;
    let target = Target {
        network: &place.network,
        book: &list,
    };
    let mut plan = plan(&official, target);
    for (id, name) in &args.names {
        plan.call(id, name)?;
    }
    if args.apply {
        name(&mut plan, &args.names, printer, person)?;
    }
    plan.changes(&list)?;
    let additions = additions(&plan, &list);
    if let Some((channel, _)) = place.channel {
        import(&files.text, channel, &additions)?;
    }
    show(&plan, &list, &place, printer)?;
    if !args.apply {
        let line = typed_with(&["--apply".to_owned()], &[]);
        if plan.people.iter().any(|newcomer| newcomer.state == State::New) {
            printer.say(RENAME);
        }
        printer.say(&format!("nothing was changed; to do it, run: {line}"));
        return Ok(());
    }
    let go = "--apply is enough where nobody can be asked";
    if person == Person::AtTerminal && person.confirm(printer, "Write this?", go)? == Reply::No {
        printer.say("nothing was changed");
        return Ok(());
    }
    apply(&plan, &place, home, printer)
}

fn read(path: &Path) -> anyhow::Result<Official> {
    let doing = || format!("can't read {}; name another plugin's access.json", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(doing)?;
    let most = limits::IMPORT_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).with_context(doing)?;
    if bytes.len() > limits::IMPORT_BYTES {
        return Err(ImportError::TooLarge(path.to_owned()).into());
    }
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is no text in UTF-8; nothing was changed", path.display()))?;
    Ok(Official::parse(&text, path)?)
}

/// Where it goes.
struct Place<'a> {
    network: String,
    /// The channel that gets groups and policy, if there is one.
    channel: Option<(&'a ChannelName, &'a ChannelConfig)>,
}

impl<'a> Place<'a> {
    fn find(args: &ImportArgs, config: &'a Config) -> anyhow::Result<Self> {
        let channel = Self::channel(args, config)?;
        let network = match (channel.and_then(|(_, channel)| channel.network.clone()), &args.network) {
            (Some(has), Some(said)) if has != *said => {
                bail!("the channel has the network {has}, not {said}: leave --network out, or name another channel")
            }
            (Some(network), _) => network,
            (None, Some(said)) if channel.is_none() => said.clone(),
            _ => bail!(
                "nobody says to which network its ids belong: say --channel NAME of a channel with a network, or --network"
            ),
        };
        if !crate::model::is_name(&network) {
            bail!("{network} is no network: use a to z, 0 to 9, `-` and `_`, begin with a letter");
        }
        Ok(Self { network, channel })
    }

    /// The one that is named, or the only one that it can be.
    fn channel(args: &ImportArgs, config: &'a Config) -> anyhow::Result<Option<(&'a ChannelName, &'a ChannelConfig)>> {
        if let Some(name) = &args.channel {
            let found = config.channels.get_key_value(name);
            return found
                .map(Some)
                .with_context(|| format!("there is no channel {name}: `lockgate status` lists them"));
        }
        let fits = |channel: &ChannelConfig| match &args.network {
            Some(network) => channel.network.as_ref() == Some(network),
            None => channel.network.is_some(),
        };
        let mut fitting = config.channels.iter().filter(|(_, channel)| fits(channel));
        match (fitting.next(), fitting.next()) {
            (_, Some(_)) => bail!("more than one channel could be meant: say which with --channel NAME"),
            (one, None) => Ok(one),
        }
    }
}

/// Asks for the names; where nobody can be asked, those that were shown hold.
fn name(plan: &mut Plan, said: &[(String, PersonName)], printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    if person == Person::Away {
        return Ok(());
    }
    let is_open = |newcomer: &&mut Newcomer| {
        newcomer.state == State::New && !said.iter().any(|(id, _)| *id == newcomer.account.id)
    };
    for newcomer in plan.people.iter_mut().filter(is_open) {
        newcomer.name = asked(&newcomer.account.to_string(), &newcomer.name, printer, person)?;
    }
    Ok(())
}

fn asked(account: &str, usual: &PersonName, printer: &mut Printer, person: Person) -> anyhow::Result<PersonName> {
    for _ in 0..ASKED_TIMES {
        let typed = person.line(printer, &format!("Your name for {account} [{usual}]:"))?;
        if typed.is_empty() {
            return Ok(usual.clone());
        }
        match typed.parse() {
            Ok(name) => return Ok(name),
            Err(error) => printer.error(&crate::access::PersonNameError::to_string(&error)),
        }
    }
    bail!("no name was typed for {account}, so nothing was changed")
}

fn additions(plan: &Plan, list: &AccessBook) -> Additions {
    let groups = plan.groups.iter().map(|(id, group)| GroupLine {
        id: id.clone(),
        mention: group.mention,
        people: names(plan, group, list),
    });
    Additions {
        direct: plan.direct,
        groups: groups.collect(),
        patterns: plan.patterns.clone(),
        comments: plan.kept.iter().map(|kept| kept.comment()).collect(),
    }
}

/// Whose messages are heard in a group; `None`: everyone's.
fn names(plan: &Plan, group: &Group, list: &AccessBook) -> Option<Vec<String>> {
    let Members::Named(accounts) = &group.members else {
        return None;
    };
    let mut names: Vec<String> = Vec::new();
    for name in accounts.iter().filter_map(|account| plan.name_of(account, list)) {
        if !names.iter().any(|known| known == name.as_str()) {
            names.push(name.to_string());
        }
    }
    Some(names)
}

fn show(plan: &Plan, list: &AccessBook, place: &Place<'_>, printer: &mut Printer) -> anyhow::Result<()> {
    let mut table = Table::default();
    for person in &plan.people {
        let (sign, what) = match person.state {
            State::New => (
                Cell::good("+"),
                format!("is {}, and may speak to the session (chat)", person.account),
            ),
            State::Known => (Cell::faint("="), format!("is {} already", person.account)),
        };
        table.row([sign, Cell::strong(person.name.as_str()), Cell::plain(what)]);
    }
    if let Some((channel, config)) = place.channel {
        let (sign, direct) = direct(plan, config);
        table.row([sign, Cell::strong(channel.as_str()), Cell::plain(direct)]);
        for what in policy(plan, list) {
            table.row([Cell::good("+"), Cell::strong(channel.as_str()), Cell::plain(what)]);
        }
    }
    for kept in &plan.kept {
        let what = format!("{} = {}", kept.key, kept.value);
        table.row([Cell::faint("#"), Cell::plain("kept as a comment"), Cell::plain(what)]);
        table.note(Cell::faint(&kept.why));
    }
    printer.table(&table)?;
    remarks(plan, place, printer);
    Ok(())
}

/// What becomes of `dmPolicy`, also if that is nothing.
fn direct(plan: &Plan, config: &ChannelConfig) -> (Cell, String) {
    let here = config.direct.as_str();
    match plan.direct {
        Some(direct) if direct == config.direct => (
            Cell::faint("="),
            format!("direct messages: {here} already, as its dmPolicy says"),
        ),
        Some(direct) => (
            Cell::good("+"),
            format!("direct messages: {} instead of {here}", direct.as_str()),
        ),
        None => (
            Cell::faint("="),
            format!("direct messages: {here} as before, since it has no dmPolicy"),
        ),
    }
}

/// What is new in the channel's table besides.
fn policy(plan: &Plan, list: &AccessBook) -> Vec<String> {
    let groups = plan.groups.iter().map(|(id, group)| {
        let whom = match names(plan, group, list) {
            None => "everyone in it is heard".to_owned(),
            Some(names) => format!("{} heard", is_or_are(&names)),
        };
        let when = if group.mention {
            "when it addresses us"
        } else {
            "always"
        };
        format!("group {id}: {whom}, {when}")
    });
    let patterns = plan
        .patterns
        .iter()
        .map(|pattern| format!("counts as addressing us: {pattern}"));
    groups.chain(patterns).collect()
}

fn is_or_are(names: &[String]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// A group in which strangers are heard is no line among others.
fn warn_of_open_groups(plan: &Plan, channel: &ChannelName, printer: &mut Printer) {
    for (id, group) in plan
        .groups
        .iter()
        .filter(|(_, group)| group.members == Members::Everyone)
    {
        let what = if group.mention {
            "every message that addresses us"
        } else {
            "every message"
        };
        printer.warn(&format!(
            "group {id}: EVERY member is heard, strangers too, and {what}; to narrow it, write people = [...] in its entry under [channel.{channel}] in lockgate.toml"
        ));
    }
}

/// What the operator should know besides.
fn remarks(plan: &Plan, place: &Place<'_>, printer: &mut Printer) {
    if let Some((channel, _)) = place.channel {
        warn_of_open_groups(plan, channel, printer);
    }
    if plan.pending > 0 {
        let codes = counted(plan.pending as u64, "open code is", "open codes are");
        printer.say(&format!("{codes} not taken over: whoever waits writes again"));
    }
    if let Some(person) = plan.people.iter().find(|person| person.state == State::New) {
        printer.say(&format!(
            "over there all of them could approve, here none can yet; to give it to one: lockgate access allow {} --role approve",
            person.name
        ));
    }
    let has_more =
        plan.direct.is_some() || !plan.groups.is_empty() || !plan.patterns.is_empty() || !plan.kept.is_empty();
    if place.channel.is_none() && has_more {
        printer.warn(&format!(
            "no channel has the network {}, so its groups, its policy and the comments are left out; add one first to have them",
            place.network
        ));
    }
}

/// The list first: a group that names somebody who is not on it admits nobody by that.
fn apply(plan: &Plan, place: &Place<'_>, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let turn = Turn::take(home, printer)?;
    let files = Files::read(home)?;
    let text = match place.channel {
        None => files.text.clone(),
        Some((channel, _)) => {
            let list = current(home)?;
            import(&files.text, channel, &additions(plan, &list))?
        }
    };
    Config::parse(&text, &home.config_file()).context("lockgate.toml would not be readable, so nothing was changed")?;
    let changes = book::change(home, |list| plan.changes(list))?;
    turn.write_config(home, &files, &text)
        .context("the people are on the list already, and lockgate.toml could not be written")?;
    drop(turn);
    super::tell(&changes, printer)?;
    let told = home.open_state(None).map_err(anyhow::Error::from);
    match told.and_then(|state| Ok(control::reload(&state)?)) {
        Ok(Reloaded::Told) => printer.say("the running lockgate has taken it over; see `lockgate status`"),
        Ok(Reloaded::NobodyRuns) => {}
        Err(error) => printer.warn(&describe(error.as_ref())),
    }
    Ok(())
}
