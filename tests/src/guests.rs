//! The guests of this repository: which there are, where their sources and their components stand, and how the latter
//! are made of the former. Nothing here runs a guest, and nothing installs a toolchain.

mod build;
mod component;
mod odd;
mod record;
mod wrapper;

pub use build::{RECIPE, build};
pub use component::{Shape, componentize, embed, shape};
pub use lockgate::workshop::rust::{Prefer, Toolchain};
pub use record::{Built, Record, digest, sources_digest};
pub use wrapper::{is_wrapper, run_rustc};

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Why a guest exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A channel for everyone; its component is committed under `examples/prebuilt/`.
    Example,
    /// A hostile or odd component of the house tests; its component is built before they run.
    Test,
}

/// One guest with sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Name of its folder, its crate and its component.
    pub name: String,
    /// Where `channel.toml` and `src/` stand.
    pub folder: PathBuf,
    /// Example or test.
    pub kind: Kind,
}

impl Guest {
    /// Where this guest's committed component stands; only examples have one.
    #[must_use]
    pub fn prebuilt(&self) -> Option<PathBuf> {
        (self.kind == Kind::Example).then(|| root().join("examples/prebuilt").join(format!("{}.wasm", self.name)))
    }

    /// The text of its manifest.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn manifest(&self) -> Result<String> {
        let path = self.folder.join("channel.toml");
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }
}

/// The repository's folder.
#[must_use]
pub fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}

/// Where components are built to.
#[must_use]
pub fn built_folder() -> PathBuf {
    root().join("target/guests")
}

/// All guests of the two workspaces in Rust, by name: every folder of `examples/` and `tests/guests/` that has a
/// `channel.toml` and a `Cargo.toml`.
///
/// # Errors
/// If one of the folders can't be read.
pub fn all() -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for (folder, kind) in [("examples", Kind::Example), ("tests/guests", Kind::Test)] {
        let folder = root().join(folder);
        for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let entry = entry.with_context(|| format!("read {}", folder.display()))?;
            if ["channel.toml", "Cargo.toml"]
                .iter()
                .all(|file| entry.path().join(file).is_file())
            {
                let name = entry.file_name().to_string_lossy().into_owned();
                guests.push(Guest {
                    name,
                    folder: entry.path(),
                    kind,
                });
            }
        }
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

/// The component file of a guest, for the tests: a committed one, or one that was built before.
///
/// # Errors
/// If there is none; the error says what to type.
pub fn component(name: &str) -> Result<PathBuf> {
    let file = format!("{name}.wasm");
    let places = [root().join("examples/prebuilt").join(&file), built_folder().join(&file)];
    match places.into_iter().find(|place| place.is_file()) {
        Some(place) => Ok(place),
        None => bail!("no component {file}; run `cargo run --release -p lockgate-tests --bin guests -- build`"),
    }
}
