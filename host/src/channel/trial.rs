//! The first call of a code that took another's place. If the guest broke in it, the code before has to come back; if it
//! answered, or said what troubles it, the new one stays. What kept a call from its end elsewhere says nothing of the guest.

use tokio::sync::watch;

use super::faults::End;
use super::liberty::end;
use super::{Begun, Channel, Failure, Phase};

/// How the first call ended, as far as it says something of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It did what it is made for.
    Well,
    /// It broke, in these words.
    Broke(String),
}

/// Keeps how the first call ended.
#[derive(Debug, Default)]
pub struct Trial(watch::Sender<Option<Tried>>);

impl Trial {
    /// The first call is still to come.
    fn begin(&self) {
        self.0.send_replace(None);
    }

    /// A call brought something.
    pub fn well(&self) {
        self.end(|| Tried::Well);
    }

    /// A call brought nothing.
    pub fn failed(&self, failure: &Failure) {
        match end(failure) {
            End::Orderly => self.well(),
            End::Fault => self.end(|| Tried::Broke(failure.to_string())),
            End::Elsewhere => {}
        }
    }

    fn end(&self, how: impl FnOnce() -> Tried) {
        self.0.send_if_modified(|tried| {
            let first = tried.is_none();
            if first {
                *tried = Some(how());
            }
            first
        });
    }
}

impl Channel {
    /// Waits for the end of the first call that says something of the guest; for ever, if there is none.
    pub async fn tried(&self) -> Tried {
        let mut tried = self.trial.0.subscribe();
        // The sender is ours, so it is there.
        match tried.wait_for(Option::is_some).await.map(|tried| tried.clone()) {
            Ok(Some(tried)) => tried,
            _ => std::future::pending().await,
        }
    }

    /// Makes ready to take another code's place while that one still serves: `start` comes before anything else, and here
    /// before anybody waits for it. With a trouble in it, the place is taken all the same; and in quarantine for another
    /// call, in which it stays.
    ///
    /// # Errors
    /// The guest broke, or is in quarantine for its start, so that it is not called.
    pub async fn step_in(&self) -> Result<(), String> {
        let kept = self.kept_quarantine();
        if let Some(Phase::Quarantined {
            begun: Begun::No, why, ..
        }) = kept
        {
            return Err(why);
        }
        let Err(failure) = self.start(0).await else {
            // What it is there for comes after this.
            self.trial.begin();
            self.enter(kept.unwrap_or(Phase::Ready));
            return Ok(());
        };
        if end(&failure) == End::Fault {
            return Err(failure.to_string());
        }
        self.enter(Phase::Starting {
            why: Some(failure.to_string()),
        });
        Ok(())
    }

    /// Whether another code could take its place while it serves: one that does not do what it is made for has nothing
    /// that could be kept up.
    pub fn serves(&self) -> bool {
        let phase = self.phase();
        phase.takes_calls() && phase.acts()
    }

    /// Whether `start` has succeeded under this code.
    pub(super) fn has_begun(&self) -> Begun {
        match self.phase() {
            Phase::Quarantined { begun, .. } | Phase::Unauthorized { begun, .. } => begun,
            phase if phase.takes_calls() => Begun::Yes,
            _ => Begun::No,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Trouble;
    use crate::sandbox::{Call, CallError, Fault, FaultKind};

    fn fault(kind: FaultKind) -> Failure {
        let channel = "ci".parse().unwrap();
        let (call, function) = (Call::Receive, None);
        Failure::Call(CallError::Fault(Fault {
            channel,
            call,
            kind,
            function,
        }))
    }

    #[test]
    fn only_the_first_call_that_says_something_of_the_guest_counts() {
        #[track_caller]
        fn check(calls: &[Option<&Failure>], expected: Option<bool>) {
            let trial = Trial::default();
            for call in calls {
                match call {
                    None => trial.well(),
                    Some(failure) => trial.failed(failure),
                }
            }
            let found = trial.0.borrow().as_ref().map(|tried| *tried == Tried::Well);
            assert_eq!(found, expected, "{calls:?}");
        }
        let broke = fault(FaultKind::Unusable { reason: "no".into() });
        let trouble = Failure::Call(CallError::Trouble(Trouble::Rejected("no".into())));
        let stalled = fault(FaultKind::Deadline {
            limit: Duration::from_secs(5),
            ran: Duration::from_millis(1),
        });
        let contended = Failure::Contended(Call::Receive);
        check(&[], None);
        check(&[None, Some(&broke)], Some(true));
        check(&[Some(&broke), None], Some(false));
        check(&[Some(&trouble), Some(&broke)], Some(true));
        check(&[Some(&stalled), Some(&contended)], None);
        check(&[Some(&stalled), Some(&contended), Some(&broke)], Some(false));
    }
}
