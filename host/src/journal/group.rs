//! One transaction of the writer: the connection, the sums of each instance, and what to tell once it is committed. What a
//! failed call did to them is forgotten with its savepoint. Commits nothing itself.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{CachedStatement, Connection, Result};

use super::ledger::{self, Account, Ledger, Since};
use crate::model::{Digest, Event, EventId, InstanceId};

/// An open transaction.
pub(super) struct Group<'c> {
    connection: &'c Connection,
    /// As of the last call that was kept.
    ledger: &'c mut Ledger,
    kept: Changes,
    /// What the running call has changed.
    open: Open,
}

#[derive(Default)]
struct Open {
    next_event: i64,
    accounts: HashMap<InstanceId, Account>,
    changes: Changes,
}

/// What a transaction has done, for those who are told after its commit.
#[derive(Debug)]
pub(super) struct Done {
    /// Who had written before it.
    pub(super) since: Since,
    /// The next event's id before it.
    pub(super) first: i64,
    /// And after it.
    pub(super) next: i64,
    /// What its calls did.
    pub(super) changes: Changes,
}

/// What the calls of a transaction did.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Events came, or came back, that can be pushed.
    pub(super) arrived: bool,
    /// New events, each with the bytes of its payload.
    pub(super) events: Vec<(Event, usize)>,
    /// The highest id among the events that moved from one state to another.
    pub(super) moved: Option<EventId>,
    /// Signed requests that were taken.
    pub(super) taken: Vec<(InstanceId, Digest)>,
    /// Instances of which the file must be told.
    unwritten: BTreeSet<InstanceId>,
}

impl<'c> Group<'c> {
    /// The transaction that has just begun on this connection.
    pub(super) fn begin(connection: &'c Connection, ledger: &'c mut Ledger) -> Self {
        let open = Open {
            next_event: ledger.next_event,
            ..Open::default()
        };
        Self {
            connection,
            ledger,
            kept: Changes::default(),
            open,
        }
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

    /// Remembers the ids that were given, before events that show them are erased.
    pub(super) fn keep_ids(&self) -> Result<()> {
        ledger::keep_ids(self.connection, self.open.next_event)
    }

    /// An instance's sums, to read and to change; `None` if there never was one.
    pub(super) fn account(&mut self, id: InstanceId) -> Option<&mut Account> {
        if !self.open.accounts.contains_key(&id) {
            let account = self.ledger.accounts.get(&id)?.clone();
            self.open.accounts.insert(id, account);
        }
        self.open.accounts.get_mut(&id)
    }

    /// An instance has begun.
    pub(super) fn enter(&mut self, id: InstanceId, account: Account) {
        self.open.accounts.insert(id, account);
    }

    /// This call brought an event; it is held.
    pub(super) fn brought(&mut self, event: Event, bytes: usize) {
        self.open.changes.events.push((event, bytes));
        self.open.changes.arrived = true;
    }

    /// This call brought events back that can be pushed.
    pub(super) fn arrived(&mut self) {
        self.open.changes.arrived = true;
    }

    /// This call took an event out of its state.
    pub(super) fn moved(&mut self, id: EventId) {
        self.open.changes.moved = self.open.changes.moved.max(Some(id));
    }

    /// This call answers a signed request.
    pub(super) fn took(&mut self, instance: InstanceId, digest: Digest) {
        self.open.changes.taken.push((instance, digest));
    }

    /// The running call succeeded.
    pub(super) fn keep(&mut self) {
        self.ledger.next_event = self.open.next_event;
        for (id, account) in self.open.accounts.drain() {
            let before = self.ledger.accounts.insert(id, account.clone());
            if before.is_none_or(|before| before.is_written_unlike(&account)) {
                self.kept.unwritten.insert(id);
            }
        }
        self.kept.append(std::mem::take(&mut self.open.changes));
    }

    /// The running call failed, and its rows are undone.
    pub(super) fn forget(&mut self) {
        self.open = Open {
            next_event: self.ledger.next_event,
            ..Open::default()
        };
    }

    /// Writes the sums; the rest is the commit's.
    pub(super) fn finish(self) -> Result<Changes> {
        for id in &self.kept.unwritten {
            if let Some(account) = self.ledger.accounts.get(id) {
                ledger::write(self.connection, *id, account)?;
            }
        }
        Ok(self.kept)
    }
}

impl Changes {
    fn append(&mut self, other: Self) {
        self.arrived |= other.arrived;
        self.events.extend(other.events);
        self.moved = self.moved.max(other.moved);
        self.taken.extend(other.taken);
        self.unwritten.extend(other.unwritten);
    }
}
