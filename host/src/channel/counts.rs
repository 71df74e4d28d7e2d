//! Counts of what a channel was refused, on their way to the journal.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Channel, Pulse};
use crate::limits;
use crate::model::UnixMillis;

impl Channel {
    /// Counts a refusal at the door. It reaches the journal a little later, together with others, so that a caller
    /// whom nobody knows can't make us write to the disk for each request.
    pub fn count(&self, reason: &'static str) {
        let mut pulse = self.pulse_now();
        *pulse.uncounted.entry(reason).or_default() += 1;
        self.lasting.counted.notify_one();
    }

    /// Takes over what the guest was refused in its calls.
    fn count_refusals(&self) {
        let mut pulse = self.pulse_now();
        for (reason, count) in self.context.refusals.take() {
            *pulse.uncounted.entry(reason).or_default() += count;
        }
    }

    /// Tells the journal from time to time, until the future is dropped.
    pub(super) async fn keep_counts(&self) {
        loop {
            tokio::select! {
                () = self.lasting.counted.notified() => {}
                () = self.context.refusals.noted() => {}
                () = self.context.egress.troubled() => {}
            }
            tokio::time::sleep(limits::COUNTS_KEPT_EVERY).await;
            self.tell_counts().await;
        }
    }

    /// The end of a code whose place another took: what its last calls were refused is told when they are over.
    pub async fn retire(self: Arc<Self>) {
        while Arc::strong_count(&self) > 1 {
            tokio::time::sleep(limits::COUNTS_KEPT_EVERY).await;
        }
        self.tell_counts().await;
    }

    async fn tell_counts(&self) {
        self.keep_dropped().await;
        self.count_refusals();
        // From here to the journal nothing is waited for while it has room: whoever ends this task must not take the counts along.
        let mut counts = std::mem::take(&mut self.pulse_now().uncounted);
        for (reason, count) in self.context.egress.take_tallies() {
            *counts.entry(reason).or_default() += count;
        }
        let instance = self.context.instance;
        let tally = counts
            .iter()
            .map(|(reason, count)| (instance, *reason, *count))
            .collect();
        if let Err(error) = self.context.journal.tally(tally, UnixMillis::now()).await {
            tracing::warn!(channel = %self.context.name, %error, "refusals can't be counted on disk");
            let mut pulse = self.pulse_now();
            counts
                .into_iter()
                .for_each(|(reason, count)| *pulse.uncounted.entry(reason).or_default() += count);
        }
    }

    fn pulse_now(&self) -> MutexGuard<'_, Pulse> {
        self.lasting.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what could not be done, at once.
    pub(super) async fn refuse(&self, reason: &'static str, count: u64) {
        if count > 0 {
            let tally = vec![(self.context.instance, reason, count)];
            let _ = self.context.journal.tally(tally, UnixMillis::now()).await;
        }
    }
}
