//! New projects, from an empty folder to a component that passes the conformance suite.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::news::loses_nothing;
use super::{Built, build, cargo_target, lockgate};
use crate::guests::root;
use anyhow::{Context, Result, ensure};

/// All languages, as `--lang` takes them.
pub const LANGS: [&str; 7] = ["rust", "ts", "js", "python", "go", "c", "zig"];

/// A folder for a project of this name, which is not there. At a fixed place: what cargo builds for a project it keeps by the
/// project's path, and would keep for each run anew.
///
/// # Errors
/// What is there can't be taken away.
pub fn workplace(name: &str) -> Result<PathBuf> {
    let folder = root().join("target/languages/new");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let project = folder.join(name);
    match std::fs::remove_dir_all(&project) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("empty {}", project.display()))
        }
        _ => Ok(project),
    }
}

/// `lockgate new` into this folder, and what an author would do then.
///
/// # Errors
/// It refuses; its words are in the message.
pub fn made(lang: &str, kind: &str, project: &Path) -> Result<()> {
    run(lockgate()
        .arg("new")
        .arg(project)
        .args(["--lang", lang, "--kind", kind]))?;
    prepare(lang, project)
}

/// `lockgate new`, `lockgate build`, the project's own tests, `lockgate test`, and whether it loses anything.
///
/// # Errors
/// One of them fails; its words are in the message.
pub fn scaffold(lang: &str, kind: &str, tests: &[&str]) -> Result<Built> {
    let project = workplace(&format!("{kind}-in-{lang}"))?;
    made(lang, kind, &project)?;
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
    loses_nothing(kind, &built.path)?;
    Ok(built)
}

pub(super) fn run(command: &mut Command) -> Result<()> {
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
    let modules = root().join("tests/languages/node_modules");
    if ["js", "ts"].contains(&lang) && !project.join("node_modules").exists() {
        std::os::unix::fs::symlink(&modules, project.join("node_modules"))
            .with_context(|| format!("lend {}", modules.display()))?;
    }
    Ok(())
}
