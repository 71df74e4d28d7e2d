//! What is posted to it becomes an event, and it counts.

use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel, store};

channel!(struct {{Name}}: hook);

impl Hook for {{Name}} {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let count = store::get_as("count").unwrap_or(0_u64) + 1;
        store::set("count", count.to_string())?;
        let message = Message::service("{{name}}", request.text()).meta("count", count.to_string());
        Ok(Answer::ok().event(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::harness::Harness;

    #[test]
    fn what_is_posted_becomes_an_event() {
        let house = Harness::new();
        for (text, count) in [("good morning", "1"), ("again", "2")] {
            let answer = house.hook::<{{Name}}>(Request::post("/", text).rule("signed"));
            assert_eq!(answer.map(|answer| answer.status), Ok(200));
            let event = house.events().remove(0);
            assert_eq!(event.text, text);
            assert_eq!(event.meta, [("count".to_owned(), count.to_owned())]);
        }
    }
}
