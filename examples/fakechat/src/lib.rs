//! A chat page on this computer: what is typed in the browser becomes an event, and what the session answers appears in
//! the page. Everything is kept in the channel's store and folder; nothing leaves the computer.

mod chat;
mod files;
mod item;
mod page;
mod sink;

use lockgate_sdk::{Answer, Hook, Life, Media, Outcome, Request, Trouble, channel};

/// The one conversation that there is.
const CONVERSATION: &str = "web";
/// The account of whoever has the page's link.
const PERSON: &str = "web";

channel!(struct Fakechat: hook, life, media, sink);

impl Life for Fakechat {
    fn start() -> Result<Outcome, Trouble> {
        files::sweep();
        Ok(Outcome::none())
    }
}

impl Hook for Fakechat {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        page::answer(&request)
    }
}

impl Media for Fakechat {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        files::hand_over(&handle, &into)
    }
}

#[cfg(test)]
mod tests;
