//! The stand-ins of `/inbox`, `/outbox`, `/data` and the operator's folders: temporary folders, made when the first file is touched and removed with
//! their house.

use super::house::here;
use crate::files::{Access, Failure, refused, split};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The folders of one house.
#[derive(Debug, Default)]
pub struct Folders {
    root: Option<PathBuf>,
    /// Bytes that `/data` may hold; no bound if it is not set.
    pub most: Option<u64>,
    /// The operator's folders, and what may be done in them.
    pub named: BTreeMap<String, Access>,
    /// Whether a channel's call runs, which may not write to `/outbox`.
    pub in_call: bool,
}

impl Drop for Folders {
    fn drop(&mut self) {
        if let Some(root) = &self.root {
            // A test has ended: nobody is left to be told.
            let _ = fs::remove_dir_all(root);
        }
    }
}

impl Folders {
    /// Where the three stand, once one was touched.
    #[cfg(test)]
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The real path of one of the three folders.
    fn folder(&mut self, name: &str) -> io::Result<PathBuf> {
        let root = match &self.root {
            Some(root) => root,
            None => self.root.insert(make()?),
        };
        let folder = root.join(name.trim_start_matches('/'));
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The real path of a path.
    fn place(&mut self, path: &str, access: Access) -> Result<PathBuf, Failure> {
        let (folder, rest) = split(path)?;
        let granted = match folder.strip_prefix("/folders/") {
            Some(name) => *self
                .named
                .get(name)
                .ok_or_else(|| refused(path, format!("this call has no {folder}")))?,
            None if folder == "/outbox" => Access::Read,
            None => Access::Replace,
        };
        if granted == Access::Read && access != Access::Read && self.in_call {
            return Err(refused(path, format!("a channel only reads {folder}")));
        }
        let folder = self.folder(folder).map_err(|error| failure(path, &error))?;
        Ok(if rest.is_empty() { folder } else { folder.join(rest) })
    }

    /// Empties `/inbox` and `/outbox`, which are a call's own.
    pub fn clear(&mut self) -> io::Result<()> {
        let Some(root) = &self.root else { return Ok(()) };
        for name in ["inbox", "outbox"] {
            let folder = root.join(name);
            fs::remove_dir_all(&folder)?;
            fs::create_dir(&folder)?;
        }
        Ok(())
    }

    /// Whether `/data` has room for so many bytes more.
    fn has_room(&mut self, bytes: usize) -> io::Result<bool> {
        let Some(most) = self.most else { return Ok(true) };
        Ok(weight(&self.folder("/data")?)? + bytes as u64 <= most)
    }
}

/// A new folder with the three in it, for this user alone.
fn make() -> io::Result<PathBuf> {
    let random = RandomState::new().hash_one("folder");
    let root = std::env::temp_dir().join(format!("lockgate-sdk-{random:016x}"));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&root)?;
    for name in ["inbox", "outbox", "data"] {
        fs::create_dir(root.join(name))?;
    }
    Ok(root)
}

/// Bytes of all files in a folder.
fn weight(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.try_fold(0, |sum, entry| Ok(sum + entry?.metadata()?.len()))
}

/// An open file.
pub struct File {
    file: fs::File,
    path: String,
}

impl File {
    pub fn read(&mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = Read::by_ref(&mut self.file).take(most as u64).read_to_end(&mut bytes);
        read.map_err(|error| failure(&self.path, &error))?;
        Ok(bytes)
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let room = self
            .path
            .starts_with("/data/")
            .then(|| here(|house| house.folders.has_room(bytes.len())));
        let written = match room.transpose() {
            Ok(Some(false)) => return Err(Failure::Full(self.path.clone())),
            Ok(_) => self.file.write_all(bytes),
            Err(error) => Err(error),
        };
        written.map_err(|error| failure(&self.path, &error))
    }

    pub fn size(&self) -> Result<u64, Failure> {
        let metadata = self.file.metadata().map_err(|error| failure(&self.path, &error))?;
        Ok(metadata.len())
    }
}

/// The functions that `crate::files` calls.
pub fn open(path: &str, access: Access) -> Result<File, Failure> {
    let place = here(|house| house.folders.place(path, access))?;
    let mut options = OpenOptions::new();
    match access {
        Access::Read => options.read(true),
        Access::Replace => options.write(true).create(true).truncate(true),
        Access::Append => options.append(true).create(true),
    };
    let file = options.open(place).map_err(|error| failure(path, &error))?;
    Ok(File {
        file,
        path: path.to_owned(),
    })
}

pub fn rename(from: &str, to: &str) -> Result<(), Failure> {
    let (old, new) = here(|house| {
        let old = house.folders.place(from, Access::Replace)?;
        Ok((old, house.folders.place(to, Access::Replace)?))
    })?;
    fs::rename(old, new).map_err(|error| failure(from, &error))
}

pub fn remove(path: &str) -> Result<(), Failure> {
    let place = here(|house| house.folders.place(path, Access::Replace))?;
    fs::remove_file(place).map_err(|error| failure(path, &error))
}

pub fn list(folder: &str) -> Result<Vec<String>, Failure> {
    let place = here(|house| house.folders.place(folder, Access::Read))?;
    let names = fs::read_dir(place).and_then(|entries| {
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect()
    });
    names.map_err(|error| failure(folder, &error))
}

fn failure(path: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::Missing(path.into()),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::Full(path.into()),
        _ => refused(path, error.to_string()),
    }
}
