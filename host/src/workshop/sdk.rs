//! The SDKs as this binary has them. A project gets the SDK of the lockgate that builds it, so that the two always speak the
//! same contract.

mod manifest;

use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::{BuildError, Language, write as put};
use crate::model::Digest;

/// The folder `sdk/` of the sources: one folder for each SDK, and `templates`. Cargo looks at files that were there when this
/// was compiled: where one is new, it does not see it.
pub(super) static ALL: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk");
/// What an SDK has beside what a project needs of it.
const LEFT_OUT: [&str; 3] = ["hello", "tests", "package-lock.json"];
/// Says of which lockgate the files beside it are.
const STAMP: &str = "made-by";

/// The folder of a language's SDK.
pub(super) fn folder(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::TypeScript | Language::JavaScript | Language::QuickJs => "js",
        Language::Python => "python",
        Language::Go => "go",
        // Zig takes the one of C.
        Language::C | Language::Zig => "c",
    }
}

/// Writes the SDK of a language into a folder. What another lockgate has left there goes away: some languages take every
/// file of a folder.
pub(super) fn write(language: Language, into: &Path) -> Result<(), BuildError> {
    let Some(dir) = ALL.get_dir(folder(language)) else {
        return Ok(());
    };
    let mut files = Vec::new();
    collect(dir, dir.path(), &mut files);
    if language == Language::Rust {
        files.push((
            "Cargo.toml".into(),
            manifest::alone().map_err(BuildError::World)?.into_bytes(),
        ));
    }
    let stamp = stamp(&files);
    if std::fs::read_to_string(into.join(STAMP)).is_ok_and(|there| there != stamp) {
        std::fs::remove_dir_all(into).map_err(|source| BuildError::Write {
            path: into.to_owned(),
            source,
        })?;
    }
    for (path, bytes) in &files {
        put(&into.join(path), bytes)?;
    }
    put(&into.join(STAMP), stamp.as_bytes())
}

/// The files of an SDK that a project needs, by their paths in it.
fn collect(dir: &'static Dir<'static>, root: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in dir.entries() {
        // All of them stand below the root.
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let path = path.to_string_lossy().into_owned();
        if LEFT_OUT.contains(&path.as_str()) {
            continue;
        }
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, files),
            DirEntry::File(file) => files.push((path, file.contents().to_vec())),
        }
    }
}

fn stamp(files: &[(String, Vec<u8>)]) -> String {
    let each = files
        .iter()
        .map(|(path, bytes)| format!("{path} {}\n", Digest::of(bytes)));
    Digest::of(each.collect::<String>().as_bytes()).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    /// All files below a folder.
    fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path().is_dir() {
                true => walk(&entry.path(), found),
                false => drop(found.insert(entry.path())),
            }
        }
    }

    #[test]
    fn what_is_in_the_binary_is_what_is_in_the_folder_and_nothing_that_builds_leave() {
        fn embedded(dir: &Dir<'_>, root: &Path, found: &mut BTreeSet<PathBuf>) -> usize {
            let below: usize = dir.dirs().map(|dir| embedded(dir, root, found)).sum();
            found.extend(dir.files().map(|file| root.join(file.path())));
            below + dir.files().map(|file| file.contents().len()).sum::<usize>()
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
        let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
        assert!(
            embedded(&ALL, &root, &mut here) < 4 << 20,
            "the SDKs are larger than that"
        );
        walk(&root, &mut there);
        assert_eq!(here, there, "touch host/src/workshop/sdk.rs and build again");
        let left = [
            ".lockgate",
            "node_modules",
            "target",
            "__pycache__",
            ".venv",
            ".zig-cache",
        ];
        for path in &here {
            let parts = path
                .strip_prefix(&root)
                .unwrap()
                .iter()
                .map(|part| part.to_string_lossy());
            assert!(
                !parts.into_iter().any(|part| left.contains(&&*part)),
                "remove {}",
                path.display()
            );
        }
    }

    #[test]
    fn another_lockgate_s_files_go_away_and_one_s_own_keep_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("sdk");
        write(Language::Rust, &into).unwrap();
        let time = || into.join("src/lib.rs").metadata().unwrap().modified().unwrap();
        let before = time();
        std::fs::write(into.join("old.rs"), "").unwrap();
        write(Language::Rust, &into).unwrap();
        assert!(into.join("old.rs").exists() && time() == before);
        std::fs::write(into.join(STAMP), "another").unwrap();
        write(Language::Rust, &into).unwrap();
        assert!(!into.join("old.rs").exists() && into.join("wit/words.wit").exists());
        assert!(!into.join("hello").exists());
    }
}
