//! The end of `add`: a running owner is told, and the operator reads what to do next.

use std::net::SocketAddr;

use super::{Decision, label, moved};
use crate::access::DirectPolicy;
use crate::book::Book;
use crate::cli::print::{Cell, Printer, Table};
use crate::config::ChannelConfig;
use crate::control::{self, ControlError, Reloaded};
use crate::paths::{Home, StateDir};
use crate::supervisor::describe;

/// Tells and shows.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn show(decision: &Decision, home: &Home, state: &StateDir, printer: &mut Printer) -> anyhow::Result<()> {
    let told = control::reload(state);
    printer.table(&table(decision, listen(decision, state, &told)))?;
    match told {
        Ok(Reloaded::Told) => {
            printer.say("the running lockgate has taken it over; see `lockgate status`");
        }
        // Where it is developed, a session begins in this terminal.
        Ok(Reloaded::NobodyRuns) if decision.config.dev => {}
        Ok(Reloaded::NobodyRuns) => {
            printer.say("it runs with the next channel session; `lockgate setup` says how to start one");
        }
        Err(error) => printer.warn(&format!("{}; what was added stays added", describe(&error))),
    }
    // People who are not answered are rarely what is being developed.
    if decision.config.dev && decision.candidate.examined.manifest.sink.is_none() {
        return Ok(());
    }
    if let Some(advice) = who_is_heard(&decision.config, &Book::new(home.clone())) {
        printer.say(&advice);
    }
    Ok(())
}

/// What to type next, if nobody would be heard in the channel although people could write there.
pub(super) fn who_is_heard(config: &ChannelConfig, book: &Book) -> Option<String> {
    let network = config.network.as_deref()?;
    let list = book.current();
    let accounts = list.people().iter().flat_map(|person| &person.accounts);
    let mut heard = accounts.filter(|account| list.admits(&account.network, &account.id).is_some());
    if config.direct == DirectPolicy::Disabled || heard.any(|account| account.network == network) {
        return None;
    }
    let why = book.problem();
    Some(why.unwrap_or_else(|| match config.direct {
        DirectPolicy::Pairing => {
            "nobody is heard in it yet; to be heard, write to it, and type the code that it answers: lockgate access pair CODE --as owner".to_owned()
        }
        _ => format!("nobody is heard in it yet; to be heard, run: lockgate access allow owner {network}:ID (ID: your account's there)"),
    }))
}

/// Where hooks are heard: where the owner says, or where the configuration does.
fn listen(decision: &Decision, state: &StateDir, told: &Result<Reloaded, ControlError>) -> SocketAddr {
    let owner = match told {
        Ok(Reloaded::Told) => control::status(state).ok().flatten(),
        _ => None,
    };
    let heard = owner.and_then(|report| report.listen);
    heard.unwrap_or(decision.before.config.listen)
}

fn table(decision: &Decision, listen: SocketAddr) -> Table {
    let (name, about) = (
        decision.candidate.name.as_str(),
        &decision.candidate.examined.manifest.about,
    );
    let done = if decision.before.lock.channels.contains_key(&decision.candidate.name) {
        "updated"
    } else {
        "added"
    };
    let mut table = Table::default();
    table.row([
        Cell::good(done),
        Cell::plain(format!("{name}: {} {}", about.name, about.version)),
    ]);
    table.row([
        label("digest"),
        Cell::plain(decision.candidate.examined.digest.to_string()),
    ]);
    if let Some(before) = decision.before.config.channels.get(&decision.candidate.name) {
        moved::rows(&mut table, before, &decision.config);
    }
    calls(&mut table, decision, listen);
    for (command, given) in decision.grant.commands() {
        if given.arguments.is_empty() && given.more.is_none() {
            let text = format!(
                "{command} without any argument of the channel's; `arguments` under [channel.{name}.commands.{command}] in \
                 lockgate.toml would allow some"
            );
            table.row([label("may run"), Cell::plain(text)]);
        }
    }
    table
}

/// Where it is called, and what has to be given before it is called there.
fn calls(table: &mut Table, decision: &Decision, listen: SocketAddr) {
    let name = &decision.candidate.name;
    // Port 0 is the system's choice, and not known before somebody listens.
    let port = if listen.port() == 0 {
        "PORT".to_owned()
    } else {
        listen.port().to_string()
    };
    let host = listen.to_string();
    let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
    for rule in decision.grant.rules() {
        let methods = rule.methods.join(" or ");
        let text = format!("{methods} http://{host}:{port}/{name}{}", rule.path);
        table.row([label("call"), Cell::plain(text)]);
    }
    let asleep = decision.grant.dormant_rules().iter();
    let asleep: Vec<String> = asleep
        .map(|rule| format!("{} (--secret {}=ask)", rule.path, rule.secret))
        .collect();
    if !asleep.is_empty() {
        let text = format!("{}: give the secret to wake it", asleep.join(", "));
        table.row([label("asleep"), Cell::plain(text)]);
    }
}
