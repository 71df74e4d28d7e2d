//! The host's small services: its log, the operator's settings, the time and random bytes. Outside a component (in a
//! channel's own tests) the log is stderr, no setting is set, and time and random bytes are the system's.

pub use crate::bindings::guest::lockgate::channel::host::Level;

#[cfg(target_arch = "wasm32")]
use crate::bindings::guest::lockgate::channel::host as outside;
#[cfg(not(target_arch = "wasm32"))]
use native as outside;

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

#[cfg(not(target_arch = "wasm32"))]
mod native {
    //! Stand-ins for a channel's native tests.

    use super::Level;
    use std::hash::{BuildHasher, RandomState};
    use std::time::{SystemTime, UNIX_EPOCH};

    pub fn log(level: Level, text: &str) {
        eprintln!("{level:?}: {text}");
    }

    pub fn setting(_key: &str) -> Option<String> {
        None
    }

    pub fn now() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    pub fn random(length: u32) -> Vec<u8> {
        // `RandomState` is seeded by the system; its hashes are random enough for a test's ids.
        let seed = RandomState::new();
        (0..length)
            .map(|position| seed.hash_one(position).to_le_bytes()[0])
            .collect()
    }
}
