//! What a channel asks for, in plain words: the table above the question of `add`, and the answer of `check`. All that a
//! channel could do is a row here, and what it can't is one, too.

mod outward;
#[cfg(test)]
mod tests;

pub(super) use outward::{credential_words, is_wild_with_credential, request_words};

use std::collections::BTreeSet;
use std::time::Duration;

use super::print::{Cell, Table, bytes, counted};
use crate::access::{DirectPolicy, EventsPolicy};
use crate::components::Examined;
use crate::config::{ChannelConfig, Origin, PagePort, SecretSource};
use crate::limits;
use crate::manifest::{Interface, Manifest, SecretAsk};
use crate::model::DEV;
use crate::signature::HookRule;

/// Said of a secret that no question comes for: the yes alone gives it.
pub(super) const FROM_BEFORE: &str = "from the last time; nothing is typed";

/// For whom the words are.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// For somebody who only looks: nothing is granted.
    Asked,
    /// For somebody who adds it under this name, with this configuration.
    Granted(&'a str, &'a ChannelConfig),
}

/// The whole table.
pub fn table(examined: &Examined, view: View<'_>) -> Table {
    sheet(examined, view, &BTreeSet::new())
}

/// The whole table, where these secrets are there already and go along with a yes.
pub fn sheet(examined: &Examined, view: View<'_>, kept: &BTreeSet<&str>) -> Table {
    let manifest = &examined.manifest;
    let mut table = Table::default();
    table.line(Cell::strong(format!(
        "{} {}",
        manifest.about.name, manifest.about.version
    )));
    row(&mut table, "calls itself", &prose(&manifest.about.summary));
    if let View::Granted(_, config) = view {
        row(&mut table, "file", &origin_words(&config.component));
        row(
            &mut table,
            "is",
            &format!("{}, {}", examined.digest, bytes(examined.bytes.len() as u64)),
        );
    }
    for interface in &manifest.exports {
        called(&mut table, *interface, manifest, view);
    }
    if let View::Granted(_, config) = view
        && config.relay
    {
        let text = "questions for permission, and the answers: whoever wrote these bytes could approve in your name";
        table.row([Cell::faint("carries"), Cell::bad(text)]);
    }
    page(&mut table, manifest, view);
    speaks(&mut table, manifest, view);
    keeps(&mut table, manifest);
    for (name, ask) in &manifest.secrets {
        secret(&mut table, (name, ask), view, kept);
    }
    outward::rows(&mut table, manifest, view);
    settings(&mut table, manifest, view);
    row(&mut table, "can't", &cannot(manifest));
    table
}

/// Where its bytes come from.
pub(super) fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::File(path) => path.display().to_string(),
        Origin::Bundled(name) => format!("{name}, which this lockgate brings along"),
    }
}

/// What none of its asks opens.
fn cannot(manifest: &Manifest) -> String {
    let place = if manifest.limits.data.is_some() || !manifest.folders.is_empty() || !manifest.databases.is_empty() {
        "open another file or folder"
    } else {
        "open a file or a folder"
    };
    let machine = if manifest.http.is_empty() {
        "reach another machine"
    } else {
        "reach anything else on a network"
    };
    let program = if manifest.commands.is_empty() {
        "start a program"
    } else {
        "start another program"
    };
    format!("{machine}, {place}, {program}, see the environment or a secret")
}

/// How much it asks for, in one line: what stands above may have scrolled away.
pub fn sum(manifest: &Manifest) -> String {
    let hosts: BTreeSet<String> = manifest.http.iter().map(crate::reach::HttpRule::label).collect();
    let counts = [
        (usize::from(manifest.about.network.is_some()), "network", "networks"),
        (manifest.rules.len(), "way to be called", "ways to be called"),
        (manifest.secrets.len(), "secret", "secrets"),
        (hosts.len(), "host", "hosts"),
        (manifest.folders.len(), "folder", "folders"),
        (manifest.databases.len(), "database", "databases"),
        (manifest.commands.len(), "program", "programs"),
        (manifest.tools.len(), "tool", "tools"),
        (usize::from(manifest.page.is_some()), "page", "pages"),
    ];
    let some = counts.into_iter().filter(|(count, ..)| *count > 0);
    let each: Vec<String> = some
        .map(|(count, one, several)| counted(count as u64, one, several))
        .collect();
    if each.is_empty() {
        return "in all it asks for nothing of yours".to_owned();
    }
    format!("in all it asks for {}", each.join(", "))
}

/// An author's text, without runs of blanks, clipped; how much is left out is told, so that nothing is hidden behind length.
pub(super) fn prose(text: &str) -> String {
    let mut last = '.';
    let is_first = |c: &char| std::mem::replace(&mut last, *c) != ' ' || *c != ' ';
    let text: String = text.chars().filter(is_first).collect();
    let count = text.chars().count();
    if count <= limits::PROSE_CHARS {
        return text;
    }
    let shown: String = text.chars().take(limits::PROSE_CHARS).collect();
    format!(
        "{shown} ... ({})",
        counted(
            (count - limits::PROSE_CHARS) as u64,
            "more character",
            "more characters"
        )
    )
}

fn row(table: &mut Table, label: &str, text: &str) {
    table.row([Cell::faint(label), Cell::plain(text)]);
}

fn called(table: &mut Table, interface: Interface, manifest: &Manifest, view: View<'_>) {
    let most = |wished: Option<Duration>| wished.unwrap_or(limits::POLL_DEADLINE).min(limits::POLL_DEADLINE_MOST);
    match interface {
        Interface::Life => row(table, "is told", "when it starts"),
        Interface::Source => {
            let text = format!(
                "by itself, every {} at most; one look lasts up to {}",
                humantime::format_duration(limits::POLL_SPACING),
                humantime::format_duration(most(manifest.limits.poll_deadline))
            );
            row(table, "looks for news", &text);
        }
        Interface::Timer => row(table, "is woken", "at times that it sets itself"),
        Interface::Hook => manifest.rules.iter().for_each(|rule| {
            table.row([Cell::faint("is called"), hook(rule, view)]);
        }),
        Interface::Socket => row(
            table,
            "is told",
            "what comes over the websockets that it opens, which stay open while it runs",
        ),
        Interface::Sink => row(table, "answers", &answers(manifest)),
        Interface::Media => row(
            table,
            "fetches",
            "attachments of messages that were let in, when it is asked to",
        ),
        // Each has a row of its own.
        Interface::Tools => {}
    }
}

/// How it answers, in words.
fn answers(manifest: &Manifest) -> String {
    let Some(sink) = &manifest.sink else {
        return String::new();
    };
    let mut ways = vec!["in conversations that were let in".to_owned()];
    ways.extend(sink.edit.then(|| "edits".to_owned()));
    ways.extend(sink.react.then(|| "reactions".to_owned()));
    let files = sink.files.as_ref();
    ways.extend(files.map(|files| format!("files up to {}", bytes(files.size))));
    ways.join(", ")
}

fn page(table: &mut Table, manifest: &Manifest, view: View<'_>) {
    let Some(ask) = &manifest.page else { return };
    let port = match view {
        View::Asked => None,
        View::Granted(_, config) => Some(config.page),
    };
    let text = match port {
        Some(None) => "not granted; `--page any` would grant it".to_owned(),
        Some(Some(PagePort::At(port))) => format!("at port {port} of this machine, for whoever has its link"),
        None | Some(Some(PagePort::Any)) => "at a port of its own on this machine, for whoever has its link".to_owned(),
    };
    row(table, "shows a page", &format!("{} ({text})", prose(&ask.title)));
}

fn hook(rule: &HookRule, view: View<'_>) -> Cell {
    let (name, asleep) = match view {
        View::Asked => ("NAME", false),
        View::Granted(name, config) => (name, !config.secrets.contains_key(&rule.secret)),
    };
    let methods = rule.methods.join(" or ");
    if asleep {
        return Cell::faint(format!(
            "not yet over HTTP at /{name}{}: that needs the secret {}",
            rule.path, rule.secret
        ));
    }
    Cell::plain(format!(
        "over HTTP at /{name}{} ({methods}), only with a valid signature (header {}, secret {})",
        rule.path, rule.header, rule.secret
    ))
}

/// As whom it may speak, and what of that gets into a session: what a new channel suggests, or what it is given.
fn speaks(table: &mut Table, manifest: &Manifest, view: View<'_>) {
    let (network, events) = match view {
        View::Asked => (
            manifest.about.network.as_deref(),
            manifest.about.events.unwrap_or_default(),
        ),
        View::Granted(_, config) => (config.network.as_deref(), config.events),
    };
    let accounts = network.map_or_else(
        || "for no account of any network, so nobody in it is a person whom you know".to_owned(),
        |network| match network.starts_with(DEV) {
            true => {
                format!("for {network}, which is this development's own: it can name nobody who is known elsewhere")
            }
            false => format!("for every account of the network {network}: whom it names as the sender is believed"),
        },
    );
    row(table, "speaks", &accounts);
    let things = match events {
        EventsPolicy::Off => "nothing: what a build or a feed says is dropped",
        EventsPolicy::Verified => "what came in a call with a valid signature",
        EventsPolicy::All => "anything that it reports, signed or not",
    };
    row(table, "lets things say", things);
    if let View::Granted(_, config) = view
        && config.direct == DirectPolicy::Pairing
    {
        row(
            table,
            "strangers",
            "who write to it directly are answered with a code, and heard if you type it",
        );
    }
    if let View::Granted(_, config) = view {
        let rate = config.rate;
        let events = if rate.per_second == 1.0 { "event" } else { "events" };
        let text = format!(
            "{} {events} a second after the first {}; the rest waits in `inbox`",
            rate.per_second, rate.burst
        );
        row(table, "may push", &text);
    }
}

fn keeps(table: &mut Table, manifest: &Manifest) {
    row(
        table,
        "may keep",
        &format!("{} of its own, in lockgate's journal", bytes(limits::STORE_BYTES)),
    );
    if let Some(data) = manifest.limits.data {
        row(
            table,
            "may keep files",
            &format!("{} in a folder of its own, in lockgate's state", bytes(data)),
        );
    }
    let memory = manifest
        .limits
        .memory
        .unwrap_or(limits::GUEST_MEMORY)
        .min(limits::GUEST_MEMORY_MOST);
    let call = humantime::format_duration(limits::CALL_DEADLINE);
    row(
        table,
        "may use",
        &format!("{} of memory and {call} for a call", bytes(memory as u64)),
    );
}

fn secret(table: &mut Table, (name, ask): (&str, &SecretAsk), view: View<'_>, kept: &BTreeSet<&str>) {
    let need = if ask.required { "needed" } else { "optional" };
    let source = match view {
        View::Asked => need.to_owned(),
        View::Granted(_, config) => match config.secrets.get(name) {
            None => format!("{need}, not given"),
            Some(source) if kept.contains(name) => format!("{}, {FROM_BEFORE}", place(source)),
            Some(source) => place(source),
        },
    };
    row(
        table,
        "asks for a secret",
        &format!("{name} ({source}): {}", prose(&ask.title)),
    );
    if let Some(help) = &ask.help {
        table.row([Cell::plain(""), Cell::faint(prose(help))]);
    }
}

/// Where a secret is, in words.
pub fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(variable) => format!("in the variable {variable}"),
        SecretSource::File(path) => format!("in the file {}", path.display()),
        SecretSource::Stored(entry) => format!("in secrets.toml as {entry}"),
    }
}

fn settings(table: &mut Table, manifest: &Manifest, view: View<'_>) {
    if let View::Granted(_, config) = view {
        for (key, value) in &config.settings {
            row(table, "is set", &format!("{key} = {value}"));
        }
        if !manifest.settings.is_empty() {
            let known = counted(manifest.settings.len() as u64, "setting", "settings");
            row(table, "can be set", &format!("{known}: `lockgate check` explains them"));
        }
        return;
    }
    for (key, about) in &manifest.settings {
        row(table, "can be set", &format!("{key}: {}", prose(&about.title)));
        if let Some(help) = &about.help {
            table.row([Cell::plain(""), Cell::faint(prose(help))]);
        }
    }
}
