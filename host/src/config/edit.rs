//! Edits the text of `lockgate.toml` in place: what the operator wrote around it stays, comments and order included.
//! Pure: text in, text out.

pub mod import;
mod paper;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{ChannelConfig, PagePort, SecretSource};
use crate::access::{DirectPolicy, EventsPolicy};
use crate::manifest::Place;
use crate::model::ChannelName;
use crate::pace::Rate;

/// Why a text could not be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No TOML.
    #[error("lockgate.toml:{}:{}: {message}; nothing was changed", place.line, place.column)]
    Unreadable {
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// `channel`, or the channel's entry, is something else.
    #[error("`{0}` in lockgate.toml is no table, so nothing was changed: make it one, or take it out")]
    NoTable(String),
    /// A group that is to be written stands there with other words.
    #[error(
        "groups.{0:?} stands in lockgate.toml with other words, so nothing was changed: take it out there, or leave it as it is"
    )]
    OtherGroup(String),
    /// There is no such channel.
    #[error("there is no [channel.{0}] in lockgate.toml: `lockgate status` lists the channels")]
    NoChannel(ChannelName),
}

/// Writes a channel: a new table at the end, or the lines of the one that is there. Only the lines that differ from
/// the defaults are written.
pub fn put_channel(text: &str, name: &ChannelName, config: &ChannelConfig) -> Result<String, EditError> {
    let mut document = read(text)?;
    let channels = child(document.as_table_mut(), "channel", "channel")?;
    let table = child(channels, name.as_str(), name.as_str())?;
    put(table, "component", Some(value(config.component.to_string())));
    put(table, "network", config.network.as_deref().map(value));
    put(
        table,
        "events",
        (config.events != EventsPolicy::Off).then(|| value(config.events.as_str())),
    );
    put(
        table,
        "direct",
        (config.direct != DirectPolicy::Allowlist).then(|| value(config.direct.as_str())),
    );
    people::write(table, text, name, config)?;
    put_relay(table, config);
    put(table, "dev", config.dev.then(|| value(true)));
    let usual = Rate::of(config.rate.per_second);
    put(
        table,
        "rate",
        (config.rate.per_second != Rate::default().per_second).then(|| value(config.rate.per_second)),
    );
    put(
        table,
        "burst",
        (config.rate.burst != usual.burst).then(|| value(i64::from(config.rate.burst))),
    );
    let page = config.page.map(|page| match page {
        PagePort::Any => value(true),
        PagePort::At(port) => value(i64::from(port)),
    });
    put(table, "page", page);
    let secrets = config.secrets.iter();
    put_entries(table, "secrets", secrets.map(|(name, source)| (name, secret(source))));
    put_net(table, config);
    paper::put(table, config)?;
    let settings = config.settings.iter().map(|(name, text)| (name, value(text.as_str())));
    put(
        table,
        "config",
        (!config.settings.is_empty()).then(|| Item::Table(settings_table(settings))),
    );
    Ok(document.to_string())
}

fn put_relay(table: &mut Table, config: &ChannelConfig) {
    put(table, "relay", config.relay.then(|| value(true)));
    let written = table.get("relay-tools").and_then(Item::as_array);
    let written = written.map(|tools| tools.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>());
    let tools = config.relay_tools.as_ref();
    let wanted = tools.map(|tools| tools.iter().map(String::as_str).collect::<BTreeSet<_>>());
    if written != wanted {
        put(table, "relay-tools", wanted.map(|tools| value(Array::from_iter(tools))));
    }
}

/// Where it may send to. A list that says the same already keeps its form and its comments.
fn put_net(table: &mut Table, config: &ChannelConfig) {
    let written = table.get("hosts").and_then(Item::as_array);
    let written = written.map(|hosts| hosts.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>());
    let hosts: BTreeSet<_> = config.hosts.iter().map(String::as_str).collect();
    if written.as_ref() != Some(&hosts) {
        put(
            table,
            "hosts",
            (!hosts.is_empty()).then(|| value(Array::from_iter(hosts))),
        );
    }
    let upstreams = config.upstreams.iter();
    let upstreams = upstreams.map(|(label, upstream)| (label, Value::from(upstream.text())));
    put_entries(table, "upstream", upstreams);
}

/// Takes a channel out, with the comments that stand directly above it.
pub fn remove_channel(text: &str, name: &ChannelName) -> Result<String, EditError> {
    let mut document = read(text)?;
    let channels = document.get_mut("channel").and_then(Item::as_table_like_mut);
    let removed = channels.and_then(|channels| channels.remove(name.as_str()));
    let removed = removed.ok_or_else(|| EditError::NoChannel(name.clone()))?;
    let table = removed.as_table().map(Table::decor);
    let prefix = table.and_then(|decor| decor.prefix()?.as_str());
    keep_head(&mut document, prefix.unwrap_or_default());
    Ok(document.to_string())
}

fn read(text: &str) -> Result<DocumentMut, EditError> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| EditError::Unreadable {
            place: Place::of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })
}

/// The table under this key, made if there is none.
fn child<'a>(parent: &'a mut Table, key: &str, path: &str) -> Result<&'a mut Table, EditError> {
    let item = parent.entry(key).or_insert_with(|| {
        let mut table = Table::new();
        // No header of its own, if it only holds tables.
        table.set_implicit(true);
        Item::Table(table)
    });
    if let Some(inline) = item.as_inline_table() {
        *item = Item::Table(inline.clone().into_table());
    }
    item.as_table_mut().ok_or_else(|| EditError::NoTable(path.to_owned()))
}

/// Sets a key, or takes it away. A value that is there keeps what stands around it.
fn put(table: &mut Table, key: &str, item: Option<Item>) {
    let Some(mut item) = item else {
        table.remove(key);
        return;
    };
    if let (Some(old), Some(new)) = (table.get(key).and_then(Item::as_value), item.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    match table.get_mut(key) {
        Some(old) => *old = item,
        None => {
            table.insert(key, item);
        }
    }
}

fn secret(source: &SecretSource) -> Value {
    let (key, text) = match source {
        SecretSource::Env(name) => ("env", name.clone()),
        SecretSource::File(path) => ("file", path.display().to_string()),
        SecretSource::Stored(name) => ("secret", name.clone()),
    };
    Value::InlineTable(InlineTable::from_iter([(key, text)]))
}

/// Sets the entries of a table, `secrets.name = …` each on a line of its own if it is new, and takes all others away. An
/// entry that is there keeps what stands around it.
fn put_entries<'a>(table: &mut Table, key: &str, entries: impl Iterator<Item = (&'a String, Value)>) {
    let entries: BTreeMap<&str, Value> = entries.map(|(name, value)| (name.as_str(), value)).collect();
    if entries.is_empty() {
        table.remove(key);
        return;
    }
    let Some(old) = table.get_mut(key).and_then(Item::as_table_like_mut) else {
        let mut new: Table = entries
            .into_iter()
            .map(|(name, value)| (name, Item::Value(value)))
            .collect();
        new.set_dotted(true);
        put(table, key, Some(Item::Table(new)));
        return;
    };
    let gone: Vec<_> = old
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| !entries.contains_key(name.as_str()))
        .collect();
    for name in gone {
        old.remove(&name);
    }
    for (name, mut value) in entries {
        if let Some(was) = old.get(name).and_then(Item::as_value) {
            *value.decor_mut() = was.decor().clone();
        }
        old.insert(name, Item::Value(value));
    }
}

fn settings_table<'a>(entries: impl Iterator<Item = (&'a String, Item)>) -> Table {
    Table::from_iter(entries.map(|(key, item)| (key.as_str(), item)))
}

/// What stands above a removed table and a blank line is not the table's, but the file's: it goes to the top of what
/// is left. `prefix`: all that stood above the table.
pub fn keep_head(document: &mut DocumentMut, prefix: &str) {
    let Some((head, _)) = prefix.trim_start_matches('\n').rsplit_once("\n\n") else {
        return;
    };
    if head.trim().is_empty() {
        return;
    }
    let rest = document.to_string();
    if let Ok(whole) = format!("{head}\n\n{}", rest.trim_start_matches('\n')).parse() {
        *document = whole;
    }
}
