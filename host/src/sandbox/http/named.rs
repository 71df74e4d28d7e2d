//! A file that a request names: looked at before the request is made, opened when its bytes are wanted. In between nothing of
//! it is open, and it must be the same file when it is.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use super::Folders;
use crate::files::FilesError;

/// A file of the call's.
#[derive(Debug)]
pub struct Named {
    folders: Folders,
    path: String,
    seen: Seen,
}

/// What it was when it was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    device: u64,
    number: u64,
    length: u64,
}

impl Named {
    /// Looks at it. Blocks.
    ///
    /// # Errors
    /// The path leads to none of these folders, or to no regular file with one name.
    pub fn find(folders: Folders, path: String) -> Result<Self, FilesError> {
        let (file, length) = folders.file(&path)?;
        let seen = seen(&file, length).map_err(|source| FilesError::Unopened {
            name: crate::text::terminal(&path),
            source,
        })?;
        Ok(Self { folders, path, seen })
    }

    /// Bytes of it.
    pub fn length(&self) -> u64 {
        self.seen.length
    }

    /// Opens it. Blocks.
    ///
    /// # Errors
    /// It is gone, or it is another one or another length by now.
    pub fn open(self) -> io::Result<File> {
        let (file, length) = self.folders.file(&self.path).map_err(io::Error::other)?;
        match seen(&file, length)? == self.seen {
            true => Ok(file),
            false => Err(io::Error::other("a file was changed while the request was on its way")),
        }
    }
}

fn seen(file: &File, length: u64) -> io::Result<Seen> {
    let about = file.metadata()?;
    Ok(Seen {
        device: about.dev(),
        number: about.ino(),
        length,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn it_is_the_file_that_was_looked_at_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let find = || {
            let folders = Folders {
                outbox: Some(folder.path().to_owned()),
                ..Folders::default()
            };
            Named::find(folders, "/outbox/a".to_owned())
        };
        find().map(drop).unwrap_err();
        fs::write(at("a"), "hello").unwrap();
        let named = find().unwrap();
        assert_eq!(named.length(), 5);
        let mut text = String::new();
        named.open().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");

        let (longer, other, gone) = (find().unwrap(), find().unwrap(), find().unwrap());
        fs::write(at("a"), "hello!").unwrap();
        longer.open().unwrap_err();
        fs::write(at("b"), "hello").unwrap();
        fs::rename(at("b"), at("a")).unwrap();
        other.open().unwrap_err();
        fs::remove_file(at("a")).unwrap();
        gone.open().unwrap_err();
    }
}
