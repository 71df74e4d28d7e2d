//! What a guest hands over the border is read by the host before anything is judged: deeds that make little of the guest's
//! memory look like very much.

use lockgate_sdk::{Message, Outcome, host, store};

use crate::deeds::said;

/// Bytes of the one text that is shown again and again.
const SHOWN: usize = 4 << 20;

/// One line that is larger than any call may hand over.
pub fn log_big() -> Outcome {
    host::log(host::Level::Warn, &"x".repeat(40 << 20));
    said("logged")
}

/// Values in the store that fill a call's writes, one after the other.
pub fn store_aliased() -> Outcome {
    let value = vec![7; 1 << 20];
    let refused = (0..100)
        .filter(|n| store::set(&format!("same/{}", n % 4), &value).is_err())
        .count();
    said(format!("{refused} refused"))
}

/// Thousands of messages with one and the same text: the guest has it once, the host would read it as often as it is
/// named, which is 20 GiB.
pub fn aliased() -> Outcome {
    let text = "x".repeat(SHOWN);
    (0..5_000).fold(Outcome::none(), |outcome, _| {
        outcome.event(Message::service("evil", alias(&text)))
    })
}

/// The same bytes under another owner.
#[expect(
    unsafe_code,
    reason = "this is the attack; it harms nobody but the guest, whose call ends with it"
)]
fn alias(text: &str) -> String {
    // SAFETY: none. Two owners of one allocation are what a hostile compiler would make; nothing frees either of them,
    // because the host ends the call when it reads them.
    unsafe { String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len()) }
}
