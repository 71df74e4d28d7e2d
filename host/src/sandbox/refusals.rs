//! What a guest was refused in its calls, by reason, until somebody takes the counts to the journal.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// The counts of one channel. Reasons are few and fixed.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    noted: Notify,
}

impl Refusals {
    /// One more.
    pub fn count(&self, reason: &'static str) {
        *self
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(reason)
            .or_default() += 1;
        self.noted.notify_one();
    }

    /// Waits until something was counted.
    pub async fn noted(&self) {
        self.noted.notified().await;
    }

    /// All that was counted since it was asked last.
    pub fn take(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
