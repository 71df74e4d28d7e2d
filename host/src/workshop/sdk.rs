//! The SDKs as this binary has them, and the templates of new projects. A project gets the SDK of the lockgate that builds it,
//! so that the two always speak the same contract.

use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::{BuildError, Language, write as put};

static RUST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk/rust");
static JS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk/js");
/// What stands beside an SDK's code, and is for people and tests: no build reads it.
const BESIDE: [&str; 3] = ["hello", "tests", "README.md"];

/// Writes the SDK of a language into a folder.
pub(super) fn write(language: Language, folder: &Path) -> Result<(), BuildError> {
    let dir = match language {
        Language::Rust => &RUST,
        Language::TypeScript | Language::JavaScript | Language::QuickJs => &JS,
        _ => return Ok(()),
    };
    for entry in dir.entries() {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default();
        if BESIDE.iter().any(|beside| path == Path::new(beside)) {
            continue;
        }
        one(entry, &folder.join(name))?;
    }
    Ok(())
}

/// Writes all files of an embedded folder.
pub(crate) fn copy(dir: &Dir<'_>, folder: &Path) -> Result<(), BuildError> {
    for entry in dir.entries() {
        one(entry, &folder.join(entry.path().file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn one(entry: &DirEntry<'_>, path: &Path) -> Result<(), BuildError> {
    match entry {
        DirEntry::Dir(dir) => copy(dir, path),
        DirEntry::File(file) => put(path, file.contents()),
    }
}
