//! What can be told of a database's file from its first bytes, before anybody asks it something. SQLite itself reads it in a
//! process of its own.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::BESIDE;
use crate::paths::{NamedError, OffLimits, open_file};

/// How each of SQLite's files begins; one that nobody has written to yet is empty.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Why a file is no database of a channel's.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be had.
    #[error(transparent)]
    Named(#[from] NamedError),
    /// It is there, and can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no SQLite database: name the file of one", .0.display())]
    NoDatabase(PathBuf),
}

/// Looks whether a path that the operator named leads to the file of a database. Blocks.
///
/// # Errors
/// It leads to something else, over a link, or where no channel may reach.
pub fn check(path: &Path, off_limits: &OffLimits) -> Result<(), FileError> {
    let file = open_file(path, &BESIDE, off_limits)?;
    let mut head = Vec::new();
    let read = file.take(MAGIC.len() as u64).read_to_end(&mut head);
    read.map_err(|source| FileError::Unread {
        path: path.to_owned(),
        source,
    })?;
    if head.is_empty() || head == MAGIC {
        return Ok(());
    }
    Err(FileError::NoDatabase(path.to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_database_begins_as_one_or_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().canonicalize().unwrap().join(name);
        let real = rusqlite::Connection::open(at("real")).unwrap();
        real.execute_batch("CREATE TABLE t (x)").unwrap();
        std::fs::write(at("empty"), "").unwrap();
        std::fs::write(at("text"), "SQLite format 3, they say").unwrap();
        std::fs::write(at("short"), "SQLite").unwrap();
        std::os::unix::fs::symlink("real", at("link")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        for (name, expected) in [
            ("real", ""),
            ("empty", ""),
            ("text", "text is no SQLite database: name the file of one"),
            ("short", "short is no SQLite database"),
            ("link", "link is a link, and none is followed"),
            ("folder", "folder is no file"),
            ("none", "none can't be opened"),
        ] {
            let said =
                check(&at(name), &OffLimits::default()).map_or_else(|error| error.to_string(), |()| String::new());
            assert!(
                said.contains(expected) && said.is_empty() == expected.is_empty(),
                "{name}: {said}"
            );
        }
        let off_limits = OffLimits::of(&[&at("folder")]);
        std::fs::write(at("folder/own"), "").unwrap();
        let refusal = check(&at("folder/own"), &off_limits).unwrap_err().to_string();
        assert!(refusal.contains("no channel may reach"), "{refusal}");
    }
}
