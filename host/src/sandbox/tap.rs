//! Where what a channel does can be watched. Nobody waits for who watches: what he does not take in time is gone, and
//! counted.

mod knocks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::egress::{Failure, Line};
use crate::limits;
use crate::model::{Seen, UnixMillis};
use knocks::{Knock, Knocks};

/// One instance's.
#[derive(Debug, Clone)]
pub struct Tap {
    seen: broadcast::Sender<Seen>,
    knocks: Arc<Mutex<Knocks>>,
}

/// Whether somebody watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// He was shown it.
    Yes,
    /// Nobody was.
    No,
}

impl Default for Tap {
    fn default() -> Self {
        let seen = broadcast::Sender::new(limits::SEEN_WAITING);
        let knocks = Arc::default();
        Self { seen, knocks }
    }
}

/// One who watches.
#[derive(Debug)]
pub struct Watching {
    seen: broadcast::Receiver<Seen>,
}

impl Tap {
    /// Shows something, if somebody watches; it is made only then.
    pub fn show(&self, seen: impl FnOnce() -> Seen) -> Watched {
        // The last one may go meanwhile.
        match self.seen.receiver_count() > 0 && self.seen.send(seen()).is_ok() {
            true => Watched::Yes,
            false => Watched::No,
        }
    }

    /// Shows a call that was refused at the door, unless another of this reason was shown a moment ago.
    pub fn show_knock(&self, reason: &'static str, now: UnixMillis, seen: impl FnOnce() -> Seen) {
        if self.seen.receiver_count() > 0 && self.knocks().take(reason, now) == Knock::First {
            self.show(seen);
        }
    }

    /// Shows how many such calls were not shown, when it is time to.
    pub fn show_counts(&self, now: UnixMillis) {
        for (reason, count) in self.knocks().due(now) {
            let reason = reason.to_owned();
            self.show(|| Seen::Knocks { reason, count });
        }
    }

    fn knocks(&self) -> MutexGuard<'_, Knocks> {
        // A poisoned lock only means that another call panicked between two assignments of plain numbers.
        self.knocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what was refused to go out over this line, with the channel's secrets covered; anything else that failed is none.
    pub fn show_refused(&self, line: &Line, method: &str, url: &str, failure: &Failure) {
        if let Failure::Refused(why) = failure {
            self.show(|| Seen::Refused {
                method: method.to_owned(),
                url: line.mask(url),
                why: why.clone(),
            });
        }
    }

    /// From now on.
    pub fn watch(&self) -> Watching {
        Watching {
            seen: self.seen.subscribe(),
        }
    }
}

impl Watching {
    /// What waits already, at most as much as can.
    pub fn waiting(&mut self) -> Vec<Seen> {
        let next = |_| match self.seen.try_recv() {
            Ok(seen) => Some(seen),
            Err(broadcast::error::TryRecvError::Lagged(count)) => Some(Seen::Missed { count }),
            Err(_) => None,
        };
        (0..limits::SEEN_WAITING).map_while(next).collect()
    }

    /// The next thing; `None` when the instance is no more.
    pub async fn next(&mut self) -> Option<Seen> {
        match self.seen.recv().await {
            Ok(seen) => Some(seen),
            Err(broadcast::error::RecvError::Lagged(count)) => Some(Seen::Missed { count }),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_keep_up_is_told_how_much_he_missed() {
        let tap = Tap::default();
        tap.show(|| panic!("nobody watches"));
        let mut watching = tap.watch();
        let most = limits::SEEN_WAITING as u64;
        for took in 0..most + 3 {
            tap.show(|| Seen::Missed { count: took });
        }
        assert_eq!(watching.next().await, Some(Seen::Missed { count: 3 }));
        assert_eq!(watching.next().await, Some(Seen::Missed { count: 3 }));
        drop(tap);
        let mut left = 1;
        while watching.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, most);
    }
}
