//! Decides when a channel looks for news. One poll at a time, never closer than the bound, later after failures.

use std::time::{Duration, Instant};

use super::{Channel, Phase, phase};
use crate::limits;
use crate::model::UnixMillis;
use crate::sandbox::Call;

/// Polls until the future is dropped; a poll in flight is dropped with it, and nothing of it is kept.
pub async fn run(channel: &Channel) {
    if !channel.prepared.has(Call::Poll) {
        return;
    }
    let mut failures = 0;
    loop {
        channel.at_liberty().await;
        let begun = Instant::now();
        let wait = match channel.poll(failures).await {
            Ok((again, brought)) => {
                failures = 0;
                channel.enter(Phase::Ready);
                next(again, brought, begun.elapsed())
            }
            Err(failure) => {
                failures += 1;
                channel.enter(Phase::of_failure(&failure, failures, UnixMillis::now()));
                phase::rest(&failure, failures)
            }
        };
        channel.pause(wait).await;
    }
}

/// The wait until the next look. A guest may ask for none at all only after a call that waited or brought something.
fn next(again: u32, brought: usize, took: Duration) -> Duration {
    let asked = Duration::from_millis(u64::from(again));
    let idle = brought == 0 && took < limits::POLL_SPACING;
    let least = if idle {
        limits::POLL_IDLE
    } else {
        limits::POLL_SPACING.saturating_sub(took)
    };
    asked.max(least).min(limits::POLL_WAIT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_can_not_make_the_host_spin() {
        let quick = Duration::from_millis(1);
        assert_eq!(next(0, 0, quick), limits::POLL_IDLE);
        assert_eq!(next(0, 3, quick), limits::POLL_SPACING - quick);
        assert_eq!(next(0, 0, Duration::from_secs(50)), Duration::ZERO);
        assert_eq!(next(7_000, 0, quick), Duration::from_secs(7));
        assert_eq!(next(u32::MAX, 0, quick), limits::POLL_WAIT_MOST);
    }

    #[test]
    fn two_polls_begin_no_closer_than_their_bound() {
        let (most, bit) = (limits::POLL_SPACING, Duration::from_millis(1));
        // What the poll took counts, whether or not it brought something.
        for (took, wait) in [(most - bit, bit), (most, Duration::ZERO), (most + bit, Duration::ZERO)] {
            assert_eq!(next(0, 1, took), wait, "{took:?}");
        }
        for (asked, wait) in [(1, most), (249, most), (250, most), (251, most + bit)] {
            assert_eq!(next(asked, 1, Duration::ZERO), wait, "{asked}");
        }
    }
}
