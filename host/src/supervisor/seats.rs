//! The websockets of each channel's instance: they are opened for it once, and whatever code serves is seated at them.

use std::sync::Arc;

use tokio::task::AbortHandle;

use super::Supervisor;
use super::lives::Life;
use crate::channel::{Seat, Sockets};
use crate::limits;
use crate::model::{ChannelName, InstanceId};

/// The websockets of one instance, and the task that keeps them.
pub(super) struct Kept {
    instance: InstanceId,
    sockets: Arc<Sockets>,
    keeper: AbortHandle,
}

impl Supervisor {
    /// Those of this instance, which another life of the name does not get.
    pub(super) fn sockets_of(&mut self, name: &ChannelName, instance: InstanceId) -> Arc<Sockets> {
        if let Some(kept) = self.sockets.get(name)
            && kept.instance == instance
        {
            return Arc::clone(&kept.sockets);
        }
        self.close(name);
        let sockets = Sockets::new(limits::SOCKET_UNHEARD);
        let kept = Kept {
            instance,
            sockets: Arc::clone(&sockets),
            keeper: self.keepers.spawn(Arc::clone(&sockets).run()),
        };
        self.sockets.insert(name.clone(), kept);
        sockets
    }

    /// Closes a channel's websockets.
    pub(super) fn close(&mut self, name: &ChannelName) {
        if let Some(kept) = self.sockets.remove(name) {
            kept.keeper.abort();
        }
    }

    /// From now on they are this one's.
    pub(super) fn seat(&self, name: &ChannelName, seat: Seat) {
        if let Some(kept) = self.sockets.get(name) {
            kept.sockets.seat(seat);
        }
    }

    /// The code that serves has them; while it is tried, what it may not have waits for the one before.
    pub(super) fn seat_serving(&self, name: &ChannelName) {
        let Some((channel, is_tried)) = self.lives.get(name).and_then(Life::seated) else {
            return;
        };
        let of = if is_tried { Seat::Trial } else { Seat::Taken };
        self.seat(name, of(channel));
    }
}
