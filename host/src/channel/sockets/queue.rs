//! What waits to go in or out over one websocket: bounded in number and bytes, in its order. One takes, one waits for room.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

/// A bounded line of waiting things.
pub struct Queue<T> {
    most: usize,
    most_bytes: usize,
    waiting: Mutex<Waiting<T>>,
    came: Notify,
    went: Notify,
    end: watch::Sender<End>,
}

struct Waiting<T> {
    all: VecDeque<(T, usize)>,
    bytes: usize,
}

impl<T> Waiting<T> {
    fn put(&mut self, one: T, bytes: usize) {
        self.bytes += bytes;
        self.all.push_back((one, bytes));
    }
}

/// Whether more will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    /// No more: what is there is still taken.
    Ended,
    /// Nobody wants what is there, either.
    Cleared,
}

impl<T> Queue<T> {
    /// An empty one, full with so many, or so many bytes.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            waiting: Mutex::new(Waiting {
                all: VecDeque::new(),
                bytes: 0,
            }),
            came: Notify::new(),
            went: Notify::new(),
            end: watch::Sender::new(End::Open),
        }
    }

    /// Puts one to the end, also if it is full: whoever reads asks [`Queue::has_room`] first.
    pub fn push(&self, one: T, bytes: usize) {
        self.lock().put(one, bytes);
        self.came.notify_one();
    }

    /// Puts one to the end, if there is room for it; otherwise it is not taken.
    #[must_use]
    pub fn offer(&self, one: T, bytes: usize) -> bool {
        let mut waiting = self.lock();
        let fits = waiting.all.len() < self.most && waiting.bytes.saturating_add(bytes) <= self.most_bytes;
        if fits {
            waiting.put(one, bytes);
            self.came.notify_one();
        }
        fits
    }

    /// Whether it is not full.
    pub fn has_room(&self) -> bool {
        let waiting = self.lock();
        waiting.all.len() < self.most && waiting.bytes < self.most_bytes
    }

    /// Waits until it is not full.
    pub async fn room(&self) {
        while !self.has_room() {
            self.went.notified().await;
        }
    }

    /// The first, when there is one; none if no more will come. Nothing is lost if the future is dropped.
    pub async fn take(&self) -> Option<T> {
        let mut end = self.end.subscribe();
        loop {
            let state = *end.borrow_and_update();
            if state == End::Cleared {
                return None;
            }
            if let Some(one) = self.pop() {
                return Some(one);
            }
            if state == End::Ended {
                return None;
            }
            tokio::select! {
                () = self.came.notified() => {}
                // The sender is ours, so it is there.
                _ = end.changed() => {}
            }
        }
    }

    /// The first, if there is one now.
    pub fn pop(&self) -> Option<T> {
        let mut waiting = self.lock();
        let (one, bytes) = waiting.all.pop_front()?;
        waiting.bytes -= bytes;
        self.went.notify_one();
        Some(one)
    }

    /// No more will come; what is there is still taken.
    pub fn end(&self) {
        self.end.send_if_modified(|end| {
            let open = *end == End::Open;
            if open {
                *end = End::Ended;
            }
            open
        });
    }

    /// Nobody wants what is there, nor what would come.
    pub fn clear(&self) {
        self.end.send_replace(End::Cleared);
        self.drain();
    }

    /// Waits until it is cleared.
    pub async fn cleared(&self) {
        let mut end = self.end.subscribe();
        let _ = end.wait_for(|end| *end == End::Cleared).await;
    }

    /// Takes all away, and says how many that were.
    pub fn drain(&self) -> usize {
        let mut waiting = self.lock();
        waiting.bytes = 0;
        let count = waiting.all.len();
        waiting.all.clear();
        self.went.notify_one();
        count
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        // A poisoned lock only means that another task panicked between two changes of plain values.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_full_by_number_and_by_bytes() {
        let queue = Queue::new(2, 10);
        assert!(queue.offer('a', 10));
        assert!(!queue.has_room());
        assert!(queue.offer('b', 0));
        assert!(!queue.offer('c', 0));
        assert_eq!(queue.take().await, Some('a'));
        assert!(queue.has_room() && !queue.offer('d', 11) && queue.offer('d', 10));
        assert_eq!((queue.take().await, queue.take().await), (Some('b'), Some('d')));
    }

    #[tokio::test]
    async fn whoever_waits_for_room_gets_it() {
        let queue = Queue::new(1, 10);
        queue.push(1, 20);
        assert!(!queue.has_room());
        let (room, taken) = tokio::join!(queue.room(), queue.take());
        assert_eq!((room, taken), ((), Some(1)));
    }

    #[tokio::test]
    async fn an_end_lets_all_that_is_there_go_and_clearing_does_not() {
        let queue = Queue::new(9, 9);
        queue.push(1, 1);
        queue.end();
        assert_eq!((queue.take().await, queue.take().await), (Some(1), None));
        let queue = Queue::new(9, 9);
        queue.push(1, 1);
        let (taken, ()) = tokio::join!(
            async {
                let first = queue.take().await;
                (first, queue.take().await)
            },
            async {
                tokio::task::yield_now().await;
                queue.push(2, 1);
                queue.clear();
                queue.end();
                queue.cleared().await;
            }
        );
        assert_eq!(taken, (Some(1), None));
        queue.push(3, 1);
        assert_eq!(queue.take().await, None);
    }
}
