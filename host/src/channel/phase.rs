//! Where in its life a channel is, and how long it rests after failures. Pure.
//!
//! ```text
//!             compile        load          start ok
//!  [approved] ──────► Compiling ──► Starting ──────► Ready ──(poll fails)──► Resting
//!      │                  │          ▲   │             ▲                        │
//!      │                  │          └───┘ backoff     └────── next success ◄───┘
//!      └── no component ──┴──► Broken
//! ```

use std::time::Duration;

use super::Failure;
use crate::limits;
use crate::model::Trouble;

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
    /// Its last poll failed; it is tried again later. Hooks and timers go on.
    Resting {
        /// What happened.
        why: String,
        /// How often in a row.
        failures: u32,
    },
    /// It can't run as it is.
    Broken {
        /// What is wrong, and what to do.
        why: String,
    },
}

impl Phase {
    /// One word for tables and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Compiling => "compiling",
            Self::Starting { .. } => "starting",
            Self::Ready => "ready",
            Self::Resting { .. } => "resting",
            Self::Broken { .. } => "broken",
        }
    }

    /// What a person should know beyond the word; empty if nothing.
    pub fn detail(&self) -> &str {
        match self {
            Self::Resting { why, .. } | Self::Broken { why } | Self::Starting { why: Some(why) } => why,
            Self::Compiling | Self::Starting { why: None } | Self::Ready => "",
        }
    }

    /// Whether doors may call the channel.
    pub fn takes_calls(&self) -> bool {
        matches!(self, Self::Ready | Self::Resting { .. })
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
        Some(Trouble::Unauthorized(_) | Trouble::Conflict(_)) => limits::BACKOFF_MOST,
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

    #[test]
    fn a_guests_trouble_decides_how_long() {
        let rest = |trouble| rest(&Failure::Call(CallError::Trouble(trouble)), 1);
        assert_eq!(rest(Trouble::Busy(5_000)), Duration::from_secs(5));
        assert_eq!(rest(Trouble::Busy(0)), limits::POLL_SPACING);
        assert_eq!(rest(Trouble::Busy(u32::MAX)), limits::BACKOFF_MOST);
        assert_eq!(rest(Trouble::Unauthorized("no".into())), limits::BACKOFF_MOST);
        assert_eq!(rest(Trouble::Unavailable("down".into())), Duration::from_secs(1));
    }
}
