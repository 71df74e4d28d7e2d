//! The host's answers to strangers: a code to give to the operator, a word when an invitation was taken. It decides nothing
//! by itself and edits the list only for an invitation that the operator made.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::model::{Approach, ChannelName};
use crate::supervisor::Roster;

/// Answers strangers until the future is dropped.
pub async fn run(_roster: watch::Receiver<Arc<Roster>>, mut strangers: mpsc::Receiver<(ChannelName, Approach)>) {
    while let Some((channel, approach)) = strangers.recv().await {
        tracing::info!(%channel, message = approach.message, "a stranger wrote");
    }
}
