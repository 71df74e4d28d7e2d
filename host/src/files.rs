//! Files that cross the wall: copies of what a guest left in its `/inbox`, for the model to read, and copies of what the
//! model wants to send, for a guest to read. Paths are opened one folder at a time and no link is followed, so that what
//! is checked is what is copied. Nothing here calls a guest or knows a message.

mod kind;
mod open;
mod scratch;
mod staging;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub use kind::media_type;
pub use open::Fresh;
pub use scratch::{Scratch, sweep};
pub use staging::SendRoots;

use crate::limits;
use crate::model::FileKind;
use crate::text::{self, Bound};

/// A copy in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its name in the inbox folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is, by its first bytes.
    pub kind: FileKind,
}

/// Why a file was not taken over the wall.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no folder for a call.
    #[error("can't make the folder {} for a call: {source}; see that the disk is not full", .path.display())]
    Scratch {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A guest named a file elsewhere.
    #[error("`{name}` is no path below {folder}; name a file that this very call can see there")]
    Elsewhere {
        /// As it was named, clipped.
        name: String,
        /// Where it would have to be, as the guest sees it.
        folder: &'static str,
    },
    /// Neither in the channel's outbox nor below a root.
    #[error(
        "{name} stands neither in {} nor below a folder of send-roots; copy it into that folder, or ask the user to add \
         its folder to send-roots in lockgate.toml",
        .outbox.display()
    )]
    NotBelowRoot {
        /// As it was named, clipped.
        name: String,
        /// The channel's outbox.
        outbox: PathBuf,
    },
    /// A part of the path begins with a dot.
    #[error("{name} has a part that begins with a dot, and such files are never sent; copy it under another name")]
    Hidden {
        /// As it was named, clipped.
        name: String,
    },
    /// The host's own folder.
    #[error("{name} stands in a folder of lockgate's own files, which are never sent; choose another file")]
    OwnFolder {
        /// As it was named, clipped.
        name: String,
    },
    /// It can't be opened.
    #[error("{name} can't be opened: {source}; see that it is there and can be read, and that no part is a link")]
    Unopened {
        /// As it was named, clipped.
        name: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No new file can be made.
    #[error("{name} can't be made: {source}; name a file that is not there yet, in a folder that is")]
    Unmade {
        /// As it was named, clipped.
        name: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A link, a folder, or something else that is no file.
    #[error("{name} is {what}, not a regular file; name a file")]
    NoFile {
        /// As it was named, clipped.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// It has another name elsewhere.
    #[error("{name} is a hard link, so it may be another file under a harmless name; copy it and name the copy")]
    Linked {
        /// As it was named, clipped.
        name: String,
    },
    /// Over the bound.
    #[error("{name} has more than {most} bytes; choose a smaller file")]
    TooLarge {
        /// As it was named, clipped.
        name: String,
        /// The bound.
        most: u64,
    },
    /// It could not be copied.
    #[error("{name} can't be copied to {}: {source}; see that the disk is not full", .to.display())]
    Uncopied {
        /// As it was named, clipped.
        name: String,
        /// Where to.
        to: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Copies a file that a guest left in its `/inbox` to `inbox`, as `<stem>.<extension by content>`. Blocks.
///
/// # Errors
/// It is no regular file with one name below the scratch folder, or too large, or can't be copied.
///
/// # Authority
/// The guest names the file, the host everything else: the folder, the name and the extension.
pub fn take(scratch: &Scratch, guest_path: &str, inbox: &Path, stem: &str) -> Result<Taken, FilesError> {
    let (mut source, bytes) = open_guest(scratch.path(), "/inbox", guest_path)?;
    let shown = shown(guest_path);
    if bytes > limits::FILE_BYTES {
        let most = limits::FILE_BYTES;
        return Err(FilesError::TooLarge { name: shown, most });
    }
    let (extension, kind) = kind::of(&mut source).map_err(|source| FilesError::Unopened {
        name: shown.clone(),
        source,
    })?;
    let name = format!("{stem}.{extension}");
    let bytes = copy(&mut source, &inbox.join(&name), limits::FILE_BYTES, &shown)?;
    Ok(Taken { name, bytes, kind })
}

/// Opens a regular file of a call's folder by the path that the guest gave, and says how long it is. Blocks.
///
/// # Errors
/// The path leads out of the folder, or to no regular file with one name.
pub fn open_guest(folder: &Path, seen_as: &'static str, guest_path: &str) -> Result<(File, u64), FilesError> {
    let parts = parts(seen_as, guest_path)?;
    open::regular(folder, &parts, &shown(guest_path), &mut |_| Ok(()))
}

/// A new file in a call's folder at the path that the guest gave, and how to take it away again. Blocks.
///
/// # Errors
/// The path leads out of the folder, or something stands there already.
pub fn create_guest(folder: &Path, seen_as: &'static str, guest_path: &str) -> Result<Fresh, FilesError> {
    let parts = parts(seen_as, guest_path)?;
    open::create(folder, &parts, &shown(guest_path))
}

impl FilesError {
    /// A guest named a file that is not in `folder`.
    pub fn elsewhere(guest_path: &str, folder: &'static str) -> Self {
        Self::Elsewhere {
            name: shown(guest_path),
            folder,
        }
    }
}

/// The parts of a guest's path below the folder that it sees under this name.
fn parts<'p>(seen_as: &'static str, guest_path: &'p str) -> Result<Vec<&'p str>, FilesError> {
    let elsewhere = || FilesError::elsewhere(guest_path, seen_as);
    let below = guest_path.strip_prefix(seen_as).and_then(|rest| rest.strip_prefix('/'));
    let parts: Vec<&str> = below.ok_or_else(elsewhere)?.split('/').collect();
    let plain = |part: &&str| !matches!(*part, "" | "." | "..") && !part.contains('\0');
    if guest_path.len() > limits::GUEST_PATH_BYTES || !parts.iter().all(plain) {
        return Err(elsewhere());
    }
    Ok(parts)
}

/// The copy of a taken file with this stem, if there is one: with whatever extension it got.
pub fn find(inbox: &Path, stem: &str) -> Option<PathBuf> {
    let paths = kind::EXTENSIONS
        .iter()
        .map(|extension| inbox.join(format!("{stem}.{extension}")));
    paths
        .into_iter()
        .find(|path| std::fs::symlink_metadata(path).is_ok_and(|about| about.is_file()))
}

/// Copies bytes, never the file itself, to a new file for us alone. A file that grows meanwhile is too large.
fn copy(source: &mut File, to: &Path, most: u64, name: &str) -> Result<u64, FilesError> {
    let uncopied = |source| FilesError::Uncopied {
        name: name.to_owned(),
        to: to.to_owned(),
        source,
    };
    // Under a name that nobody is told until all of it is there.
    let part = part_of(to);
    let mut target = std::fs::OpenOptions::new();
    let mut target = target
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(uncopied)?;
    let copied = source
        .rewind()
        .and_then(|()| io::copy(&mut source.take(most + 1), &mut target))
        .and_then(|bytes| target.flush().map(|()| bytes))
        // What is announced must be there after a loss of power, too.
        .and_then(|bytes| target.sync_data().map(|()| bytes));
    let copied = copied.and_then(|bytes| {
        if bytes <= most {
            std::fs::rename(&part, to).map(|()| bytes)
        } else {
            Ok(bytes)
        }
    });
    match copied {
        Ok(bytes) if bytes <= most => Ok(bytes),
        failed => {
            let _ = std::fs::remove_file(&part);
            Err(match failed {
                Ok(_) => FilesError::TooLarge {
                    name: name.to_owned(),
                    most,
                },
                Err(error) => uncopied(error),
            })
        }
    }
}

/// What a file is called while it is copied. Two copies to one name at the same time are two files until then.
fn part_of(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    to.with_file_name(format!(".{name}.{}.part", now.unwrap_or_default().as_nanos()))
}

/// A name in somebody else's words, as it may stand in an error.
fn shown(name: &str) -> String {
    text::terminal(&text::clip(name, Bound::Chars(limits::SHOWN_CHARS)))
}
