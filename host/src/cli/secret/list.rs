//! Which secrets there are, and who uses them: names, places, and whether one is short. Never a byte of one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Use, words};
use crate::cli::args::SecretList;
use crate::cli::asks::place;
use crate::cli::files::Files;
use crate::cli::print::{Cell, Printer, Table};
use crate::cli::{ExitStatus, variable};
use crate::config::SecretSource;
use crate::limits;
use crate::paths::Home;
use crate::vault::{Vault, read_secrets, secret_names};

/// A secret, where it is, and who uses it.
struct Row {
    source: SecretSource,
    uses: Vec<Use>,
    length: Length,
}

/// All that is told of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Enough,
    Short,
    Unread,
}

/// Prints the list.
///
/// # Errors
/// The operator's files can't be read.
pub(super) fn run(args: &SecretList, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let rows = rows(&Files::read(home)?, home)?;
    if args.json {
        printer.json(&Value::Array(rows.iter().map(to_json).collect()))?;
        return Ok(ExitStatus::Success);
    }
    let mut table = Table::default();
    if rows.is_empty() {
        table.line("no secrets; `lockgate secret set NAME` makes one");
    } else {
        table.row(["secret", "used as", "length"].map(Cell::faint));
    }
    for row in &rows {
        let used = if row.uses.is_empty() {
            Cell::faint("nothing uses it")
        } else {
            Cell::plain(words(&row.uses))
        };
        let length = match row.length {
            Length::Enough => Cell::plain(format!("{} bytes or more", limits::SECRET_SHORT)),
            Length::Short => Cell::bad(format!("under {} bytes", limits::SECRET_SHORT)),
            Length::Unread => Cell::bad("can't be read here"),
        };
        table.row([Cell::plain(place(&row.source)), used, length]);
    }
    printer.table(&table)?;
    Ok(ExitStatus::Success)
}

fn rows(files: &Files, home: &Home) -> anyhow::Result<Vec<Row>> {
    let folder = home.folder()?;
    let text = read_secrets(&folder)?;
    let mut found: BTreeMap<String, (SecretSource, Vec<Use>)> = BTreeMap::new();
    for name in secret_names(&folder)? {
        let source = SecretSource::Stored(name);
        found.insert(place(&source), (source, Vec::new()));
    }
    for (channel, config) in &files.config.channels {
        for (secret, source) in &config.secrets {
            let entry = found.entry(place(source));
            let (_, uses) = entry.or_insert_with(|| (source.clone(), Vec::new()));
            uses.push((channel.clone(), secret.clone()));
        }
    }
    let row = |(source, uses): (SecretSource, Vec<Use>)| {
        let length = length(&source, text.as_deref());
        Row { source, uses, length }
    };
    Ok(found.into_values().map(row).collect())
}

fn length(source: &SecretSource, stored: Option<&str>) -> Length {
    match Vault::read(source, &variable, stored) {
        Ok(secret) if secret.expose().len() < limits::SECRET_SHORT => Length::Short,
        Ok(_) => Length::Enough,
        Err(_) => Length::Unread,
    }
}

fn to_json(row: &Row) -> Value {
    let uses: Vec<String> = row
        .uses
        .iter()
        .map(|(channel, secret)| format!("{channel}.{secret}"))
        .collect();
    let (kind, name) = match &row.source {
        SecretSource::Env(variable) => ("env", variable.clone()),
        SecretSource::File(path) => ("file", path.display().to_string()),
        SecretSource::Stored(entry) => ("secret", entry.clone()),
    };
    let length = match row.length {
        Length::Enough => "enough",
        Length::Short => "short",
        Length::Unread => "unread",
    };
    json!({ kind: name, "used_as": uses, "length": length })
}
