//! Builders for messages: who speaks, where, and what goes with it.

use crate::{Attachment, Author, Content, Conversation, Message, Quote, Scope, Sender, host};
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

    /// The id of the message that this one answers.
    #[must_use]
    pub fn reply_to(mut self, message: impl Into<String>) -> Self {
        self.in_reply_to = Some(message.into());
        self
    }

    /// What it quotes, answers or forwards, and who wrote that, as far as the platform says.
    #[must_use]
    pub fn quote(mut self, author: Option<Author>, text: impl Into<String>) -> Self {
        self.quote = Some(Quote {
            author,
            text: text.into(),
        });
        self
    }

    /// Says that the platform addresses this message to the channel's own account.
    #[must_use]
    pub fn mentions_me(mut self) -> Self {
        self.mentions_me = true;
        self
    }

    /// Adds an attachment; the host takes at most 20.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Names the conversation for people to read.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.conversation.title = Some(title.into());
        self
    }
}

impl Attachment {
    /// A file under `/inbox` that this very call has written or been given. Only for [`Hook`](crate::Hook).
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self::with_content(Content::File(path.into()))
    }

    /// Bytes that wait on the platform, by its own handle: [`Media::fetch`](crate::Media::fetch) is asked for them once the
    /// message has been admitted.
    #[must_use]
    pub fn handle(handle: impl Into<String>) -> Self {
        Self::with_content(Content::Handle(handle.into()))
    }

    /// The file's name as the platform states it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its type as the platform states it.
    #[must_use]
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    /// Its size in bytes as the platform states it.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    fn with_content(content: Content) -> Self {
        Self {
            name: None,
            mime: None,
            size: None,
            content,
        }
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

    /// Says that it is a program's account.
    #[must_use]
    pub fn bot(mut self) -> Self {
        self.bot = true;
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

    /// A topic or thread inside it.
    #[must_use]
    pub fn thread(mut self, id: impl Into<String>) -> Self {
        self.thread = Some(id.into());
        self
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
    fn a_person_answers_with_a_picture() {
        let sender = Sender::account("42").named("ann").bot();
        let message = Message::person(sender.clone(), Conversation::direct("7").thread("t"), "look")
            .reply_to("6")
            .quote(Some(Author::Person(sender)), "where?")
            .mentions_me()
            .attach(Attachment::handle("h").named("a.png").mime("image/png").size(3))
            .attach(Attachment::file("/inbox/b"));
        assert_eq!(message.in_reply_to.as_deref(), Some("6"));
        assert_eq!(message.quote.map(|quote| quote.text).as_deref(), Some("where?"));
        assert!(message.mentions_me);
        let contents: Vec<Content> = message.attachments.into_iter().map(|one| one.content).collect();
        assert_eq!(
            contents,
            [Content::Handle("h".into()), Content::File("/inbox/b".into())]
        );
    }

    #[test]
    fn an_id_is_random_until_it_is_given() {
        assert_ne!(Message::service("a", "b").id, Message::service("a", "b").id);
        assert_eq!(Message::service("a", "b").id("7").id, "7");
    }
}
