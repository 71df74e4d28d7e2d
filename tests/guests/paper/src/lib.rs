//! A channel that does with the operator's folders, databases and programs what no channel should. The body's first word names
//! the deed, the rest is its argument; the answer's text says what the host made of it.

mod deeds;
mod disk;

use lockgate_sdk::{Answer, Hook, Request, Trouble, channel};

struct Paper;

impl Hook for Paper {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let body = request.text();
        let (deed, argument) = body.split_once(' ').unwrap_or((&body, ""));
        Ok(Answer::ok().text(deeds::done(deed, argument)))
    }
}

channel!(Paper: hook);
