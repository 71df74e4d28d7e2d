//! What the tools reach. The door only asks; who implements it holds the journal and knows which session is asking.

use std::error::Error;
use std::pin::Pin;

use super::render::Spilled;
use crate::model::{ChannelName, Event, EventId};

/// A desk's answer, as a future that may borrow the desk.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeskError>> + Send + 'a>>;

/// Answers the tools of one session.
///
/// # Authority
/// A desk hands out only what its session may see. Nothing here grants, pairs, installs or edits access.
pub trait Desk: Send + Sync + 'static {
    /// The events that wait, oldest first, at most `limit`, and no more than a result can hold whole.
    fn inbox(&self, limit: usize) -> Reply<'_, Vec<Handed>>;

    /// Marks events as seen.
    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged>;

    /// The channels of the house, or the one of this name.
    fn channels(&self, name: Option<ChannelName>) -> Reply<'_, Vec<ChannelLine>>;
}

/// An event that is handed out, and where the whole of a long text and its attachments stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The event.
    pub event: Event,
    /// Set if its text is too long for a result.
    pub spilled: Option<Spilled>,
    /// The absolute path of the folder with its attachments.
    pub inbox: String,
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Now seen, or seen before.
    pub known: Vec<EventId>,
    /// No event of this session.
    pub unknown: Vec<EventId>,
}

/// One channel, as `channels` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLine {
    /// As the operator named it.
    pub name: ChannelName,
    /// The host's word for how it is: `running`, `needs review`.
    pub phase: String,
    /// From the manifest: foreign text.
    pub summary: String,
    /// More about the phase, perhaps in the guest's own words: foreign text.
    pub detail: Option<String>,
}

/// Why a tool could not answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The journal did not answer.
    #[error(
        "the journal could not be reached: {source}; call the tool again, and if it stays so run `lockgate status`"
    )]
    Journal {
        /// What it said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The process is on its way out.
    #[error("lockgate is shutting down; call the tool again in the next session")]
    Closing,
}
