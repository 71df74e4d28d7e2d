//! Builders for what a call changes: inbound messages and effects.

use crate::{Connection, Edited, Effect, Frame, Inbound, Message, Outcome, OutgoingFrame, Press, Publication, Wake};

impl Outcome {
    /// Nothing came in, nothing is to be done.
    #[must_use]
    pub fn none() -> Self {
        Self {
            inbound: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Adds a message that came in; the host takes at most 100 of one call.
    #[must_use]
    pub fn event(mut self, message: Message) -> Self {
        self.inbound.push(Inbound::Message(message));
        self
    }

    /// Says that a message was changed: `now` is the whole of it as it is now, under the id that it had, and `revision`
    /// tells two edits of one message apart (the platform's edit time, or its version).
    #[must_use]
    pub fn edited(mut self, now: Message, revision: impl Into<String>) -> Self {
        self.inbound.push(Inbound::Edited(Edited {
            now,
            revision: revision.into(),
        }));
        self
    }

    /// Says that somebody pressed a button that [`Sink::send`](crate::Sink::send) showed.
    #[must_use]
    pub fn press(mut self, press: Press) -> Self {
        self.inbound.push(Inbound::Press(press));
        self
    }

    /// Says that something could not be read and was stepped over: shown in the host's status, never to the model.
    #[must_use]
    pub fn skipped(mut self, what: impl Into<String>) -> Self {
        self.inbound.push(Inbound::Skipped(what.into()));
        self
    }

    /// Asks the host to call [`Timer::fire`](crate::Timer::fire) with this name after so many milliseconds. A later one
    /// of the same name replaces it.
    #[must_use]
    pub fn wake(self, name: impl Into<String>, after: u32) -> Self {
        self.effect(Effect::wake(name, after))
    }

    /// Opens a websocket under a name of the channel's own, to a `wss:` URL that a rule of the manifest covers. A name that is
    /// open for the same URL stays as it is. What happens on it comes to [`Socket`](crate::Socket).
    #[must_use]
    pub fn connect(self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.effect(Effect::connect(name, url))
    }

    /// Sends a frame of text over a websocket that is open, at most 1 MiB. Where the rule puts a credential into the
    /// document, leave that member out.
    #[must_use]
    pub fn frame(self, connection: impl Into<String>, text: impl Into<String>) -> Self {
        self.effect(Effect::frame(connection, text))
    }

    /// Closes a websocket, and forgets it.
    #[must_use]
    pub fn disconnect(self, name: impl Into<String>) -> Self {
        self.effect(Effect::Disconnect(name.into()))
    }

    /// Hands this text to everyone who listens to the topic ([`Answer::subscribe`](crate::Answer::subscribe)), once the
    /// call is committed.
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

impl Effect {
    /// See [`Outcome::wake`].
    #[must_use]
    pub fn wake(name: impl Into<String>, after: u32) -> Self {
        Self::Wake(Wake {
            name: name.into(),
            after,
        })
    }

    /// See [`Outcome::connect`].
    #[must_use]
    pub fn connect(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self::Connect(Connection {
            name: name.into(),
            url: url.into(),
            headers: Vec::new(),
        })
    }

    /// See [`Outcome::frame`].
    #[must_use]
    pub fn frame(connection: impl Into<String>, text: impl Into<String>) -> Self {
        Self::SendFrame(OutgoingFrame {
            connection: connection.into(),
            frame: Frame::Text(text.into()),
        })
    }

    /// See [`Outcome::publish`].
    #[must_use]
    pub fn publish(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Publish(Publication {
            topic: topic.into(),
            text: text.into(),
        })
    }
}

impl Default for Outcome {
    fn default() -> Self {
        Self::none()
    }
}

impl From<Message> for Outcome {
    fn from(message: Message) -> Self {
        Self::none().event(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbound_and_effects_keep_their_order() {
        let outcome = Outcome::from(Message::service("ci", "failed"))
            .skipped("a line")
            .wake("again", 5)
            .wake("x", 6);
        assert!(matches!(&outcome.inbound[..], [Inbound::Message(_), Inbound::Skipped(what)] if what == "a line"));
        assert_eq!(outcome.effects, [Effect::wake("again", 5), Effect::wake("x", 6)]);
    }

    #[test]
    fn an_edit_carries_the_whole_message() {
        let now = Message::service("ci", "green").id("7");
        let outcome = Outcome::none().edited(now.clone(), "2");
        let revision = "2".to_owned();
        assert_eq!(outcome.inbound, [Inbound::Edited(Edited { now, revision })]);
    }
}
