//! What a hook answers, and what a look for news brings.

use crate::{Answer, Body, Message, Outcome};

pub use crate::bindings::source::exports::lockgate::channel::source::Batch;

impl Answer {
    /// 200 with nothing in it.
    #[must_use]
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// Any other status, with nothing in it.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Vec::new()),
            outcome: Outcome::none(),
        }
    }

    /// 200 with these bytes. To anything but the channel's own page the host sends a type of its own instead of this one.
    #[must_use]
    pub fn bytes(content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::with_body(content_type, Body::Bytes(bytes.into()))
    }

    /// 200 with a document.
    #[must_use]
    pub fn html(document: impl Into<String>) -> Self {
        Self::bytes("text/html; charset=utf-8", document.into())
    }

    /// 200 with a file under `/inbox`, `/outbox` or `/data`, which the host streams.
    #[must_use]
    pub fn file(content_type: impl Into<String>, path: impl Into<String>) -> Self {
        Self::with_body(content_type, Body::File(path.into()))
    }

    /// Keeps the connection open as server-sent events: the caller gets what is published to this topic from now on
    /// ([`Outcome::publish`]). Only for the channel's own page.
    #[must_use]
    pub fn subscribe(topic: impl Into<String>) -> Self {
        Self {
            body: Body::Subscribe(topic.into()),
            ..Self::ok()
        }
    }

    /// Sets the body to plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.headers
            .push(("content-type".into(), "text/plain; charset=utf-8".into()));
        self.body = Body::Bytes(text.into().into_bytes());
        self
    }

    /// Replaces the status: `Answer::json(&item)?.with_status(201)`.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a message that came in with this call.
    #[must_use]
    pub fn event(mut self, message: Message) -> Self {
        self.outcome = self.outcome.event(message);
        self
    }

    /// Hands this text to everyone who listens to the topic, once the call is committed.
    #[must_use]
    pub fn publish(mut self, topic: impl Into<String>, text: impl Into<String>) -> Self {
        self.outcome = self.outcome.publish(topic, text);
        self
    }

    /// Replaces what the call changes.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    fn with_body(content_type: impl Into<String>, body: Body) -> Self {
        Self {
            body,
            ..Self::ok().with_header("content-type", content_type)
        }
    }
}

impl Batch {
    /// What a look brought, and the milliseconds until the next one. 0 counts only after a call that waited or brought something.
    #[must_use]
    pub fn new(outcome: Outcome, again_after: u32) -> Self {
        Self { outcome, again_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effect;

    #[test]
    fn an_answer_carries_text_events_and_publications() {
        let answer = Answer::ok()
            .text("hi")
            .event(Message::service("a", "b"))
            .publish("events", "{}");
        assert_eq!((answer.status, &answer.body), (200, &Body::Bytes(b"hi".to_vec())));
        assert_eq!(answer.outcome.inbound.len(), 1);
        assert_eq!(answer.outcome.effects, [Effect::publish("events", "{}")]);
    }

    #[test]
    fn a_body_says_what_it_is() {
        fn check(answer: Answer, kind: Option<&str>, body: Body) {
            let stated = answer.headers.iter().find(|(name, _)| name == "content-type");
            assert_eq!(stated.map(|(_, value)| value.as_str()), kind);
            assert_eq!((answer.status, answer.body), (200, body));
        }
        let bytes = |text: &str| Body::Bytes(text.into());
        check(Answer::html("<p>"), Some("text/html; charset=utf-8"), bytes("<p>"));
        check(Answer::bytes("image/gif", *b"GIF"), Some("image/gif"), bytes("GIF"));
        check(
            Answer::file("image/png", "/data/7"),
            Some("image/png"),
            Body::File("/data/7".into()),
        );
        check(Answer::subscribe("events"), None, Body::Subscribe("events".into()));
        assert_eq!(Answer::html("").with_status(404).status, 404);
    }
}
