//! What `add` changed in the lines of a channel that was there: what it was given, what was taken away from it, and what
//! stands elsewhere now. Compares; decides nothing.

use std::collections::BTreeMap;

use super::label;
use crate::cli::asks::place;
use crate::cli::print::{Cell, Table};
use crate::config::ChannelConfig;
use crate::manifest::FolderAccess;

/// A row for each difference.
pub(super) fn rows(table: &mut Table, before: &ChannelConfig, after: &ChannelConfig) {
    let (before, after) = (things(before), things(after));
    for (thing, now) in &after {
        let (what, text) = match before.get(thing) {
            None => ("given", with(thing, now)),
            Some(was) if was != now => ("changed", format!("{} (was {was})", with(thing, now))),
            Some(_) => continue,
        };
        table.row([label(what), Cell::plain(text)]);
    }
    for (thing, was) in before.iter().filter(|(thing, _)| !after.contains_key(*thing)) {
        table.row([label("taken away"), Cell::plain(with(thing, was))]);
    }
}

fn with(thing: &str, place: &str) -> String {
    if place.is_empty() {
        thing.to_owned()
    } else {
        format!("{thing}: {place}")
    }
}

/// All that a channel has, and where it is or how much.
fn things(config: &ChannelConfig) -> BTreeMap<String, String> {
    let mut things = BTreeMap::new();
    let mut has = |thing: String, place: String| drop(things.insert(thing, place));
    for host in &config.hosts {
        has(format!("host {host}"), String::new());
    }
    for (name, source) in &config.secrets {
        has(format!("secret {name}"), place(source));
    }
    for (name, folder) in &config.folders {
        let access = match folder.access {
            FolderAccess::Read => "",
            FolderAccess::Write => ", to be changed, too",
        };
        has(format!("folder {name}"), format!("{}{access}", folder.path.display()));
    }
    for (name, path) in &config.databases {
        has(format!("database {name}"), path.display().to_string());
    }
    for (name, command) in &config.commands {
        has(format!("program {name}"), command.program.display().to_string());
    }
    for (key, value) in &config.settings {
        has(format!("setting {key}"), value.clone());
    }
    if let Some(network) = &config.network {
        has("network".to_owned(), network.clone());
    }
    if config.page.is_some() {
        has("page".to_owned(), String::new());
    }
    has("events of things".to_owned(), config.events.as_str().to_owned());
    has("events a second".to_owned(), config.rate.per_second.to_string());
    has("component".to_owned(), config.component.to_string());
    things
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::print::Colour;
    use crate::config::Config;

    fn config(lines: &str) -> ChannelConfig {
        let text = format!("[channel.c]\ncomponent='/w'\n{lines}");
        let config = Config::parse(&text, "lockgate.toml".as_ref()).unwrap();
        config.channels.into_values().next().unwrap()
    }

    #[test]
    fn what_was_given_taken_away_and_changed_is_told() {
        let before = config("hosts=['a.example.org']\nfolders.notes='/a'\nsecrets.key={file='/k'}\nnetwork='forge'");
        let after =
            config("hosts=['b.example.org']\nfolders.notes={path='/b',access='write'}\nsecrets.key={file='/k'}");
        let mut table = Table::default();
        rows(&mut table, &before, &after);
        let expected = "\
changed     folder notes: /b, to be changed, too (was /a)
given       host b.example.org
taken away  host a.example.org
taken away  network: forge
";
        assert_eq!(table.layout(100, Colour::Never), expected);
        let mut none = Table::default();
        rows(&mut none, &before, &before);
        assert_eq!(none.layout(100, Colour::Never), "");
    }
}
