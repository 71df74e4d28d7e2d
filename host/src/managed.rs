//! Reads the files of the organisation that manages this machine, or tells why they can't be trusted to be its own. What
//! they mean is the law's. There is no other place for them and no variable that names one: who runs lockgate could set it.

#[cfg(test)]
mod tests;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::limits;
use crate::organisation::{Policy, Settings, Text, Texts, folder};

/// The client's first file; those of the folder below are merged into it.
const SETTINGS_FILE: &str = "managed-settings.json";
const SETTINGS_FOLDER: &str = "managed-settings.d";
/// lockgate's own.
const POLICY_FILE: &str = "lockgate.toml";

/// Where an organisation's files are, and whose they have to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    folder: PathBuf,
    owner: u32,
}

/// Why the files can't be read as the organisation's.
#[derive(Debug, thiserror::Error)]
pub enum ManagedError {
    /// The system refuses.
    #[error("can't read {}: {source}; until who manages this machine makes it readable, no channel runs", path.display())]
    Unreadable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Neither a file nor a folder where one has to be.
    #[error("{} is neither a file nor a folder as it has to be; until who manages this machine removes it, no channel runs", .0.display())]
    Odd(PathBuf),
    /// Whoever it belongs to could change it.
    #[error(
        "{} belongs to the user with the number {owner}, so it can't be an organisation's; until who manages this machine \
         takes it over or removes it, no channel runs",
        path.display()
    )]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose.
        owner: u32,
    },
    /// Others could change it.
    #[error(
        "{} can be written by others (mode {mode:03o}), so it can't be an organisation's; until who manages this machine \
         runs chmod go-w for it, no channel runs",
        path.display()
    )]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than it may be.
    #[error("{} has more than {} bytes; until who manages this machine shortens it, no channel runs", .0.display(), limits::MANAGED_BYTES)]
    Large(PathBuf),
    /// No text.
    #[error("{} is no text in UTF-8; until who manages this machine corrects it, no channel runs", .0.display())]
    NoText(PathBuf),
    /// More than there may be.
    #[error("{} has more than {} files; until who manages this machine merges some, no channel runs", .0.display(), limits::MANAGED_FILES)]
    Many(PathBuf),
}

impl Managed {
    /// This machine's: its superuser's.
    pub fn here() -> Self {
        Self::at(folder(std::env::consts::OS), 0)
    }

    /// Another folder, whose files have to be this user's.
    pub fn at(folder: &Path, owner: u32) -> Self {
        Self {
            folder: folder.to_owned(),
            owner,
        }
    }

    /// The policy as it is now; what can't be read or understood admits nothing. Blocks.
    ///
    /// # Authority
    /// A file that an attacker could have made must not open what it is meant to close, and one that he could have removed
    /// is not missed: that is why only the superuser's files count, and no way to them can be chosen.
    pub fn policy(&self) -> Policy {
        let texts = match self.read() {
            Ok(texts) => texts,
            Err(error) => return Policy::closed(error.to_string()),
        };
        Policy::read(&texts).unwrap_or_else(|error| Policy::closed(error.to_string()))
    }

    /// What the client's own settings say of channels; `None`: there are none. Blocks.
    ///
    /// # Errors
    /// In words for the operator.
    pub fn settings(&self) -> Result<Option<Settings>, String> {
        let texts = self.read().map_err(|error| error.to_string())?;
        if texts.settings.is_empty() {
            return Ok(None);
        }
        let merged = Settings::merge(&texts.settings);
        merged.map(Some).map_err(|error| error.to_string())
    }

    /// All texts, in the order in which they are merged.
    fn read(&self) -> Result<Texts, ManagedError> {
        let place = self.folder.join(POLICY_FILE);
        let mut texts = Texts {
            place: place.clone(),
            ..Texts::default()
        };
        if !self.is_folder(&self.folder)? {
            return Ok(texts);
        }
        let more = self.dropped_in(&self.folder.join(SETTINGS_FOLDER))?;
        let first = self.folder.join(SETTINGS_FILE);
        for file in std::iter::once(first).chain(more) {
            texts.settings.extend(self.text(file)?);
        }
        texts.policy = self.text(place)?;
        Ok(texts)
    }

    /// The names of the files below, in order. Hidden ones are none to the client, so they are none here.
    fn dropped_in(&self, folder: &Path) -> Result<Vec<PathBuf>, ManagedError> {
        let mut files = Vec::new();
        if !self.is_folder(folder)? {
            return Ok(files);
        }
        for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
            let name = entry.map_err(|source| unreadable(folder, source))?.file_name();
            let bytes = name.as_encoded_bytes();
            if bytes.ends_with(b".json") && !bytes.starts_with(b".") {
                files.push(folder.join(name));
            }
            if files.len() >= limits::MANAGED_FILES {
                return Err(ManagedError::Many(folder.to_owned()));
            }
        }
        files.sort();
        Ok(files)
    }

    /// Whether there is such a folder; something else in its place is an error.
    fn is_folder(&self, path: &Path) -> Result<bool, ManagedError> {
        if is_absent(path)? {
            return Ok(false);
        }
        let meta = path.metadata().map_err(|source| unreadable(path, source))?;
        if !meta.is_dir() {
            return Err(ManagedError::Odd(path.to_owned()));
        }
        self.check(path, &meta).map(|()| true)
    }

    /// A file's text, if it is there.
    fn text(&self, path: PathBuf) -> Result<Option<Text>, ManagedError> {
        if is_absent(&path)? {
            return Ok(None);
        }
        let file = open(&path).map_err(|source| unreadable(&path, source))?;
        let meta = file.metadata().map_err(|source| unreadable(&path, source))?;
        if !meta.is_file() {
            return Err(ManagedError::Odd(path));
        }
        self.check(&path, &meta)?;
        let mut bytes = Vec::new();
        // One byte more than is allowed is enough to know that there are too many.
        let read = file.take(limits::MANAGED_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|source| unreadable(&path, source))?;
        if bytes.len() > limits::MANAGED_BYTES {
            return Err(ManagedError::Large(path));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Text { file: path, text })),
            Err(_) => Err(ManagedError::NoText(path)),
        }
    }

    fn check(&self, path: &Path, meta: &Metadata) -> Result<(), ManagedError> {
        let (path, mode) = (path.to_owned(), meta.mode() & 0o7777);
        if meta.uid() != self.owner {
            return Err(ManagedError::Foreign {
                path,
                owner: meta.uid(),
            });
        }
        if mode & 0o022 != 0 {
            return Err(ManagedError::Open { path, mode });
        }
        Ok(())
    }
}

/// A link that leads nowhere is there: somebody meant something by it.
fn is_absent(path: &Path) -> Result<bool, ManagedError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(unreadable(path, source)),
    }
}

/// Without waiting: a named pipe must not hold the host up.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

fn unreadable(path: &Path, source: io::Error) -> ManagedError {
    ManagedError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
