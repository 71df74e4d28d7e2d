//! Questions for permission at the desk's own end: on to those who show them, or counted. Never waits: whoever asks is the
//! client's reader.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::error::TrySendError;

use super::Door;
use crate::journal::Journal;
use crate::mcp::Unreadable;
use crate::model::PermissionRequest;
use crate::relay::record::{self, Record};

/// What found no place and is not in the journal yet, by reason.
#[derive(Debug, Clone, Default)]
pub struct Questions {
    lost: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Questions {
    /// Hands a question on, or counts it: then it stays at the terminal. Must be called inside a tokio runtime.
    pub fn take(&self, door: &Door, asked: Result<PermissionRequest, Unreadable>) {
        let reason = match (asked, door) {
            (Err(Unreadable), _) => "prompt-unreadable",
            (Ok(request), Door::Owner(house)) => match house.prompts.try_send(request) {
                Ok(()) => return,
                Err(TrySendError::Full(_)) => "prompt-dropped",
                Err(TrySendError::Closed(_)) => "prompt-unowned",
            },
            (Ok(_), _) => "prompt-unowned",
        };
        tracing::warn!(
            reason,
            "a question for permission can't be shown; it waits at the terminal"
        );
        let first = self.count(reason);
        let journal = match door {
            Door::Owner(house) => &house.journal,
            Door::Beside(journal, _) => journal,
            // Nothing of ours is open yet, or ever: the log has it.
            _ => return,
        };
        if first {
            tokio::spawn(self.clone().note(journal.clone()));
        }
    }

    /// Whether this is the first that is to be noted.
    fn count(&self, reason: &'static str) -> bool {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let first = lost.is_empty();
        *lost.entry(reason).or_default() += 1;
        first
    }

    async fn note(self, journal: Journal) {
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        let noted = journal.revise(record::DOCUMENT, move |record: &mut Record| {
            for (reason, count) in lost {
                *record.counts.entry(reason.to_owned()).or_default() += count;
            }
        });
        if let Err(error) = noted.await {
            tracing::error!(%error, "questions that found no place can't be counted");
        }
    }
}
