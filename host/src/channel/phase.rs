//! Where in its life a channel is, and how long it rests after failures. Pure.
//!
//! ```text
//!             compile        load          start ok
//!  [approved] ──────► Compiling ──► Starting ──────► Ready ──(poll fails)──► Resting, Conflict
//!      │                  │          ▲   │             ▲                        │
//!      │                  │          └───┘ backoff     └────── next success ◄───┘
//!      └── no component ──┴──► Broken
//!
//!  Starting, Ready, Resting, Conflict ──(five faults in a row)──► Quarantined ──(a person resumes it)──► Starting, Ready
//!                                     ──(token refused)─────────► Unauthorized ──(a person resumes it; a secret changes: another life)
//! ```
//! In the last two it does nothing by itself. Who calls it from outside reaches it in all phases after `start`.

use std::time::Duration;

use super::Failure;
use crate::limits;
use crate::model::{Trouble, UnixMillis};

/// Where in its life a channel is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Its component is being compiled for this engine.
    Compiling,
    /// `start` has not succeeded yet; nothing else is called before.
    Starting {
        /// Why not, if it was tried.
        why: Option<String>,
    },
    /// It is called.
    Ready,
    /// Its last poll failed, or its last timer if it has no polls; it is tried again later. Hooks go on.
    Resting {
        /// What happened.
        why: String,
        /// How often in a row.
        failures: u32,
    },
    /// Somebody else uses its credential: it is tried again, but rarely.
    Conflict {
        /// Since when.
        since: UnixMillis,
        /// What happened.
        why: String,
    },
    /// Its credential is refused: it does nothing by itself until a secret changes or a person resumes it.
    Unauthorized {
        /// Since when.
        since: UnixMillis,
        /// What happened.
        why: String,
        /// Which secrets it has, and how each is set anew: for the operator's terminal, because it names his files.
        mend: String,
        /// Whether `start` had succeeded.
        begun: Begun,
    },
    /// It broke too often: it does nothing by itself until a person resumes it or approves other bytes.
    Quarantined {
        /// When the row of faults began.
        since: UnixMillis,
        /// What broke, and how.
        why: String,
        /// Whether `start` had succeeded.
        begun: Begun,
    },
    /// Its newest bytes can't serve; those before them go on. Only the roster says so: a code knows nothing of another.
    Stale {
        /// Since when.
        since: UnixMillis,
        /// Why not.
        why: String,
    },
    /// It can't run as it is.
    Broken {
        /// What is wrong, and what to do.
        why: String,
    },
}

/// Whether a channel's `start` has succeeded: nothing else is called before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Not yet.
    No,
    /// It has.
    Yes,
}

impl Phase {
    /// One word for tables and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Compiling => "compiling",
            Self::Starting { .. } => "starting",
            Self::Ready => "ready",
            Self::Resting { .. } => "resting",
            Self::Conflict { .. } => "conflict",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Quarantined { .. } => "quarantined",
            Self::Stale { .. } => "stale",
            Self::Broken { .. } => "broken",
        }
    }

    /// What a person should know beyond the word; empty if nothing.
    pub fn detail(&self) -> &str {
        match self {
            Self::Resting { why, .. }
            | Self::Conflict { why, .. }
            | Self::Unauthorized { why, .. }
            | Self::Quarantined { why, .. }
            | Self::Stale { why, .. }
            | Self::Broken { why }
            | Self::Starting { why: Some(why) } => why,
            Self::Compiling | Self::Starting { why: None } | Self::Ready => "",
        }
    }

    /// Both in a row.
    pub fn in_words(&self) -> String {
        match self.detail() {
            "" => self.word().to_owned(),
            detail => format!("{}: {detail}", self.word()),
        }
    }

    /// What the operator should do, if that is more than what the detail says; empty if nothing.
    pub fn mend(&self) -> &str {
        match self {
            Self::Unauthorized { mend, .. } => mend,
            _ => "",
        }
    }

    /// The detail, and what to do: for the operator's terminal. Empty if nothing.
    pub fn advice(&self) -> String {
        let all = [self.detail(), self.mend()];
        let all: Vec<&str> = all.into_iter().filter(|text| !text.is_empty()).collect();
        all.join("; ")
    }

    /// Whether doors may call the channel.
    pub fn takes_calls(&self) -> bool {
        match self {
            Self::Ready | Self::Resting { .. } | Self::Conflict { .. } | Self::Stale { .. } => true,
            Self::Unauthorized { begun, .. } | Self::Quarantined { begun, .. } => *begun == Begun::Yes,
            Self::Compiling | Self::Starting { .. } | Self::Broken { .. } => false,
        }
    }

    /// Whether the channel may act by itself: start, poll, be woken.
    pub fn acts(&self) -> bool {
        !matches!(self, Self::Unauthorized { .. } | Self::Quarantined { .. })
    }

    /// This phase as it follows on another: a conflict that goes on began when it began.
    pub fn after(self, before: &Self) -> Self {
        match (self, before) {
            (Self::Conflict { why, .. }, Self::Conflict { since, .. }) => Self::Conflict { since: *since, why },
            (next, _) => next,
        }
    }

    /// The phase of a channel after this failure, the last of so many in a row.
    pub fn of_failure(failure: &Failure, failures: u32, now: UnixMillis) -> Self {
        let why = failure.to_string();
        match failure.trouble() {
            Some(Trouble::Conflict(_)) => Self::Conflict { since: now, why },
            _ => Self::Resting { why, failures },
        }
    }
}

/// How long to wait after so many failures in a row: a second, doubling, up to the bound.
pub fn backoff(failures: u32) -> Duration {
    let doubled = 1_u64
        .checked_shl(failures.saturating_sub(1).min(32))
        .unwrap_or(u64::MAX);
    Duration::from_secs(doubled).min(limits::BACKOFF_MOST)
}

/// How long to wait after this failure, the last of so many in a row.
pub fn rest(failure: &Failure, failures: u32) -> Duration {
    match failure.trouble() {
        // The platform says when; it may not make us spin, nor sleep for ever.
        Some(Trouble::Busy(wait)) => {
            Duration::from_millis(u64::from(*wait)).clamp(limits::POLL_SPACING, limits::BACKOFF_MOST)
        }
        // Nothing changes by itself here.
        Some(Trouble::Unauthorized(_)) => limits::BACKOFF_MOST,
        // Who else uses it may be our own last process, which is soon gone, or somebody who stays.
        Some(Trouble::Conflict(_)) => backoff(failures).max(limits::CONFLICT_LEAST),
        _ => backoff(failures),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::CallError;

    #[test]
    fn the_wait_doubles_up_to_the_bound() {
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 60, u32::MAX].map(|n| backoff(n).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 4, 256, 300, 300, 300]);
    }

    fn quarantined(begun: Begun) -> Phase {
        let (since, why) = (UnixMillis(1), "it broke".into());
        Phase::Quarantined { since, why, begun }
    }

    #[test]
    fn each_phase_says_what_may_be_called() {
        #[track_caller]
        fn check(phase: &Phase, word: &str, takes_calls: bool, acts: bool) {
            let found = (phase.word(), phase.takes_calls(), phase.acts());
            assert_eq!(found, (word, takes_calls, acts));
        }
        let (since, why) = (UnixMillis(1), String::from("no"));
        let unauthorized = |begun| Phase::Unauthorized {
            since,
            why: why.clone(),
            mend: String::new(),
            begun,
        };
        check(&Phase::Compiling, "compiling", false, true);
        check(&Phase::Starting { why: None }, "starting", false, true);
        check(&Phase::Ready, "ready", true, true);
        check(
            &Phase::Resting {
                why: why.clone(),
                failures: 1,
            },
            "resting",
            true,
            true,
        );
        check(
            &Phase::Conflict {
                since,
                why: why.clone(),
            },
            "conflict",
            true,
            true,
        );
        check(&unauthorized(Begun::Yes), "unauthorized", true, false);
        check(&unauthorized(Begun::No), "unauthorized", false, false);
        check(
            &Phase::Stale {
                since,
                why: why.clone(),
            },
            "stale",
            true,
            true,
        );
        check(&quarantined(Begun::Yes), "quarantined", true, false);
        check(&quarantined(Begun::No), "quarantined", false, false);
        check(&Phase::Broken { why }, "broken", false, true);
    }

    #[test]
    fn a_conflict_that_goes_on_began_when_it_began() {
        let conflict = |at| Phase::Conflict {
            since: UnixMillis(at),
            why: at.to_string(),
        };
        let expected = Phase::Conflict {
            since: UnixMillis(1),
            why: "2".into(),
        };
        assert_eq!(conflict(2).after(&conflict(1)), expected);
        assert_eq!(conflict(2).after(&Phase::Ready), conflict(2));
        assert_eq!(Phase::Ready.after(&conflict(1)), Phase::Ready);
    }

    #[test]
    fn a_guests_trouble_decides_how_long() {
        let after = |trouble, failures| rest(&Failure::Call(CallError::Trouble(trouble)), failures);
        let rest = |trouble| after(trouble, 1);
        assert_eq!(rest(Trouble::Busy(5_000)), Duration::from_secs(5));
        assert_eq!(rest(Trouble::Busy(0)), limits::POLL_SPACING);
        assert_eq!(rest(Trouble::Busy(u32::MAX)), limits::BACKOFF_MOST);
        assert_eq!(rest(Trouble::Unauthorized("no".into())), limits::BACKOFF_MOST);
        assert_eq!(rest(Trouble::Unavailable("down".into())), Duration::from_secs(1));
        let conflicts = [1, 4, 5, 60].map(|count| after(Trouble::Conflict("two".into()), count).as_secs());
        assert_eq!(conflicts, [10, 10, 16, 300]);
    }
}
