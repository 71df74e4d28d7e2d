//! Edits the text of `access.toml` in place: what the operator wrote around it stays, comments and order included.
//! Pure: text in, text out.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{BookError, Change};
use crate::access::{Account, PersonName};
use crate::config::edit::keep_head;

/// The text with these changes. It was parsed before, so its shape is known.
///
/// # Errors
/// People stand there in a form that can be read and not edited.
pub fn apply(text: &str, changes: &[Change]) -> Result<String, BookError> {
    let mut document: DocumentMut = text.parse().map_err(|_| BookError::Form)?;
    for change in changes {
        one(&mut document, change).ok_or(BookError::Form)?;
    }
    Ok(document.to_string())
}

fn one(document: &mut DocumentMut, change: &Change) -> Option<()> {
    match change {
        Change::Person(name) => {
            let people = document
                .entry("person")
                .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
            let mut table = Table::new();
            table.insert("name", value(name.as_str()));
            table.insert("roles", value(Array::new()));
            table.insert("ids", value(InlineTable::new()));
            people.as_array_of_tables_mut()?.push(table);
        }
        Change::Role(name, role) => {
            let roles = person(document, name)?.get_mut("roles")?.as_array_mut()?;
            roles.push(role.as_str());
        }
        Change::Account(name, account) => {
            let ids = person(document, name)?.entry("ids");
            put(ids.or_insert_with(|| value(InlineTable::new())), account)?;
        }
        Change::NoAccount(name, account) => {
            take(person(document, name)?.get_mut("ids")?, account)?;
        }
        Change::Denied(account) => {
            let denied = document.entry("denied").or_insert_with(|| Item::Table(Table::new()));
            put(denied, account)?;
        }
        Change::Undenied(account) => {
            take(document.get_mut("denied")?, account)?;
        }
        Change::NoPerson(gone) => remove(document, &gone.name)?,
    }
    Some(())
}

/// The table of this person.
fn person<'a>(document: &'a mut DocumentMut, name: &PersonName) -> Option<&'a mut Table> {
    let people = document.get_mut("person")?.as_array_of_tables_mut()?;
    people.iter_mut().find(|table| is(table, name))
}

fn is(table: &Table, name: &PersonName) -> bool {
    table.get("name").and_then(Item::as_str) == Some(name.as_str())
}

fn remove(document: &mut DocumentMut, name: &PersonName) -> Option<()> {
    let people = document.get_mut("person")?.as_array_of_tables_mut()?;
    let place = people.iter().position(|table| is(table, name))?;
    let prefix = people.get(place)?.decor().prefix().and_then(|prefix| prefix.as_str());
    let prefix = prefix.unwrap_or_default().to_owned();
    people.remove(place);
    if people.is_empty() {
        document.remove("person");
    }
    // Comments directly above the table go with it.
    if place == 0 {
        keep_head(document, &prefix);
    }
    Some(())
}

/// Adds an id to the one or the several of its network.
fn put(item: &mut Item, account: &Account) -> Option<()> {
    let ids = item.as_table_like_mut()?;
    match ids.get_mut(&account.network).and_then(Item::as_value_mut) {
        None => {
            ids.insert(&account.network, value(account.id.as_str()));
        }
        Some(Value::Array(many)) => many.push(account.id.as_str()),
        Some(one) => {
            let first = one.as_str()?.to_owned();
            let mut many = Value::Array(Array::from_iter([first.as_str(), account.id.as_str()]));
            *many.decor_mut() = one.decor().clone();
            *one = many;
        }
    }
    tidy(item);
    Some(())
}

/// Takes an id away, and with the last one its network.
fn take(item: &mut Item, account: &Account) -> Option<()> {
    let ids = item.as_table_like_mut()?;
    let is_last = match ids.get_mut(&account.network)?.as_value_mut()? {
        Value::Array(many) => {
            many.retain(|id| id.as_str() != Some(account.id.as_str()));
            many.is_empty()
        }
        one => one.as_str() == Some(account.id.as_str()),
    };
    if is_last {
        ids.remove(&account.network);
        tidy(item);
    }
    Some(())
}

/// Spaces between braces as everybody writes them, unless a line end or a comment of the operator's stands there.
fn tidy(ids: &mut Item) {
    let Some(inline) = ids.as_inline_table_mut() else {
        return;
    };
    let mut inner = inline.clone();
    inner.decor_mut().clear();
    if !inner.to_string().contains(['\n', '#']) {
        inline.fmt();
    }
}
