//! From the path that the operator wrote to the file that is run. Whoever can change a folder or a link on the way decides
//! what is run, so each of them belongs to the operator or the system, nobody else can write to it, and neither can the
//! channel itself. Looked at each time, right before the program is started by the path that was found.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::paths::{Reached, StepError, follow};

/// Why a program is not run.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// It is not there.
    #[error(transparent)]
    Step(#[from] StepError),
    /// Somebody else's.
    #[error("{} belongs to another user, who could change what is run", .0.display())]
    Foreign(PathBuf),
    /// Others can write to it.
    #[error("{path} can be written by others, who could change what is run: run `chmod go-w {path}`", path = .0.display())]
    WritableByOthers(PathBuf),
    /// The channel can write to it.
    #[error(
        "the way to {} leads through {}, where the channel may write: it could change what is run; keep the file \
         elsewhere, or take `access = \"write\"` out of that folder's line", file.display(), folder.display()
    )]
    WritableByChannel {
        /// The program, or a file that it is always given.
        file: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// A folder, a device, a file without permission to be run.
    #[error("{} is no program: it is no regular file that can be run", .0.display())]
    NoProgram(PathBuf),
}

/// The file itself, without a link on the way to it. Blocks.
///
/// # Errors
/// It is no program, or somebody else could have put it there: also the channel, which writes to `writable`.
pub fn find(path: &Path, writable: &Reached) -> Result<PathBuf, WayError> {
    let (file, about) = follow(path, |step, about| {
        if writable.holds(about) {
            return Err(by_channel(path, step));
        }
        judge(step, about.uid(), about.mode(), about.is_symlink())
    })?;
    if !is_program(&about) {
        return Err(WayError::NoProgram(file));
    }
    Ok(file)
}

/// Looks whether words that a program is always given name something in a folder that the channel writes to: a script, a
/// configuration, there already or not yet. A path is what a word is, or what begins in it with its first slash. Blocks.
///
/// # Errors
/// One does.
pub fn check_words(words: &[String], writable: &Reached) -> Result<(), WayError> {
    let root = Path::new("/");
    let paths = words.iter().flat_map(|word| {
        let later = word.find('/').map(|at| &word[at..]);
        [Some(word.as_str()), later].into_iter().flatten()
    });
    for path in paths {
        // Programs are started in the root.
        let path = root.join(path);
        if let Some(folder) = writable.on_the_way(&path) {
            return Err(by_channel(&path, &folder));
        }
    }
    Ok(())
}

fn is_program(about: &Metadata) -> bool {
    about.is_file() && about.mode() & 0o111 != 0
}

fn by_channel(file: &Path, folder: &Path) -> WayError {
    WayError::WritableByChannel {
        file: file.to_owned(),
        folder: folder.to_owned(),
    }
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
