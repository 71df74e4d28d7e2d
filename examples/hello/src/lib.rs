//! The smallest channel: what is posted to it becomes an event, and it counts. Nothing is decided here.

use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel, store};

channel!(struct Hello: hook);

impl Hook for Hello {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let count = (store::get_as("count").unwrap_or(0_u64) + 1).to_string();
        store::set("count", &count)?;
        Ok(Answer::ok().event(Message::service("hello", request.text()).meta("count", count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::harness::Harness;

    #[test]
    fn it_greets_and_counts() {
        let house = Harness::new();
        for (text, count) in [("good morning", "1"), ("again", "2")] {
            let answer = house.hook::<Hello>(Request::post("/", text).rule("hello"));
            assert_eq!(answer.map(|answer| answer.status), Ok(200));
            let events = house.events();
            assert_eq!(events.len(), 1);
            assert_eq!((&events[0].text[..], &events[0].meta[0].1[..]), (text, count));
        }
    }
}
