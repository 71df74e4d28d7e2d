//! What it takes to allow, deny or remove somebody: a list of changes, planned before anything is touched. Pure.

use crate::access::{AccessBook, Account, Clash, Person, PersonName, Role};

use super::BookError;

/// One difference between the list and the list as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new person, without a role or an account yet.
    Person(PersonName),
    /// He gets a role.
    Role(PersonName, Role),
    /// He gets an account.
    Account(PersonName, Account),
    /// The account is denied no more.
    Undenied(Account),
    /// The account is denied.
    Denied(Account),
    /// The account is nobody's any more.
    NoAccount(PersonName, Account),
    /// The person goes, with all accounts.
    NoPerson(Person),
}

/// Puts accounts and roles under a name: a new person's, or those that a known one lacks. A new person may speak, if
/// nothing else is said. What is allowed by its own id is denied no more.
///
/// # Errors
/// An account is another person's, or there would be a person without one.
pub fn allow(
    book: &AccessBook,
    name: &PersonName,
    accounts: &[Account],
    roles: &[Role],
) -> Result<Vec<Change>, BookError> {
    let person = book.person(name);
    let mut changes = Vec::new();
    if person.is_none() {
        if accounts.is_empty() {
            return Err(BookError::NoAccounts(name.clone()));
        }
        changes.push(Change::Person(name.clone()));
    }
    let usual: &[Role] = if person.is_none() { &[Role::Chat] } else { &[] };
    for role in if roles.is_empty() { usual } else { roles } {
        if person.is_none_or(|person| !person.roles.contains(role)) {
            push(&mut changes, Change::Role(name.clone(), *role));
        }
    }
    for account in accounts {
        match book.owner(&account.network, &account.id) {
            None => push(&mut changes, Change::Account(name.clone(), account.clone())),
            Some(owner) if owner.name == *name => {}
            Some(owner) => {
                return Err(BookError::Taken(Clash::Account {
                    account: account.clone(),
                    owner: owner.name.clone(),
                }));
            }
        }
        if book.denies(&account.network, &account.id) {
            push(&mut changes, Change::Undenied(account.clone()));
        }
    }
    Ok(changes)
}

/// Denies accounts, whoever they belong to.
pub fn deny(book: &AccessBook, accounts: &[Account]) -> Vec<Change> {
    let mut changes = Vec::new();
    for account in accounts {
        if !book.denies(&account.network, &account.id) {
            push(&mut changes, Change::Denied(account.clone()));
        }
    }
    changes
}

/// Takes accounts from a person, or, if none is named, the person.
///
/// # Errors
/// There is nobody of this name, or an account is not his.
pub fn remove(book: &AccessBook, name: &PersonName, accounts: &[Account]) -> Result<Vec<Change>, BookError> {
    let person = book.person(name).ok_or_else(|| BookError::NoPerson(name.clone()))?;
    if accounts.is_empty() {
        return Ok(vec![Change::NoPerson(person.clone())]);
    }
    let mut changes = Vec::new();
    for account in accounts {
        if !person.accounts.contains(account) {
            return Err(BookError::NotHis {
                account: account.clone(),
                name: name.clone(),
            });
        }
        push(&mut changes, Change::NoAccount(name.clone(), account.clone()));
    }
    Ok(changes)
}

/// What is typed twice is done once.
fn push(changes: &mut Vec<Change>, change: Change) {
    if !changes.contains(&change) {
        changes.push(change);
    }
}
