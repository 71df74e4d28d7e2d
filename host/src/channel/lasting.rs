//! What an instance of a channel keeps in memory while its code is exchanged: whoever listens to it, waits for it or counts
//! it does not notice that another component is called now.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, RwLock, Semaphore};

use super::{Channel, Pulse, Sockets, outward, topics};
use crate::access::DroppedSenders;
use crate::limits;
use crate::sandbox::{Tap, Watching};

/// Shared by the codes of one instance that follow on each other.
pub struct Lasting {
    /// Where it can be watched.
    tap: Tap,
    /// Its websockets.
    pub(super) sockets: Arc<Sockets>,
    /// Places for calls: two codes together have no more than one.
    pub(super) permits: Semaphore,
    /// Places for verified calls that wait for one.
    pub(super) waiting: Semaphore,
    /// Read while what a code brought of its own accord is committed and done.
    pub(super) accord: Arc<RwLock<()>>,
    /// Turns to speak in a conversation, and what became of answers.
    pub(super) outward: outward::Outward,
    /// Who listens to what.
    pub(super) topics: topics::Topics,
    /// How its calls went.
    pub(super) pulse: Mutex<Pulse>,
    /// Whose messages were dropped, and stand not in the journal yet.
    pub(super) dropped: Mutex<DroppedSenders>,
    /// Something is to be told to the journal.
    pub(super) counted: Notify,
    /// A timer was set.
    pub(super) timers_changed: Notify,
}

impl Lasting {
    /// Of an instance that begins, with the websockets that it has.
    pub fn new(sockets: Arc<Sockets>) -> Arc<Self> {
        Arc::new(Self {
            tap: Tap::default(),
            sockets,
            permits: Semaphore::new(limits::CALLS_AT_ONCE_PER_CHANNEL),
            waiting: Semaphore::new(limits::HOOKS_WAITING),
            accord: Arc::default(),
            outward: outward::Outward::default(),
            topics: topics::Topics::default(),
            pulse: Mutex::default(),
            dropped: Mutex::default(),
            counted: Notify::new(),
            timers_changed: Notify::new(),
        })
    }

    /// Where it can be watched.
    pub fn tap(&self) -> Tap {
        self.tap.clone()
    }
}

impl Channel {
    /// Watches it, and whatever code takes its place.
    pub fn watch(&self) -> Watching {
        self.context.tap.watch()
    }

    /// What the code that takes its place goes on with.
    pub fn lasting(&self) -> Arc<Lasting> {
        Arc::clone(&self.lasting)
    }
}
