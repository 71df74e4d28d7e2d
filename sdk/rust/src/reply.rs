//! Builders for what goes outward: a part of an answer, where it goes, and what became of it.

use crate::{Conversation, Effect, Format, Outgoing, Place, Receipt, Trouble};

impl Place {
    /// A conversation, by the id that its messages came with.
    #[must_use]
    pub fn conversation(id: impl Into<String>) -> Self {
        Self {
            conversation: id.into(),
            thread: None,
        }
    }

    /// A topic or thread inside it.
    #[must_use]
    pub fn thread(mut self, id: impl Into<String>) -> Self {
        self.thread = Some(id.into());
        self
    }
}

impl From<&Conversation> for Place {
    fn from(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.id.clone(),
            thread: conversation.thread.clone(),
        }
    }
}

impl Outgoing {
    /// A plain text; for a channel's own tests, since in a call the host makes it.
    #[must_use]
    pub fn text(place: Place, text: impl Into<String>) -> Self {
        Self {
            key: String::new(),
            place,
            text: text.into(),
            format: Format::Plain,
            reply_to: None,
            files: Vec::new(),
            buttons: Vec::new(),
        }
    }

    /// The same with the text as Markdown.
    #[must_use]
    pub fn markdown(place: Place, text: impl Into<String>) -> Self {
        Self {
            format: Format::Markdown,
            ..Self::text(place, text)
        }
    }

    /// The message that it answers.
    #[must_use]
    pub fn reply_to(mut self, message: impl Into<String>) -> Self {
        self.reply_to = Some(message.into());
        self
    }

    /// Adds a file: a path under `/outbox`.
    #[must_use]
    pub fn file(mut self, path: impl Into<String>) -> Self {
        self.files.push(path.into());
        self
    }
}

impl Receipt {
    /// Everything was sent, as one message of this id.
    #[must_use]
    pub fn sent(id: impl Into<String>) -> Self {
        Self {
            messages: vec![id.into()],
            problem: None,
            effects: Vec::new(),
        }
    }

    /// Everything was sent, and the platform gives no id for it.
    #[must_use]
    pub fn unnamed() -> Self {
        Self {
            messages: Vec::new(),
            problem: None,
            effects: Vec::new(),
        }
    }

    /// Adds the id of a further message, in the order of sending.
    #[must_use]
    pub fn and(mut self, id: impl Into<String>) -> Self {
        self.messages.push(id.into());
        self
    }

    /// Says why the rest was not sent.
    #[must_use]
    pub fn stopped(mut self, problem: Trouble) -> Self {
        self.problem = Some(problem);
        self
    }

    /// Hands this text to everyone who listens to the topic, once the call is committed.
    #[must_use]
    pub fn publish(self, topic: impl Into<String>, text: impl Into<String>) -> Self {
        self.effect(Effect::publish(topic, text))
    }

    /// Adds any other effect; the host takes at most 100 of one call.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_what_was_sent_and_what_was_not() {
        let receipt = Receipt::sent("1")
            .and("2")
            .publish("events", "{}")
            .stopped(Trouble::busy(5));
        assert_eq!(receipt.messages, ["1", "2"]);
        assert_eq!(receipt.problem, Some(Trouble::Busy(5)));
        assert_eq!(receipt.effects, [Effect::publish("events", "{}")]);
    }

    #[test]
    fn an_answer_goes_where_the_message_came_from() {
        let conversation = Conversation::group("room").thread("topic");
        assert_eq!(Place::from(&conversation), Place::conversation("room").thread("topic"));
        let outgoing = Outgoing::markdown(Place::conversation("room"), "*hi*")
            .reply_to("7")
            .file("/outbox/a.png");
        assert_eq!(
            (outgoing.format, outgoing.reply_to.as_deref()),
            (Format::Markdown, Some("7"))
        );
        assert_eq!(outgoing.files, ["/outbox/a.png"]);
    }
}
