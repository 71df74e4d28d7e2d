//! What is known of the committed components: the compiler, and for each the digest of its sources and of itself. Reads
//! and digests files; writes none.

use super::{Guest, root};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The text at the top of the file.
const HEAD: &str = "# Written by `cargo run --release -p lockgate-tests --bin guests -- build`. A rebuild by this compiler gives \
    these very bytes.\n";

/// `examples/prebuilt/BUILT.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The first line of the compiler's `--version`.
    pub rustc: String,
    /// The committed components, by name.
    #[serde(default)]
    pub component: BTreeMap<String, Built>,
}

/// One committed component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Built {
    /// Digest of the sources that it was made of.
    pub sources: String,
    /// Digest of the component with its manifest.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: usize,
}

impl Record {
    /// Where it stands.
    #[must_use]
    pub fn path() -> PathBuf {
        root().join("examples/prebuilt/BUILT.toml")
    }

    /// Reads it; one that is not there is empty.
    ///
    /// # Errors
    /// If it can't be read or is not what `build` writes.
    pub fn read() -> Result<Self> {
        let path = Self::path();
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("read {}; run `guests -- build` to write it anew", path.display()))
    }

    /// Its text.
    ///
    /// # Errors
    /// If a value has no form in TOML, which none of these can have.
    pub fn to_text(&self) -> Result<String> {
        Ok(format!("{HEAD}{}", toml::to_string(self).context("write BUILT.toml")?))
    }
}

/// SHA-256 as it is written everywhere: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    format!("sha256:{}", data_encoding::HEXLOWER.encode(digest.as_ref()))
}

/// Digest of all that a guest's component is made of: its own folder without the README, the SDK, the contract, the
/// guests' workspace and its lock file, and the recipe.
///
/// # Errors
/// If one of the files can't be read.
pub fn sources_digest(guest: &Guest, recipe: &str) -> Result<String> {
    let root = root();
    let shared = [
        "sdk/rust/Cargo.toml",
        "sdk/rust/src",
        "wit",
        "examples/Cargo.toml",
        "examples/Cargo.lock",
    ];
    let mut files = Vec::new();
    for place in shared
        .iter()
        .map(|place| root.join(place))
        .chain([guest.folder.clone()])
    {
        collect(&place, &mut files).with_context(|| format!("read {}", place.display()))?;
    }
    files.sort();
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut take = |bytes: &[u8]| {
        // The length goes before the bytes, so that no two lists of files read alike.
        context.update(&(bytes.len() as u64).to_le_bytes());
        context.update(bytes);
    };
    take(recipe.as_bytes());
    for file in files {
        take(file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().as_bytes());
        take(&fs::read(&file).with_context(|| format!("read {}", file.display()))?);
    }
    Ok(format!(
        "sha256:{}",
        data_encoding::HEXLOWER.encode(context.finish().as_ref())
    ))
}

/// All files under a place; documentation is no source.
fn collect(place: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if place.is_file() {
        if place.extension().is_none_or(|extension| extension != "md") {
            files.push(place.to_path_buf());
        }
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::guests::{RECIPE, all};

    #[test]
    fn the_record_names_every_example_and_its_sources_as_they_are() {
        let record = Record::read().unwrap();
        for guest in all().unwrap() {
            let Some(path) = guest.prebuilt() else { continue };
            let built = &record.component[&guest.name];
            let bytes = fs::read(path).unwrap();
            assert_eq!(
                (&digest(&bytes), bytes.len()),
                (&built.digest, built.bytes),
                "{}",
                guest.name
            );
            assert_eq!(
                sources_digest(&guest, RECIPE).unwrap(),
                built.sources,
                "{}: its sources changed",
                guest.name
            );
        }
    }

    #[test]
    fn another_source_or_recipe_is_another_digest() {
        let folder = tempfile::tempdir().unwrap();
        let mut guest = all().unwrap().remove(0);
        guest.folder = folder.path().to_path_buf();
        let digest = |recipe: &str| sources_digest(&guest, recipe).unwrap();
        let empty = digest("a");
        fs::write(folder.path().join("README.md"), "words").unwrap();
        assert_eq!(digest("a"), empty);
        assert_ne!(digest("b"), empty);
        fs::write(folder.path().join("lib.rs"), "one").unwrap();
        let one = digest("a");
        assert_ne!(one, empty);
        fs::write(folder.path().join("lib.rs"), "two").unwrap();
        assert_ne!(digest("a"), one);
    }

    #[test]
    fn the_record_reads_what_it_writes() {
        let built = Built {
            sources: "sha256:1".into(),
            digest: "sha256:2".into(),
            bytes: 3,
        };
        let record = Record {
            rustc: "rustc 1".into(),
            component: [("hello".to_owned(), built)].into(),
        };
        assert_eq!(toml::from_str::<Record>(&record.to_text().unwrap()).unwrap(), record);
        assert!(toml::from_str::<Record>("rustc = \"a\"\nsurprise = 1").is_err());
    }
}
