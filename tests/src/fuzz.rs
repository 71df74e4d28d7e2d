//! Fuzzing without a fuzzer: bodies that must hold for any input, a corpus that is committed, and a mutator that can be
//! repeated from its seed. The ordinary tests play the corpus and a fixed number of mutations; `tests/run --long` goes on
//! for as long as it is told. Nothing here is random unless a seed is.

mod bodies;
mod drive;
mod mutate;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use bodies::BODIES;
pub use drive::{Found, Played, Until, drive, keep};
pub use mutate::Mutator;

/// How long the long run takes, in seconds; without it there is none.
pub const SECONDS: &str = "LOCKGATE_FUZZ_SECONDS";

/// One thing that is tried with any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Its name, which is its corpus's, too.
    pub name: &'static str,
    /// Panics if something does not hold. Gives words for what became of the input: inputs with new words are kept as
    /// the origin of others, so that the mutator finds its way inwards.
    pub play: fn(&[u8]) -> String,
    /// What the input is made of, for the mutator.
    pub words: &'static [&'static str],
    /// How many mutations an ordinary run tries.
    pub usual: u64,
}

/// The committed inputs of a body, by name of file.
///
/// # Errors
/// If they can't be read, or there is none.
pub fn corpus(repository: &Path, name: &str) -> Result<Vec<Vec<u8>>> {
    let folder = repository.join("tests/corpus").join(name);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    anyhow::ensure!(!files.is_empty(), "{} holds no input", folder.display());
    let read = |path: PathBuf| std::fs::read(&path).with_context(|| format!("read {}", path.display()));
    files.into_iter().map(read).collect()
}
