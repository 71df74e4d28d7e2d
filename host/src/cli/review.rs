//! `lockgate review`: what is different between the bytes that were approved and those that stand in the file now, before
//! they are accepted. What is accepted is what was shown: the bytes are read once, or named by their digest.

use anyhow::{Context, anyhow};

use super::approve::{Assent, Candidate, Order, approve};
use super::args::ReviewArgs;
use super::ask::{Hands, Person, typed};
use super::check::Named;
use super::files::Files;
use super::print::{Cell, Printer, Table, shell_word};
use super::{ExitStatus, Refusal};
use crate::access::AccessBook;
use crate::book::Book;
use crate::components;
use crate::config::ChannelConfig;
use crate::control;
use crate::journal::{Journal, Reader, Resumed};
use crate::lockfile::{Pin, RelayPin};
use crate::model::{ChannelName, Digest};
use crate::paths::Home;
use crate::supervisor::{self, drift, unrelayed};
use crate::widening::may_approve;

/// Lists what needs a review, shows one, or accepts.
///
/// # Errors
/// There is no such channel, its file can't be read or is no channel, or what it needs was not given.
pub fn run(args: &ReviewArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    if args.accept || args.resume || !args.choices.is_empty() {
        Hands::here().check("what a channel may do", &typed())?;
    }
    review(args, home, printer, Person::here())
}

fn review(args: &ReviewArgs, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<ExitStatus> {
    let Some(name) = &args.name else {
        return list(home, printer);
    };
    let files = Files::read(home)?;
    let (config, pin) = there(&files, name)?;
    if args.resume {
        return resume(name, pin, home, printer);
    }
    let candidate = Candidate::of(name, Named::read(&config.component)?)?;
    candidate.check_shown(args.digest, &format!("lockgate review {name}"))?;
    if candidate.is_pinned(Some(pin)) && !args.choices.are_relay_alone() {
        check_idle(args, name, config)?;
        printer.line(&format!(
            "{name}: the file holds the very bytes that were approved, {}",
            pin.digest
        ))?;
        return Ok(ExitStatus::Success);
    }
    if candidate.is_pinned(Some(pin)) && config.relay && pin.relay_pin() == RelayPin::Held {
        return carries(name, config, pin, home, printer);
    }
    approve(
        order(args, name, &candidate.examined.digest),
        candidate,
        home,
        printer,
        person,
    )
}

/// What was granted already: nothing is written, and it is said who may answer.
fn carries(
    name: &ChannelName,
    config: &ChannelConfig,
    pin: &Pin,
    home: &Home,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    printer.line(&format!(
        "{name} may carry approvals, by the bytes {}; it could already",
        pin.digest
    ))?;
    if let Some(network) = &config.network {
        printer.line(&who_answers(network, &Book::new(home.clone()).current()))?;
    }
    Ok(ExitStatus::Success)
}

/// Who may answer questions in a network, or what to type if nobody may.
fn who_answers(network: &str, list: &AccessBook) -> String {
    let mut may: Vec<String> = may_approve(list)
        .into_iter()
        .filter(|account| account.network == network)
        .filter_map(|account| list.owner(network, &account.id).map(|person| person.name.to_string()))
        .collect();
    may.dedup();
    if may.is_empty() {
        return format!("nobody may approve yet: lockgate access allow NAME {network}:ID --role approve");
    }
    format!("who may answer: {}", may.join(", "))
}

/// A review decides upon other bytes. Where there are none, flags that give or take something would be lost.
fn check_idle(args: &ReviewArgs, name: &ChannelName, config: &ChannelConfig) -> anyhow::Result<()> {
    if args.choices.is_empty() {
        return Ok(());
    }
    let component = shell_word(&config.component.to_string());
    Err(Refusal(format!(
        "{name}: the file holds the very bytes that were approved, so there is nothing to review and nothing was changed; \
         to give it something else, use the same flags with: lockgate add {component} --name {name}"
    ))
    .into())
}

/// `--accept` with the digest that was shown is a yes; without it, or without a digest, he is asked.
fn order<'a>(args: &'a ReviewArgs, name: &ChannelName, digest: &Digest) -> Order<'a> {
    let assent = if args.accept && args.digest.is_some() {
        Assent::Given
    } else {
        Assent::Asked
    };
    Order {
        choices: &args.choices,
        assent,
        question: format!("Accept it as {name}?"),
        confirming: vec!["--accept".to_owned(), "--digest".to_owned(), digest.to_string()],
    }
}

fn there<'a>(files: &'a Files, name: &ChannelName) -> anyhow::Result<(&'a ChannelConfig, &'a Pin)> {
    let config = files.config.channels.get(name);
    let Some(config) = config else {
        return Err(unknown(name));
    };
    let pin = files.lock.channels.get(name).with_context(|| {
        let component = &config.component;
        format!("{name} was never approved, so nothing can be compared; run: lockgate add {component} --name {name}")
    })?;
    Ok((config, pin))
}

/// Nothing was added under this name.
pub(super) fn unknown(name: &ChannelName) -> anyhow::Error {
    if components::bundled(name.as_str()).is_some() {
        return anyhow!("{name} comes along, and was not added; run: lockgate add {name}");
    }
    anyhow!(
        "there is no channel {name}; `lockgate status` lists the channels; `lockgate add NAME` adds one that comes along: {}",
        components::bundled_names()
    )
}

/// The channels that wait for the operator: with other bytes than the approved ones, never approved, or quarantined.
fn list(home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let wanted = supervisor::read(home).map_err(anyhow::Error::msg)?;
    let journal = journal(home)?;
    let mut table = Table::default();
    let mut open: Vec<(&ChannelName, String)> = Vec::new();
    for (name, spec) in &wanted.specs {
        open.extend(drift(name, spec).map(|why| (name, why)));
        open.extend(unrelayed(name, spec).map(|why| (name, why)));
        let quarantined = journal
            .as_ref()
            .map(|journal| journal.quarantined(spec.pin.instance, &spec.pin.digest));
        if quarantined.transpose()?.flatten().is_some() {
            let why = format!("quarantined, because it broke too often; run `lockgate review {name} --resume`");
            open.push((name, why));
        }
    }
    open.extend(wanted.unapproved.iter().map(|(name, why)| (name, why.clone())));
    if open.is_empty() {
        table.line("no channel needs a review");
    }
    for (name, why) in open {
        table.row([Cell::strong(name.as_str()), Cell::plain(why)]);
    }
    printer.table(&table)?;
    Ok(ExitStatus::Success)
}

/// To look at, if it was ever begun.
fn journal(home: &Home) -> anyhow::Result<Option<Reader>> {
    if !home.state_dir().exists() {
        return Ok(None);
    }
    let path = home.open_state(None)?.journal();
    Ok(path.exists().then(|| Journal::peek(&path)).transpose()?)
}

/// Lets the bytes try again that run, or would: the approved ones, or what stands in for them.
fn resume(name: &ChannelName, pin: &Pin, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let wanted = supervisor::read(home).map_err(anyhow::Error::msg)?;
    let pin = wanted.specs.get(name).map_or(pin, |spec| &spec.pin);
    match control::resume(&home.open_state(None)?, name, pin)? {
        Resumed::Lifted => printer.line(&format!("{name} goes on; `lockgate status` shows how it does"))?,
        Resumed::WasFree => printer.line(&format!(
            "{name} is neither quarantined nor refused, so it tries already"
        ))?,
    }
    Ok(ExitStatus::Success)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::{Account, Person, Role};

    #[test]
    fn who_may_answer_is_named_and_where_nobody_may_what_to_type() {
        let mut list = AccessBook::default();
        let nobody = "nobody may approve yet: lockgate access allow NAME net:ID --role approve";
        assert_eq!(who_answers("net", &list), nobody);
        list.add(Person {
            name: "ann".parse().unwrap(),
            accounts: [Account {
                network: "net".into(),
                id: "1".into(),
            }]
            .into(),
            roles: [Role::Approve].into(),
        })
        .unwrap();
        assert_eq!(who_answers("net", &list), "who may answer: ann");
        assert_eq!(who_answers("other", &list), nobody.replace("net:", "other:"));
    }
}
