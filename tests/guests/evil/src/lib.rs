//! A channel that does what no channel should. Its deed is named by the last segment of the request's path or, on
//! `/do`, by the body's first word; `start`, `poll` and `fire` take theirs from the setting of that name.
//!
//! `start` and `poll` without a setting do nothing; `fire` reports the wake's name and how often it has failed.

mod abi;
mod deeds;

use lockgate_sdk::{Answer, Batch, Hook, Life, Message, Outcome, Request, Source, Timer, Trouble, channel, host};

struct Evil;

impl Hook for Evil {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let body = request.text();
        let (first, rest) = body.split_once(' ').unwrap_or((&body, ""));
        let (deed, argument) = match request.path.rsplit('/').next() {
            Some("do") | None => (first, rest),
            Some(deed) => (deed, request.query.split_once('=').map_or("", |(_, value)| value)),
        };
        deeds::answer(deed, argument, &request)
    }
}

impl Life for Evil {
    fn start() -> Result<Outcome, Trouble> {
        by_setting("start")
    }
}

impl Source for Evil {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        // With this setting the poison is stepped over, as the contract asks for.
        if failures >= 3 && host::setting("careful").is_some() {
            let next = Message::service("evil", "what came after the poison");
            return Ok(Batch::new(Outcome::none().skipped("poison").event(next), 1_000));
        }
        by_setting("poll").map(|outcome| Batch::new(outcome, again_after()))
    }
}

impl Timer for Evil {
    fn fire(name: String, failures: u32) -> Result<Outcome, Trouble> {
        let outcome = by_setting("fire")?;
        Ok(outcome.event(Message::service("evil", format!("{name} after {failures}"))))
    }
}

/// Does what the setting of this name says: a deed and its argument.
fn by_setting(call: &str) -> Result<Outcome, Trouble> {
    let Some(text) = host::setting(call) else {
        return Ok(Outcome::none());
    };
    let (deed, argument) = text.split_once(' ').unwrap_or((&text, ""));
    deeds::outcome(deed, argument)
}

/// Milliseconds until the next look: the setting, or a second.
fn again_after() -> u32 {
    host::setting("again-after")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000)
}

channel!(Evil: hook, life, source, timer);
