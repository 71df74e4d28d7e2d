//! The host's small services: its log, the operator's settings, the time and random bytes. Outside a component the
//! test's own stand-in gives them (`harness`); without one the log is stderr, no setting is set, and time and random bytes
//! are the system's.

pub use crate::bindings::guest::lockgate::channel::host::Level;

#[cfg(target_arch = "wasm32")]
use crate::bindings::guest::lockgate::channel::host as outside;
#[cfg(not(target_arch = "wasm32"))]
use crate::harness::house as outside;

/// Writes one line to the operator's log. Control characters are taken out; the host bounds how much is kept.
pub fn log(level: Level, text: &str) {
    outside::log(level, text);
}

/// A setting of the channel's `config` table, as text; nested tables are reached with dots. Never a secret.
#[must_use]
pub fn setting(key: &str) -> Option<String> {
    outside::setting(key)
}

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now() -> u64 {
    outside::now()
}

/// Bytes from the system's generator; the host gives at most 1,024 in one call.
#[must_use]
pub fn random(length: u32) -> Vec<u8> {
    outside::random(length)
}
