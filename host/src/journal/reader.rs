//! Reading the journal: a few connections that can't write, lent out one at a time. What is read is committed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection as Sqlite, OptionalExtension, params};

use super::fault::JournalError;
use super::quarantine::{self, Quarantine};
use super::rows::{self, integer, natural, time};
use super::spool::State;
use super::standing::{Connection, Timer};
use super::tally::Tally;
use super::{audit, document, instances, schema, standing, store, tally};
use crate::limits;
use crate::model::{ChannelName, Digest, Event, EventId, InstanceId, UnixMillis};

/// A journal to read; a clone reads the same one. A read takes microseconds and is done on the caller's thread.
#[derive(Debug, Clone)]
pub struct Reader {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Sqlite>>>,
}

/// What one living instance has in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolCount {
    /// Whose.
    pub instance: InstanceId,
    /// Its name.
    pub channel: ChannelName,
    /// Events to be pushed.
    pub held: u64,
    /// Events that only `inbox` gives.
    pub collected: u64,
    /// Written to a session that may not read them.
    pub sent: u64,
    /// Ever seen, also those that are gone by now.
    pub seen: u64,
    /// Given up.
    pub dead: u64,
    /// When the oldest event came that is held or collected.
    pub oldest_held: Option<UnixMillis>,
}

impl Reader {
    /// Opens the journal for reading.
    ///
    /// # Errors
    /// There is none, or it is of another layout.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let first = schema::open_reader(path)?;
        Ok(Self {
            path: Arc::new(path.into()),
            idle: Arc::new(Mutex::new(vec![first])),
        })
    }

    /// What `status` shows of each living instance.
    ///
    /// # Errors
    /// The disk's.
    pub fn counts(&self) -> Result<Vec<SpoolCount>, JournalError> {
        self.read(counts)
    }

    /// What was counted for living instances.
    ///
    /// # Errors
    /// The disk's.
    pub fn tallies(&self) -> Result<Vec<Tally>, JournalError> {
        self.read(tally::all)
    }

    /// Events to be pushed after this one, oldest first. Released events are old ones again: after
    /// [`arrivals`](super::Journal::arrivals) has changed, begin with `None`.
    ///
    /// # Errors
    /// The disk's. An event that can't be read is logged and left out.
    pub fn held(&self, after: Option<EventId>, limit: usize) -> Result<Vec<Event>, JournalError> {
        const SQL: &str = "WHERE spool.state = ?1 AND spool.id > ?2 ORDER BY spool.id LIMIT ?3";
        self.read(|sqlite| {
            events(
                sqlite,
                SQL,
                params![State::Held, after.map_or(0, |after| after.0), bound(limit)],
            )
        })
    }

    /// Events that wait, collected ones too, oldest first.
    ///
    /// # Errors
    /// As [`held`](Self::held).
    pub fn inbox(&self, limit: usize) -> Result<Vec<Event>, JournalError> {
        const SQL: &str = "WHERE spool.state = ?1 ORDER BY spool.id LIMIT ?2";
        self.read(|sqlite| {
            let mut all = events(sqlite, SQL, params![State::Held, bound(limit)])?;
            all.extend(events(sqlite, SQL, params![State::Collected, bound(limit)])?);
            all.sort_by_key(|event| event.id);
            all.truncate(limit);
            Ok(all)
        })
    }

    /// One event, wherever it stands; `None` if it is gone.
    ///
    /// # Errors
    /// The disk's.
    pub fn event(&self, id: EventId) -> Result<Option<Event>, JournalError> {
        let found = self.read(|sqlite| events(sqlite, "WHERE spool.id = ?1", params![id.0]))?;
        Ok(found.into_iter().next())
    }

    /// A document of the host's own state; its default if it was never written.
    ///
    /// # Errors
    /// The disk's, or what stands there can't be read.
    pub fn document<T>(&self, name: &'static str) -> Result<T, JournalError>
    where
        T: serde::de::DeserializeOwned + Default,
    {
        let text = self.read(|sqlite| document::get(sqlite, name))?;
        document::read(name, text.as_deref())
    }

    /// A committed value of an instance's store.
    ///
    /// # Errors
    /// The disk's.
    pub fn store_get(&self, instance: InstanceId, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.read(|sqlite| store::get(sqlite, instance, key))
    }

    /// Its keys with this prefix, in ascending order.
    ///
    /// # Errors
    /// The disk's.
    pub fn store_keys(&self, instance: InstanceId, prefix: &str) -> Result<Vec<String>, JournalError> {
        self.read(|sqlite| store::keys(sqlite, instance, prefix))
    }

    /// Bytes of its keys and values.
    ///
    /// # Errors
    /// The disk's.
    pub fn store_size(&self, instance: InstanceId) -> Result<u64, JournalError> {
        let size = |sqlite: &Sqlite| {
            sqlite
                .prepare_cached("SELECT store_bytes FROM instance WHERE id = ?1")?
                .query_row([instance.0], |row| natural(row, 0))
                .optional()
        };
        Ok(self.read(size)?.unwrap_or(0))
    }

    /// Whether a signed request was taken that could still be sent again.
    pub(super) fn replayed(&self, instance: InstanceId, key: &Digest) -> Result<bool, JournalError> {
        self.read(|sqlite| {
            sqlite
                .prepare_cached("SELECT 1 FROM replay WHERE instance = ?1 AND key = ?2")?
                .exists(params![instance.0, key.as_bytes()])
        })
    }

    /// At most so many of the signed requests that an instance has taken.
    pub(super) fn requests(&self, instance: InstanceId, limit: usize) -> Result<Vec<Digest>, JournalError> {
        self.read(|sqlite| {
            sqlite
                .prepare_cached("SELECT key FROM replay WHERE instance = ?1 LIMIT ?2")?
                .query_map(params![instance.0, bound(limit)], |row| {
                    row.get::<_, [u8; 32]>(0).map(Digest::from)
                })?
                .collect()
        })
    }

    /// An instance's timers, the next one first.
    ///
    /// # Errors
    /// The disk's.
    pub fn timers(&self, instance: InstanceId) -> Result<Vec<Timer>, JournalError> {
        self.read(|sqlite| standing::timers(sqlite, instance))
    }

    /// The websockets that an instance wants open.
    ///
    /// # Errors
    /// The disk's.
    pub fn connections(&self, instance: InstanceId) -> Result<Vec<Connection>, JournalError> {
        self.read(|sqlite| standing::connections(sqlite, instance))
    }

    /// Why these bytes of an instance are not called by themselves any more, if they are not.
    ///
    /// # Errors
    /// The disk's.
    pub fn quarantined(&self, instance: InstanceId, component: &Digest) -> Result<Option<Quarantine>, JournalError> {
        self.read(|sqlite| quarantine::of(sqlite, instance, component))
    }

    /// The digest that a component's compiled file must have before it is loaded.
    ///
    /// # Errors
    /// The disk's.
    pub fn compiled(&self, component: &Digest, engine: &str) -> Result<Option<Digest>, JournalError> {
        self.read(|sqlite| instances::compiled(sqlite, component, engine))
    }

    /// Reads all of the file and tells whether it is sound: SQLite's own check, then our sums and states.
    ///
    /// # Errors
    /// [`JournalError::Unsound`] says what was found first.
    pub fn check(&self) -> Result<(), JournalError> {
        match self.read(audit::first_finding)? {
            Some(finding) => Err(JournalError::Unsound(finding)),
            None => Ok(()),
        }
    }

    /// Lends a connection. One that met an error is not lent again.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Sqlite) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let lent = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let sqlite = lent.map_or_else(|| schema::open_reader(&self.path), Ok)?;
        let found = read(&sqlite)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < limits::JOURNAL_READERS {
            idle.push(sqlite);
        }
        Ok(found)
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn bound(limit: usize) -> i64 {
    integer(limit as u64)
}

/// The events that a condition selects, without those that can't be read.
fn events(sqlite: &Sqlite, condition: &str, parameters: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<Event>> {
    let sql = format!(
        "SELECT {} FROM spool CROSS JOIN event ON event.id = spool.id \
         CROSS JOIN instance ON instance.id = spool.instance {condition}",
        rows::EVENT
    );
    let mut select = sqlite.prepare_cached(&sql)?;
    let found = select.query_map(parameters, rows::event)?;
    found.filter_map(Result::transpose).collect()
}

fn counts(sqlite: &Sqlite) -> rusqlite::Result<Vec<SpoolCount>> {
    let mut counts: Vec<SpoolCount> = sqlite
        .prepare_cached("SELECT id, name, erased FROM instance WHERE ended IS NULL ORDER BY id")?
        .query_map([], |row| {
            let (instance, channel) = (InstanceId(row.get(0)?), rows::channel(row, 1)?);
            let seen = natural(row, 2)?;
            Ok(SpoolCount {
                instance,
                channel,
                seen,
                held: 0,
                collected: 0,
                sent: 0,
                dead: 0,
                oldest_held: None,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    for state in [State::Held, State::Collected, State::Sent, State::Seen, State::Dead] {
        add_counts(sqlite, state, &mut counts)?;
    }
    Ok(counts)
}

fn add_counts(sqlite: &Sqlite, state: State, counts: &mut [SpoolCount]) -> rusqlite::Result<()> {
    let mut select = sqlite.prepare_cached(
        "SELECT by.instance, by.number, event.received FROM \
         (SELECT instance, count(*) AS number, min(id) AS first FROM spool WHERE state = ?1 GROUP BY instance) AS by \
         JOIN event ON event.id = by.first",
    )?;
    let mut rows = select.query([state])?;
    while let Some(row) = rows.next()? {
        let instance = InstanceId(row.get(0)?);
        let Some(count) = counts.iter_mut().find(|count| count.instance == instance) else {
            continue;
        };
        let (number, oldest) = (natural(row, 1)?, time(row, 2)?);
        match state {
            State::Held => count.held = number,
            State::Collected => count.collected = number,
            State::Sent => count.sent = number,
            State::Dead => count.dead = number,
            // Those that are gone were counted when they were erased.
            State::Seen => count.seen += number,
        }
        if matches!(state, State::Held | State::Collected) {
            count.oldest_held = Some(count.oldest_held.map_or(oldest, |other| other.min(oldest)));
        }
    }
    Ok(())
}
