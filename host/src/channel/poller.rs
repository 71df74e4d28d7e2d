//! Decides when a channel looks for news. One poll at a time, never closer than the bound, later after failures.

use std::time::{Duration, Instant};

use super::faults::End;
use super::liberty::end;
use super::{Channel, Failure, Phase, phase};
use crate::limits;
use crate::model::{Trouble, UnixMillis};
use crate::sandbox::Call;

/// Polls until the future is dropped; a poll in flight is dropped with it, and nothing of it is kept.
pub async fn run(channel: &Channel) {
    if !channel.prepared.has(Call::Poll) {
        return;
    }
    let (mut failures, mut told) = (0, 0);
    loop {
        channel.at_liberty().await;
        let begun = Instant::now();
        let looked = channel.poll(told).await;
        channel.looked.send_replace(true);
        let wait = match looked {
            Ok((again, brought)) => {
                (failures, told) = (0, 0);
                channel.enter(Phase::Ready);
                next(again, brought, begun.elapsed())
            }
            Err(failure) => {
                failures += 1;
                told += u32::from(is_of_input(&failure));
                channel.enter(Phase::of_failure(&failure, failures, UnixMillis::now()));
                phase::rest(&failure, failures)
            }
        };
        channel.pause(wait).await;
    }
}

/// Whether another input might not have failed so. Only such failures are told to a guest, because it steps over what
/// comes first after some of them: a platform that was down for a while must not cost the first message after that.
fn is_of_input(failure: &Failure) -> bool {
    match failure.trouble() {
        Some(Trouble::Malformed(_) | Trouble::Rejected(_)) => true,
        Some(_) => false,
        None => end(failure) == End::Fault,
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sandbox::{CallError, Fault, FaultKind};

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
    fn only_what_another_input_might_have_spared_is_told_to_the_guest() {
        let check = |error: CallError, expected: bool| {
            let shown = error.to_string();
            assert_eq!(is_of_input(&Failure::Call(error)), expected, "{shown}");
        };
        let fault = |kind| {
            CallError::Fault(Fault {
                channel: "chat".parse().unwrap(),
                call: Call::Poll,
                kind,
                function: None,
            })
        };
        let late = |millis| {
            let (limit, ran) = (Duration::from_secs(5), Duration::from_millis(millis));
            fault(FaultKind::Deadline { limit, ran })
        };
        let why = || "no".to_owned();
        check(fault(FaultKind::Unusable { reason: why() }), true);
        check(late(2_000), true);
        check(late(1), false);
        check(CallError::Trouble(Trouble::Malformed(why())), true);
        check(CallError::Trouble(Trouble::Rejected(why())), true);
        check(CallError::Trouble(Trouble::Busy(1)), false);
        check(CallError::Trouble(Trouble::Unavailable(why())), false);
        check(CallError::Trouble(Trouble::Unauthorized(why())), false);
        check(CallError::Trouble(Trouble::Conflict(why())), false);
        assert!(!is_of_input(&Failure::Contended(Call::Poll)));
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
