//! Questions for permission and their answers: shown to those who may answer, taken from nobody else. What a verdict is worth
//! is decided by the ledger; nothing here is a tool that a model could call.

mod announce;

pub use announce::Announcer;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::model::{ChannelName, Press, Typed};
use crate::supervisor::Roster;

/// What somebody answered.
#[derive(Debug)]
pub enum Answered {
    /// By a button.
    Press(Press),
    /// By a text.
    Typed(Typed),
}

/// Takes answers until the future is dropped.
pub async fn run(_roster: watch::Receiver<Arc<Roster>>, mut answers: mpsc::Receiver<(ChannelName, Answered)>) {
    while let Some((channel, answered)) = answers.recv().await {
        tracing::info!(%channel, ?answered, "no question is open");
    }
}
