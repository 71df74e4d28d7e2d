//! The tables, the version of their layout, and how a connection to them is opened. Never reads or changes a row of them.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::fault::{DiskKind, JournalError};
use crate::limits;
use crate::paths::{Owner, owner_in};

/// The layout that this program writes; `PRAGMA user_version` of the file.
pub(super) const VERSION: i64 = 5;

/// The oldest layout that is brought up when it is opened for writing.
const OLDEST: i64 = 2;

/// `lkgt`: tells our files from other programs' SQLite databases.
const APPLICATION: i64 = 0x6c6b_6774;

/// Every table of layout 2. [`DOCUMENT`] came with layout 4, [`QUARANTINE`] with layout 3 and as it is with layout 5. Few
/// indexes on purpose: each costs a page per call in the write-ahead log.
const TABLES: &str = "
-- One row. Event ids are never reused: the next one is `next_event`, or the one after the last event if that is higher.
-- So only who erases events writes this row, and no call does.
CREATE TABLE house (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  next_event INTEGER NOT NULL
);
INSERT INTO house VALUES (1, 1);

-- One life of a channel's name. The sums are kept in the transaction that changes what they count. What waits in the
-- spool is counted by the writer instead (ledger.rs), because each call would write its sum.
CREATE TABLE instance (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  began INTEGER NOT NULL,
  ended INTEGER,                          -- null while it lives
  store_bytes INTEGER NOT NULL DEFAULT 0, -- keys and values
  erased INTEGER NOT NULL DEFAULT 0       -- seen events that are gone
);

-- What came in. Appended, never changed, so that a payload is written once.
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL,
  received INTEGER NOT NULL,
  payload BLOB NOT NULL                   -- an admitted message as JSON
);

-- Where each event stands. The state leads the key: what is held is one short range, whatever else is kept.
CREATE TABLE spool (
  state INTEGER NOT NULL,                 -- see spool.rs
  id INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  bytes INTEGER NOT NULL,                 -- of the payload
  since INTEGER NOT NULL,                 -- when it came into this state
  refusals INTEGER NOT NULL,              -- how often it came back from a session
  session TEXT,                           -- who has it; set if and only if it is sent
  PRIMARY KEY (state, id)
) WITHOUT ROWID;

-- Admitted messages that are remembered: 16 bytes of a digest over conversation, message and revision.
CREATE TABLE dedup (
  instance INTEGER NOT NULL,
  key BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (instance, key)
) WITHOUT ROWID;

-- Signed requests that are remembered.
CREATE TABLE replay (
  instance INTEGER NOT NULL,
  key BLOB NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (instance, key)
) WITHOUT ROWID;

-- What a channel keeps between calls.
CREATE TABLE store (
  instance INTEGER NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (instance, key)
) WITHOUT ROWID;

-- Effects that are performed again after a restart.
CREATE TABLE timer (
  instance INTEGER NOT NULL,
  name TEXT NOT NULL,
  due INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (instance, name)
) WITHOUT ROWID;
CREATE TABLE connection (
  instance INTEGER NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  headers TEXT NOT NULL,                  -- JSON: pairs of name and value
  PRIMARY KEY (instance, name)
) WITHOUT ROWID;

-- Counts for `status`: what was dropped, refused, met again, and when last.
CREATE TABLE tally (
  instance INTEGER NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (instance, reason)
) WITHOUT ROWID;

-- Which digest a compiled file must have before it is loaded.
CREATE TABLE compiled (
  component BLOB NOT NULL,
  engine TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (component, engine)
) WITHOUT ROWID;
";

/// Bytes that are not called by themselves any more. What they were called for, and why, is for people.
const QUARANTINE: &str = "
CREATE TABLE quarantine (
  instance INTEGER NOT NULL,
  component BLOB NOT NULL,                -- the digest of the bytes that broke: others are not meant
  reviewed INTEGER NOT NULL,              -- 1 if a person had approved them when they broke
  since INTEGER NOT NULL,
  call TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (instance, component)
) WITHOUT ROWID;
";

/// Layouts 3 and 4 kept one row an instance, and did not know who had approved it: as if a person had, so that approving
/// others lifts it as it did.
const QUARANTINE_OF_BEFORE: &str = "
INSERT INTO quarantine SELECT instance, component, 1, since, call, why FROM quarantine_before;
DROP TABLE quarantine_before;
";

/// Small states of the host itself, as JSON: see document.rs.
const DOCUMENT: &str = "
CREATE TABLE document (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;
";

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// Opens the file for writing, and makes or brings up its tables.
///
/// # Errors
/// The file is no journal, newer than this program, damaged, or can't be written.
pub(super) fn open_writer(path: &Path) -> Result<Connection, JournalError> {
    claim(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = version(&connection, path)?;
    if version != 0 && version < VERSION {
        leave_to_its_owner(path)?;
    }
    // The order matters: another program's file must not be turned into a write-ahead one before it is refused.
    let named = |source: rusqlite::Error| JournalError::opening(path, source);
    write_ahead(&connection).map_err(named)?;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{}; PRAGMA wal_autocheckpoint={}; \
             PRAGMA journal_size_limit={};",
            limits::JOURNAL_WRITER_CACHE >> 10,
            limits::JOURNAL_WAL_PAGES,
            limits::JOURNAL_WAL_BYTES,
        ))
        .map_err(named)?;
    if version != VERSION {
        create(&connection).map_err(named)?;
    }
    Ok(connection)
}

/// An earlier lockgate that runs could not write what it knows of into the tables of now, and nobody would keep it.
fn leave_to_its_owner(path: &Path) -> Result<(), JournalError> {
    match path.parent().and_then(owner_in) {
        Some(Owner { pid, .. }) => Err(JournalError::OlderInUse { path: path.into(), pid }),
        None => Ok(()),
    }
}

/// Opens the file for reading only. The file must exist and be of this program's layout.
///
/// # Errors
/// As [`open_writer`], and if there is no file.
pub(super) fn open_reader(path: &Path) -> Result<Connection, JournalError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection
        .execute_batch(&format!("PRAGMA cache_size=-{};", limits::JOURNAL_READER_CACHE >> 10))
        .map_err(|source| JournalError::opening(path, source))?;
    match version(&connection, path)? {
        0 => Err(JournalError::NotAJournal { path: path.into() }),
        VERSION => Ok(connection),
        _ => Err(JournalError::Older { path: path.into() }),
    }
}

/// Makes the file as ours alone before SQLite sees it; its companions (`-wal`, `-shm`) inherit the mode.
///
/// # Authority
/// The file holds messages: it is 0600, belongs to us, and is never reached through a link.
fn claim(path: &Path) -> Result<(), JournalError> {
    let unwritable = |source| JournalError::unwritable(path, source);
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::NotAJournal { path: path.into() });
    }
    let open = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    let mut file = open.map_err(unwritable)?;
    let found = file.metadata().map_err(unwritable)?;
    if found.mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600))
            .map_err(unwritable)?;
    }
    refuse_foreign(&mut file, path)
}

/// A file that does not begin as SQLite's do is refused here, because SQLite takes a short one for an empty database.
fn refuse_foreign(file: &mut File, path: &Path) -> Result<(), JournalError> {
    let mut head = Vec::with_capacity(16);
    file.take(16)
        .read_to_end(&mut head)
        .map_err(|source| JournalError::unwritable(path, source))?;
    if head.is_empty() || head == b"SQLite format 3\0" {
        return Ok(());
    }
    Err(JournalError::NotAJournal { path: path.into() })
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, JournalError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|source| JournalError::opening(path, source))?;
    connection
        .busy_timeout(limits::JOURNAL_BUSY)
        .map_err(|source| JournalError::opening(path, source))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// The layout's version; 0 for a file without tables.
fn version(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, tables))
    };
    match read().map_err(|source| JournalError::opening(path, source))? {
        (0, 0, 0) => Ok(0),
        (APPLICATION, found @ OLDEST..=VERSION, _) => Ok(found),
        (APPLICATION, found, _) if found > VERSION => Err(JournalError::Newer {
            path: path.into(),
            found,
            known: VERSION,
        }),
        _ => Err(JournalError::NotAJournal { path: path.into() }),
    }
}

/// SQLite answers at once, without its busy handler, if another process does the same at this moment.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let pause = Duration::from_millis(10);
    let mut left = limits::JOURNAL_BUSY;
    loop {
        match connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get::<_, String>(0)) {
            Err(error) if DiskKind::from(&error) == DiskKind::Busy && left > pause => {
                left -= pause;
                std::thread::sleep(pause);
            }
            other => return other.map(drop),
        }
    }
}

/// Makes the tables that are missing, unless another process has made them since we looked.
fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let made = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    if made == 0 {
        connection.execute_batch(TABLES)?;
    }
    if made < 4 {
        connection.execute_batch(DOCUMENT)?;
    }
    if made < VERSION {
        let has_quarantines = made >= 3;
        if has_quarantines {
            connection.execute_batch("ALTER TABLE quarantine RENAME TO quarantine_before")?;
        }
        connection.execute_batch(QUARANTINE)?;
        if has_quarantines {
            connection.execute_batch(QUARANTINE_OF_BEFORE)?;
        }
        connection.execute_batch(&format!(
            "PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION};"
        ))?;
    }
    connection.execute_batch("COMMIT")
}

/// Copies the write-ahead log into the file and empties it; if somebody reads just now, the next round does.
pub(super) fn cut_log(path: &Path) -> Result<(), JournalError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|source| JournalError::opening(path, source))
}
