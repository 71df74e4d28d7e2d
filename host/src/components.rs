//! The component store: approved bytes by digest, and their compiled code. What is hashed is what is kept, compiled and
//! run; the file that the operator named is never read again for running.

mod bundle;
mod kept;

pub use bundle::{CHAT, RECEIVER, bundled, bundled_names, manifest_at, read_origin};
pub use kept::{Code, Kept};

use std::fs::OpenOptions;
use std::io::{self, Read, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::component::{self, ComponentError, Inspection};
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::manifest::{Manifest, ManifestError};
use crate::model::Digest;
use crate::paths::{PathsError, StateDir};
use crate::sandbox::{CompiledError, PrepareError, Prepared, Sandbox, compiled};

/// The name of a manifest that stands beside its component.
pub const MANIFEST_FILE: &str = "channel.toml";

/// The store of one state folder.
#[derive(Clone)]
pub struct Components {
    state: StateDir,
    journal: Journal,
    binary: PathBuf,
}

/// Why a component could not be approved or made ready.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The bytes are no component for this host.
    #[error("not usable as a channel: {0}")]
    Component(#[from] ComponentError),
    /// It carries no manifest.
    #[error(
        "the component carries no channel.toml; put channel.toml beside it and type this again; `lockgate build` puts it in"
    )]
    NoManifest,
    /// Its manifest.
    #[error("its channel.toml: {0}")]
    Manifest(#[from] ManifestError),
    /// The approved bytes are gone.
    #[error("the approved component {digest} is gone from {}; run `lockgate add` for this channel again", .path.display())]
    Gone {
        /// What was approved.
        digest: Digest,
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Bytes that nobody needs stay.
    #[error("the old component {digest} can't be taken out of {}; make its folder writable for you", .path.display())]
    Kept {
        /// Which.
        digest: Digest,
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The approved bytes are others now.
    #[error("{} was changed since it was approved; run `lockgate add` for this channel again", .path.display())]
    Changed {
        /// Where.
        path: PathBuf,
    },
    /// The disk.
    #[error(transparent)]
    Paths(#[from] PathsError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Compiling or loading.
    #[error(transparent)]
    Compiled(#[from] CompiledError),
    /// Loading or linking.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
}

impl StoreError {
    /// Whether compiling again would help.
    pub fn is_about_compiled_code(&self) -> bool {
        let compiled = match self {
            Self::Compiled(error) | Self::Prepare(PrepareError::Compiled(error)) => error,
            _ => return false,
        };
        matches!(
            compiled,
            CompiledError::Unfit { .. } | CompiledError::Changed { .. } | CompiledError::Unreadable { .. }
        )
    }
}

/// A component's bytes, looked at and found to be a channel whose manifest fits it.
#[derive(Debug, Clone)]
pub struct Examined {
    /// With the manifest in it.
    pub bytes: Vec<u8>,
    /// Of these bytes.
    pub digest: Digest,
    /// What they say.
    pub inspection: Inspection,
    /// What the channel asks for.
    pub manifest: Manifest,
}

/// Looks at a component's bytes. `beside`: the text of a channel.toml that stood beside the file, used if the component
/// carries none.
///
/// # Errors
/// It is no channel of our contract, or its manifest is missing, wrong or does not fit.
pub fn examine(bytes: Vec<u8>, beside: Option<&str>) -> Result<Examined, StoreError> {
    let mut inspection = component::inspect(&bytes)?;
    let bytes = match (&inspection.manifest, beside) {
        (Some(_), _) => bytes,
        (None, Some(text)) => {
            inspection.manifest = Some(text.to_owned());
            component::embed(&bytes, text)
        }
        (None, None) => return Err(StoreError::NoManifest),
    };
    let manifest = Manifest::parse(inspection.manifest.as_deref().unwrap_or_default())?;
    inspection.matches(&manifest.interfaces())?;
    Ok(Examined {
        digest: Digest::of(&bytes),
        bytes,
        inspection,
        manifest,
    })
}

impl Components {
    /// lockgate's own program, which is started for what needs a process of its own.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The store in this state folder; `binary` is started to compile.
    pub fn new(state: StateDir, journal: Journal, binary: PathBuf) -> Self {
        Self { state, journal, binary }
    }

    /// Keeps the bytes under their digest.
    ///
    /// # Errors
    /// The disk.
    pub fn keep(&self, examined: &Examined) -> Result<(), StoreError> {
        Ok(self
            .state
            .write(&self.state.component(&examined.digest), &examined.bytes)?)
    }

    /// Reads approved bytes back.
    ///
    /// # Errors
    /// They are gone, or have another digest than they had.
    pub fn read(&self, digest: &Digest) -> Result<Examined, StoreError> {
        let path = self.state.component(digest);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => {
                return Err(StoreError::Gone {
                    digest: *digest,
                    path,
                    source,
                });
            }
        };
        if Digest::of(&bytes) != *digest {
            return Err(StoreError::Changed { path });
        }
        examine(bytes, None)
    }

    /// Whether compiled code for this engine is there.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn is_compiled(&self, digest: &Digest, engine: &str) -> Result<bool, StoreError> {
        Ok(self.journal.compiled(digest, engine)?.is_some() && self.state.compiled(digest, engine).exists())
    }

    /// Compiles in a child process and keeps the code, with a note of its digest.
    ///
    /// # Errors
    /// The child refuses or is stopped, or the disk is full.
    pub async fn compile(&self, examined: &Examined, engine: &str) -> Result<(), StoreError> {
        let path = self.state.compiled(&examined.digest, engine);
        let mut code = self.state.nameless(&path)?;
        let into = code.try_clone().map_err(CompiledError::Child)?;
        compiled::compile(&self.binary, &examined.bytes, into).await?;
        let (this, digest, engine) = (self.clone(), examined.digest, engine.to_owned());
        let kept = tokio::task::spawn_blocking(move || {
            code.rewind().map_err(CompiledError::Child)?;
            let noted = Digest::of_reader(&mut code).map_err(CompiledError::Child)?;
            code.rewind().map_err(CompiledError::Child)?;
            this.state.write_from(&path, &mut code)?;
            // After the file: a note without a file is harmless, a file without a note is never loaded.
            this.journal.put_compiled(&digest, &engine, &noted)?;
            Ok(())
        });
        kept.await
            .unwrap_or_else(|panic| Err(CompiledError::Child(io::Error::other(panic)).into()))
    }

    /// Takes away bytes that nobody needs any more, and their compiled code for this engine. The note of that code stays,
    /// which is harmless.
    ///
    /// # Errors
    /// The disk.
    pub fn discard(&self, digest: &Digest, engine: &str) -> Result<(), StoreError> {
        for path in [self.state.compiled(digest, engine), self.state.component(digest)] {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    let digest = *digest;
                    return Err(StoreError::Kept { digest, path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Loads compiled code and links it.
    ///
    /// # Errors
    /// There is none, it was changed, or the component imports what is not offered.
    pub fn prepare(&self, sandbox: &Arc<Sandbox>, digest: &Digest, memory: usize) -> Result<Prepared, StoreError> {
        let engine = sandbox.fingerprint();
        let path = self.state.compiled(digest, engine);
        let expected = self
            .journal
            .compiled(digest, engine)?
            .ok_or_else(|| CompiledError::Unreadable {
                path: path.clone(),
                source: io::Error::new(io::ErrorKind::NotFound, "it was never compiled for this engine"),
            })?;
        Ok(sandbox.prepare(&path, &expected, memory)?)
    }
}

/// Reads a file that somebody named as a component, within the bound.
///
/// # Errors
/// It can't be read, or is no regular file.
pub fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    // Without waiting: a named pipe in its place must hold nobody up.
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        let text = "it is no regular file; put the component's file there";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut bytes = Vec::new();
    // One more than allowed, so that too large a file is seen as such.
    file.take(limits::COMPONENT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of the manifest in a component's folder, for one that carries none.
///
/// # Errors
/// It is there, and can't be read or is no text.
pub fn manifest_beside(component: &std::path::Path) -> io::Result<Option<String>> {
    match read_bounded(&component.with_file_name(MANIFEST_FILE)) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    /// A named pipe in place of the component would hold up `review`, `status` and every start that looks at the file.
    #[test]
    fn a_pipe_in_place_of_a_component_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("w.wasm");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        let (done, waited) = std::sync::mpsc::channel();
        let path = pipe.clone();
        std::thread::spawn(move || done.send(read_bounded(&path).map_err(|error| error.to_string())));
        let read = waited.recv_timeout(std::time::Duration::from_secs(10));
        let refused = read.expect("it waits for somebody to write").unwrap_err();
        assert!(refused.starts_with("it is no regular file"), "{refused}");
        assert!(read_bounded(dir.path()).is_err() && read_bounded("/dev/zero".as_ref()).is_err());
        let file = dir.path().join("file");
        std::fs::write(&file, "bytes").unwrap();
        assert_eq!(read_bounded(&file).unwrap(), b"bytes");
    }
}
