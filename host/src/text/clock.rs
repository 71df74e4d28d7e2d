//! A moment as a person compares it with his watch.

use std::time::{Duration, UNIX_EPOCH};

use crate::model::UnixMillis;

/// The last moment that has a four-digit year.
const LAST_MILLIS: u64 = 253_402_300_799_999;

/// `14:02 UTC`.
pub fn clock(time: UnixMillis) -> String {
    let time = UNIX_EPOCH + Duration::from_millis(time.0.min(LAST_MILLIS));
    let text = humantime::format_rfc3339_seconds(time).to_string();
    format!("{} UTC", text.get(11..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_minutes_of_any_moment() {
        assert_eq!(clock(UnixMillis(0)), "00:00 UTC");
        assert_eq!(clock(UnixMillis(50_520_000)), "14:02 UTC");
        assert_eq!(clock(UnixMillis(u64::MAX)), "23:59 UTC");
    }
}
