//! Opens a file below a folder, part by part. No link is followed anywhere, and what is opened is a regular file with one
//! name. A path is never given to the system as a whole, so nobody can exchange a part of it in between.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat};

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
    let mut here = File::from(open(folder, folder_flags(), Mode::empty()).map_err(unopened)?);
    pass(identity(&here).map_err(unread)?)?;
    for part in folders {
        let next = openat(&here, *part, folder_flags() | OFlags::NOFOLLOW, Mode::empty());
        here = File::from(next.map_err(unopened)?);
        pass(identity(&here).map_err(unread)?)?;
    }
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
