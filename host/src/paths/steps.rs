//! The way that the system takes from the root to what stands at a path, each folder and link on it included. Who can
//! change one of them decides what is found at its end; by text alone that can't be seen. Nothing is opened here.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::limits;

/// Device and number: what a file or a folder is, whatever it is called.
pub type Identity = (u64, u64);

/// Why a way has no end.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It is not there.
    #[error("{} can't be looked at: {source}", path.display())]
    Unseen {
        /// As far as we came.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Links that lead to links.
    #[error("{} leads over more than {} links", .0.display(), limits::LINKS_ON_A_WAY)]
    ManyLinks(PathBuf),
}

/// Folders that a guest reaches, by what they are.
#[derive(Debug, Clone, Default)]
pub struct Reached(Vec<Identity>);

impl Reached {
    /// Those of them that are there.
    pub fn of<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let there = folders.into_iter().filter_map(|folder| std::fs::metadata(folder).ok());
        Self(there.map(|about| identity(&about)).collect())
    }

    /// Whether it is one of them.
    pub fn holds(&self, about: &Metadata) -> bool {
        self.0.contains(&identity(about))
    }

    /// The first of these folders on the way to a path, as far as there is one. Blocks.
    pub fn on_the_way(&self, path: &Path) -> Option<PathBuf> {
        let mut found = None;
        // What comes after a step that is missing can't be there either.
        let _ = follow(path, |step, about| {
            if self.holds(about) && found.is_none() {
                found = Some(step.to_owned());
            }
            Ok::<_, StepError>(())
        });
        found
    }
}

/// What something is.
pub fn identity(about: &Metadata) -> Identity {
    (about.dev(), about.ino())
}

/// Shows each step, from the root on, links before what they lead to; at last what stands there, without a link on the
/// way to it. Blocks.
///
/// # Errors
/// The way has no end, or a step was refused.
pub fn follow<E: From<StepError>>(
    path: &Path,
    mut step: impl FnMut(&Path, &Metadata) -> Result<(), E>,
) -> Result<(PathBuf, Metadata), E> {
    let mut left = parts(path);
    let mut links = 0;
    let mut here = PathBuf::from("/");
    step(&here, &look(&here)?)?;
    while let Some(name) = left.pop_front() {
        if name == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&name);
        let about = look(&next)?;
        step(&next, &about)?;
        if about.is_symlink() {
            links += 1;
            if links > limits::LINKS_ON_A_WAY {
                return Err(StepError::ManyLinks(path.to_owned()).into());
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
    Ok((here, about))
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    names.collect()
}

fn look(path: &Path) -> Result<Metadata, StepError> {
    std::fs::symlink_metadata(path).map_err(|source| unseen(path, source))
}

fn unseen(path: &Path, source: io::Error) -> StepError {
    StepError::Unseen {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_folder_on_the_way_is_found_whatever_it_is_called() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().canonicalize().unwrap().join(name);
        for folder in ["notes/deep", "bin", "other"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("bin/tool"), "").unwrap();
        std::fs::write(at("notes/deep/file"), "").unwrap();
        symlink("notes/deep/file", at("to-file")).unwrap();
        symlink(at("notes"), at("to-notes")).unwrap();
        symlink(at("bin/tool"), at("notes/back")).unwrap();
        symlink("notes/back", at("over")).unwrap();
        let notes = at("notes");
        let reached = Reached::of([notes.as_path(), Path::new("/none")]);
        for (path, expected) in [
            ("notes", true),
            ("notes/deep/file", true),
            ("notes/not/yet", true),
            ("notes/../bin/tool", true),
            ("to-file", true),
            ("to-notes/deep", true),
            // It leads out again, and who can change the link decides where to.
            ("over", true),
            ("bin/tool", false),
            ("other/../bin/tool", false),
            ("none/notes", false),
            ("notes-2", false),
        ] {
            assert_eq!(reached.on_the_way(&at(path)).is_some(), expected, "{path}");
        }
    }
}
