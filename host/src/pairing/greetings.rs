//! Who is to be told that he is on the list now: noted by whoever put him there, said by the process that runs the
//! channels, now or when it runs again. One document of the journal. It lets nobody in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::PersonName;
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::model::{ChannelName, Place, UnixMillis};

/// The document's name.
const DOCUMENT: &str = "greetings";
/// After this nobody is surprised by silence any more.
const TOO_LATE: Duration = Duration::from_secs(24 * 3_600);

/// Whether somebody still waits to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nobody.
    Nothing,
    /// Somebody, whose channel can't be called now.
    Some,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    channel: String,
    conversation: String,
    thread: Option<String>,
    /// Under which name he is on the list.
    person: String,
    at: UnixMillis,
}

impl Greeting {
    /// Somebody is on the list now, and has written there.
    pub fn new(channel: &ChannelName, place: &Place, person: &PersonName, now: UnixMillis) -> Self {
        Self {
            channel: channel.to_string(),
            conversation: place.conversation.clone(),
            thread: place.thread.clone(),
            person: person.to_string(),
            at: now,
        }
    }

    /// Over which channel it is said.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Where.
    pub fn place(&self) -> Place {
        Place {
            conversation: self.conversation.clone(),
            thread: self.thread.clone(),
        }
    }

    /// What is said.
    pub fn text(&self) -> String {
        welcome(&self.person)
    }
}

/// What somebody is told who is on the list now.
pub fn welcome(person: &str) -> String {
    format!("You are on the list as {person}. What you write from now on reaches the session.")
}

/// Notes that somebody is to be told. Of more than `limits::GREETINGS` the oldest is forgotten. Blocks for one sync.
///
/// # Errors
/// The journal's.
pub fn note(journal: &Journal, greeting: Greeting) -> Result<(), JournalError> {
    journal.revise_blocking(DOCUMENT, move |all: &mut Vec<Greeting>| {
        all.push(greeting);
        let over = all.len().saturating_sub(limits::GREETINGS);
        all.drain(..over);
    })
}

/// Takes those that can be said now, because `ready` says so of their channel: none is said twice, also if the process
/// ends meanwhile.
///
/// # Errors
/// The journal's.
pub async fn take(
    journal: &Journal,
    ready: impl Fn(&str) -> bool + Send + 'static,
    now: UnixMillis,
) -> Result<(Vec<Greeting>, Left), JournalError> {
    let take = move |all: &mut Vec<Greeting>| {
        all.retain(|greeting| now.since(greeting.at) < TOO_LATE);
        let (now, later) = std::mem::take(all)
            .into_iter()
            .partition(|greeting| ready(&greeting.channel));
        *all = later;
        let left = if all.is_empty() { Left::Nothing } else { Left::Some };
        (now, left)
    };
    journal.revise(DOCUMENT, take).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn greeting(channel: &str, conversation: &str, at: UnixMillis) -> Greeting {
        let place = Place {
            conversation: conversation.into(),
            thread: None,
        };
        Greeting::new(&channel.parse().unwrap(), &place, &"ann".parse().unwrap(), at)
    }

    #[tokio::test]
    async fn each_is_taken_once_when_its_channel_can_be_called() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let now = UnixMillis(90_000_000);
        for (channel, at) in [("chat", now), ("post", now), ("chat", UnixMillis(1))] {
            note(&journal, greeting(channel, "d-7", at)).unwrap();
        }
        let (said, more) = take(&journal, |channel| channel == "chat", now).await.unwrap();
        assert_eq!(said, [greeting("chat", "d-7", now)], "one is too late");
        assert_eq!(more, Left::Some);
        assert!(
            take(&journal, |channel| channel == "chat", now)
                .await
                .unwrap()
                .0
                .is_empty()
        );
        let (said, more) = take(&journal, |_| true, now).await.unwrap();
        assert_eq!((said[0].channel(), more), ("post", Left::Nothing));
        assert_eq!(said[0].place().conversation, "d-7");
    }

    #[tokio::test]
    async fn their_number_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
        for nth in 0..=limits::GREETINGS {
            note(&journal, greeting("chat", &nth.to_string(), UnixMillis(1))).unwrap();
        }
        let (said, _) = take(&journal, |_| true, UnixMillis(1)).await.unwrap();
        assert_eq!(said.len(), limits::GREETINGS);
        assert_eq!(said[0].place().conversation, "1", "the oldest is forgotten");
    }
}
