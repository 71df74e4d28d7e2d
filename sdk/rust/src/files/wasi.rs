//! The same over WASI, as the host gives it to a component.

use super::{Access, Failure, refused, split};
use crate::bindings::wasi::wasi::filesystem::preopens;
use crate::bindings::wasi::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// An open file, and where the next piece begins.
pub struct File {
    descriptor: Descriptor,
    path: String,
    at: u64,
}

impl File {
    /// At most so many bytes; none at the end.
    pub fn read(&mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let read = self.descriptor.read(most as u64, self.at);
        let (bytes, _) = read.map_err(|code| failure(&self.path, code))?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let written = self.descriptor.write(bytes, self.at);
            let written = written.map_err(|code| failure(&self.path, code))?;
            self.at += written;
            bytes = match usize::try_from(written).ok().and_then(|written| bytes.get(written..)) {
                Some(rest) if written > 0 => rest,
                _ => return Err(refused(&self.path, "the host wrote nothing")),
            };
        }
        Ok(())
    }

    pub fn size(&self) -> Result<u64, Failure> {
        let stat = self.descriptor.stat().map_err(|code| failure(&self.path, code))?;
        Ok(stat.size)
    }
}

pub fn open(path: &str, access: Access) -> Result<File, Failure> {
    let (folder, rest) = place(path)?;
    let (create, flags) = match access {
        Access::Read => (OpenFlags::empty(), DescriptorFlags::READ),
        Access::Replace => (OpenFlags::CREATE | OpenFlags::TRUNCATE, DescriptorFlags::WRITE),
        Access::Append => (OpenFlags::CREATE, DescriptorFlags::WRITE),
    };
    let opened = folder.open_at(PathFlags::empty(), rest, create, flags);
    let mut file = File {
        descriptor: opened.map_err(|code| failure(path, code))?,
        path: path.to_owned(),
        at: 0,
    };
    if access == Access::Append {
        file.at = file.size()?;
    }
    Ok(file)
}

pub fn rename(from: &str, to: &str) -> Result<(), Failure> {
    let ((folder, old), (_, new)) = (place(from)?, split(to)?);
    folder.rename_at(old, &folder, new).map_err(|code| failure(from, code))
}

pub fn remove(path: &str) -> Result<(), Failure> {
    let (folder, rest) = place(path)?;
    folder.unlink_file_at(rest).map_err(|code| failure(path, code))
}

pub fn list(path: &str) -> Result<Vec<String>, Failure> {
    let failed = |code| failure(path, code);
    let (folder, rest) = place(path)?;
    let inner = match rest {
        "" => None,
        rest => {
            let flags = DescriptorFlags::READ;
            Some(
                folder
                    .open_at(PathFlags::empty(), rest, OpenFlags::DIRECTORY, flags)
                    .map_err(failed)?,
            )
        }
    };
    let entries = inner.as_ref().unwrap_or(&folder).read_directory().map_err(failed)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry().map_err(failed)? {
        names.push(entry.name);
    }
    Ok(names)
}

/// The folder of a path among those that the call was given, and the path inside.
fn place(path: &str) -> Result<(Descriptor, &str), Failure> {
    let (name, rest) = split(path)?;
    preopens::get_directories()
        .into_iter()
        .find(|(_, folder)| folder == name)
        .map(|(folder, _)| (folder, rest))
        .ok_or_else(|| refused(path, format!("this call has no {name}")))
}

fn failure(path: &str, code: ErrorCode) -> Failure {
    match code {
        ErrorCode::NoEntry => Failure::Missing(path.into()),
        ErrorCode::Quota | ErrorCode::InsufficientSpace => Failure::Full(path.into()),
        other => refused(path, other.name()),
    }
}
