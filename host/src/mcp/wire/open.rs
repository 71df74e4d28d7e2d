//! Which requests of a client are being answered. A client that asks without reading the answers comes to a stop here.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rmcp::model::RequestId;
use tokio::sync::Notify;

use crate::limits;

/// The ids of open requests; shared by the wire and the answers that it is writing.
#[derive(Default)]
pub(super) struct OpenRequests {
    ids: Mutex<HashSet<RequestId>>,
    room: Notify,
}

impl OpenRequests {
    /// Resolves when one more request may be read; only the wire itself waits here.
    pub(super) async fn room(&self) {
        while self.ids().len() >= limits::MCP_REQUESTS_AT_ONCE {
            self.room.notified().await;
        }
    }

    /// Notes a request; false if one with this id is open already.
    pub(super) fn begin(&self, id: &RequestId) -> bool {
        self.ids().insert(id.clone())
    }

    /// The request has been answered, or it never will be.
    pub(super) fn end(&self, id: &RequestId) {
        if self.ids().remove(id) {
            self.room.notify_one();
        }
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        // A set of ids is whole after any panic.
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
