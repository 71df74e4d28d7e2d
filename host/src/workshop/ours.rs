//! What of a project's `.lockgate` is ours: files that the builder wrote itself, byte for byte and with nothing beside them, in a
//! folder that was made here. A project of somebody else's may bring such a folder along. Never looks at the author's files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{BuildError, write as put};

/// Says which folder it was when it was made; the same words in another folder say nothing.
const MARK: &str = "made-here";

/// Empties the folder of a build's own, unless it was made here: what a compiler has kept in it would be taken for what it
/// makes of sources, without a look at them.
///
/// # Errors
/// The disk.
pub(super) fn claim(work: &Path) -> Result<(), BuildError> {
    let failed = |source| BuildError::Write {
        path: work.to_owned(),
        source,
    };
    let is_own = |words: &String| fs::read_to_string(work.join(MARK)).is_ok_and(|there| there == *words);
    if identity(work).ok().as_ref().is_some_and(is_own) {
        return Ok(());
    }
    absent(fs::remove_dir_all(work)).map_err(failed)?;
    fs::create_dir_all(work).map_err(failed)?;
    put(&work.join(MARK), identity(work).map_err(failed)?.as_bytes())
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

fn absent(done: io::Result<()>) -> io::Result<()> {
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
    fn what_was_kept_elsewhere_for_a_compiler_is_not_taken_for_what_it_makes() {
        let top = tempfile::tempdir().unwrap();
        let [work, copy] = ["project/.lockgate", "copy"].map(|name| top.path().join(name));
        claim(&work).unwrap();
        put(&work.join("target/sdk/lockgate.o"), b"ours").unwrap();
        claim(&work).unwrap();
        assert!(work.join("target/sdk/lockgate.o").exists(), "one's own stays");
        // The same files in a folder that was made elsewhere, its mark and all.
        let kept = found(&work);
        assert_eq!(kept.len(), 2);
        mirror(&copy, &kept).unwrap();
        fs::remove_dir_all(&work).unwrap();
        fs::rename(&copy, &work).unwrap();
        claim(&work).unwrap();
        assert!(!work.join("target").exists());
        claim(&work).unwrap();
        assert!(work.join(MARK).exists());
    }
}
