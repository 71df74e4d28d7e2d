//! The gate: who and what may speak to a session. A pure decision over values; it never asks a guest, a file or a
//! clock, and there is no other way from a channel to a session than through [`judge`].

mod dropped;
mod groups;
pub mod pairing;
mod people;
#[cfg(test)]
mod tests;

pub use dropped::{Dropped, DroppedSender, DroppedSenders};
pub use groups::{Audience, Bots, Group, Hears, Pattern, PatternError, Unaddressed};
pub use people::{AccessBook, Account, Clash, Person, PersonName, PersonNameError, Role};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Author, Conversation, Message, Scope, Sender, Standing};

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
    /// Whether programs' accounts are heard.
    pub bots: Bots,
    /// What addresses us in any group, besides the platform's mentions.
    pub patterns: Vec<Pattern>,
    /// The groups that are heard, by the platform's ids; a topic in one of them is as the group.
    pub groups: BTreeMap<String, Group>,
}

impl Policy {
    /// Whether programs are heard there.
    fn bots(&self, conversation: &Conversation) -> Bots {
        self.group(conversation)
            .and_then(|group| group.bots)
            .unwrap_or(self.bots)
    }

    fn group(&self, conversation: &Conversation) -> Option<&Group> {
        let group = conversation.scope == Scope::Group;
        self.groups.get(&conversation.id).filter(|_| group)
    }
}

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on, and this is how its author stands.
    Admit(Standing),
    /// It may go on, but was not said to us: it is kept, and never pushed by itself.
    Quiet(Standing),
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
    /// Anybody, in a group that the operator has not named.
    GroupNotGranted,
    /// A person of the list, in a group where others are heard.
    NotInGroup,
    /// Who is heard there, but did not speak to us.
    NotAddressed,
    /// A thing, in a channel whose things are not heard.
    EventsOff,
    /// A thing, without the signature that the operator wants to see.
    Unverified,
}

impl DropReason {
    /// All reasons, in the order in which `status` shows them.
    pub const ALL: [Self; 9] = [
        Self::UnknownPerson,
        Self::DeniedPerson,
        Self::Bot,
        Self::DirectDisabled,
        Self::GroupNotGranted,
        Self::NotInGroup,
        Self::NotAddressed,
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
            Self::GroupNotGranted => "group-not-granted",
            Self::NotInGroup => "not-in-group",
            Self::NotAddressed => "not-addressed",
            Self::EventsOff => "events-off",
            Self::Unverified => "unverified",
        }
    }
}

/// Decides about one message: people by the list and the conversation's rule, things by the channel's policy. A person is
/// the account that wrote the message; neither the room nor any text in it, a name or a quotation, counts.
pub fn judge(policy: &Policy, book: &AccessBook, provenance: Provenance, message: &Message) -> Verdict {
    let sender = match &message.author {
        Author::Service(_) => return judge_thing(policy.events, provenance),
        Author::Person(sender) => sender,
    };
    let standing = match stands(policy, book, sender, &message.conversation) {
        Ok(standing) => standing,
        Err(DropReason::UnknownPerson) if may_ask(policy, book, sender, message) => return Verdict::Challenge,
        Err(reason) => return Verdict::Drop(reason),
    };
    match policy.group(&message.conversation) {
        Some(group) if !group.is_addressed(message, &policy.patterns) => match group.unaddressed {
            Unaddressed::Dropped => Verdict::Drop(DropReason::NotAddressed),
            Unaddressed::Kept => Verdict::Quiet(standing),
        },
        _ => Verdict::Admit(standing),
    }
}

/// How an account stands in a conversation.
///
/// # Errors
/// It is not heard there.
pub fn stands(
    policy: &Policy,
    book: &AccessBook,
    sender: &Sender,
    conversation: &Conversation,
) -> Result<Standing, DropReason> {
    let network = policy.network.as_deref();
    if network.is_some_and(|network| book.denies(network, &sender.id)) {
        return Err(DropReason::DeniedPerson);
    }
    if sender.bot && policy.bots(conversation) == Bots::Refused {
        return Err(DropReason::Bot);
    }
    if conversation.scope == Scope::Direct {
        return match policy.direct {
            DirectPolicy::Disabled => Err(DropReason::DirectDisabled),
            _ => known(policy, book, sender).ok_or(DropReason::UnknownPerson),
        };
    }
    let group = policy.group(conversation).ok_or(DropReason::GroupNotGranted)?;
    match (&group.audience, known(policy, book, sender)) {
        (Audience::Named(people), Some(standing)) => {
            let named = book.owner(network.unwrap_or_default(), &sender.id);
            let named = named.is_some_and(|person| people.contains(&person.name));
            if named {
                Ok(standing)
            } else {
                Err(DropReason::NotInGroup)
            }
        }
        (_, Some(standing)) => Ok(standing),
        // Without a network nobody is told from another, and a list that can't be read may deny him.
        (Audience::Everyone, None) if !sender.bot && network.is_some() && !book.is_closed() => Ok(Standing::Guest),
        _ => Err(DropReason::UnknownPerson),
    }
}

/// How the list sees an account, if it is heard at all. A program approves nothing, and is not shown as if it did.
fn known(policy: &Policy, book: &AccessBook, sender: &Sender) -> Option<Standing> {
    let mut standing = book.admits(policy.network.as_deref()?, &sender.id)?;
    if let (true, Standing::Person { roles, .. }) = (sender.bot, &mut standing) {
        roles.retain(|role| role != Role::Approve.as_str());
    }
    Some(standing)
}

/// Whether somebody who is not on the list may ask to be: a person, directly, where codes are given, or with an invitation.
fn may_ask(policy: &Policy, book: &AccessBook, sender: &Sender, message: &Message) -> bool {
    let Some(network) = policy.network.as_deref() else {
        return false;
    };
    let asks = match policy.direct {
        DirectPolicy::Pairing => true,
        DirectPolicy::Allowlist => pairing::redemption(&message.text).is_some(),
        DirectPolicy::Disabled => false,
    };
    let direct = message.conversation.scope == Scope::Direct;
    asks && direct && !sender.bot && !book.is_closed() && book.owner(network, &sender.id).is_none()
}

/// Who this account is, if he may answer questions for permission. A program never may, whatever the list says.
pub fn approver<'b>(policy: &Policy, book: &'b AccessBook, sender: &Sender) -> Option<&'b Person> {
    let network = policy.network.as_deref()?;
    let person = book.owner(network, &sender.id)?;
    let may = person.roles.contains(&Role::Approve) && !sender.bot && !book.denies(network, &sender.id);
    may.then_some(person)
}

/// People whom groups name and the list does not have: nobody is heard by these names.
pub fn unlisted<'p>(policy: &'p Policy, book: &AccessBook) -> BTreeSet<&'p PersonName> {
    let audiences = policy.groups.values().map(|group| &group.audience);
    let named = audiences.filter_map(|audience| match audience {
        Audience::Named(people) => Some(people),
        Audience::Listed | Audience::Everyone => None,
    });
    named.flatten().filter(|name| book.person(name).is_none()).collect()
}

/// How the author of what a message quotes stands, if he may speak himself.
pub fn quoted(policy: &Policy, book: &AccessBook, message: &Message) -> Option<Standing> {
    let Author::Person(sender) = message.quote.as_ref()?.author.as_ref()? else {
        return None;
    };
    if sender.bot && policy.bots(&message.conversation) == Bots::Refused {
        return None;
    }
    let guest = || stands(policy, book, sender, &message.conversation).ok();
    known(policy, book, sender).or_else(guest)
}

fn judge_thing(policy: EventsPolicy, provenance: Provenance) -> Verdict {
    match (policy, provenance) {
        (EventsPolicy::All, _) | (EventsPolicy::Verified, Provenance::Verified) => Verdict::Admit(Standing::Service),
        (EventsPolicy::Verified, Provenance::Reported) => Verdict::Drop(DropReason::Unverified),
        (EventsPolicy::Off, _) => Verdict::Drop(DropReason::EventsOff),
    }
}
