//! Counts of what a channel was refused, on their way to the journal.

use std::sync::PoisonError;

use super::Channel;
use crate::limits;
use crate::model::UnixMillis;

impl Channel {
    /// Counts a refusal at the door. It reaches the journal a little later, together with others, so that a caller
    /// whom nobody knows can't make us write to the disk for each request.
    pub fn count(&self, reason: &'static str) {
        let mut pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        *pulse.uncounted.entry(reason).or_default() += 1;
        self.counted.notify_one();
    }

    /// Takes over what the guest was refused in its calls.
    fn count_refusals(&self) {
        let mut pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        for (reason, count) in self.context.refusals.take() {
            *pulse.uncounted.entry(reason).or_default() += count;
        }
    }

    /// Tells the journal from time to time, until the future is dropped.
    pub(super) async fn keep_counts(&self) {
        loop {
            tokio::select! {
                () = self.counted.notified() => {}
                () = self.context.refusals.noted() => {}
                () = self.context.egress.troubled() => {}
            }
            tokio::time::sleep(limits::COUNTS_KEPT_EVERY).await;
            self.count_refusals();
            let mut counts = std::mem::take(&mut self.pulse.lock().unwrap_or_else(PoisonError::into_inner).uncounted);
            for (reason, count) in self.context.egress.take_tallies() {
                *counts.entry(reason).or_default() += count;
            }
            self.keep_dropped().await;
            let instance = self.context.instance;
            let tally = counts
                .iter()
                .map(|(reason, count)| (instance, *reason, *count))
                .collect();
            if let Err(error) = self.context.journal.tally(tally, UnixMillis::now()).await {
                tracing::warn!(channel = %self.context.name, %error, "refusals can't be counted on disk");
                let mut pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
                counts
                    .into_iter()
                    .for_each(|(reason, count)| *pulse.uncounted.entry(reason).or_default() += count);
            }
        }
    }

    /// Counts what could not be done, at once.
    pub(super) async fn refuse(&self, reason: &'static str, count: u64) {
        if count > 0 {
            let tally = vec![(self.context.instance, reason, count)];
            let _ = self.context.journal.tally(tally, UnixMillis::now()).await;
        }
    }
}
