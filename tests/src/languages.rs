//! Channels in every language: projects that the real `lockgate build` makes components of, and that then run in a real home.
//! A toolchain that is missing is a failure: `tests/run` installs all of them.

mod example;
pub mod figures;
mod hello;
mod news;
mod probe;
mod scaffold;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

pub use example::{Added, Example};
pub use hello::prove_hello;
pub use probe::Probe;
pub use scaffold::{made, scaffold, workplace};

use crate::guests::root;
use crate::home::binary;

/// How long the first start of a component may take here: the largest are compiled for a minute on a machine that does other
/// things, too.
pub const COMPILING: Duration = Duration::from_secs(300);
/// A target folder for all projects in Rust: the standard library is built once.
const CARGO_TARGET: &str = "target/languages/rust";

/// A component that was built.
#[derive(Debug, Clone, Deserialize)]
pub struct Built {
    /// Where it stands.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// In what it is written.
    pub language: String,
    /// What `lockgate build` took, in milliseconds.
    pub millis: u64,
}

/// `lockgate build` as an author types it.
///
/// # Errors
/// If it fails; the tools' own words are in the message.
pub fn build(project: &Path) -> Result<Built> {
    let begun = Instant::now();
    let output = lockgate().args(["build", "--json"]).arg(project).output();
    let output = output.context("run lockgate build")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        bail!("{} was not built:\n{}", project.display(), text(&output.stderr));
    }
    let built: Built = serde_json::from_slice(&output.stdout).with_context(|| text(&output.stdout))?;
    eprintln!("{}: built in {:.1} s", project.display(), begun.elapsed().as_secs_f64());
    Ok(built)
}

/// The binary in this process's own environment, where the languages' tools are found. All projects in Rust share what they
/// build.
#[must_use]
pub fn lockgate() -> Command {
    let mut command = Command::new(binary("lockgate"));
    command.env("CARGO_TARGET_DIR", cargo_target()).stdin(Stdio::null());
    command
}

/// Where all projects in Rust build to.
#[must_use]
pub fn cargo_target() -> PathBuf {
    root().join(CARGO_TARGET)
}

/// The folder of a language's probe.
#[must_use]
pub fn probe_folder(language: &str) -> PathBuf {
    root().join("tests/languages").join(language).join("probe")
}

/// All that a language has to prove, and a line of figures. The body of a test.
///
/// # Panics
/// If it does not.
pub fn prove(language: &str) {
    if let Err(error) = Probe::open(language).and_then(Probe::prove) {
        panic!("{language}: {error:#}");
    }
}

/// Makes a project of every kind in this language in an empty folder, builds it, and tests it: the body of a test. `tests`:
/// what runs the project's own tests, in its folder.
///
/// # Panics
/// If that fails.
pub fn prove_scaffolds(lang: &str, tests: &[&str]) {
    for kind in ["feed", "webhook", "chat", "live-chat"] {
        if let Err(error) = scaffold(lang, kind, tests) {
            panic!("{lang} {kind}: {error:#}");
        }
    }
}
