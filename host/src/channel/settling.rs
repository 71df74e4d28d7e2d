//! What a call brought, on its way to the disk and from there into the world. Whoever waits for it may leave: a caller who
//! hangs up, a look for news that ends because another code takes the place. What is committed is done all the same.

use std::sync::atomic::Ordering;

use tokio::sync::OwnedRwLockReadGuard;

use super::filing::Copies;
use super::{Channel, Failure, Occasion, topics, undone};
use crate::access::{Dropped, Provenance};
use crate::intake::{self, Excess, Gate, Intake};
use crate::journal::{CallCommit, CommitError, Committed};
use crate::model::{Aside, Effect, Outcome, UnixMillis};
use crate::sandbox::{Call, CallError, Fault, FaultKind, Written};

/// All that is left to do of a call whose guest is done.
struct Due {
    occasion: Occasion,
    intake: Intake,
    written: Written,
    copies: Copies,
    asides: Vec<Aside>,
    dropped: Vec<Dropped>,
    // Held until all of it is done.
    _accord: Option<OwnedRwLockReadGuard<()>>,
}

impl Channel {
    /// Commits what a call brought, and then does it; also if the future is dropped once it commits.
    pub(super) async fn settle(
        &self,
        call: Call,
        provenance: Provenance,
        occasion: Occasion,
        outcome: Outcome,
        written: Written,
    ) -> Result<(), Failure> {
        let mut intake = self.take_in(call, provenance, outcome)?;
        let (asides, dropped) = (std::mem::take(&mut intake.asides), std::mem::take(&mut intake.dropped));
        let copies = self.file(call, &occasion, &mut intake).await;
        let due = Due {
            occasion,
            intake,
            written,
            copies,
            asides,
            dropped,
            _accord: self.accord(call).await,
        };
        let Some(me) = self.me.upgrade() else {
            return self.conclude(due).await;
        };
        let concluded = tokio::spawn(async move { me.conclude(due).await });
        // Only the end of the process breaks it off, and a bug of ours.
        concluded.await.unwrap_or(Err(CommitError::Closed.into()))
    }

    /// Its task ends: another code has its place, or nobody. What it committed by itself until now is done; nothing follows.
    pub fn rest(&self) {
        self.rested.store(true, Ordering::SeqCst);
    }

    /// Before it acts by itself: waits until all is done that the code before it brought so, or a timer whose call is being
    /// committed would be found due and be served twice.
    pub(super) async fn take_turn(&self) {
        drop(self.lasting.accord.write().await);
        self.rested.store(false, Ordering::SeqCst);
    }

    /// The right to commit what a call of its own accord brought. For ever, if its task was ended and does not know it yet:
    /// the code in its place has looked at what is due.
    async fn accord(&self, call: Call) -> Option<OwnedRwLockReadGuard<()>> {
        if !matches!(call, Call::Start | Call::Poll | Call::Fire) {
            return None;
        }
        let accord = self.lasting.accord.clone().read_owned().await;
        if self.rested.load(Ordering::SeqCst) {
            drop(accord);
            std::future::pending::<()>().await;
            return None;
        }
        Some(accord)
    }

    fn take_in(&self, call: Call, provenance: Provenance, outcome: Outcome) -> Result<Intake, Failure> {
        // One look for the whole call: either the old list judges all of its messages, or the new one does.
        let (book, open) = (self.book.current(), self.asides.open());
        let gate = Gate {
            policy: self.grant.policy(),
            book: &book,
            open: &open,
            relay: self.grant.relay(),
        };
        let intake = intake::take(gate, provenance, outcome).map_err(|excess| self.excess(call, excess))?;
        for skipped in &intake.skipped {
            self.context.note(&format!("stepped over: {skipped}"));
        }
        Ok(intake)
    }

    async fn conclude(&self, due: Due) -> Result<(), Failure> {
        let published = topics::publications(&due.intake.effects);
        let is_of_socket = |effect: &&Effect| effect.is_of_socket();
        let outward: Vec<Effect> = due.intake.effects.iter().filter(is_of_socket).cloned().collect();
        let mut effects = due.intake.effects.iter();
        let wakes = effects.any(|effect| matches!(effect, Effect::Wake { .. }));
        match self.commit(due.occasion, due.intake, due.written).await {
            Ok(committed) => self.discard(due.copies, |at| committed.repeated.contains(&at)).await,
            Err(error) => {
                self.discard(due.copies, |_| true).await;
                return Err(error.into());
            }
        }
        self.pass_on(due.asides);
        self.note_dropped(due.dropped);
        self.publish(&published);
        if self.has_sockets() {
            self.lasting.sockets.take(&outward);
        }
        if wakes {
            self.lasting.timers_changed.notify_one();
        }
        Ok(())
    }

    pub(super) async fn commit(
        &self,
        occasion: Occasion,
        intake: Intake,
        written: Written,
    ) -> Result<Committed, CommitError> {
        let mut tallies = intake.tallies;
        let abilities = undone::Abilities {
            page: self.grant.page().is_some(),
            sockets: self.has_sockets(),
        };
        tallies.extend(undone::count(&intake.effects, abilities));
        let commit = CallCommit {
            instance: self.context.instance,
            channel: self.context.name.clone(),
            now: UnixMillis::now(),
            admitted: intake.admitted,
            effects: self.standing(&occasion, intake.effects),
            checks: written.checks,
            writes: written.writes,
            replay: occasion.replay,
            fired: occasion.fired,
            tallies,
        };
        if commit.is_empty() {
            return Ok(Committed::default());
        }
        self.context.journal.commit(commit).await
    }

    pub(super) fn excess(&self, call: Call, excess: Excess) -> Failure {
        let kind = FaultKind::OverLimit {
            what: excess.what,
            most: excess.most,
        };
        CallError::Fault(Fault {
            channel: self.context.name.clone(),
            call,
            kind,
            function: None,
        })
        .into()
    }
}
