//! Whether a channel may act by itself: it starts, polls and is woken only while it is at liberty. It loses that when it
//! broke too often in a row, or when its credential is refused; callers and sessions go on reaching it either way, since
//! what they ask for is their own choice.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use super::faults::{End, Input, Verdict};
use super::phase::{Begun, Phase};
use super::{Channel, Failure};
use crate::config::SecretSource;
use crate::journal::{Quarantine, Resumed};
use crate::limits;
use crate::model::{ChannelName, Digest, InstanceId, TOLD, Trouble, UnixMillis};
use crate::sandbox::{Call, CallError, FaultKind};
use crate::text::{self, Bound};
use crate::vault::set_anew;

impl Channel {
    /// Waits until the channel may act by itself.
    pub(super) async fn at_liberty(&self) {
        let mut phase = self.phase.subscribe();
        // The sender is ours, so it is there.
        let _ = phase.wait_for(Phase::acts).await;
    }

    /// Waits so long, but no longer than it may act: what it does next it does when it is free again.
    pub(super) async fn pause(&self, wait: std::time::Duration) {
        let mut phase = self.phase.subscribe();
        let _ = tokio::time::timeout(wait, phase.wait_for(|phase| !phase.acts())).await;
        self.at_liberty().await;
    }

    /// Changes the phase, unless the channel is not at liberty: that ends only by a person's word.
    pub(super) fn enter(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let changed = phase.acts() && *phase != next;
            if changed {
                *phase = next.after(phase);
            }
            changed
        });
    }

    /// Judges the channel by how a call of its own accord ended.
    pub(super) async fn fared<T>(&self, input: Input, result: &Result<T, Failure>) {
        let now = UnixMillis::now();
        let begun = if input.call == Call::Start {
            Begun::No
        } else {
            Begun::Yes
        };
        if let Err(failure) = result
            && let Some(Trouble::Unauthorized(_)) = failure.trouble()
        {
            let why = failure.to_string();
            self.enter(Phase::Unauthorized {
                since: now,
                why,
                mend: mend(&self.context.name, self.grant.secrets()),
                begun,
            });
        }
        let verdict = {
            let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
            faults.note(input, result.as_ref().map_or_else(end, |_| End::Orderly), now)
        };
        if let (Some(verdict), Err(failure)) = (verdict, result) {
            self.quarantine(&verdict, failure).await;
        }
    }

    async fn quarantine(&self, verdict: &Verdict, failure: &Failure) {
        let quarantine = Quarantine {
            component: self.context.component,
            review: self.review,
            since: verdict.since,
            call: verdict.call.to_string(),
            why: text::clip(
                &text::terminal(&failure.to_string()),
                Bound::Chars(limits::TROUBLE_CHARS),
            ),
        };
        tracing::error!(target: TOLD, channel = %self.context.name, call = quarantine.call, why = quarantine.why, "quarantined");
        let phase = phase_of(&quarantine);
        let noted = self.context.journal.quarantine(self.context.instance, quarantine).await;
        if let Err(error) = noted {
            // It holds until the files are read again; then the channel breaks as often again.
            tracing::error!(channel = %self.context.name, %error, "a quarantine can't be noted");
        }
        // Not before: a reload that finds no row takes it for lifted.
        self.enter(phase);
    }

    /// The quarantine that the journal keeps for this channel's bytes, as a phase.
    pub(super) fn kept_quarantine(&self) -> Option<Phase> {
        let (instance, component) = self.whose();
        let kept = self.context.journal.quarantined(instance, &component);
        let kept = kept.unwrap_or_else(|error| {
            tracing::error!(channel = %self.context.name, %error, "whether it is in quarantine can't be read");
            None
        });
        kept.as_ref().map(phase_of)
    }

    /// Whose quarantine is kept: the instance, and the bytes.
    pub fn whose(&self) -> (InstanceId, Digest) {
        (self.context.instance, self.context.component)
    }

    /// Lets it try again if its credential was refused: a person says that it is mended where it is accepted, which nobody
    /// sees from here. If he is wrong it is refused again, and told again. Or if the quarantine of its bytes was lifted.
    pub fn resume(&self) -> Resumed {
        let mut resumed = self.look_for_release();
        self.phase.send_if_modified(|phase| {
            let Phase::Unauthorized { begun, .. } = phase else {
                return false;
            };
            *phase = set_free(*begun);
            resumed = Resumed::Lifted;
            true
        });
        resumed
    }

    /// Looks whether its quarantine was lifted, and goes on if so.
    pub fn look_for_release(&self) -> Resumed {
        let Phase::Quarantined { begun, .. } = self.phase() else {
            return Resumed::WasFree;
        };
        let (instance, component) = self.whose();
        // A journal that can't be read lifts nothing.
        if !matches!(self.context.journal.quarantined(instance, &component), Ok(None)) {
            return Resumed::WasFree;
        }
        tracing::info!(channel = %self.context.name, "out of quarantine");
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.phase.send_replace(set_free(begun));
        Resumed::Lifted
    }
}

fn set_free(begun: Begun) -> Phase {
    match begun {
        Begun::No => Phase::Starting { why: None },
        Begun::Yes => Phase::Ready,
    }
}

/// A channel whose `start` broke has not begun; all others had.
fn phase_of(quarantine: &Quarantine) -> Phase {
    let call = &quarantine.call;
    let begun = if *call == Call::Start.to_string() {
        Begun::No
    } else {
        Begun::Yes
    };
    Phase::Quarantined {
        since: quarantine.since,
        why: format!(
            "{call} broke {} times in a row: {}",
            limits::FAULTS_IN_A_ROW,
            quarantine.why
        ),
        begun,
    }
}

/// A guest that was hardly at work before its time was over has waited: for a platform that is silent, or for its turn on
/// a machine that others keep busy. Whoever can bring that about must not be able to silence the channel by it. A guest
/// that waits for nothing goes unpunished so, and harms nobody: it is tried again ever more rarely.
pub(super) fn end(failure: &Failure) -> End {
    match failure {
        Failure::Call(CallError::Trouble(_)) => End::Orderly,
        Failure::Call(CallError::Fault(fault)) => match fault.kind {
            FaultKind::Deadline { limit, ran } if ran < limit / limits::FAULT_AT_WORK_PART => End::Elsewhere,
            _ => End::Fault,
        },
        _ => End::Elsewhere,
    }
}

/// How each secret is set anew: only the operator knows which one was refused.
fn mend(channel: &ChannelName, secrets: &BTreeMap<String, SecretSource>) -> String {
    let each = secrets.iter().map(|(name, source)| set_anew(channel, name, source));
    each.collect::<Vec<_>>().join(", or ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::{Fault, Shortage};

    #[track_caller]
    fn check(error: CallError, expected: End) {
        let shown = error.to_string();
        assert_eq!(end(&Failure::Call(error)), expected, "{shown}");
    }

    fn chat() -> ChannelName {
        "chat".parse().unwrap()
    }

    #[test]
    fn a_stalled_platform_and_a_host_that_is_short_are_held_against_no_guest() {
        let fault = |kind| {
            CallError::Fault(Fault {
                channel: chat(),
                call: Call::Poll,
                kind,
                function: None,
            })
        };
        let late = |ran| {
            fault(FaultKind::Deadline {
                limit: Duration::from_secs(5),
                ran: Duration::from_millis(ran),
            })
        };
        let short = |shortage| CallError::Host {
            channel: chat(),
            call: Call::Poll,
            shortage,
        };
        check(late(499), End::Elsewhere);
        check(late(500), End::Fault);
        let reason = || "no".to_owned();
        check(fault(FaultKind::Unusable { reason: reason() }), End::Fault);
        check(CallError::Trouble(Trouble::Rejected(reason())), End::Orderly);
        let limit = Duration::from_secs(5);
        check(short(Shortage::Places { limit }), End::Elsewhere);
        check(short(Shortage::System { reason: reason() }), End::Elsewhere);
    }

    #[test]
    fn a_refused_credential_is_set_anew_where_it_is() {
        let name = "items".parse().unwrap();
        let secrets = BTreeMap::from([
            ("a".to_owned(), SecretSource::Env("TOKEN".into())),
            ("b".to_owned(), SecretSource::File("/k".into())),
            ("c".to_owned(), SecretSource::Stored("items-c".into())),
        ]);
        assert_eq!(
            mend(&name, &secrets),
            "start the client with a new a in the variable TOKEN, or write a new b into /k, or run `lockgate secret set items.c`"
        );
        assert_eq!(mend(&name, &BTreeMap::new()), "");
    }
}
