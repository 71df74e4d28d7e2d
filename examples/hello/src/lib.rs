//! The smallest channel: what is posted to it becomes an event, and it counts. Nothing is decided here.

use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel, store};

struct Hello;

impl Hook for Hello {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let count = store::get_text("count")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0_u64)
            + 1;
        store::set("count", count.to_string())?;
        Ok(Answer::ok().event(Message::service("hello", request.text()).meta("count", count.to_string())))
    }
}

channel!(Hello: hook);

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::{Inbound, RequestBody};

    fn post(body: &str) -> Message {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: RequestBody::Bytes(body.into()),
            rule: "hello".into(),
        };
        match Hello::receive(request).map(|mut answer| answer.outcome.inbound.pop()) {
            Ok(Some(Inbound::Message(message))) => message,
            other => panic!("one message expected, got {other:?}"),
        }
    }

    #[test]
    fn it_greets_and_counts() {
        assert_eq!(post("good morning").text, "good morning");
        assert_eq!(post("again").meta, [("count".to_owned(), "2".to_owned())]);
    }
}
