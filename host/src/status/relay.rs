//! Questions for permission, as `status` shows them: how many are open and what became of the others. No id, and nothing of
//! what a call holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Report;
use crate::access::{AccessBook, Role};
use crate::grant::Grant;
use crate::journal::{JournalError, Reader};
use crate::model::UnixMillis;
use crate::organisation::Cut;
use crate::relay::ledger::Glimpse;
use crate::relay::record::{DOCUMENT, Given, Record, Unshown};
use crate::supervisor::Standing;

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

/// Whether a channel that can speak carries questions for permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrying {
    /// It does, and somebody may answer.
    On,
    /// It does, and nobody in this network may answer.
    Nobody(String),
    /// The operator did not let these bytes do it.
    Off,
    /// It has no network.
    Alone,
    /// The organisation's policy forbids it.
    Closed,
}

impl Carrying {
    /// As a channel is granted it; nothing of one that can't speak.
    pub fn of(grant: &Grant, standing: Option<&Standing>, list: &AccessBook) -> Option<Self> {
        grant.sink()?;
        if standing.is_some_and(|standing| standing.cuts.contains(&Cut::Relay)) {
            return Some(Self::Closed);
        }
        let Some(network) = grant.network() else {
            return Some(Self::Alone);
        };
        if !grant.relay() {
            return Some(Self::Off);
        }
        let approvers = list
            .people()
            .iter()
            .filter(|person| person.roles.contains(&Role::Approve));
        let mut accounts = approvers.flat_map(|person| &person.accounts);
        let may = accounts.any(|account| account.network == network && !list.denies(network, &account.id));
        Some(if may {
            Self::On
        } else {
            Self::Nobody(network.to_owned())
        })
    }
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
