//! What becomes of something that happened on a websocket when its guest did not take it: given again, or dropped. Pure.

use std::time::Duration;

use crate::channel::{Failure, phase};
use crate::journal::CommitError;
use crate::limits;
use crate::model::Trouble;
use crate::sandbox::CallError;

/// How often one of them was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Without success, and the guest is told so.
    pub failures: u32,
    /// Without success by no fault of the guest's or the frame's, in a row.
    elsewhere: u32,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is given again after this wait.
    Again(Duration),
    /// It is dropped.
    Drop,
}

/// Why it was not taken, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The platform asks to wait so long.
    Busy(Duration),
    /// Something that has nothing to do with what was given: the disk, the spool, a refused credential.
    Elsewhere,
    /// This may be about what was given.
    Refused,
}

impl Tries {
    /// It was given once more, and not taken.
    pub fn after(&mut self, why: Why) -> Next {
        match why {
            Why::Busy(wait) => Next::Again(wait.clamp(limits::POLL_SPACING, limits::SOCKET_BACKOFF_MOST)),
            Why::Elsewhere => {
                self.elsewhere = self.elsewhere.saturating_add(1);
                Next::Again(phase::backoff(self.elsewhere).min(limits::SOCKET_BACKOFF_MOST))
            }
            Why::Refused => {
                self.elsewhere = 0;
                self.failures += 1;
                match self.failures >= limits::SOCKET_TRIES {
                    true => Next::Drop,
                    false => Next::Again(phase::backoff(self.failures)),
                }
            }
        }
    }
}

impl Why {
    /// Of a call that brought nothing. What waits for a session, for the disk or for the operator keeps its frame: nothing
    /// is read meanwhile. Whatever the guest itself can bring about each time is counted, or one frame would hold up all
    /// that come after it.
    pub fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Call(CallError::Trouble(Trouble::Busy(wait))) => {
                Self::Busy(Duration::from_millis(u64::from(*wait)))
            }
            Failure::Call(CallError::Trouble(Trouble::Unauthorized(_)))
            | Failure::Call(CallError::Host { .. } | CallError::Journal(_))
            | Failure::Commit(
                CommitError::SpoolFull { .. } | CommitError::Disk(_) | CommitError::Closed | CommitError::Ended { .. },
            )
            | Failure::Files(_) => Self::Elsewhere,
            Failure::Call(CallError::Trouble(_) | CallError::Fault(_)) | Failure::Commit(_) | Failure::Contended(_) => {
                Self::Refused
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::ChannelName;
    use crate::sandbox::{Call, Fault, FaultKind, Shortage};

    const fn again(seconds: u64) -> Next {
        Next::Again(Duration::from_secs(seconds))
    }

    #[track_caller]
    fn check(all: &[Why], expected: &[Next]) {
        let mut tries = Tries::default();
        let next: Vec<Next> = all.iter().map(|why| tries.after(*why)).collect();
        assert_eq!(next, expected, "{all:?}");
    }

    #[test]
    fn it_is_given_three_times_and_waits_are_not_counted() {
        use Why::{Elsewhere, Refused};
        check(&[Refused; 3], &[again(1), again(2), Next::Drop]);
        let busy = Why::Busy(Duration::from_secs(7));
        check(
            &[busy, Refused, busy, Refused, busy, Refused],
            &[again(7), again(1), again(7), again(2), again(7), Next::Drop],
        );
        check(&[busy; 50], &[again(7); 50]);
        let waits = [1, 2, 4, 8, 16, 32, 60, 60].map(again);
        check(&[Elsewhere; 8], &waits);
        check(
            &[Elsewhere, Elsewhere, Refused, Elsewhere],
            &[again(1), again(2), again(1), again(1)],
        );
        check(&[Why::Busy(Duration::ZERO)], &[Next::Again(limits::POLL_SPACING)]);
        check(&[Why::Busy(Duration::MAX)], &[Next::Again(limits::SOCKET_BACKOFF_MOST)]);
    }

    #[test]
    fn what_the_guest_can_bring_about_each_time_is_counted() {
        let channel: ChannelName = "chat".parse().unwrap();
        let said = |trouble| Failure::Call(CallError::Trouble(trouble));
        let words = || "no".to_owned();
        let check = |failure: Failure, expected: Why| assert_eq!(Why::of(&failure), expected, "{failure}");
        check(said(Trouble::Busy(70)), Why::Busy(Duration::from_millis(70)));
        check(said(Trouble::Unauthorized(words())), Why::Elsewhere);
        check(said(Trouble::Unavailable(words())), Why::Refused);
        check(said(Trouble::Conflict(words())), Why::Refused);
        check(said(Trouble::Rejected(words())), Why::Refused);
        check(said(Trouble::Malformed(words())), Why::Refused);
        let fault = Fault {
            channel: channel.clone(),
            call: Call::Socket,
            kind: FaultKind::Unusable { reason: words() },
            function: None,
        };
        check(Failure::Call(fault.into()), Why::Refused);
        let shortage = Shortage::System { reason: words() };
        let short = CallError::Host {
            channel: channel.clone(),
            call: Call::Socket,
            shortage,
        };
        check(Failure::Call(short), Why::Elsewhere);
        let full = CommitError::SpoolFull {
            channel: channel.clone(),
            events: 1,
            bytes: 1,
        };
        check(Failure::Commit(full), Why::Elsewhere);
        check(Failure::Commit(CommitError::Closed), Why::Elsewhere);
        check(
            Failure::Commit(CommitError::TooManyConnections { channel }),
            Why::Refused,
        );
        check(Failure::Contended(Call::Socket), Why::Refused);
    }
}
