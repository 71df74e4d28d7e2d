//! What can go wrong with the journal, in words that say what to do. Decides nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::model::{ChannelName, EventId, InstanceId};

/// Why SQLite could not do its work. Cloned to every call of a group that failed together.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}")]
pub struct Disk {
    /// What kind of failure.
    pub kind: DiskKind,
    /// SQLite's own words.
    #[source]
    source: Arc<rusqlite::Error>,
}

/// The kinds of failure that a caller can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiskKind {
    /// No space left.
    #[error("the journal can't grow because the disk is full; free some space, nothing has to be restarted")]
    Full,
    /// The file or its file system can't be written.
    #[error("the journal is read-only; make its folder writable for your user")]
    ReadOnly,
    /// Another process has been writing for longer than `limits::JOURNAL_BUSY`.
    #[error("another process keeps the journal locked; find it with `lockgate status`")]
    Busy,
    /// The medium failed.
    #[error("the journal can't be read or written; look at the disk")]
    Io,
    /// The file is damaged.
    #[error("the journal is damaged; stop lockgate, keep the file, and start with a copy from a backup or without it")]
    Damaged,
    /// Something that should not happen.
    #[error("the journal's database refused; please report this")]
    Refused,
}

impl From<rusqlite::Error> for Disk {
    fn from(error: rusqlite::Error) -> Self {
        Self {
            kind: DiskKind::from(&error),
            source: Arc::new(error),
        }
    }
}

impl From<&rusqlite::Error> for DiskKind {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            // What can't be opened beside a file that could be is its log: the folder is not ours to write.
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::SystemIoFailure) => Self::Io,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Refused,
        }
    }
}

/// Why the journal could not be opened, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file holds something else.
    #[error("{} is no journal of lockgate; move it away, or choose another folder with LOCKGATE_HOME", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// A later lockgate has written it.
    #[error("{} has layout {found} and this lockgate knows {known}; use the newer lockgate again", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout's version.
        found: i64,
        /// The last one that this program knows.
        known: i64,
    },
    /// An earlier lockgate has written it, and this one was only to read.
    #[error("{} has the layout of an earlier lockgate; it is brought up when a session starts, or run `lockgate add`", path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// The same, and the one who has written it still runs the channels with it.
    #[error("{} has the layout of an earlier lockgate, which still runs the channels (process {pid}); end its session, and do this again", path.display())]
    OlderInUse {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        pid: u32,
    },
    /// The file or its folder can't be written.
    #[error("{} can't be opened for writing; make it and its folder yours and writable", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite could not open the file.
    #[error("{} can't be opened: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Disk,
    },
    /// The operating system gave no thread to write with.
    #[error("no thread for the journal's writer; raise the limit of processes (ulimit -u)")]
    Thread(#[source] io::Error),
    /// No such instance, or it has been removed.
    #[error("channel instance {} does not exist any more; run `lockgate status`", .0.0)]
    NoInstance(InstanceId),
    /// The integrity check found something.
    #[error("the journal is unsound: {0}; stop lockgate and keep a copy of the file")]
    Unsound(String),
    /// A part of the host's own state makes no sense.
    #[error(
        "what the journal holds under `{name}` can't be read; use the newer lockgate again, or keep a copy of the file and start without it"
    )]
    Document {
        /// Its name.
        name: &'static str,
        /// The parser's words.
        #[source]
        source: serde_json::Error,
    },
    /// A part of the host's own state would grow beyond its bound.
    #[error("the journal can't hold more under `{name}`; please report this")]
    DocumentTooLarge {
        /// Its name.
        name: &'static str,
    },
    /// It can't be read or written just now.
    #[error(transparent)]
    Disk(#[from] Disk),
    /// The writer has stopped.
    #[error("the journal is closed; start lockgate again")]
    Closed,
}

impl JournalError {
    pub(super) fn opening(path: &Path, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAJournal { path: path.into() },
            _ => Self::Open {
                path: path.into(),
                source: source.into(),
            },
        }
    }

    pub(super) fn unwritable(path: &Path, source: io::Error) -> Self {
        Self::Unwritable {
            path: path.into(),
            source,
        }
    }
}

/// Why a call was not committed. Nothing of it has happened.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A key that the call had checked has another value now: run the call again.
    #[error("the key `{key}` was changed by another call; run the call again")]
    Changed {
        /// Which key.
        key: String,
    },
    /// The signed request was taken before.
    #[error("the request has been taken already; nothing to do")]
    Replayed,
    /// More events wait than the channel may have.
    #[error("{events} events ({bytes} bytes) of {channel} wait for a session; open one, or run `lockgate status`")]
    SpoolFull {
        /// The channel.
        channel: ChannelName,
        /// Events that wait.
        events: u64,
        /// Bytes of their payload.
        bytes: u64,
    },
    /// The store would grow over `limits::STORE_BYTES`.
    #[error("the store of {channel} would grow to {bytes} bytes; the channel has to delete something")]
    StoreFull {
        /// The channel.
        channel: ChannelName,
        /// What it would be.
        bytes: u64,
    },
    /// One timer more than `limits::TIMERS`.
    #[error("{channel} has too many timers; it has to use names again")]
    TooManyTimers {
        /// The channel.
        channel: ChannelName,
    },
    /// One connection more than `limits::CONNECTIONS`.
    #[error("{channel} has too many connections; it has to close one")]
    TooManyConnections {
        /// The channel.
        channel: ChannelName,
    },
    /// The instance has been removed.
    #[error("{channel} has been removed; add it again with `lockgate add`")]
    Ended {
        /// The channel.
        channel: ChannelName,
    },
    /// A message could not be put into words of the file.
    #[error("a message can't be written as JSON; please report this")]
    Unwritable(#[source] serde_json::Error),
    /// The disk is full, read-only or broken.
    #[error(transparent)]
    Disk(#[from] Disk),
    /// The writer has stopped.
    #[error("the journal is closed; start lockgate again")]
    Closed,
}

/// An error of a call on the journal, as the writer sees it.
pub(super) trait Fault: From<Disk> + Send + 'static {
    /// The writer has stopped.
    fn closed() -> Self;
    /// The disk's fault, if it is one.
    fn disk(&self) -> Option<&Disk>;
}

impl Fault for JournalError {
    fn closed() -> Self {
        Self::Closed
    }
    fn disk(&self) -> Option<&Disk> {
        if let Self::Disk(disk) = self { Some(disk) } else { None }
    }
}

impl Fault for CommitError {
    fn closed() -> Self {
        Self::Closed
    }
    fn disk(&self) -> Option<&Disk> {
        if let Self::Disk(disk) = self { Some(disk) } else { None }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Disk(error.into())
    }
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Disk(error.into())
    }
}

/// Logged when a row can't be read; the rows behind it are not stopped by it.
pub(super) fn unreadable(event: EventId, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(%event, error, "an event in the journal can't be read; run `lockgate status --check`");
}
