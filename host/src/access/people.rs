//! The list of people as values: who they are, which accounts are theirs, and which accounts are denied. Accounts are
//! compared byte for byte; nothing here folds case, trims or decodes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;
use crate::model::{DEV, Standing};
use crate::text;

/// The operator's name for a person, which the model is shown: `[a-z][a-z0-9-]{0,31}`, and none that could stand for
/// something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(Box<str>);

/// Names that would be read as a thing, a role, the host or a crowd.
const RESERVED: [&str; 12] = [
    "service",
    "guest",
    "lockgate",
    "host",
    "all",
    "dev",
    "anyone",
    "everyone",
    "nobody",
    "unknown",
    "system",
    "assistant",
];

/// Why a text is no person's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    /// Not of the form.
    #[error("`{0}` is no name for a person: use a to z, 0 to 9 and `-`, begin with a letter, at most 32 characters")]
    Form(String),
    /// It means something else already.
    #[error("`{0}` could be taken for something other than a person: choose another name")]
    Reserved(String),
}

impl PersonName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PersonName {
    type Err = PersonNameError;

    fn from_str(text: &str) -> Result<Self, PersonNameError> {
        let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !text.starts_with(|first: char| first.is_ascii_lowercase())
            || !text.bytes().all(rest)
            || text.len() > limits::PERSON_NAME_BYTES
        {
            return Err(PersonNameError::Form(text.chars().take(limits::SHOWN_CHARS).collect()));
        }
        if RESERVED.contains(&text) {
            return Err(PersonNameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PersonName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PersonName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What a person may do. Each is given by itself: none contains another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Speak to the session.
    Chat,
    /// Answer the session's questions for permission.
    Approve,
}

impl Role {
    /// As it is written in `access.toml`, and shown to the model.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Approve => "approve",
        }
    }
}

/// An account: a network and the stable id that the network gives it. Displayed as `network:id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// The network, as the operator gave it to channels.
    pub network: String,
    /// The id; never a display name.
    pub id: String,
}

impl Account {
    /// Whether a list can name it: what a person can't see, what is too long, and what stands for anybody is no id there.
    pub fn is_listable(&self) -> bool {
        let id = self.id.as_str();
        let visible = !id.is_empty() && id.trim() == id && text::terminal(id) == id;
        visible && id.len() <= limits::ACCOUNT_ID_BYTES && id != "unknown"
    }

    /// Whether it looks like a user name, which its owner can give up and a stranger take: most likely nobody's id.
    pub fn is_handle(&self) -> bool {
        self.id.starts_with('@')
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.network, self.id)
    }
}

impl Account {
    /// Network and id of an account as it is shown. Only a network of a channel under development has a colon in its name.
    pub fn split(text: &str) -> Option<(&str, &str)> {
        match text.strip_prefix(DEV).and_then(|rest| rest.split_once(':')) {
            Some((name, id)) => Some((&text[..DEV.len() + name.len()], id)),
            None => text.split_once(':'),
        }
    }
}

// As one text, so that it can be a key.
impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (network, id) = Self::split(&text).ok_or_else(|| serde::de::Error::custom("no account"))?;
        Ok(Self {
            network: network.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The operator's name for him.
    pub name: PersonName,
    /// What he may do.
    pub roles: BTreeSet<Role>,
    /// His accounts.
    pub accounts: BTreeSet<Account>,
}

/// The list of people, one for all channels. An empty one admits nobody: absence is never permission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessBook {
    people: Vec<Person>,
    denied: BTreeSet<Account>,
    /// From network and id to a place in `people`.
    owners: BTreeMap<String, BTreeMap<String, usize>>,
    /// It could not be read.
    closed: bool,
}

/// Two entries that can't both be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// Two people of one name.
    #[error("another person is named `{0}`: put the ids into one entry, or choose another name")]
    Name(PersonName),
    /// One account of two people.
    #[error("the account {account} is {owner}'s already: write it once")]
    Account {
        /// The account.
        account: Account,
        /// Whose it is.
        owner: PersonName,
    },
}

impl AccessBook {
    /// Stands for a list that can't be read: nobody is known, and nobody is a guest either, since it may deny him.
    pub fn closed() -> Self {
        Self {
            closed: true,
            ..Self::default()
        }
    }

    /// Whether it stands for a list that can't be read.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Denies an account, whoever else says something of it.
    pub fn deny(&mut self, account: Account) {
        self.denied.insert(account);
    }

    /// Adds a person.
    ///
    /// # Errors
    /// Somebody has this name, or one of these accounts; nothing was added.
    pub fn add(&mut self, person: Person) -> Result<(), Clash> {
        if self.people.iter().any(|other| other.name == person.name) {
            return Err(Clash::Name(person.name));
        }
        for account in &person.accounts {
            if let Some(owner) = self.owner(&account.network, &account.id) {
                return Err(Clash::Account {
                    account: account.clone(),
                    owner: owner.name.clone(),
                });
            }
        }
        for account in &person.accounts {
            let ids = self.owners.entry(account.network.clone()).or_default();
            ids.insert(account.id.clone(), self.people.len());
        }
        self.people.push(person);
        Ok(())
    }

    /// How the owner of this account stands, if he may speak to the session. `id` is the platform's stable id, never a
    /// name.
    pub fn admits(&self, network: &str, id: &str) -> Option<Standing> {
        let person = self.owner(network, id)?;
        if self.denies(network, id) || !person.roles.contains(&Role::Chat) {
            return None;
        }
        Some(Standing::Person {
            name: person.name.to_string(),
            roles: person.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        })
    }

    /// Whether the operator has denied this account.
    pub fn denies(&self, network: &str, id: &str) -> bool {
        // Few are denied, and none of the two texts has to be copied for this.
        self.denied
            .iter()
            .any(|account| account.network == network && account.id == id)
    }

    /// Whose account this is, whatever he may do.
    pub fn owner(&self, network: &str, id: &str) -> Option<&Person> {
        let place = self.owners.get(network)?.get(id)?;
        self.people.get(*place)
    }

    /// The person of this name.
    pub fn person(&self, name: &PersonName) -> Option<&Person> {
        self.people.iter().find(|person| person.name == *name)
    }

    /// Everybody on the list, in the order of the file.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The denied accounts.
    pub fn denied(&self) -> &BTreeSet<Account> {
        &self.denied
    }
}
