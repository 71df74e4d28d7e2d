//! `lockgate status`: what runs and what waits, asked of the owner or read from the files. Changes nothing.

mod outward;
mod relay;
mod sockets;
#[cfg(test)]
mod tests;

use super::ExitStatus;
use super::args::StatusArgs;
use super::confirm;
use super::print::{Cell, Printer, Table, ago, counted};
use crate::components;
use crate::control;
use crate::journal::Journal;
use crate::model::UnixMillis;
use crate::paths::Home;
use crate::status::{AllowlistReport, ChannelReport, PageLink, Report};
use crate::supervisor::describe;

/// Prints the report, and checks the journal if that was asked for.
///
/// # Errors
/// The owner does not answer, or the state can't be read. That the operator's files can't is part of the report.
pub fn run(args: &StatusArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let report = control::gather(home).map_err(anyhow::Error::msg)?;
    if args.json {
        printer.json(&serde_json::to_value(&report)?)?;
    } else {
        let now = UnixMillis::now();
        let mut table = table(&report, now);
        confirm::undecided(home, now)?.into_iter().for_each(|line| {
            table.line(Cell::bad(line));
        });
        printer.table(&table)?;
    }
    let sound = if args.check {
        check(home, printer)?
    } else {
        ExitStatus::Success
    };
    let list = &report.allowlist;
    let problems = [&report.problem, &list.problem, &list.pairing_problem];
    let mut status = sound;
    for problem in problems.into_iter().flatten() {
        printer.error(problem);
        status = ExitStatus::Failed;
    }
    Ok(status)
}

fn check(home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let journal = home.state_dir().join("journal.sqlite");
    if !journal.exists() {
        printer.say("there is no journal yet, so nothing to check");
        return Ok(ExitStatus::Success);
    }
    match Journal::peek(&journal).and_then(|journal| journal.check()) {
        Ok(()) => {
            printer.say("the journal is sound");
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            printer.error(&describe(&error));
            Ok(ExitStatus::Failed)
        }
    }
}

fn table(report: &Report, now: UnixMillis) -> Table {
    let mut table = Table::default();
    house(&mut table, report, now);
    relay::lines(&mut table, &report.relay, now);
    table.gap();
    if report.channels.is_empty() {
        none(&mut table, report);
        return table;
    }
    table.row(
        [
            "channel", "phase", "version", "waiting", "inbox", "sent", "seen", "dead",
        ]
        .map(Cell::faint),
    );
    for channel in &report.channels {
        counts(&mut table, channel);
        notes(&mut table, channel, now);
    }
    table
}

/// What to type where there is no channel, or why nobody knows of any.
fn none(table: &mut Table, report: &Report) {
    if report.problem.is_some() {
        table.line("channels: not known until lockgate.toml can be read");
        return;
    }
    table.line("no channels; `lockgate add NAME` adds one that lockgate brings along:");
    table.note(components::bundled_names());
    table.line("`lockgate add FILE --name NAME` adds another");
}

fn house(table: &mut Table, report: &Report, now: UnixMillis) {
    table.line(Cell::strong(format!("lockgate {}", report.version)));
    match &report.owner {
        Some(owner) => table.line(format!(
            "runs as process {}, begun {}",
            owner.pid,
            ago(now.since(owner.since))
        )),
        None => table.line("nobody runs the channels; a channel session does, `lockgate setup` says how"),
    };
    if let Some(listen) = report.listen {
        table.line(format!("hears hooks at http://{listen}"));
    }
    // Why files can't be read is said once, below the table, as an error.
    if let Some(problem) = &report.listen_problem {
        table.line(Cell::bad(problem));
    }
    if let Some(policy) = &report.policy {
        table.line(policy.as_str());
    }
    allowlist(table, &report.allowlist);
    waiting(table, &report.allowlist);
    if let Some(session) = &report.session {
        let text = format!(
            "session of {} (MCP {}): {}",
            session.client, session.protocol, session.hearing
        );
        table.line(if session.hearing == "deaf?" {
            Cell::bad(text)
        } else {
            Cell::plain(text)
        });
    }
}

/// Who wants to be on it, and who may.
fn waiting(table: &mut Table, list: &AllowlistReport) {
    if list.pending > 0 {
        let strangers = counted(list.pending as u64, "stranger waits", "strangers wait");
        table.line(format!("{strangers} with a code; `lockgate access list` shows who"));
    }
    if list.invites > 0 {
        let invites = counted(list.invites as u64, "invitation is", "invitations are");
        table.line(format!("{invites} open"));
    }
}

fn allowlist(table: &mut Table, list: &AllowlistReport) {
    if list.problem.is_some() {
        table.line(Cell::bad("allowlist: nobody is heard until it can be read"));
        return;
    }
    let denied = counted(list.denied as u64, "denied account", "denied accounts");
    let denied = if list.denied == 0 {
        String::new()
    } else {
        format!(", and {denied}")
    };
    match list.people {
        0 => table.line(format!(
            "allowlist: nobody{denied}; to be heard, write to the channel and type the code it sends: `lockgate access \
             pair CODE --as NAME`"
        )),
        people => table.line(format!(
            "allowlist: {}{denied}",
            counted(people as u64, "person", "people")
        )),
    };
}

fn counts(table: &mut Table, channel: &ChannelReport) {
    let phase = match channel.phase.as_str() {
        "ready" => Cell::good("ready"),
        "broken" | "stale" | "quarantined" | "unauthorized" | "conflict" | "resting" => Cell::bad(&channel.phase),
        other => Cell::plain(other),
    };
    let numbers = [
        channel.held,
        channel.collected,
        channel.sent,
        channel.seen,
        channel.dead,
    ];
    let mut cells = vec![Cell::strong(&channel.name), phase, Cell::plain(&channel.version)];
    cells.extend(numbers.map(|number| Cell::plain(number.to_string())));
    table.row(cells);
}

fn notes(table: &mut Table, channel: &ChannelReport, now: UnixMillis) {
    if !channel.summary.is_empty() {
        table.note(Cell::faint(&channel.summary));
    }
    if let Some(PageLink(link)) = &channel.page {
        table.unbroken(format!("page: {link}"));
    }
    for text in [&channel.detail, &channel.note, &channel.page_problem]
        .into_iter()
        .flatten()
    {
        table.note(Cell::bad(text));
    }
    if let Some(policy) = &channel.policy {
        table.note(policy.as_str());
    }
    if let Some(oldest) = channel.oldest_held {
        table.note(format!("the oldest event that waits came {}", ago(now.since(oldest))));
    }
    if let Some(carrying) = &channel.relay {
        table.note(relay::carrying(&channel.name, carrying));
    }
    work(table, channel);
    outward::notes(table, &channel.name, &channel.outward);
    sockets::notes(table, &channel.sockets, now);
    losses(table, channel);
}

/// How its calls went.
fn work(table: &mut Table, channel: &ChannelReport) {
    if channel.committed + channel.failed > 0 {
        let done = counted(channel.committed, "call", "calls");
        let took = channel.last_took_us as f64 / 1_000.0;
        table.note(format!(
            "{done} done, {} failed, the last one took {took:.1} ms",
            channel.failed
        ));
    }
    if channel.answers_sent + channel.answers_failed + channel.answers_uncertain > 0 {
        let done = counted(channel.answers_sent, "answer", "answers");
        table.note(format!(
            "{done} sent, {} not, {} perhaps",
            channel.answers_failed, channel.answers_uncertain
        ));
    }
    if let Some(failure) = &channel.last_failure {
        table.note(Cell::bad(format!("last failure: {failure}")));
    }
}

/// What was refused, dropped or left out.
fn losses(table: &mut Table, channel: &ChannelReport) {
    if !channel.tallies.is_empty() {
        let each: Vec<String> = channel
            .tallies
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        table.note(format!("not taken: {}", each.join(", ")));
    }
    if channel.tools_left_out > 0 {
        let tools = counted(channel.tools_left_out, "tool", "tools");
        let why = "a name is too long for the client, or all channels have more than a session takes";
        table.note(Cell::bad(format!("{tools} of its own not offered: {why}")));
    }
    if channel.log_cut > 0 {
        let lines = counted(channel.log_cut, "line", "lines");
        table.note(format!("{lines} of its log left out, because it writes too much"));
    }
}
