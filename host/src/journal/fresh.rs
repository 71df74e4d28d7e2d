//! What the last commits brought, for the reader that was told of them: what the file would say, without a transaction to
//! read it again. It is filled after the commit and never the only place of an event; whoever finds nothing here asks the
//! file.
//!
//! It answers only what it is sure of. All of the held events after `after` are here, as of the last commit of this
//! process: ids grow, so a commit's new events come behind all others, and whatever else moves an event that is here, or
//! might, empties it. An answer is as good as a read that was begun when that commit ended, and soon it is none.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::group::Done;
use super::ledger::Since;
use crate::limits;
use crate::model::{Event, EventId};

/// The end of the spool, shared by the writer and a reader.
#[derive(Debug, Default)]
pub(super) struct Fresh(Mutex<Tail>);

#[derive(Debug, Default)]
struct Tail {
    /// All held events with a higher id are in `events`.
    after: i64,
    /// No event has this id, or a higher one.
    next: i64,
    /// Each with the bytes of its payload, ids ascending.
    events: VecDeque<(Event, usize)>,
    bytes: usize,
    /// When this was true; never before the first commit.
    at: Option<Instant>,
}

impl Fresh {
    /// Follows a transaction that has just been committed; takes its events.
    pub(super) fn follow(&self, done: &mut Done, now: Instant) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if done.since == Since::Foreign || tail.next != done.first {
            tail.begin_after(done.first - 1);
        }
        tail.next = done.next;
        for (event, bytes) in std::mem::take(&mut done.changes.events) {
            tail.bytes += bytes;
            tail.events.push_back((event, bytes));
        }
        let moved = done.changes.moved.is_some_and(|id| id.0 > tail.after);
        if moved || tail.events.len() > limits::FRESH_EVENTS || tail.bytes > limits::FRESH_BYTES {
            tail.begin_after(done.next - 1);
        }
        tail.at = Some(now);
    }

    /// The held events after this one, oldest first; `None` if only the file knows. What was given is not given again.
    pub(super) fn held(&self, after: EventId, limit: usize, now: Instant) -> Option<Vec<Event>> {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.is_old(now) || after.0 < tail.after || after.0 >= tail.next {
            return None;
        }
        tail.pass(after);
        let mut given = Vec::new();
        while given.len() < limit
            && let Some((event, bytes)) = tail.events.pop_front()
        {
            tail.bytes -= bytes;
            tail.after = event.id.0;
            given.push(event);
        }
        Some(given)
    }
}

impl Tail {
    /// Another process may have written since, and nobody has looked.
    fn is_old(&self, now: Instant) -> bool {
        self.at
            .is_none_or(|at| now.saturating_duration_since(at) > limits::FRESH_FOR)
    }

    fn begin_after(&mut self, after: i64) {
        self.after = after;
        // Its buffer goes with it: what was full once need not stay so.
        self.events = VecDeque::new();
        self.bytes = 0;
    }

    /// Nobody asks for these any more.
    fn pass(&mut self, after: EventId) {
        while let Some((event, bytes)) = self.events.front()
            && event.id <= after
        {
            self.bytes -= bytes;
            self.events.pop_front();
        }
        self.after = after.0;
    }
}
