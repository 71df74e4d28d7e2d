//! What of a project's `.lockgate` is ours: files that the builder wrote itself, byte for byte and with nothing beside them, in a
//! folder that was made here. A project of somebody else's may bring such a folder along. Never looks at the author's files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::{BuildError, write as put};
use crate::model::Digest;

/// Says which folder it was when it was made; the same words in another folder say nothing.
const MARK: &str = "made-here";
/// Says what the last build left for the next one, in words that are true of those very files alone.
const RECORD: &str = "left-here";
/// What compilers keep, and the only place where they do.
const KEPT: &str = "target";

/// Empties the folder of a build's own, unless it was made here: what a compiler has kept in it would be taken for what it
/// makes of sources, without a look at them. In a folder that was made here the same is done with what compilers keep, unless
/// it is file by file what the last build left: a repository may bring a file there later.
///
/// # Errors
/// The disk.
pub(super) fn claim(work: &Path) -> Result<(), BuildError> {
    let failed = |source| BuildError::Write {
        path: work.to_owned(),
        source,
    };
    if identity(work).is_ok_and(|words| says(&work.join(MARK), &words)) {
        let kept = work.join(KEPT);
        return match left(&kept).is_ok_and(|words| says(&work.join(RECORD), &words)) {
            true => Ok(()),
            false => prune(&kept, Path::new(""), &|_, _| false).map_err(failed),
        };
    }
    absent(fs::remove_dir_all(work)).map_err(failed)?;
    fs::create_dir_all(work).map_err(failed)?;
    put(&work.join(MARK), identity(work).map_err(failed)?.as_bytes())
}

/// Notes at the end of a build what it leaves. Nothing is said of a failure: without the note the next build makes all anew.
pub(super) fn note(work: &Path) {
    if let Ok(words) = left(&work.join(KEPT)) {
        let _ = put(&work.join(RECORD), words.as_bytes());
    }
}

/// Whether this is a file of exactly these words. Nothing else is opened: a pipe would never end, nor would a device.
pub(super) fn says(path: &Path, words: &str) -> bool {
    is_file_of(path, words.len()) && fs::read_to_string(path).is_ok_and(|there| there == words)
}

/// Whether this is a file, and no link to one, of so many bytes.
pub(super) fn is_file_of(path: &Path, bytes: usize) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file() && there.len() == bytes as u64)
}

/// Which files lie in a folder: each by its number and the time of its last change of any kind. The system alone sets that one,
/// so no other file that comes in the place of one has the same, whatever it says of itself.
fn left(folder: &Path) -> io::Result<String> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let entries = match fs::read_dir(&next) {
            Err(error) if error.kind() == ErrorKind::NotFound && next == folder => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let of = fs::symlink_metadata(&path)?;
            match of.is_dir() {
                true => folders.push(path),
                false => drop(files.insert(
                    path,
                    [
                        of.ino(),
                        of.len(),
                        of.ctime().cast_unsigned(),
                        of.ctime_nsec().cast_unsigned(),
                    ],
                )),
            }
        }
    }
    let mut all = Vec::new();
    for (path, words) in files {
        let path = path.as_os_str().as_bytes();
        all.extend_from_slice(&(path.len() as u64).to_le_bytes());
        all.extend_from_slice(path);
        all.extend(words.into_iter().flat_map(u64::to_le_bytes));
    }
    Ok(Digest::of(&all).to_string())
}

/// Tells a folder from every other, also from one that stands at its path later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderId(String);

impl FolderId {
    /// That of this folder; `None` if it can't be looked at, or the system notes no time of its birth: its number alone is
    /// given to another one after it.
    pub fn of(folder: &Path) -> Option<Self> {
        fs::symlink_metadata(folder).ok()?.created().ok()?;
        identity(folder).ok().map(Self)
    }

    /// One of a test's.
    #[cfg(test)]
    pub fn of_number(number: u64) -> Self {
        Self(format!("0 {number} 0\n"))
    }
}

/// Which folder this is. A number and a time that the system gave when it was made: nobody elsewhere knows them before.
fn identity(folder: &Path) -> io::Result<String> {
    let of = fs::symlink_metadata(folder)?;
    let born = of.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    let born = born.map_or(0, |born| born.as_nanos());
    Ok(format!("{} {} {born}\n", of.dev(), of.ino()))
}

/// Makes a folder hold these files and nothing else, by their paths in it. What is there already keeps its time.
///
/// # Errors
/// The disk.
pub(super) fn mirror(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BuildError> {
    let folders: BTreeSet<&Path> = files.keys().flat_map(|path| path.ancestors().skip(1)).collect();
    let is_wanted = |path: &Path, is_folder: bool| match is_folder {
        true => folders.contains(path),
        false => files.contains_key(path),
    };
    prune(folder, Path::new(""), &is_wanted).map_err(|source| BuildError::Write {
        path: folder.to_owned(),
        source,
    })?;
    files
        .iter()
        .try_for_each(|(path, bytes)| put(&folder.join(path), bytes))
}

/// Takes away what is not wanted below a folder, and all links: what they lead to is not the build's.
fn prune(root: &Path, below: &Path, is_wanted: &impl Fn(&Path, bool) -> bool) -> io::Result<()> {
    // A name with a slash behind it would be that of what a link leads to.
    let folder: PathBuf = root.join(below).components().collect();
    match fs::symlink_metadata(&folder) {
        Ok(there) if there.is_dir() => {}
        Ok(_) => return fs::remove_file(&folder),
        Err(error) => return absent(Err(error)),
    }
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        match (kind.is_dir(), is_wanted(&path, kind.is_dir()) && !kind.is_symlink()) {
            (true, true) => prune(root, &path, is_wanted)?,
            (true, false) => fs::remove_dir_all(entry.path())?,
            (false, true) => {}
            (false, false) => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// A file that is not there is gone as well.
pub(super) fn absent(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn files(of: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
        of.iter()
            .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn a_folder_holds_what_is_ours_and_nothing_beside_it() {
        let top = tempfile::tempdir().unwrap();
        let at = |path: &str| top.path().join(path);
        let wanted = files(&[("src/lib.rs", "ours"), ("src/deep/more.rs", "too"), ("Cargo.toml", "c")]);
        mirror(&at("sdk"), &wanted).unwrap();
        let time = || at("sdk/src/lib.rs").metadata().unwrap().modified().unwrap();
        let before = time();
        // What a stranger's project brings along.
        put(&at("precious/file"), b"mine").unwrap();
        for (path, text) in [
            ("sdk/build.rs", "theirs"),
            ("sdk/src/deep/more.rs", "theirs"),
            ("sdk/src/deep/__pycache__/more.pyc", "theirs"),
            ("sdk/src/lib.rs.d/x", "theirs"),
        ] {
            put(&at(path), text.as_bytes()).unwrap();
        }
        symlink(at("precious"), at("sdk/src/linked")).unwrap();
        mirror(&at("sdk"), &wanted).unwrap();
        assert_eq!(found(&at("sdk")), wanted);
        assert_eq!(time(), before, "what was ours is left alone");
        // A folder of ours is a link, a file of ours a folder, and the folder itself a link.
        fs::remove_dir_all(at("sdk/src/deep")).unwrap();
        symlink(at("precious"), at("sdk/src/deep")).unwrap();
        fs::remove_file(at("sdk/Cargo.toml")).unwrap();
        put(&at("sdk/Cargo.toml/file"), b"theirs").unwrap();
        mirror(&at("sdk"), &wanted).unwrap();
        assert_eq!(found(&at("sdk")), wanted);
        symlink(at("precious"), at("link")).unwrap();
        mirror(&at("link"), &wanted).unwrap();
        assert_eq!(found(&at("link")), wanted);
        assert_eq!(found(&at("precious")), files(&[("file", "mine")]));
    }

    fn found(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut all, mut left) = (BTreeMap::new(), vec![folder.to_owned()]);
        while let Some(next) = left.pop() {
            for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => left.push(entry.path()),
                    false => {
                        let path = entry.path().strip_prefix(folder).unwrap().to_owned();
                        all.insert(path, fs::read(entry.path()).unwrap());
                    }
                }
            }
        }
        all
    }

    #[test]
    fn a_folder_that_comes_in_the_place_of_another_is_not_taken_for_that_one() {
        let top = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| top.path().join(name));
        fs::create_dir(&a).unwrap();
        let first = FolderId::of(&a).unwrap();
        put(&a.join("file"), b"more in it").unwrap();
        assert_eq!(FolderId::of(&a).unwrap(), first);
        fs::rename(&a, &b).unwrap();
        assert_eq!(FolderId::of(&b).unwrap(), first);
        fs::create_dir(&a).unwrap();
        assert_ne!(FolderId::of(&a).unwrap(), first);
        fs::remove_dir_all(&b).unwrap();
        fs::remove_dir(&a).unwrap();
        // Its number may be the same one again.
        fs::create_dir(&a).unwrap();
        assert_ne!(FolderId::of(&a).unwrap(), first);
        assert_eq!(FolderId::of(&b), None);
    }

    #[test]
    fn what_was_kept_elsewhere_for_a_compiler_is_not_taken_for_what_it_makes() {
        let top = tempfile::tempdir().unwrap();
        let [work, copy] = ["project/.lockgate", "copy"].map(|name| top.path().join(name));
        claim(&work).unwrap();
        put(&work.join("target/sdk/lockgate.o"), b"ours").unwrap();
        note(&work);
        claim(&work).unwrap();
        assert!(work.join("target/sdk/lockgate.o").exists(), "one's own stays");
        // The same files in a folder that was made elsewhere, its mark and all.
        let kept = found(&work);
        assert_eq!(kept.len(), 3);
        mirror(&copy, &kept).unwrap();
        fs::remove_dir_all(&work).unwrap();
        fs::rename(&copy, &work).unwrap();
        claim(&work).unwrap();
        assert!(!work.join("target").exists());
        claim(&work).unwrap();
        assert!(work.join(MARK).exists());
    }

    /// A repository that has such a file, and is pulled after a build.
    #[test]
    fn an_object_that_came_after_the_last_build_is_not_taken_for_what_that_left() {
        fn check(name: &str, comes: impl Fn(&Path)) {
            let top = tempfile::tempdir().unwrap();
            let work = top.path().join(".lockgate");
            claim(&work).unwrap();
            put(&work.join("target/sdk/lockgate.o"), b"ours").unwrap();
            put(&work.join("target/sdk/made-of"), b"all").unwrap();
            note(&work);
            claim(&work).unwrap();
            assert_eq!(found(&work.join("target")).len(), 2, "{name}: one's own stays");
            comes(&work.join("target/sdk"));
            claim(&work).unwrap();
            assert_eq!(found(&work.join("target")), files(&[]), "{name}");
        }
        check("another of the same size and time", |sdk| {
            let object = sdk.join("lockgate.o");
            let time = object.metadata().unwrap().modified().unwrap();
            fs::remove_file(&object).unwrap();
            fs::write(&object, b"evil").unwrap();
            fs::File::open(&object).unwrap().set_modified(time).unwrap();
        });
        check("one that was written over", |sdk| {
            fs::write(sdk.join("lockgate.o"), b"evil").unwrap()
        });
        check("one more", |sdk| fs::write(sdk.join("more.o"), b"evil").unwrap());
        check("a link", |sdk| {
            fs::remove_file(sdk.join("lockgate.o")).unwrap();
            symlink(sdk.join("made-of"), sdk.join("lockgate.o")).unwrap();
        });
        check("a note of its own", |sdk| {
            fs::write(sdk.join("lockgate.o"), b"evil").unwrap();
            fs::write(sdk.join("../../left-here"), "a guess").unwrap();
        });
    }
}
