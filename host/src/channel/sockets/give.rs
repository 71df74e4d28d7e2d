//! What happened on a websocket, given to the guest: in its order, one at a time, each a transaction of its own. Knows no
//! connection; what is not read here waits, and then nothing more is read.

use std::sync::Arc;

use tokio::time::sleep;

use super::keep::Inbox;
use super::post::{Post, Wanted};
use super::tries::{Next, Tries, Why};
use super::{Sockets, paced};
use crate::sandbox::Happening;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Taken,
    Dropped,
    /// Nobody wants to know any more.
    Unwanted,
}

impl Sockets {
    /// Gives all that comes, until no more will.
    pub(super) async fn give_all(&self, post: &Arc<Post>, wanted: &Arc<Wanted>, inbox: &Inbox) {
        let mut serial = 0_u32;
        while let Some(happening) = inbox.take().await {
            let is_end = matches!(happening, Happening::Closed { .. });
            let given = self.give(post, happening, serial, inbox).await;
            if is_end && given == Given::Dropped {
                // The guest can't ask for it again, so it is as if it had.
                post.want_again(wanted);
            }
            serial = serial.wrapping_add(1);
        }
    }

    async fn give(&self, post: &Post, happening: Happening, serial: u32, inbox: &Inbox) -> Given {
        tokio::select! {
            () = paced(&self.pace) => {}
            () = inbox.cleared() => return Given::Unwanted,
        }
        let mut tries = Tries::default();
        loop {
            let channel = tokio::select! {
                channel = self.hearer() => channel,
                () = inbox.cleared() => return Given::Unwanted,
            };
            // Never broken off: a call that has begun is committed or not, and only its end tells which.
            let given = channel.happened(&post.name, &happening, tries.failures, serial).await;
            let Err(failure) = given else {
                return Given::Taken;
            };
            match tries.after(Why::of(&failure)) {
                Next::Drop => {
                    tracing::warn!(channel = %channel.context().name, connection = post.name, %failure, "a frame was dropped");
                    post.see(|view| view.dropped += 1);
                    self.count("frame-dropped", 1);
                    return Given::Dropped;
                }
                Next::Again(wait) => tokio::select! {
                    () = sleep(wait) => {}
                    () = inbox.cleared() => return Given::Unwanted,
                },
            }
        }
    }
}
