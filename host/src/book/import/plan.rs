//! What of another plugin's list comes over here, and what does not: planned before anything is touched. Pure. Nobody is
//! given more than he had: none may approve by an import, no group is heard that was not, and what can't be expressed
//! here is kept as a comment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ImportError, Official, OfficialGroup};
use crate::access::{AccessBook, Account, DirectPolicy, Pattern, PersonName, Role};
use crate::book::{BookError, Change, account, allow};
use crate::limits;
use crate::text::{Bound, clip, terminal};

/// Where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The network to which its ids belong.
    pub network: &'a str,
    /// The list as it is.
    pub book: &'a AccessBook,
}

/// What is to be different here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Accounts that may write, in the file's order.
    pub people: Vec<Newcomer>,
    /// Who may write directly, if the file says so.
    pub direct: Option<DirectPolicy>,
    /// Groups that are heard, by their ids.
    pub groups: BTreeMap<String, Group>,
    /// Patterns that count as a mention.
    pub patterns: Vec<String>,
    /// What can't be expressed here.
    pub kept: Vec<Kept>,
    /// Codes that somebody has over there.
    pub pending: usize,
}

/// An account, and the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The account.
    pub account: Account,
    /// Whose it is, or will be.
    pub name: PersonName,
    /// Whether something has to be done.
    pub state: State,
}

/// How an account stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody's: the name can be chosen.
    New,
    /// Somebody's already.
    Known,
}

/// A group, and whose messages are heard in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Only what addresses us.
    pub mention: bool,
    /// Whose.
    pub members: Members,
}

/// Whose messages are heard in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// Whoever is in it.
    Everyone,
    /// These accounts' owners.
    Named(Vec<Account>),
}

/// Something that stays as it was written, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it stood.
    pub key: String,
    /// What stood there, as JSON on one line, clipped.
    pub value: String,
    /// Why it does not come over.
    pub why: String,
}

impl Kept {
    fn new(key: impl Into<String>, value: &Value, why: impl Into<String>) -> Self {
        let text = terminal(&value.to_string());
        Self {
            key: terminal(&key.into()),
            value: clip(&text, Bound::Chars(limits::SHOWN_CHARS * 2)),
            why: why.into(),
        }
    }

    /// One line of a TOML file. What stands in it can't end the line.
    pub fn comment(&self) -> String {
        format!("# access.json had {} = {} ({})", self.key, self.value, self.why)
    }
}

/// Plans it, with a name for each account that has none: `person-1` and so on.
pub fn plan(official: &Official, target: Target<'_>) -> Plan {
    let mut plan = Plan {
        direct: official.direct,
        pending: official.pending,
        ..Plan::default()
    };
    for id in &official.allowed {
        match admissible(id, target) {
            Ok(account) => plan.add(account, target.book),
            Err(why) => plan.kept.push(Kept::new("allowFrom", &Value::from(id.as_str()), why)),
        }
    }
    for (id, group) in &official.groups {
        plan.group(id, group, target);
    }
    for pattern in &official.patterns {
        // Over there the case of letters never counts.
        let ours = format!("(?i){pattern}");
        match Pattern::read(&ours) {
            Ok(_) => plan.patterns.push(ours),
            Err(wrong) => {
                let kept = Kept::new("mentionPatterns", &Value::from(pattern.as_str()), wrong.to_string());
                plan.kept.push(kept);
            }
        }
    }
    for (key, value) in &official.more {
        plan.kept.push(Kept::new(key, value, why(key)));
    }
    plan
}

fn admissible(id: &str, target: Target<'_>) -> Result<Account, String> {
    let account = account(&format!("{}:{id}", target.network)).map_err(|wrong| wrong.to_string())?;
    if account.is_handle() {
        return Err(
            "a user name, which can become somebody else's; an account is heard by its id, which never does".to_owned(),
        );
    }
    if target.book.denies(&account.network, &account.id) {
        return Err("is denied here".to_owned());
    }
    Ok(account)
}

/// Why a key is not taken over.
fn why(key: &str) -> &'static str {
    match key {
        "ackReaction" => "lockgate shows signs of typing instead",
        "replyToMode" => "an answer names the message that the model names",
        "textChunkLimit" | "chunkMode" => "the channel's own limit says where a text is split",
        _ => "lockgate knows no such key",
    }
}

impl Plan {
    fn add(&mut self, account: Account, book: &AccessBook) {
        if self.people.iter().any(|other| other.account == account) {
            return;
        }
        let (name, state) = match book.owner(&account.network, &account.id) {
            Some(owner) => (Some(owner.name.clone()), State::Known),
            None => (self.free_name(book), State::New),
        };
        match name {
            Some(name) => self.people.push(Newcomer { account, name, state }),
            None => {
                let kept = Kept::new("allowFrom", &Value::from(account.id), "there are too many people");
                self.kept.push(kept);
            }
        }
    }

    fn free_name(&self, book: &AccessBook) -> Option<PersonName> {
        let taken: BTreeSet<&str> = self.people.iter().map(|person| person.name.as_str()).collect();
        let free = (1..=limits::PEOPLE).filter_map(|nth| format!("person-{nth}").parse::<PersonName>().ok());
        let mut free = free.filter(|name| book.person(name).is_none() && !taken.contains(name.as_str()));
        free.next()
    }

    fn group(&mut self, id: &str, group: &OfficialGroup, target: Target<'_>) {
        let key = format!("groups.{id}");
        for (more, value) in &group.more {
            let kept = Kept::new(format!("{key}.{more}"), value, "lockgate knows no such key");
            self.kept.push(kept);
        }
        if self.direct == Some(DirectPolicy::Disabled) {
            let why = "dmPolicy `disabled` had switched the groups off, too";
            self.kept.push(Kept::new(key, &shape(group), why));
            return;
        }
        let mut named = Vec::new();
        for member in &group.allowed {
            match self.member(member, target) {
                Ok(account) if named.contains(&account) => {}
                Ok(account) => named.push(account),
                Err(why) => self.kept.push(Kept::new(
                    format!("{key}.allowFrom"),
                    &Value::from(member.as_str()),
                    why,
                )),
            }
        }
        let members = if group.allowed.is_empty() {
            Members::Everyone
        } else if named.is_empty() {
            let why = "nobody whom it names is on the list, so it is not heard";
            self.kept.push(Kept::new(key, &shape(group), why));
            return;
        } else {
            Members::Named(named)
        };
        let mention = group.mention;
        self.groups.insert(id.to_owned(), Group { mention, members });
    }

    /// Somebody who is heard in a group and not directly would, once on our list, be heard directly.
    fn member(&self, id: &str, target: Target<'_>) -> Result<Account, String> {
        let account = admissible(id, target)?;
        let is_known = self.people.iter().any(|person| person.account == account)
            || target.book.owner(&account.network, &account.id).is_some();
        if is_known {
            return Ok(account);
        }
        Err(format!(
            "could write only there, and whoever is on the list can write directly, too; for that: lockgate access allow NAME {account}, and NAME to this group's people"
        ))
    }

    /// Calls a newcomer as the operator does.
    ///
    /// # Errors
    /// No account with this id would be new.
    pub fn call(&mut self, id: &str, name: &PersonName) -> Result<(), ImportError> {
        let mut new = self.people.iter_mut().filter(|person| person.state == State::New);
        let newcomer = new.find(|person| person.account.id == id);
        let newcomer = newcomer.ok_or_else(|| ImportError::NoNewcomer(id.to_owned()))?;
        newcomer.name = name.clone();
        Ok(())
    }

    /// Whose an account is by this plan.
    pub fn name_of<'a>(&'a self, account: &Account, book: &'a AccessBook) -> Option<&'a PersonName> {
        let planned = self.people.iter().find(|person| person.account == *account);
        let known = || book.owner(&account.network, &account.id).map(|owner| &owner.name);
        planned.map(|person| &person.name).or_else(known)
    }

    /// What is to be done to the list: everybody may speak, and nobody may approve.
    ///
    /// # Errors
    /// A name is somebody's who may approve: his new account would inherit that.
    pub fn changes(&self, book: &AccessBook) -> Result<Vec<Change>, BookError> {
        let mut changes = Vec::new();
        for person in self.people.iter().filter(|person| person.state == State::New) {
            let known = book.person(&person.name);
            if known.is_some_and(|known| known.roles.contains(&Role::Approve)) {
                return Err(BookError::Inherits(person.name.clone(), person.account.clone()));
            }
            for change in allow(book, &person.name, std::slice::from_ref(&person.account), &[])? {
                // Two accounts of one new name are one person.
                if !changes.contains(&change) {
                    changes.push(change);
                }
            }
        }
        Ok(changes)
    }
}

/// A group, as it was written.
fn shape(group: &OfficialGroup) -> Value {
    serde_json::json!({"requireMention": group.mention, "allowFrom": group.allowed})
}
