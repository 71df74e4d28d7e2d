//! Bounds of the journal's own work: its locks, its caches, what it remembers in memory and how far its log grows.

use std::time::Duration;

/// How long one process waits for another's lock on the journal.
pub const JOURNAL_BUSY: Duration = Duration::from_secs(5);
/// Bytes of page cache of the journal's writer.
pub const JOURNAL_WRITER_CACHE: usize = 4 << 20;
/// Bytes of page cache of one reading connection.
pub const JOURNAL_READER_CACHE: usize = 256 << 10;
/// Reading connections that are kept for the next reader.
pub const JOURNAL_READERS: usize = 4;
/// How long after a commit a reader is given its events without asking the file: no longer than a read and a write to a
/// session may take anyway.
pub const FRESH_FOR: Duration = Duration::from_millis(5);
/// Events that are kept for that.
pub const FRESH_EVENTS: usize = 512;
/// Bytes of their payload.
pub const FRESH_BYTES: usize = 256 << 10;
/// Signed requests of a channel that are learned from the journal, so that it is not asked for new ones; of a channel that
/// has more it is.
pub const KNOWN_LEARNED: usize = 32 << 10;
/// Signed requests of a channel that are kept in memory, 8 bytes each, until they are learned anew.
pub const KNOWN_KEPT: usize = 64 << 10;
/// Pages of the write-ahead log after which it is copied into the file. Not more: with each page that is in it the same
/// pages take longer to be put there again, and what is written over an old log syncs faster than what makes it longer.
pub const JOURNAL_WAL_PAGES: usize = 1_000;
/// Bytes to which the write-ahead log is cut back afterwards.
pub const JOURNAL_WAL_BYTES: usize = 16 << 20;
/// Components of one instance that are kept in quarantine; of more, the oldest that nobody approved are forgotten.
pub const QUARANTINES: u32 = 16;
