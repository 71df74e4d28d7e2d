//! The operator's own roots of trust: the file that lockgate.toml names, read but never judged.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::limits;

/// The file's bytes, if one is named. Blocks, but not for a named pipe or a device.
///
/// # Errors
/// In words for the operator.
pub fn read(path: Option<&Path>) -> Result<Option<Vec<u8>>, String> {
    let Some(path) = path else { return Ok(None) };
    let failed = |error: io::Error| {
        let path = path.display();
        format!("can't read {path} (`certificates` in lockgate.toml): {error}")
    };
    bytes_of(path).map(Some).map_err(failed)
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    // Without waiting: a named pipe must not hold the host up.
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file; name one"));
    }
    // One byte more than is allowed is enough to know that there are too many.
    let mut bytes = Vec::new();
    file.take(limits::CERTIFICATES_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    /// Without a defence this test does not end.
    #[test]
    fn a_named_pipe_for_certificates_held_the_house_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let error = read(Some(&path)).unwrap_err();
        assert!(
            error.contains("`certificates` in lockgate.toml") && error.contains("no regular file"),
            "{error}"
        );
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, vec![b'x'; limits::CERTIFICATES_BYTES + 9]).unwrap();
        let bytes = read(Some(&path)).unwrap().unwrap();
        assert_eq!(bytes.len(), limits::CERTIFICATES_BYTES + 1);
        assert_eq!(read(None), Ok(None));
    }
}
