//! How fast events are pushed, and how old they may be. Pure: the time is an argument, and nothing here waits.

use std::time::Duration;

use crate::limits;
use crate::model::{Author, UnixMillis};

/// How many events a channel may push: the operator's `rate` and `burst`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Events a second, in the long run.
    pub per_second: f64,
    /// Events at once.
    pub burst: u32,
}

impl Rate {
    /// This rate with its usual burst: a second's worth, since whoever raises the rate means that so many may come in a
    /// second, also in the same moment of it; and never less than the usual burst of all.
    pub fn of(per_second: f64) -> Self {
        // A cast of a float stops at the bounds of the type.
        let second = per_second.ceil() as u32;
        Self {
            per_second,
            burst: second.max(limits::RATE_BURST),
        }
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            per_second: limits::RATE_PER_SECOND,
            burst: limits::RATE_BURST,
        }
    }
}

/// What becomes of an event that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Push it.
    Push,
    /// Leave it for "n more".
    Collect,
}

/// What counts as a token: many small earnings may add up to a hair less than one.
const WHOLE: f64 = 1.0 - 1e-9;

/// A token bucket: one per channel, owned by whoever pushes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    rate: Rate,
    tokens: f64,
    last: Option<UnixMillis>,
}

impl Pace {
    /// A full bucket. A rate that is no number, or below zero, counts as zero: after the burst all is collected.
    pub fn new(per_second: f64, burst: u32) -> Self {
        let per_second = if per_second.is_finite() {
            per_second.max(0.0)
        } else {
            0.0
        };
        Self {
            rate: Rate { per_second, burst },
            tokens: f64::from(burst),
            last: None,
        }
    }

    /// Takes a token, if there is one at this time.
    ///
    /// A clock that goes backwards earns nothing, and time counts from its new reading: otherwise a channel would
    /// stand still until the clock is back where it was. No jump earns more than a burst.
    pub fn take(&mut self, now: UnixMillis) -> Take {
        self.earn(now);
        if self.tokens < WHOLE {
            return Take::Collect;
        }
        self.tokens = (self.tokens - 1.0).max(0.0);
        Take::Push
    }

    /// Takes a token that is not there yet, if no more than `credit` of them were taken so: they are earned before the next.
    pub fn borrow(&mut self, now: UnixMillis, credit: u32) -> Take {
        self.earn(now);
        // A rate of nothing pays nothing back.
        if self.rate.per_second <= 0.0 || self.tokens - 1.0 < -f64::from(credit) - (1.0 - WHOLE) {
            return Take::Collect;
        }
        self.tokens -= 1.0;
        Take::Push
    }

    /// When the next token will be there, if the clock runs on; `None` if never.
    pub fn next(&self, now: UnixMillis) -> Option<UnixMillis> {
        let missing = 1.0 - self.tokens;
        if self.tokens >= WHOLE {
            return Some(now);
        }
        if self.rate.per_second <= 0.0 || self.rate.burst == 0 {
            return None;
        }
        let seconds = (missing / self.rate.per_second).min(limits::KEEP.as_secs_f64());
        let wait = Duration::from_millis((seconds * 1000.0).ceil() as u64);
        Some(self.last.unwrap_or(now).min(now).after(wait))
    }

    fn earn(&mut self, now: UnixMillis) {
        let passed = self.last.map_or(Duration::ZERO, |last| now.since(last));
        let earned = passed.as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + earned).min(f64::from(self.rate.burst));
        self.last = Some(now);
    }
}

impl From<Rate> for Pace {
    fn from(rate: Rate) -> Self {
        Self::new(rate.per_second, rate.burst)
    }
}

/// What an event is, as far as its age matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person wrote it.
    Message,
    /// A thing said it.
    Service,
}

impl Kind {
    /// The kind of what this author says.
    pub fn of(author: &Author) -> Self {
        match author {
            Author::Person(_) => Self::Message,
            Author::Service(_) => Self::Service,
        }
    }

    /// The age up to which an event of this kind is pushed.
    pub fn fresh_for(self) -> Duration {
        match self {
            Self::Message => limits::FRESH_MESSAGE,
            Self::Service => limits::FRESH_SERVICE,
        }
    }
}

/// Whether an event is young enough to be pushed. What the clock places in the future is young.
pub fn fresh(kind: Kind, received: UnixMillis, now: UnixMillis) -> bool {
    now.since(received) <= kind.fresh_for()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each step is a time in milliseconds and whether the event is pushed then.
    #[track_caller]
    fn check(per_second: f64, burst: u32, steps: &[(u64, bool)]) {
        let mut pace = Pace::new(per_second, burst);
        for (number, (at, pushed)) in steps.iter().enumerate() {
            let expected = if *pushed { Take::Push } else { Take::Collect };
            assert_eq!(pace.take(UnixMillis(*at)), expected, "step {number}");
        }
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        check(
            1.0,
            2,
            &[
                (0, true),
                (0, true),
                (0, false),
                (999, false),
                (1000, true),
                (1000, false),
            ],
        );
        check(
            2.0,
            1,
            &[(0, true), (499, false), (500, true), (1000, true), (1001, false)],
        );
        check(
            1.0,
            2,
            &[
                (0, true),
                (0, true),
                (3_600_000, true),
                (3_600_000, true),
                (3_600_000, false),
            ],
        );
        check(0.5, 1, &[(0, true), (1999, false), (2000, true)]);
    }

    #[test]
    fn odd_rates_do_no_harm() {
        check(0.0, 1, &[(0, true), (1_000_000, false)]);
        check(5.0, 0, &[(0, false), (1_000_000, false)]);
        check(f64::NAN, 1, &[(0, true), (u64::MAX, false)]);
        check(f64::INFINITY, 1, &[(0, true), (1, false)]);
        check(-1.0, 1, &[(0, true), (u64::MAX, false)]);
        check(1e6, 1, &[(0, true), (0, false), (u64::MAX, true), (u64::MAX, false)]);
    }

    #[test]
    fn a_clock_that_goes_back_neither_stalls_nor_gives() {
        check(
            1.0,
            1,
            &[
                (10_000, true),
                (4_000, false),
                (4_999, false),
                (5_000, true),
                (5_000, false),
            ],
        );
    }

    #[test]
    fn the_next_token_is_announced() {
        let mut pace = Pace::new(1.0, 1);
        assert_eq!(pace.next(UnixMillis(5)), Some(UnixMillis(5)));
        assert_eq!(pace.take(UnixMillis(5)), Take::Push);
        assert_eq!(pace.next(UnixMillis(5)), Some(UnixMillis(1005)));
        assert_eq!(pace.next(UnixMillis(500)), Some(UnixMillis(1005)));
        assert_eq!(pace.take(UnixMillis(1005)), Take::Push);
        let mut never = Pace::new(0.0, 1);
        assert_eq!(never.take(UnixMillis(0)), Take::Push);
        assert_eq!(never.next(UnixMillis(0)), None);
    }

    #[test]
    fn what_is_borrowed_is_earned_before_the_next() {
        let mut pace = Pace::new(1.0, 1);
        let at = UnixMillis(1_000_000);
        assert_eq!(pace.take(at), Take::Push);
        let borrowed: Vec<Take> = (0..4).map(|_| pace.borrow(at, 3)).collect();
        assert_eq!(borrowed, [Take::Push, Take::Push, Take::Push, Take::Collect]);
        assert_eq!(pace.next(at), Some(UnixMillis(at.0 + 4_000)));
        assert_eq!(pace.take(UnixMillis(at.0 + 3_999)), Take::Collect);
        assert_eq!(pace.take(UnixMillis(at.0 + 4_000)), Take::Push);
        assert_eq!(Pace::new(0.0, 0).borrow(at, 3), Take::Collect);
    }

    #[test]
    fn freshness_ends_after_its_limit() {
        let check = |kind, age: Duration, expected| {
            let received = UnixMillis(1_000_000);
            assert_eq!(fresh(kind, received, received.after(age)), expected, "{kind:?} {age:?}");
        };
        let more = Duration::from_millis(1);
        check(Kind::Message, limits::FRESH_MESSAGE, true);
        check(Kind::Message, limits::FRESH_MESSAGE + more, false);
        check(Kind::Service, limits::FRESH_SERVICE, true);
        check(Kind::Service, limits::FRESH_SERVICE + more, false);
        assert!(fresh(Kind::Service, UnixMillis(10), UnixMillis(0)));
    }

    proptest! {
        #[test]
        fn a_clock_that_only_goes_forward_never_gives_more_than_burst_and_rate(
            steps in prop::collection::vec(0_u64..3_000, 1..200), burst in 0_u32..20,
        ) {
            let mut pace = Pace::new(1.0, burst);
            let (mut now, mut pushed) = (0, 0_u64);
            for step in steps {
                now += step;
                pushed += u64::from(pace.take(UnixMillis(now)) == Take::Push);
            }
            prop_assert!(pushed <= u64::from(burst) + now / 1000);
        }

        #[test]
        fn no_jump_of_the_clock_gives_more_than_a_burst(times in prop::collection::vec(any::<u64>(), 1..50)) {
            let mut pace = Pace::new(1000.0, 3);
            for at in times {
                let pushed = (0..10).filter(|_| pace.take(UnixMillis(at)) == Take::Push).count();
                prop_assert!(pushed <= 3);
            }
        }
    }
}
