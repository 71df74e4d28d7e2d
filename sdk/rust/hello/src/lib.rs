//! The smallest channel: what is posted to it becomes an event, and it counts.

use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel, store};

channel!(struct Hello: hook);

impl Hook for Hello {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let count = (store::get_as("count").unwrap_or(0_u64) + 1).to_string();
        store::set("count", &count)?;
        Ok(Answer::ok().event(Message::service("hello", request.text()).meta("count", count)))
    }
}
