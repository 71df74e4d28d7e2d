//! Builders for what a channel's own tool answers.

use crate::{Effect, ToolAnswer, Wake};

impl ToolAnswer {
    /// This text, of which the model sees the first 16 KiB.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            effects: Vec::new(),
        }
    }

    /// It is done, and there is nothing to say.
    #[must_use]
    pub fn done() -> Self {
        Self::text("")
    }

    /// Hands this text to everyone who listens to the topic, once the call is committed.
    #[must_use]
    pub fn publish(self, topic: impl Into<String>, text: impl Into<String>) -> Self {
        self.effect(Effect::publish(topic, text))
    }

    /// Asks for [`Timer::fire`](crate::Timer::fire) with this name after so many milliseconds.
    #[must_use]
    pub fn wake(self, name: impl Into<String>, after: u32) -> Self {
        let name = name.into();
        self.effect(Effect::Wake(Wake { name, after }))
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
    fn an_answer_carries_a_text_and_effects() {
        let answer = ToolAnswer::text("7").publish("events", "{}").wake("later", 5);
        assert_eq!((answer.text.as_str(), answer.effects.len()), ("7", 2));
        assert_eq!(answer.effects[0], Effect::publish("events", "{}"));
        assert_eq!(ToolAnswer::done(), ToolAnswer::text(""));
    }
}
