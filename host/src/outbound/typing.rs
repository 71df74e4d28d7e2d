//! Signs of typing: from the moment when an event is pushed until it is answered, for a while at most. One is under way
//! for each conversation, none is queued, and one that fails is nobody's loss. All of them end with the session.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::channel::Channel;
use crate::limits;
use crate::model::{ChannelName, Place};
use crate::supervisor::Roster;

/// A handle to the conversations of one session in which somebody waits for an answer.
#[derive(Debug, Clone, Default)]
pub struct Typing {
    owed: Arc<Mutex<Owed>>,
    changed: Arc<Notify>,
}

type Key = (ChannelName, String);
type Owed = BTreeMap<Key, Debt>;

/// An answer that is waited for.
#[derive(Debug, Clone)]
struct Debt {
    place: Place,
    until: Instant,
    next: Instant,
    under_way: bool,
}

impl Typing {
    /// Somebody waits for an answer there, from now on.
    pub fn begin(&self, channel: &ChannelName, place: Place, now: Instant) {
        let mut owed = self.owed();
        let key = (channel.clone(), place.conversation.clone());
        let until = now + limits::TYPING_UNTIL;
        let is_full = owed.len() >= limits::TYPING_PLACES;
        match owed.get_mut(&key) {
            Some(debt) => {
                debt.place = place;
                debt.until = until;
            }
            None if is_full => {}
            None => {
                let debt = Debt {
                    place,
                    until,
                    next: now,
                    under_way: false,
                };
                owed.insert(key, debt);
                self.changed.notify_one();
            }
        }
    }

    /// An answer comes, or nobody waits any more.
    pub fn end(&self, channel: &ChannelName, conversation: &str) {
        self.owed().remove(&(channel.clone(), conversation.to_owned()));
    }

    /// Shows the signs until the future is dropped.
    pub async fn run(&self, roster: watch::Receiver<Arc<Roster>>) -> std::convert::Infallible {
        let mut calls = JoinSet::new();
        loop {
            let now = Instant::now();
            let renewal = |channel: &ChannelName| {
                let roster = roster.borrow();
                let channel = roster.channels.get(channel)?.callable()?;
                Some((Arc::clone(channel), channel.grant().sink()?.typing?))
            };
            for (key, place, channel) in self.due(now, renewal) {
                calls.spawn(show(key, place, channel));
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep_until(self.next(now)) => {}
                Some(ended) = calls.join_next() => {
                    if let Ok(key) = ended {
                        self.landed(&key);
                    }
                }
            }
        }
    }

    /// Takes the signs that are to be shown now. What has waited too long, or can't show any, is forgotten.
    fn due<T>(&self, now: Instant, renewal: impl Fn(&ChannelName) -> Option<(T, Duration)>) -> Vec<(Key, Place, T)> {
        let mut owed = self.owed();
        let mut due = Vec::new();
        owed.retain(|key, debt| {
            if debt.until <= now {
                return false;
            }
            if debt.under_way || debt.next > now {
                return true;
            }
            let Some((channel, every)) = renewal(&key.0) else {
                return false;
            };
            debt.under_way = true;
            debt.next = now + every.max(limits::TYPING_SPACING);
            due.push((key.clone(), debt.place.clone(), channel));
            true
        });
        due
    }

    fn landed(&self, key: &Key) {
        if let Some(debt) = self.owed().get_mut(key) {
            debt.under_way = false;
        }
    }

    /// When there is something to do again.
    fn next(&self, now: Instant) -> Instant {
        let far = now + limits::TYPING_UNTIL;
        let next = |debt: &Debt| {
            if debt.under_way {
                debt.until
            } else {
                debt.next.min(debt.until)
            }
        };
        self.owed().values().map(next).fold(far, Instant::min)
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn show(key: Key, place: Place, channel: Arc<Channel>) -> Key {
    if let Err(error) = channel.typing(place).await {
        tracing::debug!(channel = %key.0, %error, "no sign of typing");
    }
    key
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(4);

    fn place(conversation: &str) -> Place {
        Place {
            conversation: conversation.into(),
            thread: None,
        }
    }

    fn shown(typing: &Typing, now: Instant) -> Vec<String> {
        let due = typing.due(now, |_| Some(((), EVERY)));
        due.into_iter().map(|(_, place, ())| place.conversation).collect()
    }

    #[test]
    fn a_sign_is_renewed_until_the_answer_and_one_is_under_way_at_a_time() {
        let (typing, start) = (Typing::default(), Instant::now());
        let chat: ChannelName = "chat".parse().unwrap();
        typing.begin(&chat, place("a"), start);
        assert_eq!(shown(&typing, start), ["a"]);
        assert!(shown(&typing, start + EVERY).is_empty(), "the first is still under way");
        typing.landed(&(chat.clone(), "a".into()));
        assert_eq!(typing.next(start), start + EVERY);
        assert!(shown(&typing, start).is_empty(), "it is not yet time");
        assert_eq!(shown(&typing, start + EVERY), ["a"]);
        typing.end(&chat, "a");
        typing.landed(&(chat, "a".into()));
        assert!(shown(&typing, start + EVERY * 2).is_empty());
    }

    #[test]
    fn nobody_types_for_ever() {
        let (typing, start) = (Typing::default(), Instant::now());
        let chat: ChannelName = "chat".parse().unwrap();
        typing.begin(&chat, place("a"), start);
        typing.begin(&chat, place("a"), start + limits::TYPING_UNTIL / 2);
        assert_eq!(
            shown(&typing, start + limits::TYPING_UNTIL),
            ["a"],
            "another event came"
        );
        typing.landed(&(chat, "a".into()));
        assert!(shown(&typing, start + limits::TYPING_UNTIL * 2).is_empty());
        assert!(typing.owed().is_empty());
    }

    #[test]
    fn a_channel_that_shows_none_is_not_asked_again_and_places_are_bounded() {
        let (typing, start) = (Typing::default(), Instant::now());
        let chat: ChannelName = "chat".parse().unwrap();
        for nth in 0..limits::TYPING_PLACES + 5 {
            typing.begin(&chat, place(&nth.to_string()), start);
        }
        assert_eq!(typing.owed().len(), limits::TYPING_PLACES);
        assert!(typing.due(start, |_| None::<((), Duration)>).is_empty());
        assert!(typing.owed().is_empty());
    }
}
