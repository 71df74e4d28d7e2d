//! The filesystem by whole paths: `/inbox/a/b` is `a/b` in the folder that the host calls `/inbox`.

use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// What a file is opened for.
pub fn read_write() -> DescriptorFlags {
    DescriptorFlags::READ | DescriptorFlags::WRITE
}

/// The folder of this name, and the rest of the path.
pub fn folder(path: &str) -> Option<(Descriptor, &str)> {
    let folders = preopens::get_directories();
    folders.into_iter().find_map(|(folder, name)| {
        let rest = path.strip_prefix(name.as_str())?;
        Some((folder, rest.strip_prefix('/').unwrap_or(rest)))
    })
}

/// Opens a path.
pub fn open(path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    let (folder, rest) = folder(path).ok_or(ErrorCode::NoDevice)?;
    folder.open_at(PathFlags::empty(), rest, how, flags)
}

/// Writes a new file, or over an old one; says what came of it.
pub fn write(path: &str, bytes: &[u8]) -> String {
    let file = match open(path, OpenFlags::CREATE | OpenFlags::TRUNCATE, read_write()) {
        Ok(file) => file,
        Err(code) => return format!("not opened, {}", code.name()),
    };
    match stream(&file, bytes) {
        Ok(()) => "ok".to_owned(),
        Err(why) => why,
    }
}

/// Writes through a stream, from the beginning.
pub fn stream(file: &Descriptor, bytes: &[u8]) -> Result<(), String> {
    let stream = file
        .write_via_stream(0)
        .map_err(|code| format!("no stream, {}", code.name()))?;
    for part in bytes.chunks(4096) {
        stream
            .blocking_write_and_flush(part)
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

/// The text of a file, or why not.
pub fn read(path: &str) -> String {
    let read = open(path, OpenFlags::empty(), DescriptorFlags::READ).and_then(|file| file.read(1 << 20, 0));
    match read {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(code) => format!("refused, {}", code.name()),
    }
}
