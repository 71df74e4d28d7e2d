//! What a hook is asked and answers, and what a look for news brings.

use crate::{Answer, Body, Message, Outcome, Request, RequestBody};

pub use crate::bindings::source::exports::lockgate::channel::source::Batch;

impl Request {
    /// The body's bytes; empty if the host wrote it to a file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            RequestBody::Bytes(bytes) => bytes,
            RequestBody::File(_) => &[],
        }
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

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

    /// Sets the body to plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.headers
            .push(("content-type".into(), "text/plain; charset=utf-8".into()));
        self.body = Body::Bytes(text.into().into_bytes());
        self
    }

    /// Adds a message that came in with this call.
    #[must_use]
    pub fn event(mut self, message: Message) -> Self {
        self.outcome = self.outcome.event(message);
        self
    }

    /// Replaces what the call changes.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
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

    #[test]
    fn a_request_gives_its_text_and_headers() {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: vec![("X-Kind".into(), "push".into()), ("x-kind".into(), "second".into())],
            body: RequestBody::Bytes(b"caf\xc3\xa9 \xff".to_vec()),
            rule: "forge".into(),
        };
        assert_eq!(request.text(), "café \u{fffd}");
        assert_eq!(request.header("x-kind"), Some("push"));
        assert_eq!(request.header("x-other"), None);
    }

    #[test]
    fn an_answer_carries_text_and_events() {
        let answer = Answer::ok().text("hi").event(Message::service("a", "b"));
        assert_eq!((answer.status, &answer.body), (200, &Body::Bytes(b"hi".to_vec())));
        assert_eq!(answer.outcome.inbound.len(), 1);
    }
}
