//! Builders for messages: who speaks, where, and what goes with it.

use crate::{Author, Conversation, Message, Scope, Sender, host};
use std::fmt::Write;

impl Message {
    /// What a thing says (a build, a feed, a log), in a conversation of the thing's name. The channel's `events` policy
    /// decides whether the model gets it.
    ///
    /// Its id is random, so it is delivered each time; give one with [`Message::id`] if the same thing may be reported twice.
    #[must_use]
    pub fn service(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        let conversation = Conversation::group(name.clone());
        Self::from_author(Author::Service(name), conversation, text.into())
    }

    /// What an account of the platform wrote. The operator's allowlist decides by [`Sender::id`] whether the model gets
    /// it. Its id is random until [`Message::id`] gives the platform's.
    #[must_use]
    pub fn person(sender: Sender, conversation: Conversation, text: impl Into<String>) -> Self {
        Self::from_author(Author::Person(sender), conversation, text.into())
    }

    fn from_author(author: Author, conversation: Conversation, text: String) -> Self {
        Self {
            id: random_id(),
            author,
            conversation,
            text,
            mentions_me: false,
            in_reply_to: None,
            quote: None,
            sent_at: None,
            attachments: Vec::new(),
            meta: Vec::new(),
        }
    }

    /// The platform's id: with the channel and the conversation it makes a message unique, and one that was committed
    /// before is not delivered again.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Adds an attribute for the model, shown as `x_<key>`. A key is an identifier (`[A-Za-z_][A-Za-z0-9_]*`); at most
    /// 32 of them, with values of at most 1 KiB.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.push((key.into(), value.into()));
        self
    }

    /// When it was written, in milliseconds since the Unix epoch, as the platform states it.
    #[must_use]
    pub fn sent_at(mut self, millis: u64) -> Self {
        self.sent_at = Some(millis);
        self
    }

    /// Names the conversation for people to read.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.conversation.title = Some(title.into());
        self
    }
}

impl Sender {
    /// An account by the platform's stable id: never a display name, never a room.
    #[must_use]
    pub fn account(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            bot: false,
        }
    }

    /// A name to show; nothing is decided by it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl Conversation {
    /// A room that others can read or write.
    #[must_use]
    pub fn group(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            thread: None,
            scope: Scope::Group,
            title: None,
        }
    }

    /// One person and the channel's own account.
    #[must_use]
    pub fn direct(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            thread: None,
            scope: Scope::Direct,
            title: None,
        }
    }
}

/// 128 random bits in hexadecimal.
fn random_id() -> String {
    host::random(16).iter().fold(String::with_capacity(32), |mut id, byte| {
        // Writing to a string never fails.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_speaks_in_a_conversation_of_its_name() {
        let message = Message::service("ci", "red")
            .meta("branch", "main")
            .title("lockgate")
            .sent_at(7);
        assert_eq!(message.author, Author::Service("ci".into()));
        assert_eq!(message.conversation.id, "ci");
        assert_eq!(message.conversation.title.as_deref(), Some("lockgate"));
        assert_eq!(message.meta, [("branch".to_owned(), "main".to_owned())]);
        assert_eq!((message.sent_at, message.id.len()), (Some(7), 32));
    }

    #[test]
    fn an_id_is_random_until_it_is_given() {
        assert_ne!(Message::service("a", "b").id, Message::service("a", "b").id);
        assert_eq!(Message::service("a", "b").id("7").id, "7");
    }
}
