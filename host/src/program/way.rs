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
    /// Others can write to what is the operator's own.
    #[error("{path} can be written by others, who could change what is run: run `chmod go-w {path}`", path = .0.display())]
    WritableByOthers(PathBuf),
    /// Others can write to what belongs to the system, or is meant to be everybody's.
    #[error(
        "{} can be written by others, who could change what is run: move the program to a folder that only you can write",
        .0.display()
    )]
    Shared(PathBuf),
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
        judge(step, &Owned::of(about), rustix::process::geteuid().as_raw())
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

/// Whose something is, and who may write to it.
#[derive(Debug, Clone, Copy)]
struct Owned {
    uid: u32,
    mode: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Link,
    Other,
}

impl Owned {
    fn of(about: &Metadata) -> Self {
        let kind = match (about.is_dir(), about.is_symlink()) {
            (true, _) => Kind::Folder,
            (_, true) => Kind::Link,
            _ => Kind::Other,
        };
        Self {
            uid: about.uid(),
            mode: about.mode(),
            kind,
        }
    }

    fn is_sticky(self) -> bool {
        self.kind == Kind::Folder && self.mode & 0o1000 != 0
    }
}

/// One step of the way. In a sticky folder of the system's others can add, and not exchange what is there: that has an
/// owner of its own, who is judged at the next step.
fn judge(path: &Path, step: &Owned, operator: u32) -> Result<(), WayError> {
    if step.uid != 0 && step.uid != operator {
        return Err(WayError::Foreign(path.to_owned()));
    }
    // The mode of a link means nothing: who may change it is said by its folder.
    if step.kind == Kind::Link || step.mode & 0o022 == 0 {
        return Ok(());
    }
    match (step.is_sticky(), step.uid == operator) {
        (true, _) if step.uid == 0 => Ok(()),
        (false, true) => Err(WayError::WritableByOthers(path.to_owned())),
        _ => Err(WayError::Shared(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_operators_own_is_to_be_closed_by_him() {
        let check = |uid: u32, mode: u32, kind: Kind, expected: &str| {
            let judged = judge(Path::new("/a"), &Owned { uid, mode, kind }, 1_000);
            let said = judged.map_or_else(|error| error.to_string(), |()| String::new());
            assert!(
                said.contains(expected) && said.is_empty() == expected.is_empty(),
                "{uid} {mode:o} {kind:?}: {said}"
            );
        };
        check(0, 0o755, Kind::Folder, "");
        check(1_000, 0o755, Kind::Other, "");
        check(0, 0o1777, Kind::Folder, "");
        check(1_001, 0o755, Kind::Folder, "belongs to another user");
        check(1_001, 0o1777, Kind::Folder, "belongs to another user");
        check(1_001, 0o777, Kind::Link, "belongs to another user");
        check(1_000, 0o777, Kind::Link, "");
        check(1_000, 0o775, Kind::Folder, "run `chmod go-w /a`");
        check(1_000, 0o757, Kind::Other, "run `chmod go-w /a`");
        // Sticky means nothing for a file.
        check(
            0,
            0o1757,
            Kind::Other,
            "move the program to a folder that only you can write",
        );
        check(0, 0o777, Kind::Folder, "move the program");
        check(1_000, 0o1777, Kind::Folder, "move the program");
    }
}
