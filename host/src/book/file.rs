//! The file itself: looked at without being read, read whole or not at all, and replaced under a lock. What stands in it
//! means nothing here.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::BookError;
use crate::limits;
use crate::model::UnixMillis;
use crate::paths::Home;

/// The file's name, beside `lockgate.toml`.
const ACCESS_FILE: &str = "access.toml";
/// Whoever changes the file locks this one, which is never replaced.
const LOCK_FILE: &str = ".access.lock";

/// What tells one state of the file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// There is none.
    Absent,
    /// A file, or what stands in its place.
    There {
        place: (u64, u64),
        bytes: u64,
        modified: (i64, i64),
        changed: (i64, i64),
    },
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self::There {
            place: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The file's present mark; a link is not followed.
    pub fn now(path: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Self::of(&metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Absent),
            Err(error) => Err(error),
        }
    }

    /// Whether the last change is so long ago that a further one bears another time. The time of change is the
    /// system's: nobody can set it.
    pub fn is_settled(self, now: UnixMillis) -> bool {
        let Self::There {
            changed: (seconds, _), ..
        } = self
        else {
            return true;
        };
        let wait = limits::ACCESS_SETTLED.as_secs().cast_signed() + 1;
        (now.0 / 1_000).cast_signed() >= seconds.saturating_add(wait)
    }
}

/// Where the file is.
pub(super) fn path(home: &Home) -> PathBuf {
    home.config_dir().join(ACCESS_FILE)
}

/// The file's text, and the mark of the state that was read; no text if there is no file. One that is replaced in the middle
/// of it is read anew, so that a change of one person's place does not silence all others for a message.
///
/// # Authority
/// Only a file of ours that nobody else can write, in a folder of ours that nobody else can write, says who is heard.
pub(super) fn read(home: &Home) -> Result<(Mark, Option<String>), BookError> {
    for _ in 1..limits::ACCESS_READS {
        match read_once(home) {
            Err(BookError::Changing(_)) => {}
            read => return read,
        }
    }
    read_once(home)
}

fn read_once(home: &Home) -> Result<(Mark, Option<String>), BookError> {
    let path = path(home);
    let failed = |source| BookError::File {
        path: path.clone(),
        source,
    };
    if Mark::now(&path).map_err(failed)? == Mark::Absent {
        return Ok((Mark::Absent, None));
    }
    home.open_config().map_err(BookError::Folder)?;
    // Without waiting: a named pipe must not hold the gate up.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(&path);
    let mut file = match opened {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => return Err(BookError::Link(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Mark::Absent, None)),
        opened => opened.map_err(failed)?,
    };
    let before = file.metadata().map_err(failed)?;
    check(&before, &path)?;
    let mut bytes = Vec::new();
    (&mut file)
        .take(limits::ACCESS_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > limits::ACCESS_BYTES {
        return Err(BookError::TooLarge(path));
    }
    let mark = Mark::of(&before);
    if Mark::of(&file.metadata().map_err(failed)?) != mark {
        return Err(BookError::Changing(path));
    }
    let text = String::from_utf8(bytes).map_err(|_| BookError::NoText(path))?;
    Ok((mark, Some(text)))
}

fn check(metadata: &Metadata, path: &Path) -> Result<(), BookError> {
    let path = path.to_owned();
    if !metadata.is_file() {
        return Err(BookError::NoFile(path));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let owner = metadata.uid();
        return Err(BookError::Foreign { path, owner });
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(BookError::WritableByOthers { path, mode });
    }
    Ok(())
}

/// The right to replace the file, until it is dropped. Waits for whoever has it.
pub(super) fn lock(home: &Home) -> Result<File, BookError> {
    home.open_config().map_err(BookError::Folder)?;
    let path = home.config_dir().join(LOCK_FILE);
    let failed = |source| BookError::File {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&path)
        .map_err(failed)?;
    flock(&file, FlockOperation::LockExclusive).map_err(|errno| failed(errno.into()))?;
    Ok(file)
}
