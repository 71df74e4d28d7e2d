//! What one session was sent: the conversations in which it may speak, the messages that it may name there, and the
//! events whose attachments it may fetch. Shared by its pump and its tools; it decides, and never calls a channel.
//!
//! # Authority
//! A session speaks only where it was spoken to. What it names is the shown form of an id, so that it can't reach what
//! it was not shown.

mod asker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use asker::Asker;

use super::Refusal;
use super::typing::Typing;
use crate::limits;
use crate::mcp::render;
use crate::model::{Author, ChannelName, Conversation, Event, EventId, Place, Standing, UnixMillis};

/// How a session got an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It was written to it.
    Pushed,
    /// It asked for what waits.
    HandedOut,
}

/// A handle to what is known of one session.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    known: Arc<Mutex<Known>>,
    typing: Typing,
    waiting: asker::Waiting,
}

/// A conversation in which a session may speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// The channel that brought it.
    pub channel: ChannelName,
    /// The conversation, and the thread of its newest event.
    pub place: Place,
    /// The newest of its events that was pushed: who names the conversation has seen it.
    pub pushed: Option<EventId>,
    /// Who spoke there last, to this session.
    pub author: Author,
    /// Where, as he saw it.
    pub conversation: Conversation,
}

/// A message in such a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The platform's id.
    pub id: String,
    /// Where it stands.
    pub place: Place,
}

#[derive(Debug, Default)]
struct Known {
    rooms: BTreeMap<String, Room>,
    events: BTreeSet<EventId>,
    /// Counts what was heard, to tell which room was silent longest.
    heard: u64,
}

#[derive(Debug)]
struct Room {
    channel: ChannelName,
    /// Of the newest event.
    author: Author,
    conversation: Conversation,
    /// Another conversation of the channel is shown under the same id.
    twin: bool,
    thread: Option<String>,
    pushed: Option<EventId>,
    messages: VecDeque<Message>,
    heard: u64,
}

#[derive(Debug)]
struct Message {
    id: String,
    thread: Option<String>,
}

impl Scope {
    /// The session got this event.
    pub fn sent(&self, event: &Event, way: Way) {
        let mut known = self.known();
        known.events.insert(event.id);
        while known.events.len() > limits::SCOPE_EVENTS {
            known.events.pop_first();
        }
        // Where the host speaks nobody answers.
        if event.admitted.standing != Standing::Host {
            known.note(event, way);
        }
    }

    /// The conversation of this `chat_id`.
    ///
    /// # Errors
    /// The session was not sent an event of it.
    pub fn chat(&self, chat: &str) -> Result<Chat, Refusal> {
        let known = self.known();
        let room = known.room(chat)?;
        Ok(Chat {
            channel: room.channel.clone(),
            place: room.place(room.thread.as_ref()),
            pushed: room.pushed,
            author: room.author.clone(),
            conversation: room.conversation.clone(),
        })
    }

    /// The message of this `message_id` in that conversation. One that is not known is taken by its word: it may be
    /// older than the session.
    ///
    /// # Errors
    /// As [`Scope::chat`]; or the id is longer than any that was shown.
    pub fn message(&self, chat: &str, message: &str) -> Result<Named, Refusal> {
        if message.is_empty() || message.len() > limits::SHORT_TEXT_BYTES {
            return Err(Refusal::NoSuchMessage);
        }
        let known = self.known();
        let room = known.room(chat)?;
        let found = room
            .messages
            .iter()
            .rev()
            .find(|known| render::message_id(&known.id) == message);
        Ok(match found {
            Some(found) => Named {
                id: found.id.clone(),
                place: room.place(found.thread.as_ref()),
            },
            None => Named {
                id: message.to_owned(),
                place: room.place(room.thread.as_ref()),
            },
        })
    }

    /// Somebody waits for an answer to this event, which was pushed.
    pub fn awaits(&self, event: &Event, now: UnixMillis) {
        self.waiting.pushed(event, now);
    }

    /// The author of the last pushed event that has no answer yet.
    pub fn asker(&self, now: UnixMillis) -> Option<Asker> {
        self.waiting.asker(now)
    }

    /// The session's own messages there, which it may change and react to.
    pub fn said(&self, chat: &str, thread: Option<&String>, ids: &[String]) {
        if !ids.is_empty() {
            self.waiting.answered(chat);
        }
        if let Some(room) = self.known().rooms.get_mut(chat) {
            ids.iter().for_each(|id| room.remember(id, thread));
        }
    }

    /// Whether the session got this event.
    pub fn has(&self, event: EventId) -> bool {
        self.known().events.contains(&event)
    }

    /// Where somebody waits for this session's answer.
    pub fn typing(&self) -> &Typing {
        &self.typing
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn room(&self, chat: &str) -> Result<&Room, Refusal> {
        match self.rooms.get(chat) {
            None => Err(Refusal::Elsewhere { chat: chat.to_owned() }),
            Some(room) if room.twin => Err(Refusal::Ambiguous { chat: chat.to_owned() }),
            Some(room) => Ok(room),
        }
    }

    fn note(&mut self, event: &Event, way: Way) {
        self.heard += 1;
        let (message, heard) = (&event.admitted.message, self.heard);
        let conversation = &message.conversation;
        let chat = render::chat_id(&event.channel, &conversation.id);
        let room = self.rooms.entry(chat).or_insert_with(|| Room {
            channel: event.channel.clone(),
            author: message.author.clone(),
            conversation: conversation.clone(),
            twin: false,
            thread: None,
            pushed: None,
            messages: VecDeque::new(),
            heard,
        });
        room.heard = heard;
        room.twin |= room.conversation.id != conversation.id;
        room.author.clone_from(&message.author);
        room.thread.clone_from(&conversation.thread);
        room.remember(&message.id, conversation.thread.as_ref());
        if way == Way::Pushed {
            room.pushed = Some(event.id);
        }
        self.forget();
    }

    fn forget(&mut self) {
        while self.rooms.len() > limits::SCOPE_CONVERSATIONS {
            let silent = self.rooms.iter().min_by_key(|(_, room)| room.heard);
            let Some(chat) = silent.map(|(chat, _)| chat.clone()) else {
                return;
            };
            self.rooms.remove(&chat);
        }
    }
}

impl Room {
    fn place(&self, thread: Option<&String>) -> Place {
        Place {
            conversation: self.conversation.id.clone(),
            thread: thread.cloned(),
        }
    }

    fn remember(&mut self, id: &str, thread: Option<&String>) {
        self.messages.push_back(Message {
            id: id.to_owned(),
            thread: thread.cloned(),
        });
        if self.messages.len() > limits::SCOPE_MESSAGES {
            self.messages.pop_front();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::sample;

    fn event(id: i64, conversation: &str, thread: Option<&str>, message: &str) -> Event {
        let mut said = sample::said_by_a_thing();
        said.id = message.into();
        said.conversation.id = conversation.into();
        said.conversation.thread = thread.map(Into::into);
        Event {
            channel: "chat".parse().unwrap(),
            ..sample::event(id, said)
        }
    }

    #[test]
    fn a_session_speaks_only_where_it_was_spoken_to() {
        let scope = Scope::default();
        scope.sent(&event(1, "room", Some("a"), "m1"), Way::HandedOut);
        let chat = scope.chat("chat:room").unwrap();
        assert_eq!((chat.place.conversation.as_str(), chat.pushed), ("room", None));
        scope.sent(&event(2, "room", None, "m2"), Way::Pushed);
        let chat = scope.chat("chat:room").unwrap();
        assert_eq!((chat.place.thread, chat.pushed), (None, Some(EventId(2))));
        for other in ["chat:rooms", "chat:", "chat", "room", "other:room", "chat:room ", ""] {
            assert!(matches!(scope.chat(other), Err(Refusal::Elsewhere { .. })), "{other}");
        }
        assert!(scope.has(EventId(1)) && !scope.has(EventId(3)));
    }

    #[test]
    fn what_the_model_saw_of_an_id_leads_back_to_the_id() {
        let scope = Scope::default();
        scope.sent(&event(1, "ro\u{202E}om", Some("t"), "m\n1"), Way::Pushed);
        scope.sent(&event(2, "ro\u{202E}om", None, "m2"), Way::Pushed);
        assert_eq!(scope.chat("chat:room").unwrap().place.conversation, "ro\u{202E}om");
        let named = scope.message("chat:room", "m 1").unwrap();
        assert_eq!((named.id.as_str(), named.place.thread.as_deref()), ("m\n1", Some("t")));
        let unknown = scope.message("chat:room", "m0").unwrap();
        assert_eq!((unknown.id.as_str(), unknown.place.thread), ("m0", None));
        scope.said("chat:room", Some(&"t".to_owned()), &["own\t".to_owned()]);
        assert_eq!(scope.message("chat:room", "own ").unwrap().id, "own\t");
        let long = "x".repeat(limits::SHORT_TEXT_BYTES + 1);
        assert!(matches!(scope.message("chat:room", &long), Err(Refusal::NoSuchMessage)));
    }

    #[test]
    fn two_conversations_that_look_alike_are_neither() {
        let scope = Scope::default();
        scope.sent(&event(1, "room", None, "m1"), Way::Pushed);
        scope.sent(&event(2, "room\u{200B}", None, "m1"), Way::Pushed);
        assert!(matches!(scope.chat("chat:room"), Err(Refusal::Ambiguous { .. })));
        assert!(matches!(
            scope.message("chat:room", "m1"),
            Err(Refusal::Ambiguous { .. })
        ));
    }

    #[test]
    fn the_conversation_that_was_silent_longest_is_forgotten() {
        let scope = Scope::default();
        scope.sent(&event(0, "first", None, "m"), Way::Pushed);
        for nth in 1..limits::SCOPE_CONVERSATIONS as i64 {
            scope.sent(&event(nth, &nth.to_string(), None, "m"), Way::Pushed);
        }
        scope.sent(&event(1_000, "first", None, "m"), Way::Pushed);
        scope.sent(&event(1_001, "last", None, "m"), Way::Pushed);
        assert!(scope.chat("chat:first").is_ok() && scope.chat("chat:last").is_ok());
        assert!(scope.chat("chat:1").is_err() && scope.chat("chat:2").is_ok());
    }

    #[test]
    fn messages_beyond_the_bound_are_known_by_their_shown_id_alone() {
        let scope = Scope::default();
        for nth in 0..=limits::SCOPE_MESSAGES as i64 {
            scope.sent(&event(nth, "room", None, &format!("m\n{nth}")), Way::Pushed);
        }
        let id = |nth: usize| scope.message("chat:room", &format!("m {nth}")).unwrap().id;
        assert_eq!((id(0), id(1)), ("m 0".into(), "m\n1".into()));
        assert_eq!(id(limits::SCOPE_MESSAGES), format!("m\n{}", limits::SCOPE_MESSAGES));
    }

    #[test]
    fn the_oldest_events_beyond_the_bound_are_forgotten() {
        let scope = Scope::default();
        let most = limits::SCOPE_EVENTS as i64;
        let send = |nth| scope.sent(&event(nth, "room", None, "m"), Way::Pushed);
        (1..=most).for_each(send);
        assert!(scope.has(EventId(1)));
        send(most + 1);
        assert!(!scope.has(EventId(1)) && scope.has(EventId(2)) && scope.has(EventId(most + 1)));
    }

    #[test]
    fn where_the_host_speaks_nobody_answers() {
        let scope = Scope::default();
        let mut told = event(1, "lockgate", None, "m");
        told.channel = ChannelName::host();
        told.admitted.standing = Standing::Host;
        scope.sent(&told, Way::Pushed);
        assert!(scope.has(EventId(1)), "it can be acknowledged");
        assert!(matches!(
            scope.chat("lockgate:lockgate"),
            Err(Refusal::Elsewhere { .. })
        ));
    }
}
