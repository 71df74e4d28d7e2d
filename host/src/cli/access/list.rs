//! `lockgate access list`: who is heard and who is denied, who waits with a code or has an invitation, and what the gate
//! dropped lately, so that nobody has to guess why a message did not come. Changes nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::unheard::Unheard;
use super::waiting::Waiting;
use crate::access::{AccessBook, Account, Person, Role};
use crate::book::Book;
use crate::cli::ExitStatus;
use crate::cli::args::ListArgs;
use crate::cli::confirm;
use crate::cli::print::{Cell, Printer, Table};
use crate::model::UnixMillis;
use crate::paths::Home;

/// Prints the list.
///
/// # Errors
/// The journal can't be read. That the list can't is part of the answer.
pub(super) fn run(args: &ListArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let book = Book::new(home.clone());
    let (list, problem) = (book.current(), book.problem());
    let unheard = Unheard::read(home, &list, printer)?;
    let (waiting, now) = (Waiting::read(home), UnixMillis::now());
    if args.json {
        let mut json = as_json(&list, problem.as_deref());
        waiting.add_to(&mut json, now);
        unheard.add_to(&mut json);
        printer.json(&json)?;
    } else {
        let mut table = people(&list, problem.as_deref());
        confirm::undecided(home, now)?.into_iter().for_each(|line| {
            table.line(Cell::bad(line));
        });
        printer.table(&table)?;
        printer.table(&waiting.table(now))?;
        printer.table(&unheard.table(now))?;
    }
    let problems = [problem, waiting.problem];
    problems.iter().flatten().for_each(|problem| printer.error(problem));
    let is_sound = problems.iter().all(Option::is_none);
    Ok(if is_sound {
        ExitStatus::Success
    } else {
        ExitStatus::Failed
    })
}

fn people(list: &AccessBook, problem: Option<&str>) -> Table {
    let mut table = Table::default();
    if problem.is_some() {
        table.line(Cell::bad("nobody is heard, because the allowlist can't be read"));
        return table;
    }
    if list.people().is_empty() {
        table
            .line("nobody is on the allowlist; `lockgate access allow NAME NETWORK:ID` or `invite NAME` adds somebody");
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

fn as_json(list: &AccessBook, problem: Option<&str>) -> Value {
    let people: Vec<Value> = list
        .people()
        .iter()
        .map(|person| json!({"name": person.name.as_str(), "roles": person.roles, "ids": ids(&person.accounts)}))
        .collect();
    json!({"problem": problem, "people": people, "denied": ids(list.denied())})
}

/// By network.
fn ids<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut by_network: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for account in accounts {
        by_network.entry(&account.network).or_default().push(&account.id);
    }
    by_network
}
