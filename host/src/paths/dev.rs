//! The mark that `lockgate dev` runs for a channel: a lock that the system frees when that process ends, however it ends. What
//! runs without a review runs only as long as somebody holds it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::{Home, PathsError, StateDir, make_private, unusable};
use crate::model::ChannelName;

/// The folder of the locks.
const FOLDER: &str = "dev";
/// Who only looks holds the lock for a moment.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(10);

/// The lock of one channel, held. Dropping it frees it.
#[derive(Debug)]
pub struct DevLock {
    _file: File,
}

fn path(home: &std::path::Path, channel: &ChannelName) -> PathBuf {
    home.join(FOLDER).join(format!("{channel}.lock"))
}

impl StateDir {
    /// Takes a channel's lock; `None` if another process has it. Blocks for a moment.
    ///
    /// # Errors
    /// The lock's file can't be opened.
    pub fn develop(&self, channel: &ChannelName) -> Result<Option<DevLock>, PathsError> {
        make_private(&self.path().join(FOLDER))?;
        let path = path(self.path(), channel);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|source| unusable(&path, source))?;
        for _ in 0..TRIES {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(DevLock { _file: file })),
                Err(Errno::WOULDBLOCK) => std::thread::sleep(BETWEEN),
                Err(errno) => return Err(unusable(&path, errno.into())),
            }
        }
        Ok(None)
    }
}

impl Home {
    /// Whether somebody holds a channel's lock. What can't be looked at is held by nobody.
    pub fn is_developed(&self, channel: &ChannelName) -> bool {
        let Ok(file) = File::open(path(self.state_dir(), channel)) else {
            return false;
        };
        flock(&file, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_by_one_and_as_long_as_he_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(dir.path()), &|_| None).unwrap();
        let (state, name) = (home.open_state(None).unwrap(), "dev-x".parse().unwrap());
        assert!(!home.is_developed(&name));
        let lock = state.develop(&name).unwrap().unwrap();
        assert!(home.is_developed(&name));
        assert!(!home.is_developed(&"dev-y".parse().unwrap()));
        assert!(state.develop(&name).unwrap().is_none());
        drop(lock);
        assert!(!home.is_developed(&name));
        assert!(state.develop(&name).unwrap().is_some());
    }
}
