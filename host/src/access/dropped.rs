//! Whose messages ended at the gate lately: what the operator needs to let somebody in, or to wonder. Never what was said.

use serde::{Deserialize, Serialize};

use super::DropReason;
use crate::limits;
use crate::model::{Author, ChannelName, Message, Scope, UnixMillis};
use crate::text::{self, Bound};

/// A message of a person that ended at the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// The account's id, on one line and clipped.
    pub id: String,
    /// The name that the platform shows, the same.
    pub name: Option<String>,
    /// The conversation's id, the same: what a group's entry is made of.
    pub conversation: String,
    /// Its title, the same.
    pub title: Option<String>,
    /// Whether others could read it.
    pub group: bool,
    /// The counter's name.
    pub reason: String,
}

impl Dropped {
    /// What is kept of a message; of a thing's nothing.
    pub fn of(reason: DropReason, message: &Message) -> Option<Self> {
        let Author::Person(sender) = &message.author else {
            return None;
        };
        let name = |name: &String| text::clip(&text::attribute(name), Bound::Chars(limits::SHOWN_NAME_CHARS));
        let id = |id: &str| text::clip(&text::attribute(id), Bound::Bytes(limits::ACCOUNT_ID_BYTES));
        Some(Self {
            id: id(&sender.id),
            name: sender.name.as_ref().map(name),
            conversation: id(&message.conversation.id),
            title: message.conversation.title.as_ref().map(name),
            group: message.conversation.scope == Scope::Group,
            reason: reason.as_str().to_owned(),
        })
    }

    /// By one account, for one reason, of one kind of place.
    fn is_like(&self, other: &Self) -> bool {
        (&self.id, &self.reason, self.group) == (&other.id, &other.reason, other.group)
    }
}

/// Those of all channels, a document of the journal's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DroppedSenders(Vec<DroppedSender>);

/// A sender who was not heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DroppedSender {
    /// By which channel he wrote.
    pub channel: ChannelName,
    /// His last message that was dropped for this reason.
    pub message: Dropped,
    /// How many there were.
    pub count: u64,
    /// When the last one came.
    pub last: UnixMillis,
}

impl DroppedSenders {
    /// All of them; who wrote last stands last.
    pub fn all(&self) -> &[DroppedSender] {
        &self.0
    }

    /// Notes a message. Of too many senders the oldest goes, of the channel that has the most of them, so that a flood in
    /// one channel hides nobody in another.
    pub fn note(&mut self, channel: &ChannelName, message: Dropped, now: UnixMillis) {
        self.add(DroppedSender {
            channel: channel.clone(),
            message,
            count: 1,
            last: now,
        });
    }

    /// Takes over what was noted elsewhere.
    pub fn merge(&mut self, others: Self) {
        others.0.into_iter().for_each(|other| self.add(other));
    }

    fn add(&mut self, mut sender: DroppedSender) {
        let same = |known: &DroppedSender| known.channel == sender.channel && known.message.is_like(&sender.message);
        if let Some(at) = self.0.iter().position(same) {
            sender.count += self.0.remove(at).count;
        }
        self.0.push(sender);
        if self.0.len() > limits::DROPPED_SENDERS {
            self.evict();
        }
    }

    fn evict(&mut self) {
        let count = |channel: &ChannelName| self.0.iter().filter(|sender| sender.channel == *channel).count();
        let most = self.0.iter().map(|sender| count(&sender.channel)).max();
        let oldest = self.0.iter().position(|sender| Some(count(&sender.channel)) == most);
        if let Some(at) = oldest {
            self.0.remove(at);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Sender, sample};

    fn message(id: &str) -> Message {
        sample::message(Author::Person(Sender {
            id: id.into(),
            name: Some("Ann".into()),
            bot: false,
        }))
    }

    fn dropped(id: &str) -> Dropped {
        Dropped::of(DropReason::UnknownPerson, &message(id)).unwrap()
    }

    fn note(senders: &mut DroppedSenders, channel: &str, id: &str, at: u64) {
        senders.note(&channel.parse().unwrap(), dropped(id), UnixMillis(at));
    }

    #[test]
    fn one_account_is_one_line_for_each_reason() {
        let mut senders = DroppedSenders::default();
        for (id, at) in [("7", 1), ("8", 2), ("7", 3)] {
            note(&mut senders, "a", id, at);
        }
        note(&mut senders, "b", "7", 4);
        let other = Dropped::of(DropReason::NotAddressed, &message("7")).unwrap();
        senders.note(&"a".parse().unwrap(), other, UnixMillis(5));
        let lines = senders.all().iter();
        let lines: Vec<_> = lines
            .map(|one| (one.channel.as_str(), &*one.message.id, one.count, one.last.0))
            .collect();
        assert_eq!(
            lines,
            [("a", "8", 1, 2), ("a", "7", 2, 3), ("b", "7", 1, 4), ("a", "7", 1, 5)]
        );
    }

    #[test]
    fn a_flood_in_one_channel_hides_nobody_in_another() {
        let mut senders = DroppedSenders::default();
        note(&mut senders, "quiet", "1", 0);
        for nth in 0..10 * limits::DROPPED_SENDERS as u64 {
            note(&mut senders, "loud", &nth.to_string(), nth);
        }
        assert_eq!(senders.all().len(), limits::DROPPED_SENDERS);
        assert_eq!(senders.all()[0].channel.as_str(), "quiet");
    }

    #[test]
    fn what_was_noted_meanwhile_is_added() {
        let (mut kept, mut fresh) = (DroppedSenders::default(), DroppedSenders::default());
        note(&mut kept, "a", "7", 1);
        note(&mut fresh, "a", "7", 2);
        note(&mut fresh, "a", "8", 3);
        kept.merge(fresh);
        let counts: Vec<_> = kept
            .all()
            .iter()
            .map(|one| (one.message.id.as_str(), one.count))
            .collect();
        assert_eq!(counts, [("7", 2), ("8", 1)]);
    }

    #[test]
    fn of_a_thing_nothing_is_kept_and_of_a_person_not_what_he_says() {
        assert_eq!(Dropped::of(DropReason::EventsOff, &sample::said_by_a_thing()), None);
        let mut said = message("7\n\u{202e}x");
        said.text = "sentinel".into();
        let kept = serde_json::to_string(&Dropped::of(DropReason::UnknownPerson, &said)).unwrap();
        assert!(
            !kept.contains("sentinel") && !kept.contains("\\n") && !kept.contains('\u{202e}'),
            "{kept}"
        );
    }

    #[test]
    fn at_their_fullest_they_are_a_document_of_the_journals() {
        let mut senders = DroppedSenders::default();
        for nth in 0..limits::DROPPED_SENDERS {
            let mut long = message(&format!("{nth}{}", "\"".repeat(limits::SHORT_TEXT_BYTES - 2)));
            long.conversation.id = "\\".repeat(limits::SHORT_TEXT_BYTES);
            long.conversation.title = Some("\"".repeat(limits::SHORT_TEXT_BYTES));
            let channel = "c".repeat(32).parse().unwrap();
            senders.note(
                &channel,
                Dropped::of(DropReason::GroupNotGranted, &long).unwrap(),
                UnixMillis(u64::MAX),
            );
        }
        assert_eq!(senders.all().len(), limits::DROPPED_SENDERS);
        let bytes = serde_json::to_vec(&senders).unwrap().len();
        assert!(bytes < limits::DOCUMENT_BYTES, "{bytes}");
    }
}
