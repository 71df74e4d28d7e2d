//! The files that hold secrets: read only if they are closed to others, written so that a crash leaves the old one or
//! the new one.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions as DirOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;
use toml_edit::{DocumentMut, Item, Value};

use super::{VaultError, entries};
use crate::limits;
use crate::manifest::Place;
use crate::model::Secret;

/// The name of the file beside `lockgate.toml`.
pub const SECRETS_FILE: &str = "secrets.toml";
/// The bytes of a secret's own file.
pub(super) fn read_secret(path: &Path) -> Result<Vec<u8>, VaultError> {
    let failed = |source| VaultError::File {
        path: path.to_owned(),
        source,
    };
    // Without waiting: a named pipe must not hold the host up.
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
        .map_err(failed)?;
    read_closed(file, path.to_owned())
}

/// The text of `secrets.toml`; `None` if there is none.
///
/// # Authority
/// `dir` is the configuration folder.
pub fn read_secrets(dir: &Dir) -> Result<Option<String>, VaultError> {
    let path = PathBuf::from(SECRETS_FILE);
    let mut options = DirOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = match dir.open_with(SECRETS_FILE, &options) {
        Ok(file) => file.into_std(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(VaultError::File { path, source }),
    };
    let bytes = read_closed(file, path.clone())?;
    let invalid = |_| VaultError::File {
        path,
        source: io::Error::from(io::ErrorKind::InvalidData),
    };
    String::from_utf8(bytes).map(Some).map_err(invalid)
}

/// Reads an open file, if nobody else can and it is no longer than a secret may be.
fn read_closed(file: File, path: PathBuf) -> Result<Vec<u8>, VaultError> {
    let failed = |source| VaultError::File {
        path: path.clone(),
        source,
    };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(VaultError::NoFile(path));
    }
    if let Some(mode) = open_to_others(&metadata) {
        return Err(VaultError::Open { path, mode });
    }
    let mut bytes = Vec::new();
    file.take(limits::SECRET_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > limits::SECRET_BYTES {
        return Err(VaultError::TooLarge(path));
    }
    Ok(bytes)
}

/// The permission bits, if group or others have any.
fn open_to_others(metadata: &Metadata) -> Option<u32> {
    let mode = metadata.mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Puts an entry into `secrets.toml`, which is made if it is not there (0600); comments in it stay. The new file is
/// whole on disk before it takes the old one's name. Two writers at once: the later one wins.
///
/// # Authority
/// `dir` is the configuration folder.
pub fn write_secret(dir: &Dir, name: &str, secret: &Secret) -> Result<(), VaultError> {
    let text = std::str::from_utf8(secret.expose()).map_err(|_| VaultError::NoText(name.to_owned()))?;
    if text.is_empty() {
        return Err(VaultError::Empty(format!("secrets.toml, `{name}`")));
    }
    let old = read_secrets(dir)?.unwrap_or_default();
    let new = with_entry(&old, name, text)?;
    if new.len() > limits::SECRET_BYTES {
        return Err(VaultError::TooLarge(SECRETS_FILE.into()));
    }
    replace(dir, new.as_bytes())
}

/// Takes an entry out of `secrets.toml`; comments and the other entries stay.
///
/// # Errors
/// There is no such entry, or the file can't be read or written.
///
/// # Authority
/// `dir` is the configuration folder.
pub fn remove_secret(dir: &Dir, name: &str) -> Result<(), VaultError> {
    let old = read_secrets(dir)?.ok_or_else(|| VaultError::NoSecretsFile(name.to_owned()))?;
    if !entries(&old)?.contains_key(name) {
        return Err(VaultError::NoEntry(name.to_owned()));
    }
    let mut document: DocumentMut = old.parse().map_err(|_| VaultError::Unreadable(Place::of(&old, 0)))?;
    document.remove(name);
    replace(dir, document.to_string().as_bytes())
}

/// The names of all entries of `secrets.toml`.
///
/// # Errors
/// The file can't be read, or makes no sense.
///
/// # Authority
/// `dir` is the configuration folder.
pub fn secret_names(dir: &Dir) -> Result<Vec<String>, VaultError> {
    let text = read_secrets(dir)?.unwrap_or_default();
    Ok(entries(&text)?.into_keys().collect())
}

/// The file's text with one entry set; what is wrong in it is an error, never lost.
fn with_entry(old: &str, name: &str, text: &str) -> Result<String, VaultError> {
    entries(old)?;
    let mut document: DocumentMut = old.parse().map_err(|_| VaultError::Unreadable(Place::of(old, 0)))?;
    let mut new = Value::from(text);
    if let Some(current) = document.get(name).and_then(Item::as_value) {
        *new.decor_mut() = current.decor().clone();
    }
    document[name] = Item::Value(new);
    Ok(document.to_string())
}

fn replace(dir: &Dir, bytes: &[u8]) -> Result<(), VaultError> {
    // A name of this process alone, so that two writers never share a file that is not whole.
    let name = format!(".{SECRETS_FILE}.{}", std::process::id());
    let written = write_whole(dir, &name, bytes);
    if written.is_err() {
        // It may hold a secret. That it could not be removed either adds nothing to the error.
        let _ = dir.remove_file(&name);
    }
    written
}

fn write_whole(dir: &Dir, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
    let failed = |doing| move |source| VaultError::Write { doing, source };
    match dir.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("removing an old try")(error)),
        _ => {}
    }
    let mut options = DirOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = dir.open_with(name, &options).map_err(failed("making a new file"))?;
    file.write_all(bytes).map_err(failed("writing"))?;
    file.sync_all().map_err(failed("waiting for the disk"))?;
    dir.rename(name, dir, SECRETS_FILE).map_err(failed("renaming"))?;
    sync(dir).map_err(failed("waiting for the disk"))
}

/// The name is on disk, too.
fn sync(dir: &Dir) -> io::Result<()> {
    dir.open(".")?.sync_all()
}
