//! Python, with componentize-py: CPython, the standard library and what `app.py` imports, as one picture of memory. The
//! channel's functions are called through the SDK's `lockgate._entry`. Installs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, BuildError, Made, Told, ToolError, fresh, read, remedies, tools, write};

const TOOL: &str = "componentize-py";
/// The module that exports the contract's functions. It imports the project's `app`.
const ENTRY: &str = "lockgate._entry";

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let missing = ToolError::Missing {
        tool: TOOL,
        get: remedies::PYTHON,
    };
    let program = tools::find(bench.project, &[TOOL]).ok_or(missing)?;
    let target = bench.work.join("target");
    let surroundings = surroundings(&bench.project.folder, &target)?;
    let output = fresh(bench, "python.wasm")?;
    tools::run(
        TOOL,
        &mut command(bench, &program, &surroundings, &output),
        &Plain(bench.told),
    )?;
    Ok(Made::Component(read(&output)?))
}

/// Passes the tool's words on without what is its own in them.
struct Plain<'a>(&'a dyn Told);

impl Told for Plain<'_> {
    fn step(&self, words: &str) {
        self.0.step(words);
    }
    fn output(&self, text: &str) {
        self.0.output(&cause(text));
    }
    fn is_given_up(&self) -> bool {
        self.0.is_given_up()
    }
}

/// What a mistake in the channel looks like to its author: the tool runs `app.py` inside its own frames and the SDK's, under
/// `/0` and `/1`, and says the end again. What does not look so is left as it is.
fn cause(text: &str) -> String {
    const OURS: &str = "AssertionError: Traceback (most recent call last):\n";
    let Some((_, trace)) = text.split_once(OURS) else {
        return text.to_owned();
    };
    let trace = trace.split("\n\nCaused by:").next().unwrap_or(trace).trim_end();
    let mut out = String::from("Traceback (most recent call last):\n");
    let mut is_sdks = false;
    for line in trace.lines() {
        // A frame is a line that names a file, and lines below it that stand further in.
        match line.strip_prefix("  File \"") {
            Some(file) => is_sdks = file.starts_with("/1/lockgate/"),
            None => is_sdks &= line.starts_with("    "),
        }
        if !is_sdks {
            out.push_str(&line.replacen("  File \"/0/", "  File \"", 1));
            out.push('\n');
        }
    }
    out
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
    fn of_a_mistake_the_author_s_own_lines_are_shown() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(cause(text), expected, "{text}");
        }
        let own = "Traceback (most recent call last):\n  File \"/v/bin/componentize-py\", line 8, in <module>\n    \
                   sys.exit(script())\n             ^^^^^^^^\nAssertionError: Traceback (most recent call last):\n  \
                   File \"/1/lockgate/_entry.py\", line 31, in <module>\n    import app\n";
        check(
            &format!(
                "{own}  File \"/0/app.py\", line 41\n    def (\n        ^\nSyntaxError: no\n\n\nCaused by:\n    SyntaxError: no\n"
            ),
            "Traceback (most recent call last):\n  File \"app.py\", line 41\n    def (\n        ^\nSyntaxError: no\n",
        );
        check(
            &format!("{own}ImportError: x\n"),
            "Traceback (most recent call last):\nImportError: x\n",
        );
        check(
            "AssertionError: world `x` is not there\n",
            "AssertionError: world `x` is not there\n",
        );
        check("", "");
    }

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
