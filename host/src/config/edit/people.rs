//! The keys about people. What says already what it shall say is left as it stands, with the comments in and around it.

use std::path::Path;

use toml_edit::{Array, InlineTable, Item, Table, Value, value};

use super::super::{ChannelConfig, Config};
use super::{EditError, child, put};
use crate::access::{Audience, Bots, Group, Hears, Pattern, Unaddressed};
use crate::model::ChannelName;

/// Writes who is heard in a channel; `text` is the whole file as it was.
pub(super) fn write(
    table: &mut Table,
    text: &str,
    name: &ChannelName,
    config: &ChannelConfig,
) -> Result<(), EditError> {
    let parsed = Config::parse(text, Path::new("lockgate.toml")).ok();
    let old = parsed.as_ref().and_then(|parsed| parsed.channels.get(name));
    put(table, "bots", (config.bots == Bots::Listed).then(|| value(true)));
    if old.is_none_or(|old| old.mention_patterns != config.mention_patterns) {
        let written = (!config.mention_patterns.is_empty()).then(|| value(patterns(&config.mention_patterns)));
        put(table, "mention-patterns", written);
    }
    if config.groups.is_empty() {
        table.remove("groups");
        return Ok(());
    }
    let is_new = !table.contains_key("groups");
    let groups = child(table, "groups", "groups")?;
    if is_new {
        groups.set_dotted(true);
    }
    groups.retain(|id, _| config.groups.contains_key(id));
    for (id, wanted) in &config.groups {
        if old.and_then(|old| old.groups.get(id)) != Some(wanted) {
            put(groups, id, Some(Item::Value(group(wanted))));
        }
    }
    Ok(())
}

fn group(group: &Group) -> Value {
    let mut table = InlineTable::new();
    table.insert("mention", (group.hears == Hears::Addressed).into());
    match &group.audience {
        Audience::Listed => {}
        Audience::Named(names) => {
            table.insert(
                "people",
                Array::from_iter(names.iter().map(|name| name.as_str())).into(),
            );
        }
        Audience::Everyone => {
            table.insert("people", "everyone".into());
        }
    }
    if group.unaddressed == Unaddressed::Kept {
        table.insert("digest", true.into());
    }
    if !group.patterns.is_empty() {
        table.insert("patterns", patterns(&group.patterns).into());
    }
    if let Some(bots) = group.bots {
        table.insert("bots", (bots == Bots::Listed).into());
    }
    table.into()
}

fn patterns(patterns: &[Pattern]) -> Array {
    patterns.iter().map(Pattern::as_str).collect()
}
