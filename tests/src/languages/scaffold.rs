//! New projects, from an empty folder to a component that passes the conformance suite.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{Built, build, cargo_target, lockgate};

/// `lockgate new`, `lockgate build`, the project's own tests, `lockgate test`.
///
/// # Errors
/// One of them fails; its words are in the message.
pub fn scaffold(lang: &str, kind: &str, tests: &[&str]) -> Result<Built> {
    let folder = TempDir::with_prefix("lockgate-new-").context("make a temporary folder")?;
    let project = folder.path().join(format!("{kind}-of-{lang}"));
    let path = project.to_str().context("a temporary folder's name is not text")?;
    run(lockgate().args(["new", path, "--lang", lang, "--kind", kind]))?;
    prepare(lang, &project)?;
    let built = build(&project)?;
    if let Some((program, arguments)) = tests.split_first() {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&project)
            .env("CARGO_TARGET_DIR", cargo_target());
        run(&mut command)?;
    }
    run(lockgate().arg("test").arg(&built.path))?;
    Ok(built)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("start {command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    Ok(())
}

/// What an author would do between `new` and `build`: node's packages are those that the tests have, instead of `npm install`.
pub(super) fn prepare(lang: &str, project: &Path) -> Result<()> {
    let modules = crate::guests::root().join("tests/languages/node_modules");
    if ["js", "ts"].contains(&lang) && !project.join("node_modules").exists() {
        std::os::unix::fs::symlink(&modules, project.join("node_modules"))
            .with_context(|| format!("lend {}", modules.display()))?;
    }
    Ok(())
}
