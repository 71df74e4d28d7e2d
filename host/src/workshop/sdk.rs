//! The SDKs as this binary has them. A project gets the SDK of the lockgate that builds it, so that the two always speak the
//! same contract.

mod manifest;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use super::ours::mirror;
use super::{BuildError, Language};

/// The folder `sdk/` of the sources: one folder for each SDK, and `templates`. Cargo looks at files that were there when this
/// was compiled: where one is new, it does not see it.
pub(super) static ALL: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk");
/// What an SDK has beside what a project needs of it.
const LEFT_OUT: [&str; 3] = ["hello", "tests", "package-lock.json"];

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

/// Writes the SDK of a language into a folder, which holds nothing else: some languages take every file of a folder, and cargo
/// runs a `build.rs` that nobody names.
pub(super) fn write(language: Language, into: &Path) -> Result<(), BuildError> {
    let Some(dir) = ALL.get_dir(folder(language)) else {
        return Ok(());
    };
    let mut files = BTreeMap::new();
    collect(dir, dir.path(), &mut files);
    if language == Language::Rust {
        let manifest = manifest::alone().map_err(BuildError::World)?;
        files.insert("Cargo.toml".into(), manifest.into_bytes());
    }
    mirror(into, &files)
}

/// The files of an SDK that a project needs, by their paths in it.
fn collect(dir: &'static Dir<'static>, root: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in dir.entries() {
        // All of them stand below the root.
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if LEFT_OUT.iter().any(|name| path == Path::new(name)) {
            continue;
        }
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, files),
            DirEntry::File(file) => drop(files.insert(path.to_owned(), file.contents().to_vec())),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

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
    fn files_of_others_go_away_and_one_s_own_keep_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("sdk");
        write(Language::Rust, &into).unwrap();
        let time = || into.join("src/lib.rs").metadata().unwrap().modified().unwrap();
        let before = time();
        // Of another lockgate, or of whoever made the project: cargo would run it.
        std::fs::write(into.join("build.rs"), "fn main() {}").unwrap();
        write(Language::Rust, &into).unwrap();
        assert!(!into.join("build.rs").exists() && time() == before);
        assert!(into.join("wit/words.wit").exists() && !into.join("hello").exists());
    }
}
