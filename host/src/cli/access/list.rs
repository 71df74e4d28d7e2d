//! `lockgate access list`: who is heard and who is denied, and what the gate dropped lately, so that nobody has to guess
//! why a message did not come. Changes nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::access::{AccessBook, Account, DropReason, Person, Role};
use crate::book::Book;
use crate::cli::ExitStatus;
use crate::cli::args::ListArgs;
use crate::cli::print::{Cell, Printer, Table, ago};
use crate::journal::Journal;
use crate::model::{ChannelName, InstanceId, UnixMillis};
use crate::paths::Home;
use crate::supervisor;

/// What the gate dropped in one channel for one reason.
struct Dropped {
    channel: ChannelName,
    reason: DropReason,
    count: u64,
    last: UnixMillis,
}

/// Prints the list.
///
/// # Errors
/// The journal can't be read. That the list can't is part of the answer.
pub(super) fn run(args: &ListArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let book = Book::new(home.clone());
    let (list, problem) = (book.current(), book.problem());
    let dropped = dropped(home, printer)?;
    if args.json {
        printer.json(&as_json(&list, problem.as_deref(), &dropped))?;
    } else {
        printer.table(&people(&list, problem.as_deref()))?;
        if !dropped.is_empty() {
            printer.table(&not_heard(&dropped, UnixMillis::now()))?;
        }
    }
    let Some(problem) = problem else {
        return Ok(ExitStatus::Success);
    };
    printer.error(&problem);
    Ok(ExitStatus::Failed)
}

/// What was counted for the channels that there are, if anything ever was.
fn dropped(home: &Home, printer: &mut Printer) -> anyhow::Result<Vec<Dropped>> {
    let journal = home.state_dir().join("journal.sqlite");
    if !journal.exists() {
        return Ok(Vec::new());
    }
    let wanted = match supervisor::read(home) {
        Ok(wanted) => wanted,
        Err(problem) => {
            printer.warn(&problem);
            return Ok(Vec::new());
        }
    };
    let names: BTreeMap<InstanceId, ChannelName> = wanted
        .specs
        .into_iter()
        .map(|(name, spec)| (spec.pin.instance, name))
        .collect();
    let tallies = Journal::peek(&journal)?.tallies()?;
    let of_the_gate = tallies.into_iter().filter_map(|tally| {
        let reason = DropReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == tally.reason)?;
        Some(Dropped {
            channel: names.get(&tally.instance)?.clone(),
            reason,
            count: tally.count,
            last: tally.last,
        })
    });
    let mut all: Vec<Dropped> = of_the_gate.collect();
    all.sort_by_key(|dropped| std::cmp::Reverse(dropped.last));
    Ok(all)
}

fn people(list: &AccessBook, problem: Option<&str>) -> Table {
    let mut table = Table::default();
    if problem.is_some() {
        table.line(Cell::bad("nobody is heard, because the allowlist can't be read"));
        return table;
    }
    if list.people().is_empty() {
        table.line("nobody is on the allowlist; `lockgate access allow NAME NETWORK:ID` adds somebody");
    } else {
        table.row(["person", "may", "accounts"].map(Cell::faint));
    }
    for person in list.people() {
        let (first, more) = accounts(person);
        table.row([Cell::strong(person.name.as_str()), roles(person), Cell::plain(first)]);
        for account in more {
            table.row([Cell::plain(""), Cell::plain(""), Cell::plain(account)]);
        }
    }
    for account in list.denied() {
        let owner = list.owner(&account.network, &account.id);
        let whose = owner.map_or(String::new(), |owner| format!(", {}'s", owner.name));
        table.row([
            Cell::bad("denied"),
            Cell::plain(""),
            Cell::plain(format!("{account}{whose}")),
        ]);
    }
    table
}

fn roles(person: &Person) -> Cell {
    let names: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
    if person.roles.contains(&Role::Chat) {
        Cell::plain(names.join(", "))
    } else {
        Cell::bad(format!("{} (not heard)", names.join(", ")).trim_start())
    }
}

fn accounts(person: &Person) -> (String, Vec<String>) {
    let mut all = person.accounts.iter().map(Account::to_string);
    let first = all.next().unwrap_or_else(|| "none, so not heard".to_owned());
    (first, all.collect())
}

fn not_heard(dropped: &[Dropped], now: UnixMillis) -> Table {
    let mut table = Table::default();
    table.gap();
    table.row(["not heard in", "because", "times", "last"].map(Cell::faint));
    for one in dropped {
        table.row([
            Cell::strong(one.channel.as_str()),
            Cell::plain(one.reason.as_str()),
            Cell::plain(one.count.to_string()),
            Cell::plain(ago(now.since(one.last))),
        ]);
        table.note(Cell::faint(meaning(one)));
    }
    table
}

/// What a reason means, and how the operator would have it otherwise.
fn meaning(dropped: &Dropped) -> String {
    let channel = &dropped.channel;
    match dropped.reason {
        DropReason::UnknownPerson => {
            "an account that is not on the list; `lockgate access allow NAME NETWORK:ID` adds it".to_owned()
        }
        DropReason::DeniedPerson => "an account that you have denied".to_owned(),
        DropReason::Bot => format!(
            "an account that its network calls a program; `bots = true` under [channel.{channel}] in lockgate.toml lets those on the list speak"
        ),
        DropReason::DirectDisabled => {
            format!(
                "a direct message; `direct = \"allowlist\"` under [channel.{channel}] in lockgate.toml lets people on the list write"
            )
        }
        DropReason::GroupNotGranted => {
            format!(
                "a message in a group; `groups.\"ID\" = {{}}` under [channel.{channel}] in lockgate.toml lets the list speak there"
            )
        }
        DropReason::NotInGroup => {
            format!(
                "somebody of the list, in a group where `people` under [channel.{channel}] in lockgate.toml names others"
            )
        }
        DropReason::NotAddressed => {
            format!(
                "a message to others in a group; `digest = true` in its entry under [channel.{channel}] keeps such for `inbox`"
            )
        }
        DropReason::EventsOff => {
            format!(
                "a thing, such as a build or a feed; `events = \"verified\"` under [channel.{channel}] in lockgate.toml lets them speak"
            )
        }
        DropReason::Unverified => {
            format!(
                "a thing, without a signature; `events = \"all\"` under [channel.{channel}] in lockgate.toml asks for none"
            )
        }
    }
}

fn as_json(list: &AccessBook, problem: Option<&str>, dropped: &[Dropped]) -> Value {
    let people: Vec<Value> = list
        .people()
        .iter()
        .map(|person| json!({"name": person.name.as_str(), "roles": person.roles, "ids": ids(&person.accounts)}))
        .collect();
    let dropped: Vec<Value> = dropped
        .iter()
        .map(|one| {
            let (channel, reason) = (one.channel.as_str(), one.reason.as_str());
            json!({"channel": channel, "reason": reason, "count": one.count, "last": one.last})
        })
        .collect();
    json!({"problem": problem, "people": people, "denied": ids(list.denied()), "dropped": dropped})
}

/// By network.
fn ids<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut by_network: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for account in accounts {
        by_network.entry(&account.network).or_default().push(&account.id);
    }
    by_network
}
