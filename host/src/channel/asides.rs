//! The way from channels to those who answer for the host itself: strangers' first words, presses, verdicts. Bounded; what
//! finds no place is counted, and comes again by itself or by its author's hand.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Channel;
use crate::limits;
use crate::model::{Aside, ChannelName};
use crate::relay::OpenPrompts;

/// The channels' end; all of one house share it.
#[derive(Debug, Clone)]
pub struct Asides {
    said: mpsc::Sender<(ChannelName, Aside)>,
    open: watch::Receiver<Arc<OpenPrompts>>,
}

/// The other end.
#[derive(Debug)]
pub struct Heard {
    /// What was said, by channel.
    pub said: mpsc::Receiver<(ChannelName, Aside)>,
    /// Which questions for permission are known; intake looks at it for each call.
    pub open: watch::Sender<Arc<OpenPrompts>>,
}

impl Asides {
    /// Both ends.
    pub fn new() -> (Self, Heard) {
        let (said, hear) = mpsc::channel(limits::ASIDES);
        let (known, open) = watch::channel(Arc::default());
        (
            Self { said, open },
            Heard {
                said: hear,
                open: known,
            },
        )
    }

    /// Which questions are known now.
    pub fn open(&self) -> Arc<OpenPrompts> {
        Arc::clone(&self.open.borrow())
    }
}

impl Channel {
    /// Hands over what a committed call brought for the host itself.
    pub(super) fn pass_on(&self, asides: Vec<Aside>) {
        for aside in asides {
            if self.asides.said.try_send((self.context.name.clone(), aside)).is_err() {
                self.count("aside-dropped");
            }
        }
    }
}
