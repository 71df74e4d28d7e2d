//! A folder for the length of one call: a guest's `/inbox` or `/outbox`. Gone soon after it is dropped, whatever the call did.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use ring::rand::SecureRandom;

use super::FilesError;
use crate::paths::StateDir;

/// Owner of one folder.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// An empty folder for us alone. Blocks, for as long as one `mkdir` takes.
    ///
    /// # Errors
    /// The disk is full, or the state folder can't be written.
    pub fn make(state: &StateDir) -> Result<Self, FilesError> {
        let parent = state.scratch();
        let failed = |source| FilesError::Scratch {
            path: parent.clone(),
            source,
        };
        let mut random = [0; 12];
        let drawn = ring::rand::SystemRandom::new().fill(&mut random);
        drawn.map_err(|_| failed(std::io::Error::other("the system gives no random bytes")))?;
        let path = parent.join(data_encoding::HEXLOWER.encode(&random));
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what stands in it, apart from the file of this name: a call that is made again finds it as it was.
    pub fn clear(&self, but: Option<&str>) {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| but.is_none_or(|but| entry.file_name() != but)) {
            let _ = remove(&entry.path());
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // To remove a folder can take milliseconds, and nobody should wait for them: neither the call nor the runtime.
        let path = std::mem::take(&mut self.path);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || discard(&path))),
            Err(_) => discard(&path),
        }
    }
}

fn discard(path: &Path) {
    // A write of the guest may still be on its way and make the first try fail. What stays is swept at the next start.
    if let Err(error) = remove(path).or_else(|_| remove(path)) {
        tracing::warn!(path = %path.display(), %error, "a call's folder can't be removed");
    }
}

/// Removes what processes left behind that are gone. For the owner, before it calls a guest.
pub fn sweep(state: &StateDir) {
    let entries = std::fs::read_dir(state.scratch()).into_iter().flatten().flatten();
    for entry in entries {
        if let Err(error) = remove(&entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "an old call's folder can't be removed");
        }
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    }
}
