//! Places that the operator names for a channel: opened part by part from the root, without following a link anywhere,
//! and never where lockgate keeps its own files.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::steps::{self, Identity, StepError, follow};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat};

/// A folder on the way is only passed through: that needs less than to read it, where the system knows the difference.
#[cfg(target_os = "linux")]
const PASSED: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const PASSED: OFlags = OFlags::RDONLY;

/// Folders that no channel reaches, by what they are: lockgate's own, and those in which the system shows itself.
#[derive(Debug, Clone, Default)]
pub struct OffLimits {
    within: Vec<Identity>,
    above: Vec<Identity>,
}

/// Why a place that the operator named can't be used.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// It could lead elsewhere tomorrow.
    #[error("{} is a link, and none is followed: write the path that it leads to", .0.display())]
    Link(PathBuf),
    /// Lockgate's own files, or the system's view of itself.
    #[error("{} is, holds or lies in a folder that no channel may reach: name another one", .0.display())]
    OffLimits(PathBuf),
    /// By its other name it may be anything.
    #[error("{} has a second name (a hard link): copy it, or take the other name away", .0.display())]
    ManyNames(PathBuf),
    /// It is something else.
    #[error("{} is no {wanted}: name one", path.display())]
    OtherKind {
        /// What was named.
        path: PathBuf,
        /// What it should be.
        wanted: &'static str,
    },
    /// It is not there, or we may not.
    #[error("{} can't be opened ({source}): see that it is there and yours to read", path.display())]
    Unopened {
        /// As far as we came.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl OffLimits {
    /// These folders with all that they hold and all that holds them or a link on the way to them, and the system's own.
    /// What is not there can't be reached either.
    pub fn of(folders: &[&Path]) -> Self {
        let identities = |path: &Path| std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()));
        let system = ["/proc", "/sys", "/dev"].map(Path::new);
        Self {
            within: folders.iter().copied().chain(system).filter_map(identities).collect(),
            above: folders.iter().flat_map(|folder| passed(folder)).collect(),
        }
    }

    /// Also what holds these files, or a link on the way to them: a file of ours may stand elsewhere.
    pub fn and_files(mut self, files: &[PathBuf]) -> Self {
        self.above.extend(files.iter().flat_map(|file| passed(file)));
        self
    }

    /// A folder on the way to what was named.
    fn passes(&self, folder: Identity) -> bool {
        !self.within.contains(&folder)
    }

    /// The folder that was named.
    fn allows(&self, folder: Identity) -> bool {
        self.passes(folder) && !self.above.contains(&folder)
    }
}

/// What is passed on the way to a path, as far as there is one.
fn passed(path: &Path) -> Vec<Identity> {
    let mut passed = Vec::new();
    // What is missing leads no further.
    let _ = follow(path, |_, about| {
        passed.push(steps::identity(about));
        Ok::<_, StepError>(())
    });
    passed
}

/// Opens a folder that the operator named.
///
/// # Errors
/// There is a link on the way, it is no folder, or no channel may reach it.
///
/// # Authority
/// An ambient path; what is opened by it is judged, not the path.
pub fn open_folder(path: &Path, off_limits: &OffLimits) -> Result<File, NamedError> {
    let (folder, identity) = walk(path, off_limits)?;
    if !off_limits.allows(identity) {
        return Err(NamedError::OffLimits(path.to_owned()));
    }
    // The very folder that was judged, now to be read.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = openat(&folder, ".", flags, Mode::empty());
    Ok(File::from(opened.map_err(|error| unopened(path, error))?))
}

/// Looks whether a path that the operator named leads to a regular file, without a link on the way, and says which. What
/// is beside it under its name and one of these ends is opened with it, and must be such a file too, if it is there.
///
/// # Errors
/// As [`open_folder`], or the file has a second name, by which it could be a file that no channel may reach.
pub fn check_file(path: &Path, beside: &[&str], off_limits: &OffLimits) -> Result<Identity, NamedError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(NamedError::OtherKind {
            path: path.to_owned(),
            wanted: "file",
        });
    };
    let (folder, _) = walk(parent, off_limits)?;
    for end in beside {
        let mut name = name.to_owned();
        name.push(end);
        match plain(&folder, &path.with_file_name(&name)) {
            Err(NamedError::Unopened { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            looked => drop(looked?),
        }
    }
    plain(&folder, path)
}

/// Opens such a file to read.
///
/// # Errors
/// As [`check_file`].
///
/// # Authority
/// An ambient path; what is opened by it is the file that was judged.
pub fn open_file(path: &Path, beside: &[&str], off_limits: &OffLimits) -> Result<File, NamedError> {
    let judged = check_file(path, beside, off_limits)?;
    let (folder, _) = walk(path.parent().unwrap_or(path), off_limits)?;
    // What stands there since may be a link or a pipe: it is neither followed nor waited for.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = openat(&folder, path.file_name().unwrap_or_default(), flags, Mode::empty());
    let file = File::from(opened.map_err(|error| unopened(path, error))?);
    if identity(&file, path)? != judged {
        return Err(NamedError::OtherKind {
            path: path.to_owned(),
            wanted: "file",
        });
    }
    Ok(file)
}

/// The regular file with one name that stands under the last part of a path.
fn plain(folder: &File, path: &Path) -> Result<Identity, NamedError> {
    let name = path.file_name().unwrap_or_default();
    let about = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| unopened(path, error))?;
    match FileType::from_raw_mode(about.st_mode) {
        FileType::RegularFile if about.st_nlink > 1 => Err(NamedError::ManyNames(path.to_owned())),
        // As the standard library has it, which some systems call by another type.
        #[allow(clippy::unnecessary_cast)]
        FileType::RegularFile => Ok((about.st_dev as u64, about.st_ino)),
        FileType::Symlink => Err(NamedError::Link(path.to_owned())),
        _ => Err(NamedError::OtherKind {
            path: path.to_owned(),
            wanted: "file",
        }),
    }
}

fn walk(path: &Path, off_limits: &OffLimits) -> Result<(File, Identity), NamedError> {
    let flags = PASSED | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut way = PathBuf::from("/");
    let mut here = File::from(open(&way, flags, Mode::empty()).map_err(|error| unopened(&way, error))?);
    let mut identity = identity(&here, &way)?;
    for part in path.components() {
        let name = match part {
            Component::RootDir | Component::CurDir => continue,
            Component::Normal(name) => name,
            // The configuration knows no such path; if one came here all the same, it would lead nowhere.
            Component::ParentDir | Component::Prefix(_) => return Err(NamedError::OffLimits(path.to_owned())),
        };
        way.push(name);
        let next = openat(&here, name, flags | OFlags::NOFOLLOW, Mode::empty());
        here = File::from(next.map_err(|error| refused(&here, name.as_ref(), &way, error))?);
        identity = self::identity(&here, &way)?;
        if !off_limits.passes(identity) {
            return Err(NamedError::OffLimits(way));
        }
    }
    Ok((here, identity))
}

/// What a part is that is no folder: the system says the same of a link and of a file.
fn refused(parent: &File, name: &Path, way: &Path, error: rustix::io::Errno) -> NamedError {
    let about = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW);
    match about.map(|about| FileType::from_raw_mode(about.st_mode)) {
        Ok(FileType::Symlink) => NamedError::Link(way.to_owned()),
        Ok(FileType::Directory) | Err(_) => unopened(way, error),
        Ok(_) => NamedError::OtherKind {
            path: way.to_owned(),
            wanted: "folder",
        },
    }
}

fn identity(folder: &File, way: &Path) -> Result<Identity, NamedError> {
    let about = folder.metadata().map_err(|source| NamedError::Unopened {
        path: way.to_owned(),
        source,
    })?;
    Ok((about.dev(), about.ino()))
}

fn unopened(path: &Path, error: rustix::io::Errno) -> NamedError {
    NamedError::Unopened {
        path: path.to_owned(),
        source: error.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Place {
        dir: tempfile::TempDir,
        off_limits: OffLimits,
    }

    fn place() -> Place {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home/notes/deep", "home/own/state", "home/own/config"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let own = ["home/own/state", "home/own/config"].map(|folder| dir.path().join(folder));
        let off_limits = OffLimits::of(&[&own[0], &own[1]]);
        Place { dir, off_limits }
    }

    impl Place {
        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().canonicalize().unwrap().join(name)
        }

        #[track_caller]
        fn check(&self, name: &str, expected: &str) {
            let error = open_folder(&self.path(name), &self.off_limits).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }

    #[test]
    fn a_plain_folder_is_opened_and_a_link_is_not() {
        let place = place();
        open_folder(&place.path("home/notes"), &place.off_limits).unwrap();
        open_folder(&place.path("home/notes/./deep"), &place.off_limits).unwrap();
        std::fs::write(place.path("home/file"), "").unwrap();
        symlink("notes", place.path("home/link")).unwrap();
        place.check("home/link", "home/link is a link");
        place.check("home/link/deep", "home/link is a link");
        place.check("home/file", "is no folder");
        place.check("home/file/x", "home/file is no folder");
        place.check("home/none", "home/none can't be opened");
        place.check("home/notes/../notes", "no channel may reach");
    }

    #[test]
    fn nothing_of_our_own_and_nothing_around_it_is_opened() {
        let place = place();
        std::fs::create_dir_all(place.path("home/own/state/inbox")).unwrap();
        for name in [
            "",
            "home",
            "home/own",
            "home/own/state",
            "home/own/config",
            "home/own/state/inbox",
        ] {
            place.check(name, "no channel may reach");
        }
        for system in ["/", "/proc", "/proc/self", "/sys", "/dev"] {
            let error = open_folder(Path::new(system), &place.off_limits).unwrap_err();
            assert!(
                matches!(error, NamedError::OffLimits(_) | NamedError::Link(_)),
                "{system}: {error}"
            );
        }
        // Also under another name.
        std::fs::rename(place.path("home/own/state"), place.path("home/notes/moved")).unwrap();
        place.check("home/notes/moved/inbox", "no channel may reach");
    }

    #[test]
    fn a_file_is_regular_and_reached_without_links() {
        let place = place();
        let check = |name: &str| check_file(&place.path(name), &["-wal"], &place.off_limits);
        std::fs::write(place.path("home/notes/a.db"), "").unwrap();
        symlink("a.db", place.path("home/notes/b.db")).unwrap();
        symlink("notes", place.path("home/link")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            place.path("home/notes/pipe"),
            FileType::Fifo,
            Mode::RUSR,
            0,
        )
        .unwrap();
        let about = std::fs::metadata(place.path("home/notes/a.db")).unwrap();
        assert_eq!(check("home/notes/a.db").unwrap(), (about.dev(), about.ino()));
        std::fs::write(place.path("home/notes/a.db-wal"), "").unwrap();
        check("home/notes/a.db").unwrap();
        assert!(matches!(check("home/notes/b.db"), Err(NamedError::Link(_))));
        assert!(matches!(check("home/link/a.db"), Err(NamedError::Link(_))));
        assert!(matches!(check("home/notes/pipe"), Err(NamedError::OtherKind { .. })));
        assert!(matches!(check("home/notes"), Err(NamedError::OtherKind { .. })));
        std::fs::write(place.path("home/own/state/journal.sqlite"), "").unwrap();
        assert!(matches!(
            check("home/own/state/journal.sqlite"),
            Err(NamedError::OffLimits(_))
        ));
        assert!(matches!(
            check_file(Path::new("/"), &[], &place.off_limits),
            Err(NamedError::OtherKind { .. })
        ));
    }

    #[test]
    fn a_file_that_is_another_one_too_is_refused_and_so_is_what_is_opened_with_it() {
        let place = place();
        let check = |name: &str| check_file(&place.path(name), &["-wal", "-shm"], &place.off_limits);
        for name in ["journal", "a.db", "b.db", "c.db"] {
            let folder = if name == "journal" {
                "home/own/state"
            } else {
                "home/notes"
            };
            std::fs::write(place.path(folder).join(name), "").unwrap();
        }
        let journal = place.path("home/own/state/journal");
        std::fs::hard_link(&journal, place.path("home/notes/second.db")).unwrap();
        std::fs::hard_link(&journal, place.path("home/notes/b.db-wal")).unwrap();
        symlink(&journal, place.path("home/notes/c.db-shm")).unwrap();
        check("home/notes/a.db").unwrap();
        assert!(matches!(check("home/notes/second.db"), Err(NamedError::ManyNames(_))));
        assert!(matches!(check("home/notes/b.db"), Err(NamedError::ManyNames(_))));
        assert!(matches!(check("home/notes/c.db"), Err(NamedError::Link(_))));
    }
}
