//! What is different between the approved component and the new one, in the operator's terms: what it could not do
//! before stands first. Compares; judges nothing.

use std::collections::BTreeMap;

use super::powers::{Power, powers};
use crate::cli::asks::prose;
use crate::cli::print::{Cell, Table, bytes};
use crate::components::Examined;
use crate::limits;
use crate::manifest::{
    CommandAsk, DatabaseAsk, FolderAccess, FolderAsk, Interface, Manifest, SecretAsk, SettingText, ToolAsk,
};
use crate::signature::HookRule;

/// A difference: more than before, other words for the model, less, or other.
pub(super) enum Change {
    More(String),
    Told(String),
    Less(String),
    Other(String),
}

/// What a person has to see before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Beyond {
    /// What it asks for.
    Asks,
    /// That, and what the model reads of it.
    AsksAndWords,
}

/// What the new one asks for, or says to the model, beyond the old one, in words.
pub(in crate::cli) fn grown(old: &Manifest, new: &Manifest, beyond: Beyond) -> Vec<String> {
    let more = |change| match change {
        Change::More(text) => Some(text),
        Change::Told(text) if beyond == Beyond::AsksAndWords => Some(text),
        Change::Told(_) | Change::Less(_) | Change::Other(_) => None,
    };
    let asked = asks(old, new).into_iter().filter_map(more);
    // The session is shown it under the channel's name.
    let is_said = beyond == Beyond::AsksAndWords && old.about.summary != new.about.summary;
    let said = is_said.then(|| other("summary", &old.about.summary, &new.about.summary));
    asked.chain(said).collect()
}

/// The differences as a table. `more`: what no manifest says, as what becomes of the right to carry approvals.
pub(super) fn table(old: &Examined, new: &Examined, more: impl IntoIterator<Item = Change>) -> Table {
    let mut changes = about(&old.manifest, &new.manifest);
    let asked = asks(&old.manifest, &new.manifest);
    if asked.is_empty() {
        changes.push(Change::Other("only code: it asks for what it asked for".to_owned()));
    }
    changes.extend(asked);
    changes.extend(more);
    if old.digest != new.digest {
        changes.push(Change::Other(format!("digest {} is now {}", short(old), short(new))));
    }
    changes.sort_by_key(|change| match change {
        Change::More(_) | Change::Told(_) => 0,
        Change::Other(_) => 1,
        Change::Less(_) => 2,
    });
    let mut table = Table::default();
    table.line(Cell::strong("changed since you approved it"));
    for change in changes {
        match change {
            Change::More(text) | Change::Told(text) => table.row([Cell::bad("+"), Cell::plain(text)]),
            Change::Other(text) => table.row([Cell::plain("~"), Cell::plain(text)]),
            Change::Less(text) => table.row([Cell::good("-"), Cell::plain(text)]),
        };
    }
    table.gap();
    table
}

fn short(examined: &Examined) -> String {
    examined.digest.hex().chars().take(16).collect()
}

fn about(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    for (what, before, after) in [
        ("name", &old.about.name, &new.about.name),
        ("version", &old.about.version, &new.about.version),
        ("summary", &old.about.summary, &new.about.summary),
    ] {
        if before != after {
            changes.push(Change::Other(other(what, before, after)));
        }
    }
    changes
}

fn other(what: &str, before: &str, after: &str) -> String {
    format!("{what} {} is now {}", prose(before), prose(after))
}

/// What it asks for now and did not, or not any more. Empty if both ask for the very same.
fn asks(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    suggestions(old, new, &mut changes);
    interfaces(&old.exports, &new.exports, &mut changes);
    let rules = |manifest: &Manifest| named_by(manifest.rules.iter(), |rule| &rule.name);
    named_as("rule", &rules(old), &rules(new), hook_words, hook_change, &mut changes);
    named("secret", &old.secrets, &new.secrets, secret_words, &mut changes);
    requests(old, new, &mut changes);
    named("folder", &old.folders, &new.folders, folder_words, &mut changes);
    let titles = |ask: &DatabaseAsk| prose(&ask.title);
    named("database", &old.databases, &new.databases, titles, &mut changes);
    let titles = |ask: &CommandAsk| prose(&ask.title);
    named("program", &old.commands, &new.commands, titles, &mut changes);
    let tools = |manifest: &Manifest| named_by(manifest.tools.iter(), |tool| &tool.name);
    let words = |tool: &ToolAsk| format!("{}, takes {}", tool.text, tool.schema);
    // What the model reads was shown to a person: a text that is changed later would be read in that one's place.
    let told = |_: &ToolAsk, _: &ToolAsk| Change::Told as Kind;
    named_as("tool", &tools(old), &tools(new), words, told, &mut changes);
    let titles = |about: &SettingText| prose(&about.title);
    named("setting", &old.settings, &new.settings, titles, &mut changes);
    limits(old, new, &mut changes);
    places(old, new, &mut changes);
    if old.sink != new.sink {
        changes.push(Change::Other("how it answers".to_owned()));
    }
    if changes.is_empty() && !are_same(old, new) {
        let text = "something in its manifest that this table has no words for";
        changes.push(Change::Other(text.to_owned()));
    }
    changes
}

/// Whether they ask for the very same, whatever they call themselves.
fn are_same(old: &Manifest, new: &Manifest) -> bool {
    let about = old.about.clone();
    Manifest { about, ..new.clone() } == *old
}

fn named_by<'a, T: Clone + 'a>(all: impl Iterator<Item = &'a T>, name: impl Fn(&T) -> &String) -> BTreeMap<String, T> {
    all.map(|one| (name(one).clone(), one.clone())).collect()
}

/// A channel that is there keeps what the operator has decided, so these are only words.
fn suggestions(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let network = |manifest: &Manifest| manifest.about.network.clone().unwrap_or_else(|| "none".to_owned());
    let events = |manifest: &Manifest| manifest.about.events.unwrap_or_default().as_str().to_owned();
    for (what, before, after) in [
        ("network", network(old), network(new)),
        ("events", events(old), events(new)),
    ] {
        if before != after {
            changes.push(Change::Other(format!(
                "suggests {what} {after} instead of {before}; what you have given stays"
            )));
        }
    }
}

fn hook_words(rule: &HookRule) -> String {
    let methods = rule.methods.join(" or ");
    format!(
        "{methods} at {}, header {}, secret {}",
        rule.path, rule.header, rule.secret
    )
}

/// A rule that lets in what the one before did not is more: another path, a signature that covers or proves less.
fn hook_change(old: &HookRule, new: &HookRule) -> Kind {
    match new.is_within(old) {
        true => Change::Other,
        false => Change::More,
    }
}

fn secret_words(ask: &SecretAsk) -> String {
    let need = if ask.required { "needed" } else { "optional" };
    format!("{} ({need})", prose(&ask.title))
}

fn folder_words(ask: &FolderAsk) -> String {
    let access = match ask.access {
        FolderAccess::Read => "to be read",
        FolderAccess::Write => "to be read and changed",
    };
    format!("{access}: {}", prose(&ask.title))
}

/// The requests that it may make, by place; the methods of one place stand together.
fn requests(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let (before, after) = (powers(old), powers(new));
    for place in by_place(after.difference(&before)) {
        changes.push(Change::More(format!("may send {place}")));
    }
    for place in by_place(before.difference(&after)) {
        changes.push(Change::Less(format!("may not send any more: {place}")));
    }
}

fn by_place<'a>(powers: impl Iterator<Item = &'a Power>) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for power in powers {
        places.entry(&power.place).or_default().push(&power.what);
    }
    places
        .iter()
        .map(|(place, what)| format!("{} to {place}", what.join(", ")))
        .collect()
}

fn interfaces(old: &[Interface], new: &[Interface], changes: &mut Vec<Change>) {
    for interface in Interface::ALL {
        let what = match interface {
            Interface::Life => "is told when it starts",
            Interface::Source => "looks for news by itself",
            Interface::Timer => "is woken at times that it sets",
            Interface::Hook => "is called over HTTP",
            Interface::Socket => "keeps websockets",
            Interface::Sink => "answers",
            Interface::Media => "fetches attachments",
            Interface::Tools => "has tools of its own",
        };
        match (old.contains(&interface), new.contains(&interface)) {
            (false, true) => changes.push(Change::More(what.to_owned())),
            (true, false) => changes.push(Change::Less(format!("no more: {what}"))),
            _ => {}
        }
    }
}

/// What a difference is.
type Kind = fn(String) -> Change;

fn named<T: PartialEq>(
    what: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    words: impl Fn(&T) -> String,
    changes: &mut Vec<Change>,
) {
    named_as(what, old, new, words, |_, _| Change::Other, changes);
}

/// By name; `kind` says what one of the same name is that is not the same.
fn named_as<T: PartialEq>(
    what: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    words: impl Fn(&T) -> String,
    kind: impl Fn(&T, &T) -> Kind,
    changes: &mut Vec<Change>,
) {
    for (name, now) in new {
        match old.get(name) {
            None => changes.push(Change::More(format!("{what} {name}: {}", words(now)))),
            Some(before) if words(before) != words(now) => {
                changes.push(kind(before, now)(format!(
                    "{what} {name}: {} is now {}",
                    words(before),
                    words(now)
                )));
            }
            Some(before) if before != now => {
                changes.push(kind(before, now)(format!(
                    "{what} {name} is other than it was: {}",
                    words(now)
                )));
            }
            Some(_) => {}
        }
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    changes.extend(gone.map(|name| Change::Less(format!("{what} {name}"))));
}

fn limits(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let memory = |manifest: &Manifest| manifest.limits.memory.unwrap_or(limits::GUEST_MEMORY);
    let poll = |manifest: &Manifest| manifest.limits.poll_deadline.unwrap_or(limits::POLL_DEADLINE);
    let text = format!(
        "memory {} instead of {}",
        bytes(memory(new) as u64),
        bytes(memory(old) as u64)
    );
    compared(&memory(old), &memory(new), text, changes);
    let [before, after] = [old, new].map(|manifest| humantime::format_duration(poll(manifest)));
    compared(
        &poll(old),
        &poll(new),
        format!("a look of {after} instead of {before}"),
        changes,
    );
}

/// A page and a folder: each is there or not, and has a size.
fn places(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let page = |manifest: &Manifest| manifest.page.as_ref().map(|page| page.upload);
    compared(&page(old), &page(new), "a page of its own".to_owned(), changes);
    let [before, after] = [old, new].map(|manifest| manifest.limits.data);
    let text = format!("a folder of {} instead of {}", size(after), size(before));
    compared(&before, &after, text, changes);
}

fn size(bytes_of_folder: Option<u64>) -> String {
    bytes_of_folder.map_or_else(|| "none".to_owned(), bytes)
}

fn compared<T: Ord>(old: &T, new: &T, text: String, changes: &mut Vec<Change>) {
    match new.cmp(old) {
        std::cmp::Ordering::Greater => changes.push(Change::More(text)),
        std::cmp::Ordering::Less => changes.push(Change::Less(text)),
        std::cmp::Ordering::Equal => {}
    }
}
