//! The order of the house, checked: who may use whom, which things stand in one place only, and how long a file may be.
//!
//! It reads source text, not a syntax tree: rustfmt's form is assumed, and the checks are tried on small texts that break
//! them. Tests inside the sources are held to the order of the floors, but not to the rules for code.

pub mod order;
pub mod rules;
pub mod source;

use std::path::Path;

use anyhow::{Context, Result, ensure};

pub use source::Source;

/// Everything that is wrong with the house, a line each; empty if it is in order.
///
/// # Errors
/// If its files can't be read.
pub fn violations(repository: &Path) -> Result<Vec<String>> {
    let host = read(&repository.join("host/src"))?;
    ensure!(
        host.iter().any(|source| source.path == "main.rs"),
        "host/src has no main.rs: is this the repository?"
    );
    let sdk = read(&repository.join("sdk"))?;
    let mut found = order::check(&host);
    found.extend(rules::check_host(&host));
    found.extend(rules::check_lengths("sdk", &sdk));
    let others = read_as(&repository.join("host"), &["toml", "md", "sql"])?;
    found.extend(others.iter().flat_map(rules::platforms));
    Ok(found)
}

/// All Rust sources below a folder, by path.
///
/// # Errors
/// If one can't be read.
pub fn read(folder: &Path) -> Result<Vec<Source>> {
    read_as(folder, &["rs"])
}

fn read_as(folder: &Path, endings: &[&str]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("read {}", next.display()))? {
            let path = entry.context("read a folder")?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if endings.contains(&ending) {
                let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
                let inside = path.strip_prefix(folder).context("a file below the folder")?;
                sources.push(Source::new(&inside.to_string_lossy(), &text));
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    source::mark_tests(&mut sources);
    Ok(sources)
}
