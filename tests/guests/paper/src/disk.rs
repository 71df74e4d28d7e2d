//! The filesystem by whole paths: `/folders/notes/a/b` is `a/b` in the folder that the host calls `/folders/notes`.

use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// The names of all folders.
pub fn folders() -> Vec<String> {
    preopens::get_directories().into_iter().map(|(_, name)| name).collect()
}

/// The folder of this name, and the rest of the path.
pub fn folder(path: &str) -> Option<(Descriptor, &str)> {
    let folders = preopens::get_directories();
    folders.into_iter().find_map(|(folder, name)| {
        let rest = path.strip_prefix(name.as_str())?;
        Some((folder, rest.strip_prefix('/').unwrap_or(rest)))
    })
}

/// Opens a path, over links as far as the host follows them.
pub fn open(path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    let (folder, rest) = folder(path).ok_or(ErrorCode::NoDevice)?;
    let rest = if rest.is_empty() { "." } else { rest };
    folder.open_at(PathFlags::SYMLINK_FOLLOW, rest, how, flags)
}

/// Does something with a folder and a path in it.
pub fn on(path: &str, act: impl FnOnce(&Descriptor, &str) -> Result<(), ErrorCode>) -> String {
    let done = folder(path)
        .ok_or(ErrorCode::NoDevice)
        .and_then(|(folder, rest)| act(&folder, rest));
    match done {
        Ok(()) => "ok".to_owned(),
        Err(code) => format!("refused, {}", code.name()),
    }
}

/// Writes so many bytes over a file, or to a new one.
pub fn write(path: &str, how: OpenFlags, bytes: usize) -> String {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let written = open(path, how, flags).and_then(|file| {
        let (piece, mut at) = (vec![b'x'; 4096], 0);
        while at < bytes {
            let part = &piece[..piece.len().min(bytes - at)];
            at += usize::try_from(file.write(part, at as u64)?).unwrap_or(bytes);
        }
        Ok(())
    });
    match written {
        Ok(()) => "ok".to_owned(),
        Err(code) => format!("refused, {}", code.name()),
    }
}

/// The text of a file, or why not.
pub fn read(path: &str) -> String {
    let read = open(path, OpenFlags::empty(), DescriptorFlags::READ).and_then(|file| file.read(1 << 16, 0));
    match read {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(code) => format!("refused, {}", code.name()),
    }
}

/// The names in a folder.
pub fn list(path: &str) -> String {
    let listed = open(path, OpenFlags::DIRECTORY, DescriptorFlags::READ).and_then(|folder| {
        let (entries, mut names) = (folder.read_directory()?, Vec::new());
        while let Some(entry) = entries.read_directory_entry()? {
            names.push(entry.name);
        }
        Ok(names)
    });
    match listed {
        Ok(mut names) => {
            names.sort();
            names.join(" ")
        }
        Err(code) => format!("refused, {}", code.name()),
    }
}
