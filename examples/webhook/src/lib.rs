//! The generic receiver: turns a signed call of any platform into one readable event. The host has checked the signature;
//! which rule did it stands in `request.rule`. Reads settings and the request, and nothing else; keeps nothing.

mod author;
mod delivery;
mod event;
mod kinds;
mod line;
mod payload;
mod template;

use lockgate_sdk::{Answer, Hook, Request, Trouble, channel, host};
use payload::Payload;

struct Webhook;

impl Hook for Webhook {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        Ok(answer(&request, &host::setting))
    }
}

channel!(Webhook: hook);

/// How a setting of the operator is looked up.
type Settings<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the caller gets, and what comes of its call.
fn answer(request: &Request, settings: Settings<'_>) -> Answer {
    let payload = Payload::read(request);
    match challenge(&payload) {
        Some(answer) => answer,
        None => Answer::ok().outcome(event::outcome(request, &payload, settings)),
    }
}

/// The most characters of a challenge that is sent back.
const CHALLENGE_CHARS: usize = 4_096;

/// A platform that asks whether this address is ours sends a challenge and wants it back. Only harmless characters are,
/// as plain text: whatever else it is, it is not a challenge.
fn challenge(payload: &Payload) -> Option<Answer> {
    let Payload::Json(json) = payload else { return None };
    if json.get("type")?.as_str()? != "url_verification" {
        return None;
    }
    let challenge = json
        .get("challenge")
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_.~+/=-".contains(c);
    let answers = !challenge.is_empty() && challenge.len() <= CHALLENGE_CHARS && challenge.chars().all(harmless);
    Some(if answers {
        Answer::ok().text(challenge)
    } else {
        Answer::status(400)
    })
}

#[cfg(test)]
mod tests;
