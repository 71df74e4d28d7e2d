//! What is true now of a channel's websockets.

use serde::{Deserialize, Serialize};

use crate::channel::{Channel, SocketStage, SocketView};
use crate::model::UnixMillis;
use crate::text;

/// One websocket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SocketReport {
    /// The channel's own name for it.
    pub name: String,
    /// The place to which it leads, as `hosts` in lockgate.toml has it.
    pub place: String,
    /// `open`, `opening` or `waiting`.
    pub stage: String,
    /// Since when it is open, or until when it waits at least.
    pub at: Option<UnixMillis>,
    /// Frames that came.
    pub frames_in: u64,
    /// Frames that went out.
    pub frames_out: u64,
    /// Frames that were dropped, in whichever direction.
    pub dropped: u64,
    /// How it ended the last time.
    pub last_end: Option<String>,
}

impl SocketReport {
    /// All of a channel that runs.
    pub fn of(channel: &Channel) -> Vec<Self> {
        let report = |view: SocketView| {
            let (stage, at) = match view.stage {
                SocketStage::Waiting(until) => ("waiting", Some(until)),
                SocketStage::Opening => ("opening", None),
                SocketStage::Open(since) => ("open", Some(since)),
            };
            Self {
                name: text::terminal(&channel.context().egress.mask(&view.name)),
                place: view.place,
                stage: stage.to_owned(),
                at,
                frames_in: view.frames_in,
                frames_out: view.frames_out,
                dropped: view.dropped,
                last_end: view.last_end,
            }
        };
        channel.sockets().into_iter().map(report).collect()
    }
}
