//! What an answer of the Bot API that is no success means for the call. Pure.

use lockgate_sdk::Trouble;
use lockgate_sdk::http::Response;
use serde_json::Value;

use crate::fields::{Fields, short};

/// Milliseconds to wait for whoever asks to wait and does not say how long.
const WAIT: u32 = 1_000;

/// The trouble that an answer tells of. Only the platform's own description is repeated, never another body: what answers
/// in its place may be anybody's page.
pub fn of(response: &Response, answer: &Value) -> Trouble {
    let status = match answer.int("error_code").and_then(|code| u16::try_from(code).ok()) {
        Some(code) if response.is_ok() => code,
        _ => response.status,
    };
    let why = match answer.text("description") {
        Some(description) => short(description),
        None => format!("Telegram answered {status}"),
    };
    match status {
        401 => Trouble::unauthorized(format!("{why}: Telegram does not take the token")),
        // A chat or a message that is not there is a 400; only a path with a wrong token is not found.
        404 => Trouble::unauthorized(format!("{why}: Telegram knows no bot of this token")),
        409 => Trouble::conflict(why),
        429 => Trouble::busy(retry_after(answer).or_else(|| response.retry_after()).unwrap_or(WAIT)),
        408 | 500.. => Trouble::unavailable(why),
        _ => Trouble::rejected(why),
    }
}

/// Milliseconds that the platform asks to wait.
fn retry_after(answer: &Value) -> Option<u32> {
    let seconds = answer.object("parameters")?.int("retry_after")?;
    let millis = u64::try_from(seconds).ok()?.saturating_mul(1_000);
    Some(u32::try_from(millis).unwrap_or(u32::MAX))
}

/// The same of a look for news before any update was seen. The host counts what another update might have spared, so that
/// it is stepped over in the end: this is none of that.
pub fn of_no_update(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Rejected(why) | Trouble::Malformed(why) => Trouble::Unavailable(why),
        trouble => trouble,
    }
}

/// Whether the platform could not read the markup, so that nothing was sent.
pub fn is_markup(trouble: &Trouble) -> bool {
    says(trouble, "can't parse entities")
}

/// Whether a rejection has these words.
pub fn says(trouble: &Trouble, words: &str) -> bool {
    matches!(trouble, Trouble::Rejected(why) if why.contains(words))
}
