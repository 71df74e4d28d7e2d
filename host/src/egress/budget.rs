//! How much a call and a channel may still send and be sent. Counts; the time is an argument.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::stop::{Reason, Stop};
use crate::limits;
use crate::model::UnixMillis;

/// What one call may still ask for.
#[derive(Debug)]
pub struct CallBudget {
    left: AtomicU32,
}

impl Default for CallBudget {
    fn default() -> Self {
        Self {
            left: AtomicU32::new(limits::FETCHES_PER_CALL),
        }
    }
}

impl CallBudget {
    /// One request more.
    pub(super) fn take(&self) -> Result<(), Stop> {
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let over = |_| {
            let most = limits::FETCHES_PER_CALL;
            Stop::new(
                Reason::Budget,
                format!("a call may make {most} requests; make the others in the next call"),
            )
        };
        taken.map(drop).map_err(over)
    }
}

/// What a channel has sent and been sent in this minute and on this day.
#[derive(Debug, Default)]
pub struct ChannelBudget {
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    minute: u64,
    requests: u64,
    minute_bytes: u64,
    minute_received: u64,
    day: u64,
    day_bytes: u64,
}

impl ChannelBudget {
    /// One request more, with so many bytes to begin with.
    pub fn request(&self, bytes: u64, now: UnixMillis) -> Result<(), Stop> {
        let mut spent = self.at(now);
        if spent.requests >= limits::FETCHES_PER_MINUTE {
            let most = limits::FETCHES_PER_MINUTE;
            let words = format!("the channel has made its {most} requests of this minute; try again in the next");
            return Err(Stop::new(Reason::Budget, words));
        }
        spent.received(0)?;
        spent.bytes(bytes)?;
        spent.requests += 1;
        Ok(())
    }

    /// So many bytes more of a request that is on its way.
    pub fn bytes(&self, bytes: u64, now: UnixMillis) -> Result<(), Stop> {
        self.at(now).bytes(bytes)
    }

    /// So many bytes more of an answer. What was over the bound counts, so that nothing more is asked for in this minute.
    pub fn received(&self, bytes: u64, now: UnixMillis) -> Result<(), Stop> {
        self.at(now).received(bytes)
    }

    fn at(&self, now: UnixMillis) -> std::sync::MutexGuard<'_, Spent> {
        // A poisoned lock only means that another call panicked between two assignments of plain numbers.
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (minute, day) = (now.0 / 60_000, now.0 / 86_400_000);
        if spent.minute != minute {
            (spent.minute, spent.requests) = (minute, 0);
            (spent.minute_bytes, spent.minute_received) = (0, 0);
        }
        if spent.day != day {
            (spent.day, spent.day_bytes) = (day, 0);
        }
        spent
    }
}

impl Spent {
    fn bytes(&mut self, bytes: u64) -> Result<(), Stop> {
        let minute = self.minute_bytes.saturating_add(bytes);
        let day = self.day_bytes.saturating_add(bytes);
        let over = |most: u64, time, next| {
            let most = most >> 20;
            let words = format!("the channel may send {most} MiB in a {time}; try again in the next {next}");
            Err(Stop::new(Reason::Budget, words))
        };
        if minute > limits::SENT_PER_MINUTE {
            return over(limits::SENT_PER_MINUTE, "minute", "one");
        }
        if day > limits::SENT_PER_DAY {
            return over(limits::SENT_PER_DAY, "day", "one");
        }
        (self.minute_bytes, self.day_bytes) = (minute, day);
        Ok(())
    }

    fn received(&mut self, bytes: u64) -> Result<(), Stop> {
        self.minute_received = self.minute_received.saturating_add(bytes);
        if self.minute_received > limits::RECEIVED_PER_MINUTE {
            let most = limits::RECEIVED_PER_MINUTE >> 20;
            let words = format!("the channel may receive {most} MiB in a minute; try again in the next one");
            return Err(Stop::new(Reason::Received, words));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> UnixMillis {
        UnixMillis(minutes * 60_000)
    }

    #[test]
    fn a_call_makes_its_requests_and_no_more() {
        let call = CallBudget::default();
        for _ in 0..limits::FETCHES_PER_CALL {
            call.take().unwrap();
        }
        assert_eq!(call.take().unwrap_err().reason, Reason::Budget);
        assert_eq!(call.take().unwrap_err().reason, Reason::Budget);
    }

    #[test]
    fn a_minute_has_its_requests_and_the_next_one_has_them_again() {
        let channel = ChannelBudget::default();
        for _ in 0..limits::FETCHES_PER_MINUTE {
            channel.request(1, at(5)).unwrap();
        }
        assert_eq!(channel.request(1, at(5)).unwrap_err().reason, Reason::Budget);
        channel.request(1, at(6)).unwrap();
    }

    #[test]
    fn a_minute_has_its_bytes() {
        let channel = ChannelBudget::default();
        channel.request(limits::SENT_PER_MINUTE - 1, at(5)).unwrap();
        channel.bytes(2, at(5)).unwrap_err();
        channel.bytes(1, at(5)).unwrap();
        channel.bytes(1, at(5)).unwrap_err();
        channel.bytes(1, at(6)).unwrap();
        channel.bytes(u64::MAX, at(6)).unwrap_err();
    }

    #[test]
    fn a_minute_has_the_bytes_that_come_back() {
        let channel = ChannelBudget::default();
        channel.received(limits::RECEIVED_PER_MINUTE, at(5)).unwrap();
        channel.request(1, at(5)).unwrap();
        assert_eq!(channel.received(1, at(5)).unwrap_err().reason, Reason::Received);
        // What is not taken is not asked for, either.
        assert_eq!(channel.request(1, at(5)).unwrap_err().reason, Reason::Received);
        channel.request(1, at(6)).unwrap();
        channel.received(u64::MAX, at(6)).unwrap_err();
        channel.received(u64::MAX, at(6)).unwrap_err();
        channel.received(1, at(7)).unwrap();
    }

    #[test]
    fn a_day_has_its_bytes() {
        let channel = ChannelBudget::default();
        let minutes = limits::SENT_PER_DAY / limits::SENT_PER_MINUTE;
        for minute in 0..minutes {
            channel.request(limits::SENT_PER_MINUTE, at(minute)).unwrap();
        }
        channel.request(1, at(minutes)).unwrap_err();
        channel.request(0, at(minutes)).unwrap();
        channel.request(1, at(24 * 60)).unwrap();
    }
}
