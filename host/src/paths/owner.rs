//! The advisory lock that makes one process the owner: the only one that runs channels. The system frees it when the
//! process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{PathsError, StateDir, unusable};
use crate::model::UnixMillis;

/// The lock's file in a state folder.
const LOCK: &str = "host.lock";

/// Who owns, as it wrote into the lock's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its process.
    pub pid: u32,
    /// Since when it has the lock.
    pub since: UnixMillis,
}

/// The lock, held. Dropping it frees it.
#[derive(Debug)]
pub struct OwnerLock {
    _file: File,
}

impl StateDir {
    /// Takes the lock if it is free; `Err(Some(owner))` in the inner result names who has it, if it can be read.
    ///
    /// # Errors
    /// The lock's file can't be opened or written.
    pub fn lock(&self, now: UnixMillis) -> Result<Result<OwnerLock, Option<Owner>>, PathsError> {
        let mut file = self.lock_file()?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => self.signed(file, now).map(Ok),
            Err(Errno::WOULDBLOCK) => Ok(Err(read(&mut file))),
            Err(errno) => Err(self.lock_failed(errno.into())),
        }
    }

    /// Blocks this thread until the lock is free, and takes it.
    ///
    /// # Errors
    /// The lock's file can't be opened or written.
    pub fn wait_for_lock(&self) -> Result<OwnerLock, PathsError> {
        let file = self.lock_file()?;
        flock(&file, FlockOperation::LockExclusive).map_err(|errno| self.lock_failed(errno.into()))?;
        self.signed(file, UnixMillis::now())
    }

    fn lock_file(&self) -> Result<File, PathsError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options
            .open(self.path().join(LOCK))
            .map_err(|source| self.lock_failed(source))
    }

    fn signed(&self, mut file: File, now: UnixMillis) -> Result<OwnerLock, PathsError> {
        let owner = Owner {
            pid: std::process::id(),
            since: now,
        };
        let text = serde_json::to_string(&owner).unwrap_or_default();
        let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|source| self.lock_failed(source))?;
        Ok(OwnerLock { _file: file })
    }

    fn lock_failed(&self, source: std::io::Error) -> PathsError {
        unusable(&self.path().join(LOCK), source)
    }

    /// Who owns now, without taking anything: `None` if nobody does.
    pub fn owner(&self) -> Option<Owner> {
        owner_in(self.path())
    }
}

/// Who owns what is in this state folder now, without taking anything.
pub fn owner_in(folder: &Path) -> Option<Owner> {
    let mut file = File::open(folder.join(LOCK)).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => None,
        Err(_) => read(&mut file),
    }
}

fn read(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(256).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Home;
    use super::*;

    #[test]
    fn the_first_wins_and_the_lock_is_free_when_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let state = Home::find(Some(dir.path()), &|_| None)
            .unwrap()
            .open_state(None)
            .unwrap();
        assert_eq!(state.owner(), None);
        let lock = state.lock(UnixMillis(7)).unwrap().unwrap();
        let me = Owner {
            pid: std::process::id(),
            since: UnixMillis(7),
        };
        assert_eq!(state.lock(UnixMillis(8)).unwrap().unwrap_err(), Some(me));
        assert_eq!(state.owner(), Some(me));
        drop(lock);
        assert!(state.lock(UnixMillis(9)).unwrap().is_ok());
    }
}
