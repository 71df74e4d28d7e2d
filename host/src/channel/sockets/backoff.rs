//! How long a websocket waits before it is opened again. Pure: how long it was open and the luck of the draw are arguments.

use std::time::Duration;

use crate::limits;

/// How often in a row a websocket did not stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    short: u32,
}

impl Backoff {
    /// It ended, after it had been open so long; not at all, if it could not be opened.
    pub fn ended(self, open: Duration) -> Self {
        let short = match open >= limits::SOCKET_GOOD_AFTER {
            true => 1,
            false => self.short.saturating_add(1),
        };
        Self { short }
    }

    /// The wait after that: a second, doubling, up to the bound, and of that the second half by luck, from 0 to
    /// `u32::MAX`. Those whom one server has thrown out do not all come back at once.
    pub fn wait(self, luck: u32) -> Duration {
        let Some(doublings) = self.short.checked_sub(1) else {
            return Duration::ZERO;
        };
        let doubled = 1_u32.checked_shl(doublings.min(31)).unwrap_or(u32::MAX);
        let whole = limits::SOCKET_BACKOFF_LEAST
            .saturating_mul(doubled)
            .min(limits::SOCKET_BACKOFF_MOST);
        let half = whole / 2;
        half + half.mul_f64(f64::from(luck) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The longest waits after websockets that were open so many seconds, one after the other.
    #[track_caller]
    fn check(open: &[u64], expected: &[u64]) {
        let mut backoff = Backoff::default();
        let waits = open.iter().map(|seconds| {
            backoff = backoff.ended(Duration::from_secs(*seconds));
            backoff.wait(u32::MAX).as_secs()
        });
        assert_eq!(waits.collect::<Vec<_>>(), expected, "{open:?}");
    }

    #[test]
    fn the_wait_doubles_and_begins_anew_after_a_good_one() {
        assert_eq!(Backoff::default().wait(u32::MAX), Duration::ZERO);
        check(&[0; 9], &[1, 2, 4, 8, 16, 32, 60, 60, 60]);
        check(&[0, 59, 0, 60, 0, 3_600], &[1, 2, 4, 1, 2, 1]);
    }

    proptest! {
        #[test]
        fn the_wait_is_within_its_bounds_whatever_the_luck(short in 1_u32.., luck: u32) {
            let wait = Backoff { short }.wait(luck);
            prop_assert!(wait >= limits::SOCKET_BACKOFF_LEAST / 2);
            prop_assert!(wait <= limits::SOCKET_BACKOFF_MOST);
        }

        #[test]
        fn more_luck_is_a_longer_wait(short in 1_u32..20, one: u32, other: u32) {
            let wait = |luck| Backoff { short }.wait(luck);
            prop_assert!(wait(one.min(other)) <= wait(one.max(other)));
        }
    }
}
