//! How much a guest's folder may hold, and how much it holds. Every change goes through the lock, so that overlapping
//! calls can't overshoot together; what is there is counted again after a call has removed something.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;
use wasmtime_wasi::p2::FsError;

use crate::limits;
use crate::sandbox::Refusals;

/// The bounds of one folder. Shared by the calls that see it.
#[derive(Debug)]
pub struct Quota {
    folder: PathBuf,
    bytes: u64,
    files: u64,
    held: Arc<tokio::sync::Mutex<Held>>,
    users: Mutex<Users>,
    /// Of a folder of the operator's: what it held before is not counted, and what goes is not given back.
    added: Option<Arc<Refusals>>,
}

/// What a folder holds, as far as it is counted: never less than it takes on the disk, but for the rounding of files
/// to blocks, which the number of files bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Bytes, by the length of files.
    pub bytes: u64,
    /// Files and folders.
    pub files: u64,
}

/// A file that was removed takes its place on the disk until the last call that may have it open has ended. Only then
/// is the folder counted again.
#[derive(Debug, Default)]
struct Users {
    calls: usize,
    removed: bool,
    uncounted: bool,
}

/// One call sees the folder as long as this lives.
#[derive(Debug)]
pub struct Using(Arc<Quota>);

/// The right to change a folder; nobody else does meanwhile.
pub struct Change {
    quota: Arc<Quota>,
    held: OwnedMutexGuard<Held>,
}

impl Quota {
    /// A folder that stays between calls, with whatever stands in it now.
    pub fn lasting(folder: PathBuf, bytes: u64) -> Arc<Self> {
        let users = Users {
            uncounted: true,
            ..Users::default()
        };
        Self::new(folder, bytes, limits::DATA_FILES, users, None)
    }

    /// A folder of the operator's, to which a channel may add so many bytes and `limits::DATA_FILES` files from now on. What
    /// stands in it is never counted, as it may be much: bytes that are written over cost nothing, and bytes of a file that is
    /// removed stay added. What does not fit is counted as refused.
    pub fn adding(folder: PathBuf, bytes: u64, refusals: Arc<Refusals>) -> Arc<Self> {
        Self::new(folder, bytes, limits::DATA_FILES, Users::default(), Some(refusals))
    }

    /// The empty folder of one call. What the host has put there is not counted.
    pub(in crate::sandbox) fn of_call(folder: PathBuf) -> Arc<Self> {
        let (bytes, files) = (limits::INBOX_BYTES_PER_CALL, limits::INBOX_FILES_PER_CALL);
        Self::new(folder, bytes, files, Users::default(), None)
    }

    fn new(folder: PathBuf, bytes: u64, files: u64, users: Users, added: Option<Arc<Refusals>>) -> Arc<Self> {
        Arc::new(Self {
            folder,
            bytes,
            files,
            held: Arc::default(),
            users: Mutex::new(users),
            added,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(in crate::sandbox) fn enter(self: &Arc<Self>) -> Using {
        self.users().calls += 1;
        Using(Arc::clone(self))
    }

    /// Waits for the other changes, and counts what is there if that is not known.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(in crate::sandbox) async fn change(self: &Arc<Self>) -> io::Result<Change> {
        let held = Arc::clone(&self.held).lock_owned().await;
        let mut change = Change {
            quota: Arc::clone(self),
            held,
        };
        if self.users().uncounted {
            let folder = self.folder.clone();
            let counted = tokio::task::spawn_blocking(move || count(&folder)).await;
            *change.held = counted.map_err(io::Error::other)??;
            self.users().uncounted = false;
        }
        Ok(change)
    }

    fn count_full(&self) {
        if let Some(refusals) = &self.added {
            refusals.count("folder-full");
        }
    }

    // A poisoned lock only means that another call panicked between two assignments of plain values.
    fn users(&self) -> std::sync::MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Using {
    pub(in crate::sandbox) fn quota(&self) -> &Arc<Quota> {
        &self.0
    }
}

impl Drop for Using {
    fn drop(&mut self) {
        let mut users = self.0.users();
        users.calls -= 1;
        if users.calls == 0 && std::mem::take(&mut users.removed) {
            users.uncounted = true;
        }
    }
}

impl Change {
    /// Whether another file or folder fits.
    pub(in crate::sandbox) fn fits_file(&self) -> bool {
        let fits = self.held.files < self.quota.files;
        if !fits {
            self.quota.count_full();
        }
        fits
    }

    /// One more.
    pub(in crate::sandbox) fn added(&mut self) {
        self.held.files += 1;
    }

    /// What was added was not made.
    pub(in crate::sandbox) fn undone(&mut self) {
        self.held.files = self.held.files.saturating_sub(1);
    }

    /// One less. Its bytes count until nobody can have it open.
    pub(in crate::sandbox) fn removed(&mut self) {
        self.held.files = self.held.files.saturating_sub(1);
        self.quota.users().removed = self.quota.added.is_none();
    }

    /// A file was cut, and its bytes are free at once.
    pub(in crate::sandbox) fn cut(&mut self, bytes: u64) {
        self.held.bytes = self.held.bytes.saturating_sub(bytes);
    }

    /// Writes all of it or nothing: at `at`, or at the file's end. Blocks.
    ///
    /// # Errors
    /// There is no space for it, in the quota or on the disk.
    pub(in crate::sandbox) fn write(&mut self, file: &File, at: Option<u64>, bytes: &[u8]) -> io::Result<u64> {
        let before = file.metadata()?.len();
        let begin = at.unwrap_or(before);
        let end = begin.checked_add(bytes.len() as u64).ok_or(rustix::io::Errno::FBIG)?;
        self.reserve(before, end)?;
        let written = file.write_all_at(bytes, begin);
        // Also after a failure: part of it may stand there.
        self.held.bytes += file.metadata()?.len().saturating_sub(before);
        written.map(|()| bytes.len() as u64)
    }

    /// Makes a file longer or shorter. A hole counts as what it could become. Blocks.
    ///
    /// # Errors
    /// As `write`.
    pub(in crate::sandbox) fn set_size(&mut self, file: &File, size: u64) -> io::Result<()> {
        let before = file.metadata()?.len();
        self.reserve(before, size)?;
        file.set_len(size)?;
        self.held.bytes = (self.held.bytes + size.saturating_sub(before)).saturating_sub(before.saturating_sub(size));
        Ok(())
    }

    fn reserve(&self, before: u64, after: u64) -> io::Result<()> {
        let left = self.quota.bytes.saturating_sub(self.held.bytes);
        if after.saturating_sub(before) > left {
            self.quota.count_full();
            return Err(rustix::io::Errno::NOSPC.into());
        }
        Ok(())
    }
}

/// Takes back what was counted in advance, if nothing was made. After a trap, or if the call ends meanwhile, something may
/// have been, and it stays counted.
pub(in crate::sandbox) fn plainly(error: FsError, undo: impl FnOnce()) -> FsError {
    match error.downcast() {
        Ok(code) => {
            undo();
            code.into()
        }
        Err(trap) => FsError::trap(trap),
    }
}

/// What stands in a folder, without following links.
fn count(folder: &Path) -> io::Result<Held> {
    let (mut held, mut left) = (Held::default(), vec![folder.to_owned()]);
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            held.files += 1;
            if about.is_dir() {
                left.push(entry.path());
            } else {
                held.bytes += about.len();
            }
        }
    }
    Ok(held)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn nospace(error: &io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::NOSPC.raw_os_error())
    }

    #[tokio::test]
    async fn growth_counts_and_overwriting_does_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("old"), [0; 40]).unwrap();
        let quota = Quota::lasting(dir.path().to_owned(), 100);
        let file = File::create_new(dir.path().join("new")).unwrap();
        let mut change = quota.change().await.unwrap();
        assert_eq!(*change.held, Held { bytes: 40, files: 2 });
        assert_eq!(change.write(&file, Some(0), &[1; 50]).unwrap(), 50);
        assert_eq!(change.write(&file, Some(0), &[2; 50]).unwrap(), 50);
        assert_eq!(change.held.bytes, 90);
        // Neither at the end, nor far behind it, nor as a hole.
        assert!(nospace(&change.write(&file, None, &[3; 11]).unwrap_err()));
        assert!(nospace(&change.write(&file, Some(1 << 40), &[3]).unwrap_err()));
        assert!(change.write(&file, Some(u64::MAX), &[3; 2]).is_err());
        assert!(nospace(&change.set_size(&file, 61).unwrap_err()));
        change.set_size(&file, 0).unwrap();
        assert_eq!(change.write(&file, None, &[4; 60]).unwrap(), 60);
        assert_eq!(change.held.bytes, 100);
    }

    #[tokio::test]
    async fn what_was_removed_counts_until_nobody_can_have_it_open() {
        let dir = tempfile::tempdir().unwrap();
        let quota = Quota::lasting(dir.path().to_owned(), 100);
        let (one, two) = (quota.enter(), quota.enter());
        let path = dir.path().join("a");
        let file = File::create_new(&path).unwrap();
        let mut change = quota.change().await.unwrap();
        change.write(&file, Some(0), &[1; 60]).unwrap();
        std::fs::remove_file(&path).unwrap();
        change.removed();
        drop(change);
        drop(one);
        assert_eq!(quota.change().await.unwrap().held.bytes, 60);
        drop(two);
        assert_eq!(*quota.change().await.unwrap().held, Held::default());
    }

    #[tokio::test]
    async fn what_an_operators_folder_holds_costs_nothing_and_nothing_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("old"), [0; 4_000]).unwrap();
        let refusals = Arc::new(Refusals::default());
        let quota = Quota::adding(dir.path().to_owned(), 100, Arc::clone(&refusals));
        let using = quota.enter();
        let mut change = quota.change().await.unwrap();
        let old = File::options().write(true).open(dir.path().join("old")).unwrap();
        assert_eq!(change.write(&old, Some(0), &[1; 4_000]).unwrap(), 4_000);
        let new = File::create_new(dir.path().join("new")).unwrap();
        assert_eq!(change.write(&new, Some(0), &[1; 100]).unwrap(), 100);
        assert!(nospace(&change.write(&new, None, &[1]).unwrap_err()));
        std::fs::remove_file(dir.path().join("new")).unwrap();
        change.removed();
        drop((change, using));
        let mut change = quota.change().await.unwrap();
        assert!(nospace(&change.write(&old, None, &[1]).unwrap_err()));
        assert_eq!(refusals.take().into_iter().collect::<Vec<_>>(), [("folder-full", 2)]);
    }

    #[tokio::test]
    async fn overlapping_calls_do_not_overshoot_together() {
        let dir = tempfile::tempdir().unwrap();
        let quota = Quota::lasting(dir.path().to_owned(), 1_000);
        let writers = (0..20).map(|n| {
            let (quota, path) = (Arc::clone(&quota), dir.path().join(n.to_string()));
            tokio::spawn(async move {
                let file = File::create_new(path).unwrap();
                let mut change = quota.change().await.unwrap();
                change.write(&file, Some(0), &[1; 90]).is_ok()
            })
        });
        let mut written = 0;
        for writer in writers.collect::<Vec<_>>() {
            written += u64::from(writer.await.unwrap());
        }
        assert_eq!(written, 11);
        assert_eq!(count(dir.path()).unwrap().bytes, 990);
    }
}
