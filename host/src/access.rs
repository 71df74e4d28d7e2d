//! The gate: who and what may speak to a session. A pure decision over values; it never asks a guest, a file or a
//! clock, and there is no other way from a channel to a session than through [`judge`].

pub mod pairing;
mod people;
#[cfg(test)]
mod tests;

pub use people::{AccessBook, Account, Clash, Person, PersonName, PersonNameError, Role};

use serde::{Deserialize, Serialize};

use crate::model::{Author, Message, Scope, Sender, Standing};

/// What the operator lets things (a build, a feed), not people, say in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventsPolicy {
    /// Nothing.
    #[default]
    Off,
    /// Only what came in a call that fulfilled a signed rule.
    Verified,
    /// Anything that the channel reports.
    All,
}

impl EventsPolicy {
    /// As it is written in `lockgate.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Verified => "verified",
            Self::All => "all",
        }
    }
}

/// Whom the operator lets write to a channel's own account, apart from any room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectPolicy {
    /// Whoever is on the list; somebody else gets a code that the operator can type.
    Pairing,
    /// Whoever is on the list.
    #[default]
    Allowlist,
    /// Nobody.
    Disabled,
}

impl DirectPolicy {
    /// As it is written in `lockgate.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pairing => "pairing",
            Self::Allowlist => "allowlist",
            Self::Disabled => "disabled",
        }
    }
}

/// How the host knows of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// The call that brought it carried a signature which the host checked. Verified is not authored: a signed
    /// payload carries strangers' words, so persons in it are judged by the list all the same.
    Verified,
    /// The channel says so.
    Reported,
}

/// What the operator decided for one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The network whose accounts the channel may name; without one nobody in it is known.
    pub network: Option<String>,
    /// What things may say.
    pub events: EventsPolicy,
    /// Who may write to it directly.
    pub direct: DirectPolicy,
}

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on, and this is how its author stands.
    Admit(Standing),
    /// Nobody knows its author, who may ask to be let in: the host answers, and the session never sees it.
    Challenge,
    /// It ends here, silently for its author, and is counted.
    Drop(DropReason),
}

/// Why a message ended at the gate. The names are stable: they are the names of counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// A person who is not on the list, or there without the role `chat`.
    UnknownPerson,
    /// An account that the operator has denied.
    DeniedPerson,
    /// An account that the platform calls a program.
    Bot,
    /// A person, in a direct conversation of a channel that has none.
    DirectDisabled,
    /// A thing, in a channel whose things are not heard.
    EventsOff,
    /// A thing, without the signature that the operator wants to see.
    Unverified,
}

impl DropReason {
    /// All reasons, in the order in which `status` shows them.
    pub const ALL: [Self; 6] = [
        Self::UnknownPerson,
        Self::DeniedPerson,
        Self::Bot,
        Self::DirectDisabled,
        Self::EventsOff,
        Self::Unverified,
    ];

    /// The counter's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownPerson => "unknown-person",
            Self::DeniedPerson => "denied-person",
            Self::Bot => "bot",
            Self::DirectDisabled => "direct-disabled",
            Self::EventsOff => "events-off",
            Self::Unverified => "unverified",
        }
    }
}

/// Decides about one message: people by the list, things by the channel's policy. A person is the account that wrote the
/// message; neither the room nor any text in it, a name or a quotation, counts.
pub fn judge(policy: &Policy, book: &AccessBook, provenance: Provenance, message: &Message) -> Verdict {
    match &message.author {
        Author::Service(_) => judge_thing(policy.events, provenance),
        Author::Person(sender) => judge_person(policy, book, sender, message.conversation.scope),
    }
}

/// How the author of what a message quotes stands, if he is a person who may speak himself.
pub fn quoted(policy: &Policy, book: &AccessBook, message: &Message) -> Option<Standing> {
    match message.quote.as_ref()?.author.as_ref()? {
        Author::Person(sender) if !sender.bot => book.admits(policy.network.as_deref()?, &sender.id),
        _ => None,
    }
}

fn judge_person(policy: &Policy, book: &AccessBook, sender: &Sender, scope: Scope) -> Verdict {
    let network = policy.network.as_deref();
    let reason = if network.is_some_and(|network| book.denies(network, &sender.id)) {
        DropReason::DeniedPerson
    } else if sender.bot {
        DropReason::Bot
    } else if scope == Scope::Direct && policy.direct == DirectPolicy::Disabled {
        DropReason::DirectDisabled
    } else if let Some(standing) = network.and_then(|network| book.admits(network, &sender.id)) {
        return Verdict::Admit(standing);
    } else if network.is_some() && scope == Scope::Direct && policy.direct == DirectPolicy::Pairing {
        return Verdict::Challenge;
    } else {
        DropReason::UnknownPerson
    };
    Verdict::Drop(reason)
}

fn judge_thing(policy: EventsPolicy, provenance: Provenance) -> Verdict {
    match (policy, provenance) {
        (EventsPolicy::All, _) | (EventsPolicy::Verified, Provenance::Verified) => Verdict::Admit(Standing::Service),
        (EventsPolicy::Verified, Provenance::Reported) => Verdict::Drop(DropReason::Unverified),
        (EventsPolicy::Off, _) => Verdict::Drop(DropReason::EventsOff),
    }
}
