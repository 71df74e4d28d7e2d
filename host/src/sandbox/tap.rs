//! Where what a channel does can be watched. Nobody waits for who watches: what he does not take in time is gone, and
//! counted.

use tokio::sync::broadcast;

use crate::egress::{Failure, Line};
use crate::limits;
use crate::model::Seen;

/// One instance's.
#[derive(Debug, Clone)]
pub struct Tap(broadcast::Sender<Seen>);

impl Default for Tap {
    fn default() -> Self {
        Self(broadcast::Sender::new(limits::SEEN_WAITING))
    }
}

/// One who watches.
#[derive(Debug)]
pub struct Watching(broadcast::Receiver<Seen>);

impl Tap {
    /// Shows something, if somebody watches; it is made only then.
    pub fn show(&self, seen: impl FnOnce() -> Seen) {
        if self.0.receiver_count() > 0 {
            // The last one may have gone meanwhile.
            let _ = self.0.send(seen());
        }
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
        Watching(self.0.subscribe())
    }
}

impl Watching {
    /// The next thing; `None` when the instance is no more.
    pub async fn next(&mut self) -> Option<Seen> {
        match self.0.recv().await {
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
