//! Waiting for a condition, always with a bound.
//!
//! Nothing here waits for a fixed time: a condition that holds is seen within a few milliseconds, and no more than a
//! sixty-fourth of the wait too late.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long a condition is given that holds at once on an idle machine; long enough for a busy one.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The shortest and the longest pause between two looks at a condition that nobody announces. A look may be a question to the
/// program under test, which is to have the machine for itself.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(16)];

/// Asks `condition` until it gives a value, but not longer than `limit`.
///
/// # Errors
/// Says `what` was waited for, if it did not come in time.
pub fn until<T>(limit: Duration, what: &str, mut condition: impl FnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return Ok(value);
        }
        let waited = start.elapsed();
        if waited > limit {
            bail!("{what} did not happen within {limit:?}");
        }
        let [least, most] = LOOK_AGAIN;
        std::thread::park_timeout((waited / 64).clamp(least, most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_value_or_says_what_did_not_happen() {
        let mut looks = 0;
        let third = until(PATIENCE, "third look", || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(third.ok(), Some(3));
        let never = until(Duration::from_millis(5), "the moon", || None::<()>);
        assert!(never.is_err_and(|error| error.to_string().starts_with("the moon did not happen")));
    }
}
