//! Why a folder can't be used, in words that end with what to do.

use std::io;
use std::path::PathBuf;

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// No home folder is known.
    #[error("no home folder is known: set HOME, or LOCKGATE_HOME to the folder that lockgate shall use")]
    NoHome,
    /// It can't be made, read or written.
    #[error("can't use {}: {source}; make it writable for you, or set LOCKGATE_HOME to another folder", .path.display())]
    Unusable {
        /// Which folder or file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Somebody else's.
    #[error("{} belongs to another user (uid {owner}); lockgate keeps secrets there, so set LOCKGATE_HOME to a folder of your own", .path.display())]
    Foreign {
        /// Which folder.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Others can write into it.
    #[error("{path} can be written by others (mode {mode:03o}), who could then change what runs as you; run: chmod go-w {path}", path = .path.display())]
    WritableByOthers {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others could put something else in its place.
    #[error("{path} can be written by others (mode {mode:03o}), who could then put another folder in the place of lockgate's below it; run: chmod go-w {path}, or set LOCKGATE_HOME to a folder elsewhere", path = .path.display())]
    WritableAbove {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Its owner could.
    #[error("{} is on the way to lockgate's files and belongs to another user (uid {owner}), who could put something else there; set LOCKGATE_HOME to a folder elsewhere", .path.display())]
    ForeignAbove {
        /// Which folder or link.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// The place of a folder is taken by something that leads elsewhere.
    #[error("{} is no folder but a link or a file that somebody put there; remove it", .0.display())]
    NoFolder(PathBuf),
    /// The model could edit it.
    #[error("{} lies inside {}, where the session works and the model can write; set LOCKGATE_HOME to a folder outside, or start the client elsewhere", .path.display(), .root.display())]
    InsideProject {
        /// The state folder, or that of the operator's files.
        path: PathBuf,
        /// The session's folder.
        root: PathBuf,
    },
}
