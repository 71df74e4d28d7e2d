//! The files of a call: `/inbox`, a scratch folder of this very call (a large body, what a fetch writes); `/outbox`, copies of
//! what is to be sent, to read; `/data`, what the channel keeps, if its manifest asks for it; `/folders/<name>`, a folder of
//! the operator's, if the manifest asks for it and he grants it. Whole files by their full path, such as `/data/7.png`; no
//! folders inside are made here.
//!
//! Files are no part of the call's transaction: what was written to `/data` stays there, also if the call fails. Write a
//! file under a new name, and remember the name in [`store`](crate::store), and a failed call leaves nothing but a file
//! that nobody names.
//!
//! Outside a component (in a channel's own tests) temporary folders stand in.
//!
//! ```
//! use lockgate_sdk::{files, Trouble};
//!
//! fn keep(upload: &str, id: &str) -> Result<u64, Trouble> {
//!     Ok(files::copy(upload, &format!("/data/{id}"))?)
//! }
//! # files::write("/inbox/body", "some bytes")?;
//! # assert_eq!(keep("/inbox/body", "7"), Ok(10));
//! # assert_eq!(files::read("/data/7")?, b"some bytes");
//! # assert_eq!(keep("/inbox/none", "8"), Err(Trouble::rejected("there is no file /inbox/none")));
//! # Ok::<(), Trouble>(())
//! ```

use crate::Trouble;
use std::error::Error;
use std::fmt::{Display, Formatter};

#[cfg(target_arch = "wasm32")]
mod wasi;

#[cfg(not(target_arch = "wasm32"))]
use crate::harness::folders as outside;
#[cfg(target_arch = "wasm32")]
use wasi as outside;

/// Bytes that are read at once when a file is copied; the host gives no more in one call.
const PIECE: usize = 64 << 10;

/// Why a file could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such file; its path.
    Missing(String),
    /// The folder may not hold more; the file's path.
    Full(String),
    /// It may not be done, or can't be.
    Refused {
        /// The file's path.
        path: String,
        /// The system's words.
        why: String,
    },
}

/// The whole file.
///
/// # Errors
/// It is missing, no file, or not in one of the folders of this call.
pub fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let mut file = open(path, Access::Read)?;
    let mut bytes = Vec::new();
    loop {
        let piece = file.read(PIECE)?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&piece);
    }
}

/// Writes a file; one that is there is replaced.
///
/// # Errors
/// The folder is full, can't be written, or is none of this call's.
pub fn write(path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    open(path, Access::Replace)?.write(bytes.as_ref())
}

/// Writes at the end of a file; one that is not there is made.
///
/// # Errors
/// As [`write()`].
pub fn append(path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    open(path, Access::Append)?.write(bytes.as_ref())
}

/// Copies a file, also from one folder to another, and gives its size in bytes. The file is never whole in memory.
///
/// # Errors
/// As [`read`] and [`write()`]. What was copied up to then is removed.
pub fn copy(from: &str, to: &str) -> Result<u64, Failure> {
    let mut source = open(from, Access::Read)?;
    let mut target = open(to, Access::Replace)?;
    let copied = pour(&mut source, &mut target);
    if copied.is_err() {
        drop(target);
        // What went wrong first is what the caller is told.
        let _ = remove(to);
    }
    copied
}

fn pour(source: &mut outside::File, target: &mut outside::File) -> Result<u64, Failure> {
    let mut copied = 0;
    loop {
        let piece = source.read(PIECE)?;
        if piece.is_empty() {
            return Ok(copied);
        }
        target.write(&piece)?;
        copied += piece.len() as u64;
    }
}

/// The file's size in bytes.
///
/// # Errors
/// As [`read`].
pub fn size(path: &str) -> Result<u64, Failure> {
    open(path, Access::Read)?.size()
}

/// Gives a file another name in the same folder; a file of that name is replaced in one step.
///
/// # Errors
/// As [`read`], and if the folders differ: [`copy`] is for that.
pub fn rename(from: &str, to: &str) -> Result<(), Failure> {
    if file(from)? != file(to)? {
        return Err(refused(to, "it is in another folder; copy the file"));
    }
    outside::rename(from, to)
}

/// Takes a file away; one that is not there is no error.
///
/// # Errors
/// It is no file, or its folder can't be written.
pub fn remove(path: &str) -> Result<(), Failure> {
    file(path)?;
    match outside::remove(path) {
        Err(Failure::Missing(_)) => Ok(()),
        done => done,
    }
}

/// The names of what is in a folder, `/data` for instance, in ascending order.
///
/// # Errors
/// It is no folder of this call.
pub fn list(folder: &str) -> Result<Vec<String>, Failure> {
    let mut names = outside::list(folder)?;
    names.sort();
    Ok(names)
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Replace,
    Append,
}

fn open(path: &str, access: Access) -> Result<outside::File, Failure> {
    file(path)?;
    outside::open(path, access)
}

/// The folder of a path that is not the folder itself.
fn file(path: &str) -> Result<&str, Failure> {
    match split(path)? {
        (_, "") => Err(refused(path, "it is a folder")),
        (folder, _) => Ok(folder),
    }
}

/// A path's folder, and what comes after it; that is empty for the folder itself. Nothing leads out of it.
pub(crate) fn split(path: &str) -> Result<(&str, &str), Failure> {
    let folder =
        folder(path).ok_or_else(|| refused(path, "it is not under /inbox, /outbox, /data or a folder of /folders"))?;
    let rest = path[folder.len()..].trim_start_matches('/');
    if rest.split('/').any(|part| part == ".." || part == ".") {
        return Err(refused(path, "a path has no `.` and no `..` in it"));
    }
    Ok((folder, rest))
}

/// The beginning of a path that names its folder.
fn folder(path: &str) -> Option<&str> {
    let after = match path.strip_prefix("/folders/") {
        Some(rest) => {
            let name = rest
                .split('/')
                .next()
                .filter(|name| !matches!(*name, "" | "." | ".."))?;
            "/folders/".len() + name.len()
        }
        None => {
            let known = ["/inbox", "/outbox", "/data"];
            known.into_iter().find(|folder| path.starts_with(*folder))?.len()
        }
    };
    let (folder, rest) = path.split_at(after);
    (rest.is_empty() || rest.starts_with('/')).then_some(folder)
}

pub(crate) fn refused(path: &str, why: impl Into<String>) -> Failure {
    Failure::Refused {
        path: path.into(),
        why: why.into(),
    }
}

impl Display for Failure {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(to, "there is no file {path}"),
            Self::Full(path) => write!(to, "no room for {path}"),
            Self::Refused { path, why } => write!(to, "{path}: {why}"),
        }
    }
}

impl Error for Failure {}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full(_) => Self::Unavailable(failure.to_string()),
            Failure::Missing(_) | Failure::Refused { .. } => Self::Rejected(failure.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_read_and_removed() {
        assert_eq!(write("/data/a", "one"), Ok(()));
        assert_eq!(append("/data/a", " two"), Ok(()));
        assert_eq!(read("/data/a").as_deref(), Ok(&b"one two"[..]));
        assert_eq!(size("/data/a"), Ok(7));
        assert_eq!(rename("/data/a", "/data/c"), Ok(()));
        assert_eq!(append("/data/b", "b"), Ok(()));
        assert_eq!(write("/data/b", ""), Ok(()));
        assert_eq!(size("/data/b"), Ok(0));
        assert_eq!(list("/data"), Ok(vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!((remove("/data/c"), remove("/data/c")), (Ok(()), Ok(())));
        assert_eq!(read("/data/c"), Err(Failure::Missing("/data/c".into())));
    }

    #[test]
    fn a_copy_has_all_pieces() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|at| (at % 251) as u8).collect();
        assert_eq!(write("/inbox/body", &bytes), Ok(()));
        assert_eq!(copy("/inbox/body", "/data/kept"), Ok(bytes.len() as u64));
        assert_eq!(read("/data/kept"), Ok(bytes));
        assert!(matches!(rename("/data/kept", "/inbox/x"), Err(Failure::Refused { .. })));
        assert_eq!(read("/data"), Err(refused("/data", "it is a folder")));
        assert_eq!(remove("/data/"), Err(refused("/data/", "it is a folder")));
    }

    #[test]
    fn a_path_stays_in_its_folder() {
        fn check(path: &str, expected: Option<(&str, &str)>) {
            assert_eq!(split(path).ok(), expected, "{path}");
        }
        check("/data/a", Some(("/data", "a")));
        check("/data", Some(("/data", "")));
        check("/inbox//a/b", Some(("/inbox", "a/b")));
        check("/outbox/..a", Some(("/outbox", "..a")));
        check("/database", None);
        check("data/a", None);
        check("/etc/passwd", None);
        check("/data/../etc", None);
        check("/data/./a", None);
        check("/folders/notes/a/b", Some(("/folders/notes", "a/b")));
        check("/folders/notes", Some(("/folders/notes", "")));
        check("/folders/notes/../other", None);
        check("/folders/..", None);
        check("/folders/", None);
        check("/folders", None);
    }
}
