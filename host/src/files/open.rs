//! Opens a file below a folder, part by part. No link is followed anywhere, and what is opened is a regular file with one
//! name. A path is never given to the system as a whole, so nobody can exchange a part of it in between.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat, unlinkat};

use super::FilesError;

/// Device and number of a file: what it is, whatever it is called.
pub type Identity = (u64, u64);

/// Opens `parts` below `folder`, and says how long the file is. `pass` judges every folder on the way. `name` is for
/// errors.
///
/// # Errors
/// A part is no folder, the last one no regular file with one name, or `pass` says no.
pub fn regular(
    folder: &Path,
    parts: &[&str],
    name: &str,
    pass: &mut dyn FnMut(Identity) -> Result<(), FilesError>,
) -> Result<(File, u64), FilesError> {
    let unopened = |error: rustix::io::Errno| FilesError::Unopened {
        name: name.to_owned(),
        source: error.into(),
    };
    let Some((last, folders)) = parts.split_last() else {
        return Err(unopened(rustix::io::Errno::ISDIR));
    };
    let unread = |source| FilesError::Unopened {
        name: name.to_owned(),
        source,
    };
    let here = descend(folder, folders, &unread, pass)?;
    // Asked before it is opened: to open a device can be an act. What counts is what was opened, below.
    let before = statat(&here, *last, AtFlags::SYMLINK_NOFOLLOW).map_err(unopened)?;
    is_file(FileType::from_raw_mode(before.st_mode), name)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(&here, *last, flags, Mode::empty()).map_err(unopened)?);
    let about = file.metadata().map_err(unread)?;
    if !about.is_file() {
        is_file(FileType::Unknown, name)?;
    }
    if about.nlink() != 1 {
        return Err(FilesError::Linked { name: name.to_owned() });
    }
    Ok((file, about.len()))
}

/// A file that was just made.
#[derive(Debug)]
pub struct Fresh {
    /// To be written.
    pub file: File,
    folder: File,
    name: String,
}

impl Fresh {
    /// Takes it away again; what else may stand there by now is nobody's file yet. Blocks.
    pub fn remove(self) {
        // The folder goes with its call anyway.
        let _ = unlinkat(&self.folder, &self.name, AtFlags::empty());
    }
}

/// Makes `parts` below `folder`, for us alone.
///
/// # Errors
/// A part on the way is no folder, or the last one is there.
pub fn create(folder: &Path, parts: &[&str], name: &str) -> Result<Fresh, FilesError> {
    let unmade = |source| FilesError::Unmade {
        name: name.to_owned(),
        source,
    };
    let Some((last, folders)) = parts.split_last() else {
        return Err(unmade(rustix::io::Errno::ISDIR.into()));
    };
    let folder = descend(folder, folders, &unmade, &mut |_| Ok(()))?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&folder, *last, flags, Mode::from_raw_mode(0o600)).map_err(|error| unmade(error.into()))?;
    Ok(Fresh {
        file: File::from(file),
        folder,
        name: (*last).to_owned(),
    })
}

/// Goes down from a folder, one at a time.
fn descend(
    folder: &Path,
    parts: &[&str],
    failed: &dyn Fn(io::Error) -> FilesError,
    pass: &mut dyn FnMut(Identity) -> Result<(), FilesError>,
) -> Result<File, FilesError> {
    let opened = |result: Result<_, rustix::io::Errno>| result.map(File::from).map_err(|error| failed(error.into()));
    let mut here = opened(open(folder, folder_flags(), Mode::empty()))?;
    pass(identity(&here).map_err(failed)?)?;
    for part in parts {
        here = opened(openat(&here, *part, folder_flags() | OFlags::NOFOLLOW, Mode::empty()))?;
        pass(identity(&here).map_err(failed)?)?;
    }
    Ok(here)
}

/// What a folder is, by its ambient path; links are followed.
pub fn folder_identity(folder: &Path) -> io::Result<Identity> {
    identity(&File::from(open(folder, folder_flags(), Mode::empty())?))
}

fn identity(folder: &File) -> io::Result<Identity> {
    let about = folder.metadata()?;
    Ok((about.dev(), about.ino()))
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
}

fn is_file(found: FileType, name: &str) -> Result<(), FilesError> {
    let what = match found {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Symlink => "a link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    Err(FilesError::NoFile {
        name: name.to_owned(),
        what,
    })
}
