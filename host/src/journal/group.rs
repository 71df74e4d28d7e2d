//! One transaction of the writer: the connection, and the sums of each instance, read once and written once. What a failed
//! call did to them is forgotten with its savepoint. Commits nothing itself.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};

use super::rows::{integer, natural};
use crate::model::{EventId, InstanceId};

/// An open transaction.
pub(super) struct Group<'c> {
    connection: &'c Connection,
    /// As of the last call that was kept.
    kept: Sums,
    /// What the running call has changed.
    open: Sums,
    /// Events came that can be pushed.
    arrived: bool,
}

/// Next event id, and accounts that differ from the file or were read from it.
#[derive(Default)]
struct Sums {
    next_event: i64,
    accounts: HashMap<InstanceId, Account>,
    arrived: bool,
}

/// The sums of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    /// It has not been removed.
    pub(super) live: bool,
    /// Bytes of keys and values.
    pub(super) store_bytes: u64,
    /// Events held, collected or sent.
    pub(super) spool_events: u64,
    /// Bytes of their payload.
    pub(super) spool_bytes: u64,
    /// Events ever seen.
    pub(super) seen: u64,
}

impl<'c> Group<'c> {
    /// Reads what the transaction starts from. Another process may have written since the last one.
    pub(super) fn begin(connection: &'c Connection) -> Result<Self> {
        let next_event = connection
            .prepare_cached("SELECT next_event FROM house")?
            .query_row([], |row| row.get(0))?;
        let sums = |next_event| Sums {
            next_event,
            ..Sums::default()
        };
        Ok(Self {
            connection,
            kept: sums(next_event),
            open: sums(next_event),
            arrived: false,
        })
    }

    /// A prepared statement.
    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'c>> {
        self.connection.prepare_cached(sql)
    }

    /// The connection, for reads that see this transaction.
    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// The id of the next event.
    pub(super) fn next_event(&mut self) -> EventId {
        let id = self.open.next_event;
        self.open.next_event += 1;
        EventId(id)
    }

    /// An instance's sums, to read and to change; `None` if there never was one.
    pub(super) fn account(&mut self, id: InstanceId) -> Result<Option<&mut Account>> {
        if !self.open.accounts.contains_key(&id) {
            let found = match self.kept.accounts.get(&id) {
                Some(account) => Some(*account),
                None => read(self.connection, id)?,
            };
            let Some(account) = found else { return Ok(None) };
            self.open.accounts.insert(id, account);
        }
        Ok(self.open.accounts.get_mut(&id))
    }

    /// This call brought events to push.
    pub(super) fn arrived(&mut self) {
        self.open.arrived = true;
    }

    /// The running call succeeded.
    pub(super) fn keep(&mut self) {
        self.kept.next_event = self.open.next_event;
        self.kept.accounts.extend(self.open.accounts.drain());
        self.arrived |= std::mem::take(&mut self.open.arrived);
    }

    /// The running call failed, and its rows are undone.
    pub(super) fn forget(&mut self) {
        self.open.next_event = self.kept.next_event;
        self.open.accounts.clear();
        self.open.arrived = false;
    }

    /// Writes the sums; `true` if events came that can be pushed.
    pub(super) fn finish(self) -> Result<bool> {
        self.prepare("UPDATE house SET next_event = ?1 WHERE next_event <> ?1")?
            .execute([self.kept.next_event])?;
        for (id, account) in &self.kept.accounts {
            write(self.connection, *id, account)?;
        }
        Ok(self.arrived)
    }
}

fn read(connection: &Connection, id: InstanceId) -> Result<Option<Account>> {
    connection
        .prepare_cached(
            "SELECT ended IS NULL, store_bytes, spool_events, spool_bytes, seen FROM instance WHERE id = ?1",
        )?
        .query_row([id.0], |row| {
            Ok(Account {
                live: row.get(0)?,
                store_bytes: natural(row, 1)?,
                spool_events: natural(row, 2)?,
                spool_bytes: natural(row, 3)?,
                seen: natural(row, 4)?,
            })
        })
        .optional()
}

fn write(connection: &Connection, id: InstanceId, account: &Account) -> Result<()> {
    // An account that did not change dirties no page, and a group of failed calls costs no sync.
    connection
        .prepare_cached(
            "UPDATE instance SET store_bytes = ?2, spool_events = ?3, spool_bytes = ?4, seen = ?5 WHERE id = ?1 \
             AND (store_bytes, spool_events, spool_bytes, seen) <> (?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            id.0,
            integer(account.store_bytes),
            integer(account.spool_events),
            integer(account.spool_bytes),
            integer(account.seen)
        ])
        .map(drop)
}
