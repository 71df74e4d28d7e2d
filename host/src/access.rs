//! The gate: who and what may speak to a session. A pure decision over values; it never asks a guest, a file or a
//! clock, and there is no other way from a channel to a session than through [`judge`].

use serde::{Deserialize, Serialize};

use crate::model::{Author, Message, Standing};

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
}

/// The list of people, one for all channels. It has no entries yet, and a list without an entry admits nobody:
/// absence is never permission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessBook {}

impl AccessBook {
    /// How the owner of this account stands, if the list has him. `id` is the platform's stable id, never a name.
    pub fn admits(&self, _network: &str, _id: &str) -> Option<Standing> {
        None
    }
}

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on, and this is how its author stands.
    Admit(Standing),
    /// It ends here, silently for its author, and is counted.
    Drop(DropReason),
}

/// Why a message ended at the gate. The names are stable: they are the names of counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// A person who is not on the list.
    UnknownPerson,
    /// An account that the platform calls a program.
    Bot,
    /// A thing, in a channel whose things are not heard.
    EventsOff,
    /// A thing, without the signature that the operator wants to see.
    Unverified,
}

impl DropReason {
    /// All reasons, in the order in which `status` shows them.
    pub const ALL: [Self; 4] = [Self::UnknownPerson, Self::Bot, Self::EventsOff, Self::Unverified];

    /// The counter's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownPerson => "unknown-person",
            Self::Bot => "bot",
            Self::EventsOff => "events-off",
            Self::Unverified => "unverified",
        }
    }
}

/// Decides about one message: people by the list, things by the channel's policy.
pub fn judge(policy: &Policy, book: &AccessBook, provenance: Provenance, message: &Message) -> Verdict {
    match &message.author {
        Author::Service(_) => judge_thing(policy.events, provenance),
        Author::Person(sender) if sender.bot => Verdict::Drop(DropReason::Bot),
        Author::Person(sender) => {
            let standing = policy
                .network
                .as_deref()
                .and_then(|network| book.admits(network, &sender.id));
            standing.map_or(Verdict::Drop(DropReason::UnknownPerson), Verdict::Admit)
        }
    }
}

fn judge_thing(policy: EventsPolicy, provenance: Provenance) -> Verdict {
    match (policy, provenance) {
        (EventsPolicy::All, _) | (EventsPolicy::Verified, Provenance::Verified) => Verdict::Admit(Standing::Service),
        (EventsPolicy::Verified, Provenance::Reported) => Verdict::Drop(DropReason::Unverified),
        (EventsPolicy::Off, _) => Verdict::Drop(DropReason::EventsOff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Conversation, Scope, Sender};

    fn message(author: Author) -> Message {
        let conversation = Conversation {
            id: "room".into(),
            thread: None,
            scope: Scope::Group,
            title: None,
        };
        Message {
            id: "1".into(),
            author,
            conversation,
            text: "hello".into(),
            mentions_me: true,
            in_reply_to: None,
            quote: None,
            sent_at: None,
            attachments: Vec::new(),
            meta: Vec::new(),
        }
    }

    fn person(id: &str, bot: bool) -> Author {
        Author::Person(Sender {
            id: id.into(),
            name: Some("owner".into()),
            bot,
        })
    }

    #[track_caller]
    fn check(events: EventsPolicy, provenance: Provenance, author: Author, expected: Verdict) {
        let policy = Policy {
            network: Some("forge".into()),
            events,
        };
        let message = message(author);
        assert_eq!(judge(&policy, &AccessBook::default(), provenance, &message), expected);
    }

    #[test]
    fn things_are_heard_as_the_policy_says() {
        use EventsPolicy::{All, Off, Verified};
        let thing = || Author::Service("build".into());
        let admitted = || Verdict::Admit(Standing::Service);
        check(Off, Provenance::Verified, thing(), Verdict::Drop(DropReason::EventsOff));
        check(Off, Provenance::Reported, thing(), Verdict::Drop(DropReason::EventsOff));
        check(Verified, Provenance::Verified, thing(), admitted());
        check(
            Verified,
            Provenance::Reported,
            thing(),
            Verdict::Drop(DropReason::Unverified),
        );
        check(All, Provenance::Verified, thing(), admitted());
        check(All, Provenance::Reported, thing(), admitted());
    }

    #[test]
    fn nobody_is_on_a_list_that_is_absent() {
        for events in [EventsPolicy::Off, EventsPolicy::Verified, EventsPolicy::All] {
            for provenance in [Provenance::Verified, Provenance::Reported] {
                check(
                    events,
                    provenance,
                    person("1", false),
                    Verdict::Drop(DropReason::UnknownPerson),
                );
                check(
                    events,
                    provenance,
                    person("", false),
                    Verdict::Drop(DropReason::UnknownPerson),
                );
                check(events, provenance, person("1", true), Verdict::Drop(DropReason::Bot));
            }
        }
    }

    #[test]
    fn a_channel_without_a_network_knows_nobody() {
        let policy = Policy {
            network: None,
            events: EventsPolicy::All,
        };
        let verdict = judge(
            &policy,
            &AccessBook::default(),
            Provenance::Verified,
            &message(person("1", false)),
        );
        assert_eq!(verdict, Verdict::Drop(DropReason::UnknownPerson));
    }

    #[test]
    fn counters_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), DropReason::ALL.len());
    }
}
