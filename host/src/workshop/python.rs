//! Python, with componentize-py: CPython, the standard library and what `app.py` imports, as one picture of memory. The
//! channel's functions are called through the SDK's `lockgate._entry`. Installs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, BuildError, Made, ToolError, read, tools, write};

const TOOL: &str = "componentize-py";
/// What a person types who lacks the tool; the version is the one that this lockgate was tried with.
const GET: &str =
    "in the project's folder, type `python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1`";
/// The module that exports the contract's functions. It imports the project's `app`.
const ENTRY: &str = "lockgate._entry";

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let missing = ToolError::Missing { tool: TOOL, get: GET };
    let program = tools::find(bench.project, &[TOOL]).ok_or(missing)?;
    let target = bench.work.join("target");
    let surroundings = surroundings(&bench.project.folder, &target)?;
    // A project with an environment of its own has had nothing written there yet, and the tool makes no folder.
    std::fs::create_dir_all(&target).map_err(|source| BuildError::Write {
        path: target.clone(),
        source,
    })?;
    let output = target.join("python.wasm");
    tools::run(TOOL, &mut command(bench, &program, &surroundings, &output), bench.told)?;
    Ok(Made::Component(read(&output)?))
}

/// The tool with all that it is told; what the caller's shell says of other projects must not decide what is in a component.
fn command(bench: &Bench<'_>, program: &Path, surroundings: &Path, output: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(&bench.project.folder)
        .args(["--quiet", "--world", super::WORLD, "--wit-path"])
        .arg(&bench.wit)
        .args(["componentize", ENTRY, "--python-path"])
        .arg(&bench.project.folder)
        .arg("--python-path")
        .arg(&bench.sdk)
        .arg("--output")
        .arg(output)
        .env("VIRTUAL_ENV", surroundings)
        // A mistake in `app.py` is told in its first lines; the tool's own stack would bury them.
        .env("RUST_BACKTRACE", "0")
        .env("RUST_LIB_BACKTRACE", "0");
    for name in std::env::vars_os().map(|(name, _)| name) {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
}

/// The virtual environment whose packages the channel may import: the project's, or one without any. Without it the tool would
/// take those of whichever Python it finds.
fn surroundings(project: &Path, target: &Path) -> Result<PathBuf, BuildError> {
    let own = project.join(".venv");
    if own.is_dir() {
        return Ok(own);
    }
    let none = target.join("no-packages");
    write(
        &none.join("lib/site-packages/README"),
        b"A project without a .venv imports no packages.\n",
    )?;
    Ok(none)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packages_of_the_project_s_own_environment_are_seen() {
        let project = tempfile::tempdir().unwrap();
        let target = project.path().join(".lockgate/target");
        let none = surroundings(project.path(), &target).unwrap();
        assert!(none.starts_with(&target) && none.join("lib/site-packages").is_dir());
        std::fs::create_dir(project.path().join(".venv")).unwrap();
        assert_eq!(
            surroundings(project.path(), &target).unwrap(),
            project.path().join(".venv")
        );
    }
}
