//! Files that are nobody else's: written whole or not at all, and files without a name, which are gone with their last
//! descriptor, however the process ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{PathsError, StateDir, unusable};

/// Names that are tried for a file that is to have none.
const NAMES: u32 = 64;

impl StateDir {
    /// Writes a file whole or not at all: a temporary one beside it, synced, renamed, and the folder synced.
    ///
    /// # Errors
    /// The disk is full, or the folder can't be written.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), PathsError> {
        write_private(path, bytes)
    }

    /// The same with all that can be read, a piece at a time.
    ///
    /// # Errors
    /// As [`StateDir::write`], and the reader's.
    pub fn write_from(&self, path: &Path, bytes: &mut impl Read) -> Result<(), PathsError> {
        write_private_from(path, bytes)
    }

    /// An empty file beside this one that has no name, for what is made by somebody else and then written from it.
    ///
    /// # Errors
    /// The disk is full, or the folder can't be written.
    pub fn nameless(&self, beside: &Path) -> Result<File, PathsError> {
        let (_, draft) = draft(beside);
        // Another task may make one for the same file at this moment, and one that was killed may have left its name.
        let mut made = Err(io::ErrorKind::AlreadyExists.into());
        for nth in 0..NAMES {
            made = unlinked(&draft.with_added_extension(nth.to_string()));
            if !matches!(&made, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
                break;
            }
        }
        made.map_err(|source| unusable(&draft, source))
    }
}

/// Writes a file of mode 0600 whole or not at all.
///
/// # Errors
/// The disk is full, or the folder can't be written.
pub fn write_private(path: &Path, mut bytes: &[u8]) -> Result<(), PathsError> {
    write_private_from(path, &mut bytes)
}

/// The same, if `may` still says so when all is on disk but the last step: what takes time is done before.
///
/// # Errors
/// As [`write_private`].
pub fn write_private_if(path: &Path, mut bytes: &[u8], may: impl Fn() -> bool) -> Result<Written, PathsError> {
    write(path, &mut bytes, may)
}

/// What became of a file that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is there.
    Done,
    /// What was there before is there still.
    Left,
}

fn write_private_from(path: &Path, bytes: &mut impl Read) -> Result<(), PathsError> {
    write(path, bytes, || true).map(drop)
}

fn write(path: &Path, bytes: &mut impl Read, may: impl Fn() -> bool) -> Result<Written, PathsError> {
    let (folder, draft) = draft(path);
    let mut write = || -> io::Result<Written> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        io::copy(bytes, &mut file)?;
        file.sync_all()?;
        if !may() {
            std::fs::remove_file(&draft)?;
            return Ok(Written::Left);
        }
        std::fs::rename(&draft, path)?;
        File::open(folder)?.sync_all()?;
        Ok(Written::Done)
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&draft);
        unusable(path, source)
    })
}

fn unlinked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

/// The folder of a file, and what the file is called until it is whole.
fn draft(path: &Path) -> (&Path, PathBuf) {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    (folder, folder.join(format!(".{name}.{}", std::process::id())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Seek, Write};

    use super::super::Home;

    #[test]
    fn a_file_without_a_name_becomes_one_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let state = Home::find(Some(folder.path()), &|_| None)
            .unwrap()
            .open_state(None)
            .unwrap();
        let place = folder.path().join("code");
        let mut file = state.nameless(&place).unwrap();
        file.write_all(b"made elsewhere").unwrap();
        let before = std::fs::read_dir(folder.path()).unwrap().count();
        file.rewind().unwrap();
        state.write_from(&place, &mut file).unwrap();
        assert_eq!(std::fs::read(&place).unwrap(), b"made elsewhere");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before + 1);
        assert!(
            state.nameless(&place).is_ok(),
            "the second one has the same name for a moment"
        );
    }
}
