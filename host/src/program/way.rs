//! From the path that the operator wrote to the file that is run. Whoever can change a folder or a link on the way decides
//! what is run, so each of them belongs to the operator or the system, and nobody else can write to it. Looked at each
//! time, right before the program is started by the path that was found.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::limits;

/// Why a program is not run.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// It is not there.
    #[error("{} can't be looked at: {source}", path.display())]
    Unseen {
        /// As far as we came.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Somebody else's.
    #[error("{} belongs to another user, who could change what is run", .0.display())]
    Foreign(PathBuf),
    /// Others can write to it.
    #[error("{path} can be written by others, who could change what is run: run `chmod go-w {path}`", path = .0.display())]
    WritableByOthers(PathBuf),
    /// Links that lead to links.
    #[error("{} leads over more than {} links", .0.display(), limits::PROGRAM_LINKS)]
    ManyLinks(PathBuf),
    /// A folder, a device, a file without permission to be run.
    #[error("{} is no program: it is no regular file that can be run", .0.display())]
    NoProgram(PathBuf),
}

/// The file itself, without a link on the way to it. Blocks.
///
/// # Errors
/// It is no program, or somebody else could have put it there.
pub fn find(path: &Path) -> Result<PathBuf, WayError> {
    let mut left = parts(path);
    let mut links = 0;
    let mut here = PathBuf::from("/");
    look(&here)?;
    while let Some(name) = left.pop_front() {
        if name == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&name);
        let about = look(&next)?;
        if about.is_symlink() {
            links += 1;
            if links > limits::PROGRAM_LINKS {
                return Err(WayError::ManyLinks(path.to_owned()));
            }
            let target = std::fs::read_link(&next).map_err(|source| unseen(&next, source))?;
            if target.is_absolute() {
                here = PathBuf::from("/");
            }
            parts(&target).into_iter().rev().for_each(|part| left.push_front(part));
            continue;
        }
        here = next;
    }
    let about = look(&here)?;
    if !about.is_file() || about.mode() & 0o111 == 0 {
        return Err(WayError::NoProgram(here));
    }
    Ok(here)
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    names.collect()
}

/// What stands there, if only the operator and the system can change it.
fn look(path: &Path) -> Result<Metadata, WayError> {
    let about = std::fs::symlink_metadata(path).map_err(|source| unseen(path, source))?;
    judge(path, about.uid(), about.mode(), about.is_symlink())?;
    Ok(about)
}

fn judge(path: &Path, owner: u32, mode: u32, is_link: bool) -> Result<(), WayError> {
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(WayError::Foreign(path.to_owned()));
    }
    // The mode of a link means nothing: who may change it is said by its folder.
    if !is_link && mode & 0o022 != 0 {
        return Err(WayError::WritableByOthers(path.to_owned()));
    }
    Ok(())
}

fn unseen(path: &Path, source: io::Error) -> WayError {
    WayError::Unseen {
        path: path.to_owned(),
        source,
    }
}
