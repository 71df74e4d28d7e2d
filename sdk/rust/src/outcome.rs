//! Builders for what a call changes: inbound messages and effects.

use crate::{Effect, Inbound, Message, Outcome, Wake};

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
        self.effect(Effect::Wake(Wake {
            name: name.into(),
            after,
        }))
    }

    /// Adds any other effect; the host takes at most 100 of one call.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
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
        let names: Vec<&str> = outcome
            .effects
            .iter()
            .map(|effect| {
                if let Effect::Wake(wake) = effect {
                    &wake.name
                } else {
                    ""
                }
            })
            .collect();
        assert_eq!(names, ["again", "x"]);
    }
}
