//! The way from channels to those who answer for the host itself: strangers' first words, presses, verdicts. Each kind has a
//! queue of its own, and each channel its own places in it, so that nobody's flood takes another's place. What finds no place
//! is counted, and comes again by its author's hand.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::Channel;
use crate::limits;
use crate::model::{Approach, Aside, ChannelName, Press, Typed};
use crate::relay::OpenPrompts;

/// A channel's end.
#[derive(Debug, Clone)]
pub struct Asides {
    strangers: Lane<Approach>,
    presses: Lane<Press>,
    verdicts: Lane<Typed>,
    open: watch::Receiver<Arc<OpenPrompts>>,
}

/// The other end.
#[derive(Debug)]
pub struct Heard {
    /// What strangers wrote, by channel.
    pub strangers: Waiting<Approach>,
    /// Who pressed a button.
    pub presses: Waiting<Press>,
    /// Who wrote a verdict.
    pub verdicts: Waiting<Typed>,
    /// Which questions for permission are known; intake looks at it for each call.
    pub open: watch::Sender<Arc<OpenPrompts>>,
}

/// One kind of things that wait, each with the place that it takes of its channel's.
#[derive(Debug)]
pub struct Waiting<T>(mpsc::UnboundedReceiver<(ChannelName, T, OwnedSemaphorePermit)>);

/// A way to the queue of one kind. What waits in it is bounded by the places.
#[derive(Debug)]
struct Lane<T> {
    queue: mpsc::UnboundedSender<(ChannelName, T, OwnedSemaphorePermit)>,
    places: Arc<Semaphore>,
}

impl<T> Clone for Lane<T> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            places: Arc::clone(&self.places),
        }
    }
}

impl<T> Lane<T> {
    fn new() -> (Self, Waiting<T>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(limits::ASIDES));
        (Self { queue, places }, Waiting(waiting))
    }

    fn of_its_own(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            places: Arc::new(Semaphore::new(limits::ASIDES)),
        }
    }

    /// Whether it found a place.
    fn put(&self, channel: &ChannelName, said: T) -> bool {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        place.is_some_and(|place| self.queue.send((channel.clone(), said, place)).is_ok())
    }
}

impl<T> Waiting<T> {
    /// The next, whose place is free from now on; `None` when nobody can say anything any more.
    pub async fn recv(&mut self) -> Option<(ChannelName, T)> {
        self.0.recv().await.map(|(channel, said, _)| (channel, said))
    }
}

impl Asides {
    /// Both ends.
    pub fn new() -> (Self, Heard) {
        let (strangers, strange) = Lane::new();
        let (presses, pressed) = Lane::new();
        let (verdicts, typed) = Lane::new();
        let (known, open) = watch::channel(Arc::default());
        let asides = Self {
            strangers,
            presses,
            verdicts,
            open,
        };
        let heard = Heard {
            strangers: strange,
            presses: pressed,
            verdicts: typed,
            open: known,
        };
        (asides, heard)
    }

    /// The same queues, with places of its own: one for each channel.
    pub fn of_its_own(&self) -> Self {
        Self {
            strangers: self.strangers.of_its_own(),
            presses: self.presses.of_its_own(),
            verdicts: self.verdicts.of_its_own(),
            open: self.open.clone(),
        }
    }

    /// Which questions are known now.
    pub fn open(&self) -> Arc<OpenPrompts> {
        Arc::clone(&self.open.borrow())
    }

    /// Whether it found a place.
    fn put(&self, channel: &ChannelName, aside: Aside) -> bool {
        match aside {
            Aside::Stranger(approach) => self.strangers.put(channel, approach),
            Aside::Press(press) => self.presses.put(channel, press),
            Aside::Verdict(typed) => self.verdicts.put(channel, typed),
        }
    }
}

impl Channel {
    /// Hands over what a committed call brought for the host itself.
    pub(super) fn pass_on(&self, asides: Vec<Aside>) {
        for aside in asides {
            if !self.asides.put(&self.context.name, aside) {
                self.count("aside-dropped");
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
