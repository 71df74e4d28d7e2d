//! What the writer knows of the file between its transactions: the next event's id, and the sums of each instance. They
//! are read anew when another process has written. Whatever else the file holds is never kept here.

use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use super::rows::{self, integer, natural};
use super::spool::State;
use crate::model::{ChannelName, InstanceId};

/// The sums of all instances, as of the last commit.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What `PRAGMA data_version` said when this was true; `None` if it may not be.
    version: Option<i64>,
    /// The id of the next event.
    pub(super) next_event: i64,
    /// Of every instance, also of those that have ended.
    pub(super) accounts: HashMap<InstanceId, Account>,
}

/// Who has written since the last transaction of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// Nobody.
    Untouched,
    /// Another process, perhaps.
    Foreign,
}

/// One instance and its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Its name.
    pub(super) name: ChannelName,
    /// It has not been removed.
    pub(super) live: bool,
    /// Bytes of keys and values.
    pub(super) store_bytes: u64,
    /// Seen events that are gone with their payload.
    pub(super) erased: u64,
    /// Events held, collected or sent. Counted and not kept in the file, where it would cost each commit a page.
    pub(super) spool_events: u64,
    /// Bytes of their payload, likewise.
    pub(super) spool_bytes: u64,
}

impl Account {
    /// Of an instance that begins.
    pub(super) fn new(name: ChannelName) -> Self {
        Self {
            name,
            live: true,
            store_bytes: 0,
            erased: 0,
            spool_events: 0,
            spool_bytes: 0,
        }
    }

    /// The file keeps something else of it than of the other.
    pub(super) fn is_written_unlike(&self, other: &Self) -> bool {
        (self.store_bytes, self.erased) != (other.store_bytes, other.erased)
    }
}

impl Ledger {
    /// Makes this true for the transaction that has just begun, and tells whether it was.
    pub(super) fn renew(&mut self, connection: &Connection) -> Result<Since> {
        let version = connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if self.version == Some(version) {
            return Ok(Since::Untouched);
        }
        self.forget();
        self.next_event = next_event(connection)?;
        self.accounts = accounts(connection)?;
        count_waiting(connection, &mut self.accounts)?;
        self.version = Some(version);
        Ok(Since::Foreign)
    }

    /// A transaction failed, and what it did to this is undone in the file.
    pub(super) fn forget(&mut self) {
        self.version = None;
    }
}

/// No id is given twice: of events that are erased the row in `house` remembers it.
fn next_event(connection: &Connection) -> Result<i64> {
    connection
        .prepare_cached("SELECT max(next_event, (SELECT ifnull(max(id), 0) + 1 FROM event)) FROM house")?
        .query_row([], |row| row.get(0))
}

/// Remembers that ids before this one were given.
pub(super) fn keep_ids(connection: &Connection, next_event: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE house SET next_event = ?1 WHERE next_event < ?1")?
        .execute([next_event])
        .map(drop)
}

fn accounts(connection: &Connection) -> Result<HashMap<InstanceId, Account>> {
    connection
        .prepare_cached("SELECT id, name, ended IS NULL, store_bytes, erased FROM instance")?
        .query_map([], |row| {
            let account = Account {
                live: row.get(2)?,
                store_bytes: natural(row, 3)?,
                erased: natural(row, 4)?,
                ..Account::new(rows::channel(row, 1)?)
            };
            Ok((InstanceId(row.get(0)?), account))
        })?
        .collect()
}

/// Goes through the rows of what waits; they are small, and mostly few.
fn count_waiting(connection: &Connection, accounts: &mut HashMap<InstanceId, Account>) -> Result<()> {
    let mut select = connection.prepare_cached(
        "SELECT instance, count(*), sum(bytes) FROM spool WHERE state IN (?1, ?2, ?3) GROUP BY instance",
    )?;
    let mut rows = select.query(params![State::Held, State::Collected, State::Sent])?;
    while let Some(row) = rows.next()? {
        if let Some(account) = accounts.get_mut(&InstanceId(row.get(0)?)) {
            (account.spool_events, account.spool_bytes) = (natural(row, 1)?, natural(row, 2)?);
        }
    }
    Ok(())
}

/// Writes what the file keeps of an account.
pub(super) fn write(connection: &Connection, id: InstanceId, account: &Account) -> Result<()> {
    connection
        .prepare_cached("UPDATE instance SET store_bytes = ?2, erased = ?3 WHERE id = ?1")?
        .execute(params![id.0, integer(account.store_bytes), integer(account.erased)])
        .map(drop)
}
