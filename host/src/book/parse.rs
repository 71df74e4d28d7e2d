//! `access.toml` from text to types. Pure, and strict: an unknown key, a wrong type, or two entries that can't both be
//! true, is an error with line and column. It reads no file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use super::{BookError, Wrong};
use crate::access::{AccessBook, Account, Person, Role};
use crate::limits;
use crate::manifest::Place;
use crate::model::is_network;
use crate::text;

/// The file as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBook {
    #[serde(default)]
    person: Vec<Spanned<RawPerson>>,
    #[serde(default)]
    denied: RawIds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPerson {
    name: Spanned<String>,
    roles: BTreeSet<Role>,
    #[serde(default)]
    ids: RawIds,
}

/// From network to one id or a list of them.
type RawIds = BTreeMap<Spanned<String>, Spanned<OneOrMany>>;

enum OneOrMany {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id in quotes, or a list of them")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany::One(id.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut ids: A) -> Result<OneOrMany, A::Error> {
        let mut all = Vec::new();
        while let Some(id) = ids.next_element()? {
            all.push(id);
        }
        Ok(OneOrMany::Many(all))
    }
}

/// Reads a list of at most `limits::ACCESS_BYTES`; `file` is named in errors. An empty text is an empty list.
///
/// # Errors
/// The text is too long, is no TOML of this shape, or says of one account what can't both be true.
pub fn parse(text: &str, file: &Path) -> Result<AccessBook, BookError> {
    if text.len() > limits::ACCESS_BYTES {
        return Err(BookError::TooLarge(file.to_owned()));
    }
    let raw: RawBook = toml::from_str(text).map_err(|error| BookError::Unreadable {
        file: file.to_owned(),
        place: Place::of_error(text, &error),
        message: error.message().to_owned(),
    })?;
    Source { text, file }.book(raw)
}

/// Reads `network:id`, as it is typed and shown.
///
/// # Errors
/// One of the two is missing, or not of its form.
pub fn account(text: &str) -> Result<Account, Wrong> {
    let (network, id) = Account::split(text).ok_or_else(|| Wrong::Account(shown(text)))?;
    check_network(network)?;
    check_id(id)?;
    Ok(Account {
        network: network.to_owned(),
        id: id.to_owned(),
    })
}

fn check_network(network: &str) -> Result<(), Wrong> {
    if is_network(network) {
        Ok(())
    } else {
        Err(Wrong::Network(shown(network)))
    }
}

/// An id that can't be seen as it is can't be judged by who reads the file; one with a space around it was copied wrong.
fn check_id(id: &str) -> Result<(), Wrong> {
    if id.is_empty() || id.trim() != id || text::terminal(id) != id {
        return Err(Wrong::Id);
    }
    if id.len() > limits::ACCOUNT_ID_BYTES {
        return Err(Wrong::LongId);
    }
    if id == "unknown" {
        return Err(Wrong::NoId);
    }
    Ok(())
}

fn shown(text: &str) -> String {
    text.chars().take(limits::SHOWN_CHARS).collect()
}

/// The file: what turns a range of bytes into an error's place.
struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn wrong(&self, start: usize, wrong: impl Into<Wrong>) -> BookError {
        BookError::Wrong {
            file: self.file.to_owned(),
            place: Place::of(self.text, start),
            wrong: wrong.into(),
        }
    }

    fn book(&self, raw: RawBook) -> Result<AccessBook, BookError> {
        let mut book = AccessBook::default();
        for (nth, raw) in raw.person.into_iter().enumerate() {
            let start = raw.span().start;
            if nth == limits::PEOPLE {
                return Err(self.wrong(start, Wrong::Many("people", limits::PEOPLE)));
            }
            let person = self.person(raw.into_inner())?;
            book.add(person).map_err(|clash| self.wrong(start, clash))?;
        }
        for (account, start) in self.accounts(&raw.denied)? {
            if book.denied().len() == limits::DENIED_ACCOUNTS {
                return Err(self.wrong(start, Wrong::Many("denied accounts", limits::DENIED_ACCOUNTS)));
            }
            book.deny(account);
        }
        Ok(book)
    }

    fn person(&self, raw: RawPerson) -> Result<Person, BookError> {
        let start = raw.name.span().start;
        let name = raw.name.as_ref().parse();
        let name = name.map_err(|error| self.wrong(start, Wrong::Name(error)))?;
        let mut accounts = BTreeSet::new();
        for (account, start) in self.accounts(&raw.ids)? {
            if accounts.len() == limits::PERSON_ACCOUNTS {
                return Err(self.wrong(start, Wrong::Many("ids of one person", limits::PERSON_ACCOUNTS)));
            }
            accounts.insert(account);
        }
        Ok(Person {
            name,
            roles: raw.roles,
            accounts,
        })
    }

    /// Each with the byte at which its id stands.
    fn accounts(&self, ids: &RawIds) -> Result<Vec<(Account, usize)>, BookError> {
        let mut all = Vec::new();
        for (network, ids) in ids {
            check_network(network.as_ref()).map_err(|wrong| self.wrong(network.span().start, wrong))?;
            let each: Vec<(&String, usize)> = match ids.as_ref() {
                OneOrMany::One(id) => vec![(id, ids.span().start)],
                OneOrMany::Many(many) => many.iter().map(|id| (id.as_ref(), id.span().start)).collect(),
            };
            for (id, start) in each {
                check_id(id).map_err(|wrong| self.wrong(start, wrong))?;
                let account = Account {
                    network: network.as_ref().clone(),
                    id: id.clone(),
                };
                if all.iter().any(|(other, _)| *other == account) {
                    return Err(self.wrong(start, Wrong::Twice(account)));
                }
                all.push((account, start));
            }
        }
        Ok(all)
    }
}
