//! Values for tests: a message and an event as any channel could bring them. What a test is about, it sets itself; nothing
//! outside tests comes here.
#![allow(clippy::unwrap_used)]

use super::{Admitted, Author, Conversation, Event, EventId, Message, Scope, Standing, UnixMillis};

/// Said by this author in a group.
pub fn message(author: Author) -> Message {
    Message {
        id: "1".into(),
        author,
        conversation: Conversation {
            id: "room".into(),
            thread: None,
            scope: Scope::Group,
            title: None,
        },
        text: "hello".into(),
        mentions_me: false,
        in_reply_to: None,
        quote: None,
        sent_at: None,
        attachments: Vec::new(),
        meta: Vec::new(),
    }
}

/// Said by a thing.
pub fn said_by_a_thing() -> Message {
    message(Author::Service("build".into()))
}

/// This message, admitted as a thing's, in channel `ci`.
pub fn event(id: i64, message: Message) -> Event {
    Event {
        id: EventId(id),
        channel: "ci".parse().unwrap(),
        received: UnixMillis(0),
        replay: false,
        admitted: Admitted {
            message,
            revision: None,
            standing: Standing::Service,
            quoted: None,
            quiet: false,
            files: Vec::new(),
        },
    }
}
