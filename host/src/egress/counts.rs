//! What went out and came back, and what did not: numbers for `status`. Counts; never explains.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// How much one channel has sent and been sent, since it was brought up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests that were let go out, whether anybody answered or not.
    pub requests: u64,
    /// Bytes of their heads and bodies.
    pub sent: u64,
    /// Bytes of the responses' headers and bodies.
    pub received: u64,
}

/// The numbers of one channel.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<Counts>,
    untold: Mutex<BTreeMap<&'static str, u64>>,
    changed: Notify,
}

impl Counters {
    /// The numbers now.
    pub fn now(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was sent or received.
    pub fn add(&self, change: impl FnOnce(&mut Counts)) {
        // A poisoned lock only means that another call panicked between two additions of plain numbers.
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Something did not go as it was asked for.
    pub fn note(&self, reason: &'static str, count: u64) {
        if count > 0 {
            let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
            *untold.entry(reason).or_default() += count;
            self.changed.notify_one();
        }
    }

    /// Waits until something is to be told.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What was noted since this was asked last.
    pub fn take(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.untold.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
