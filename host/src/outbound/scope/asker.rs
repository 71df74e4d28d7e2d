//! Who spoke to the session last and has no answer yet: whoever wrote what a question for permission is most likely about.
//! It says who, and never whether he may answer anything.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits;
use crate::mcp::render;
use crate::model::{Author, ChannelName, Event, Place, Scope, Standing, UnixMillis};

/// Somebody who waits for the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Over which channel he wrote.
    pub channel: ChannelName,
    /// The platform's id of his account.
    pub id: String,
    /// Where he wrote, if nobody else is there.
    pub direct: Option<Place>,
}

/// The conversations whose last event has no answer yet, newest last.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    rooms: Arc<Mutex<VecDeque<Room>>>,
}

#[derive(Debug)]
struct Room {
    chat: String,
    at: UnixMillis,
    /// A thing, if nobody.
    asker: Option<Asker>,
}

impl Waiting {
    /// This was pushed.
    pub fn pushed(&self, event: &Event, now: UnixMillis) {
        if event.admitted.standing == Standing::Host {
            return;
        }
        let conversation = &event.admitted.message.conversation;
        let chat = render::chat_id(&event.channel, &conversation.id);
        let asker = match &event.admitted.message.author {
            Author::Service(_) => None,
            Author::Person(sender) => Some(Asker {
                channel: event.channel.clone(),
                id: sender.id.clone(),
                direct: (conversation.scope == Scope::Direct).then(|| Place {
                    conversation: conversation.id.clone(),
                    thread: conversation.thread.clone(),
                }),
            }),
        };
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|room| room.chat != chat);
        rooms.push_back(Room { chat, at: now, asker });
        if rooms.len() > limits::SCOPE_CONVERSATIONS {
            rooms.pop_front();
        }
    }

    /// The session answered there.
    pub fn answered(&self, chat: &str) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|room| room.chat != chat);
    }

    /// The author of the last event without an answer, if that was not long ago and he is a person.
    pub fn asker(&self, now: UnixMillis) -> Option<Asker> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let last = rooms.back().filter(|room| now.since(room.at) <= limits::ASKER_WITHIN)?;
        last.asker.clone()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Sender, sample};

    const T: UnixMillis = UnixMillis(1_000_000);

    fn wrote(id: &str, room: &str, scope: Scope) -> Event {
        let mut message = sample::message(Author::Person(Sender {
            id: id.into(),
            name: None,
            bot: false,
        }));
        message.conversation.id = room.into();
        message.conversation.scope = scope;
        sample::event(1, message)
    }

    fn ids(waiting: &Waiting, now: UnixMillis) -> Option<String> {
        waiting.asker(now).map(|asker| asker.id)
    }

    #[test]
    fn the_last_who_wrote_and_has_no_answer_is_the_asker() {
        let waiting = Waiting::default();
        assert_eq!(ids(&waiting, T), None);
        waiting.pushed(&wrote("ann", "d-ann", Scope::Direct), T);
        waiting.pushed(&wrote("ben", "room", Scope::Group), T);
        assert_eq!(ids(&waiting, T).as_deref(), Some("ben"));
        assert_eq!(waiting.asker(T).unwrap().direct, None);
        waiting.answered("ci:room");
        let asker = waiting.asker(T).unwrap();
        assert_eq!((asker.id.as_str(), asker.channel.as_str()), ("ann", "ci"));
        assert_eq!(asker.direct.unwrap().conversation, "d-ann");
        waiting.answered("ci:d-ann");
        assert_eq!(ids(&waiting, T), None);
    }

    #[test]
    fn nobody_is_the_asker_after_a_thing_or_after_a_while() {
        let waiting = Waiting::default();
        waiting.pushed(&wrote("ann", "d-ann", Scope::Direct), T);
        assert_eq!(ids(&waiting, T.after(limits::ASKER_WITHIN)).as_deref(), Some("ann"));
        let late = UnixMillis(T.after(limits::ASKER_WITHIN).0 + 1);
        assert_eq!(ids(&waiting, late), None);
        waiting.pushed(&sample::event(2, sample::said_by_a_thing()), T);
        assert_eq!(ids(&waiting, T), None, "the thing may be what the question is about");
    }

    #[test]
    fn conversations_that_wait_are_bounded() {
        let waiting = Waiting::default();
        for nth in 0..=limits::SCOPE_CONVERSATIONS {
            waiting.pushed(&wrote("ann", &nth.to_string(), Scope::Direct), T);
        }
        assert_eq!(waiting.rooms.lock().unwrap().len(), limits::SCOPE_CONVERSATIONS);
    }
}
