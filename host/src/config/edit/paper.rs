//! The keys of folders, databases and programs. An entry that says already what it shall say is left as it stands, with the
//! comments in and around it.

use toml_edit::{Array, InlineTable, Item, Table, TableLike, Value, value};

use super::super::{ChannelConfig, CommandGrant, Dashes, FolderGrant};
use super::{EditError, child};
use crate::limits;
use crate::manifest::FolderAccess;

/// Writes what the channel is given, and takes out what it is not given any more.
pub(super) fn put(table: &mut Table, config: &ChannelConfig) -> Result<(), EditError> {
    let folders = config.folders.iter().map(|(name, grant)| (name, value(folder(grant))));
    entries(table, "folders", folders.collect())?;
    let databases = config.databases.iter();
    let databases = databases.map(|(name, path)| (name, value(path.display().to_string())));
    entries(table, "databases", databases.collect())?;
    let commands = config
        .commands
        .iter()
        .map(|(name, grant)| (name, Item::Table(command(grant))));
    entries(table, "commands", commands.collect())
}

fn folder(grant: &FolderGrant) -> Value {
    let path = grant.path.display().to_string();
    match grant.access {
        FolderAccess::Read => path.into(),
        FolderAccess::Write => {
            let mut table = InlineTable::from_iter([("path", path), ("access", grant.access.as_str().to_owned())]);
            if grant.quota != limits::FOLDER_QUOTA {
                table.insert("quota", size(grant.quota).into());
            }
            table.into()
        }
    }
}

/// In the largest unit that says it exactly.
fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fitting = units
        .into_iter()
        .find(|(_, shift)| bytes.trailing_zeros() >= *shift && bytes > 0);
    fitting.map_or_else(
        || format!("{bytes}B"),
        |(unit, shift)| format!("{}{unit}", bytes >> shift),
    )
}

fn command(grant: &CommandGrant) -> Table {
    let mut table = Table::from_iter([("program", value(grant.program.display().to_string()))]);
    for (key, texts) in [("fixed", &grant.fixed), ("arguments", &grant.arguments)] {
        if !texts.is_empty() {
            table.insert(key, value(Array::from_iter(texts)));
        }
    }
    if let Some(more) = &grant.more {
        table.insert("more", value(more.as_str()));
    }
    if grant.dashes == Dashes::Allowed {
        table.insert("dashes", value(true));
    }
    table
}

fn entries(table: &mut Table, key: &str, wanted: Vec<(&String, Item)>) -> Result<(), EditError> {
    if wanted.is_empty() {
        table.remove(key);
        return Ok(());
    }
    let is_new = !table.contains_key(key);
    let there = child(table, key, key)?;
    // Values go on lines of the channel's own table, tables under headers of their own.
    if is_new && wanted.iter().all(|(_, item)| item.is_value()) {
        there.set_dotted(true);
    }
    let gone = |name: &str| wanted.iter().all(|(wanted, _)| *wanted != name);
    there.retain(|name, _| !gone(name));
    for (name, item) in &wanted {
        match (there.get_mut(name).and_then(Item::as_table_mut), item.as_table()) {
            (Some(old), Some(new)) => update(old, new),
            _ => update_key(there, name, item),
        }
    }
    Ok(())
}

/// Makes one table say what another does, key by key. What is written and is the default stays.
fn update(old: &mut Table, new: &Table) {
    old.retain(|key, item| new.contains_key(key) || item.as_bool() == Some(false));
    new.iter().for_each(|(key, item)| update_key(old, key, item));
}

fn update_key(table: &mut Table, key: &str, item: &Item) {
    if !table.get(key).is_some_and(|old| same(old, item)) {
        super::put(table, key, Some(item.clone()));
    }
}

/// Whether two items say the same, however they are written.
fn same(old: &Item, new: &Item) -> bool {
    match (old.as_table_like(), new.as_table_like()) {
        (Some(old), Some(new)) => same_table(old, new),
        (None, None) => match (old.as_value(), new.as_value()) {
            (Some(old), Some(new)) => same_value(old, new),
            _ => false,
        },
        _ => false,
    }
}

fn same_table(old: &dyn TableLike, new: &dyn TableLike) -> bool {
    let holds = |(key, item): (&str, &Item)| old.get(key).is_some_and(|old| same(old, item));
    old.len() == new.len() && new.iter().all(holds)
}

fn same_value(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old.value() == new.value(),
        (Value::Boolean(old), Value::Boolean(new)) => old.value() == new.value(),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new.iter()).all(|(old, new)| same_value(old, new))
        }
        _ => false,
    }
}
