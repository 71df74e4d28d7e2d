//! Connections that wait for the next request of the same channel under the same rule. No channel ever gets one of
//! another: the pool is the channel's own.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use hyper::client::conn::http1::SendRequest;
use tokio::task::AbortHandle;

use super::body::Outgoing;
use crate::limits;

/// Under which rule, by its place in the grant, and to which host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub rule: usize,
    pub host: String,
}

/// A connection that speaks HTTP. When it goes, its task goes, whatever it was doing.
pub struct Wire {
    pub sender: SendRequest<Outgoing>,
    pub task: AbortHandle,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The idle connections of one channel, the newest last.
pub struct Pool {
    age: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Idle>,
    swept: bool,
}

struct Idle {
    key: Key,
    wire: Wire,
    since: Instant,
}

impl Pool {
    /// An empty one, whose connections are good for so long.
    pub fn new(age: Duration) -> Self {
        Self {
            age,
            kept: Mutex::default(),
        }
    }

    /// The one that was used last under this key.
    pub fn take(&self, key: &Key) -> Option<Wire> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.idle.retain(|idle| idle.is_fresh(self.age));
        let at = kept.idle.iter().rposition(|idle| idle.key == *key)?;
        Some(kept.idle.remove(at).wire)
    }

    /// Keeps one for later, and drops the oldest if there are too many.
    pub fn put(self: &Arc<Self>, key: Key, wire: Wire) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.swept {
            kept.swept = true;
            tokio::spawn(sweep(Arc::downgrade(self), self.age));
        }
        if kept.idle.len() >= limits::IDLE_CONNECTIONS {
            kept.idle.remove(0);
        }
        let since = Instant::now();
        kept.idle.push(Idle { key, wire, since });
    }
}

impl Idle {
    fn is_fresh(&self, age: Duration) -> bool {
        self.since.elapsed() < age && !self.wire.sender.is_closed()
    }
}

/// Closes what nobody came for; ends when there is nothing left.
async fn sweep(pool: Weak<Pool>, age: Duration) {
    loop {
        tokio::time::sleep(age).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut kept = pool.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.idle.retain(|idle| idle.is_fresh(age));
        if kept.idle.is_empty() {
            kept.swept = false;
            return;
        }
    }
}
