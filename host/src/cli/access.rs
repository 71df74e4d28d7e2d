//! `lockgate access`: who is heard. Every change is the operator's own, typed by him; it counts from the next message on,
//! without a restart.

mod admit;
mod import;
mod list;
#[cfg(test)]
mod tests;
mod unheard;
mod waiting;

pub(super) use admit::invite;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::bail;

use super::ExitStatus;
use super::args::{AccessArgs, AccessVerb, AllowArgs, ForgetArgs};
use super::ask::{Hands, Person, typed};
use super::confirm::{self, Named};
use super::files::Files;
use super::print::{Cell, Printer, Table};
use crate::access::{AccessBook, Account, PersonName, Role};
use crate::book::{self, Book, BookError, Change};
use crate::paths::Home;

/// Shows or changes the allowlist.
///
/// # Errors
/// access.toml can't be read or written, or makes no sense; or a session tries to widen it.
pub fn run(args: &AccessArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let Some(verb) = &args.verb else {
        return list::run(&args.list, home, printer);
    };
    if widens(verb) {
        Hands::here().check("who is heard", &typed())?;
    }
    act(verb, home, printer, Person::here())
}

/// Whether somebody could be heard after it who is not heard now.
fn widens(verb: &AccessVerb) -> bool {
    match verb {
        AccessVerb::Allow(_) | AccessVerb::Pair(_) | AccessVerb::Invite(_) | AccessVerb::Import(_) => true,
        AccessVerb::List(_) | AccessVerb::Cancel(_) | AccessVerb::Deny(_) | AccessVerb::Remove(_) => false,
    }
}

fn act(verb: &AccessVerb, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<ExitStatus> {
    match verb {
        AccessVerb::List(args) => return list::run(args, home, printer),
        AccessVerb::Allow(args) => allow(args, home, printer, person)?,
        AccessVerb::Pair(args) => admit::pair(args, home, printer, person)?,
        AccessVerb::Invite(args) => admit::invite(args, home, printer, person)?,
        AccessVerb::Cancel(args) => admit::cancel(args, home, printer)?,
        AccessVerb::Import(args) => import::run(args, home, printer, person)?,
        AccessVerb::Deny(args) => {
            let changes = book::change(home, |list| Ok(book::deny(list, &args.accounts)))?;
            tell(&changes, printer)?;
            admit::close(None, &args.accounts, home, printer)?;
            warn_of_networks(&args.accounts, home, printer);
        }
        AccessVerb::Remove(args) => remove(args, home, printer)?,
    }
    Ok(ExitStatus::Success)
}

fn allow(args: &AllowArgs, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    let roles: Vec<Role> = args.roles.iter().copied().map(Role::from).collect();
    let changes = book::change(home, |list| book::allow(list, &args.name, &args.accounts, &roles))?;
    tell(&changes, printer)?;
    warn_of_person(&args.name, &Book::new(home.clone()).current(), printer);
    warn_of_handles(&args.accounts, printer);
    warn_of_networks(&args.accounts, home, printer);
    let named = Named {
        owner: &args.name,
        accounts: &args.accounts,
    };
    confirm::settle(home, named, printer, person)
}

/// Takes somebody from the list, and back what would bring him there again.
fn remove(args: &ForgetArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    match book::change(home, |list| book::remove(list, &args.name, &args.accounts)) {
        Ok(changes) => {
            tell(&changes, printer)?;
            admit::close(Some(&args.name), &args.accounts, home, printer)?;
        }
        // Somebody who was only invited.
        Err(error @ BookError::NoPerson(_)) => {
            if admit::close(Some(&args.name), &[], home, printer)? == 0 {
                return Err(error.into());
            }
        }
        Err(error) => return Err(error.into()),
    }
    warn_of_person(&args.name, &Book::new(home.clone()).current(), printer);
    Ok(())
}

/// The list, if it can be read.
fn current(home: &Home) -> anyhow::Result<Arc<AccessBook>> {
    let book = Book::new(home.clone());
    let list = book.current();
    match book.problem() {
        None => Ok(list),
        Some(problem) => bail!("{problem}"),
    }
}

/// What is different now, as the answer.
fn tell(changes: &[Change], printer: &mut Printer) -> anyhow::Result<()> {
    if changes.is_empty() {
        printer.line("nothing to change: it is so already")?;
        return Ok(());
    }
    let mut table = Table::default();
    for change in changes {
        table.row(row(change));
    }
    printer.table(&table)?;
    printer.say("this counts from the next message on");
    Ok(())
}

fn row(change: &Change) -> [Cell; 3] {
    let (sign, who, what) = match change {
        Change::Person(name) => ("+", name.to_string(), "is on the list".to_owned()),
        Change::Role(name, Role::Chat) => ("+", name.to_string(), "may speak to the session (chat)".to_owned()),
        Change::Role(name, Role::Approve) => {
            let what = "may answer its questions for permission (approve)";
            ("+", name.to_string(), what.to_owned())
        }
        Change::Account(name, account) => ("+", name.to_string(), format!("is {account}")),
        Change::Undenied(account) => ("+", account.to_string(), "is denied no more".to_owned()),
        Change::Denied(account) => ("-", account.to_string(), "is denied".to_owned()),
        Change::NoAccount(name, account) => ("-", name.to_string(), format!("is {account} no more")),
        Change::NoPerson(person) => {
            let accounts: Vec<String> = person.accounts.iter().map(Account::to_string).collect();
            let what = format!("is not on the list any more ({})", accounts.join(", "));
            ("-", person.name.to_string(), what)
        }
    };
    let sign = if sign == "+" { Cell::good(sign) } else { Cell::bad(sign) };
    [sign, Cell::strong(who), Cell::plain(what)]
}

/// A person who is on the list and not heard all the same.
fn warn_of_person(name: &PersonName, list: &AccessBook, printer: &mut Printer) {
    let Some(person) = list.person(name) else { return };
    if !person.roles.contains(&Role::Chat) {
        printer.warn(&format!(
            "{name} is not heard without the role chat; run: lockgate access allow {name} --role chat"
        ));
    }
    if person.accounts.is_empty() {
        printer.warn(&format!(
            "{name} has no account any more, so he is not heard; to take him from the list, run: lockgate access remove {name}"
        ));
    }
}

/// A user name where an id should stand: nobody is heard by it, or once it is another's, the wrong one.
fn warn_of_handles(accounts: &[Account], printer: &mut Printer) {
    for account in accounts.iter().filter(|account| account.is_handle()) {
        printer.warn(&format!(
            "{account} looks like a user name: an id is what the platform calls stable, rarely a name; write to the channel, and `lockgate access` shows it"
        ));
    }
}

/// An id of a network that no channel speaks for: most likely a typing error.
fn warn_of_networks(accounts: &[Account], home: &Home, printer: &mut Printer) {
    let files = match Files::read(home) {
        Ok(files) => files,
        Err(error) => return printer.warn(&format!("{error:#}")),
    };
    let channels = files.config.channels.values();
    let known: BTreeSet<&str> = channels.filter_map(|channel| channel.network.as_deref()).collect();
    let named: BTreeSet<&str> = accounts.iter().map(|account| account.network.as_str()).collect();
    for network in named.difference(&known) {
        let known: Vec<&str> = known.iter().copied().collect();
        let instead = if known.is_empty() {
            "none has a network yet; `lockgate add` gives one".to_owned()
        } else {
            format!("they have {}", known.join(", "))
        };
        printer.warn(&format!(
            "no channel has the network {network}, so this changes nothing yet: {instead}"
        ));
    }
}
