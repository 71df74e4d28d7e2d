//! The SDKs as this binary has them, and the templates of new projects. A project gets the SDK of the lockgate that builds it,
//! so that the two always speak the same contract.

use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::{BuildError, Language, write as put};

static RUST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk/rust");
static GO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../sdk/go");

/// Writes the SDK of a language into a folder.
pub(super) fn write(language: Language, folder: &Path) -> Result<(), BuildError> {
    let dir = match language {
        Language::Rust => &RUST,
        Language::Go => &GO,
        _ => return Ok(()),
    };
    copy(dir, folder)
}

/// Writes all files of an embedded folder.
pub(crate) fn copy(dir: &Dir<'_>, folder: &Path) -> Result<(), BuildError> {
    for entry in dir.entries() {
        let name = entry.path().file_name().unwrap_or_default();
        match entry {
            DirEntry::Dir(dir) => copy(dir, &folder.join(name))?,
            DirEntry::File(file) => put(&folder.join(name), file.contents())?,
        }
    }
    Ok(())
}
