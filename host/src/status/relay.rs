//! Questions for permission, as `status` shows them: how many are open and what became of the others. No id, and nothing of
//! what a call holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Report;
use crate::journal::{JournalError, Reader};
use crate::model::UnixMillis;
use crate::relay::ledger::Glimpse;
use crate::relay::record::{DOCUMENT, Given, Record, Unshown};

/// What is known of questions for permission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RelayReport {
    /// Those that are open in the owner's session, oldest first.
    pub open: Vec<OpenReport>,
    /// How often what became of them, and of answers.
    pub counts: BTreeMap<String, u64>,
    /// The last verdicts, newest first.
    pub verdicts: Vec<Given>,
    /// The last question that could be shown to nobody, if none could be shown since.
    pub unshown: Option<Unshown>,
}

/// One question that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenReport {
    /// The tool.
    pub tool: String,
    /// Since when.
    pub asked: UnixMillis,
    /// In how many conversations it stands.
    pub shown: usize,
}

impl Report {
    /// Adds what became of questions for permission, and those that are open now.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn add_relay(&mut self, journal: &Reader, open: &[Glimpse]) -> Result<(), JournalError> {
        let record: Record = journal.document(DOCUMENT)?;
        let open = open.iter().map(|glimpse| OpenReport {
            tool: glimpse.tool.clone(),
            asked: glimpse.asked,
            shown: glimpse.shown,
        });
        self.relay = RelayReport {
            open: open.collect(),
            counts: record.counts,
            verdicts: record.verdicts.into_iter().rev().collect(),
            unshown: record.unshown,
        };
        Ok(())
    }
}
