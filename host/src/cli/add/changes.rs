//! What is different between the approved component and the new one, in the operator's terms: what it could not do
//! before stands first. Compares; judges nothing.

use std::collections::BTreeMap;

use crate::cli::print::{Cell, Table, bytes};
use crate::components::Examined;
use crate::limits;
use crate::manifest::{Interface, Manifest, SecretAsk, ToolAsk};
use crate::signature::HookRule;

/// A difference: more than before, less, or other.
enum Change {
    More(String),
    Less(String),
    Other(String),
}

/// The differences as a table.
pub(super) fn table(old: &Examined, new: &Examined) -> Table {
    let mut changes = manifest(&old.manifest, &new.manifest);
    if old.digest != new.digest {
        changes.push(Change::Other(format!("digest {} is now {}", short(old), short(new))));
    }
    changes.sort_by_key(|change| match change {
        Change::More(_) => 0,
        Change::Other(_) => 1,
        Change::Less(_) => 2,
    });
    let mut table = Table::default();
    table.line(Cell::strong("changed since you approved it"));
    for change in changes {
        match change {
            Change::More(text) => table.row([Cell::bad("+"), Cell::plain(text)]),
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

fn manifest(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    for (what, before, after) in [
        ("name", &old.about.name, &new.about.name),
        ("version", &old.about.version, &new.about.version),
        ("summary", &old.about.summary, &new.about.summary),
    ] {
        if before != after {
            changes.push(Change::Other(format!("{what} {before} is now {after}")));
        }
    }
    interfaces(&old.exports, &new.exports, &mut changes);
    let rules = |manifest: &Manifest| {
        manifest
            .rules
            .iter()
            .map(|rule| (rule.name.clone(), rule.clone()))
            .collect()
    };
    named(
        "rule",
        &rules(old),
        &rules(new),
        |rule: &HookRule| format!("at {}", rule.path),
        &mut changes,
    );
    named(
        "secret",
        &old.secrets,
        &new.secrets,
        |ask: &SecretAsk| ask.title.clone(),
        &mut changes,
    );
    named(
        "setting",
        &old.settings,
        &new.settings,
        |about| about.title.clone(),
        &mut changes,
    );
    let tools = |manifest: &Manifest| {
        let tools = manifest.tools.iter();
        tools.map(|tool| (tool.name.clone(), tool.clone())).collect()
    };
    let words = |tool: &ToolAsk| format!("{:?}", tool.text);
    named("tool", &tools(old), &tools(new), words, &mut changes);
    limits(old, new, &mut changes);
    places(old, new, &mut changes);
    changes
}

fn interfaces(old: &[Interface], new: &[Interface], changes: &mut Vec<Change>) {
    for interface in Interface::ALL {
        let what = match interface {
            Interface::Life => "is told when it starts",
            Interface::Source => "looks for news by itself",
            Interface::Timer => "is woken at times that it sets",
            Interface::Hook => "is called over HTTP",
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

fn named<T: PartialEq>(
    what: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    words: impl Fn(&T) -> String,
    changes: &mut Vec<Change>,
) {
    for (name, now) in new {
        match old.get(name) {
            None => changes.push(Change::More(format!("{what} {name}: {}", words(now)))),
            Some(before) if before != now => {
                changes.push(Change::Other(format!(
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
