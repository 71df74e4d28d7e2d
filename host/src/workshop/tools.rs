//! A language's own tools: found, and run where the project is, with what they say shown as they say it. Nothing is
//! installed; what is missing is named with what to type.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Project;

/// Who is told what is being done. A terminal shows it; a test may look.
pub trait Told {
    /// A step that may take long begins: `componentize-py`, `cargo build`.
    fn step(&self, words: &str);
    /// A tool's own output, whole, after it has ended; it is not ours, so it is not trusted.
    fn output(&self, text: &str);
}

/// Nobody.
impl Told for () {
    fn step(&self, _: &str) {}
    fn output(&self, _: &str) {}
}

/// Why a tool did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not installed.
    #[error("{tool} is missing: {get}")]
    Missing {
        /// What was looked for.
        tool: &'static str,
        /// How a person gets it.
        get: &'static str,
    },
    /// It could not be started.
    #[error("can't start {}", .path.display())]
    Start {
        /// Which program.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It said no; its words were passed on.
    #[error("{tool} failed; its own words stand above")]
    Failed {
        /// Which.
        tool: String,
    },
}

/// Finds a program: in the project's own folders (`.venv/bin`, `node_modules/.bin`), then in `PATH`.
pub fn find(project: &Project, names: &[&str]) -> Option<PathBuf> {
    let own = [".venv/bin", "node_modules/.bin"].map(|folder| project.folder.join(folder));
    let path = std::env::var_os("PATH").unwrap_or_default();
    // One that is relative would be looked for here, and run in the project's folder.
    let others = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let folders: Vec<PathBuf> = own.into_iter().chain(others).collect();
    let candidates = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Runs a command to its end; its output is passed on, whole, whether it succeeds or not.
///
/// # Errors
/// It can't be started, or fails.
pub fn run(tool: &str, command: &mut Command, told: &dyn Told) -> Result<(), ToolError> {
    let stdout = capture(tool, command, told)?;
    told.output(&String::from_utf8_lossy(&stdout));
    Ok(())
}

/// Runs a command whose standard output is its work and is returned; the rest is passed on, and all of it if it fails.
///
/// # Errors
/// It can't be started, or fails.
pub fn capture(tool: &str, command: &mut Command, told: &dyn Told) -> Result<Vec<u8>, ToolError> {
    told.step(tool);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ToolError::Start {
            path: command.get_program().into(),
            source,
        })?;
    if !output.stderr.is_empty() {
        told.output(&String::from_utf8_lossy(&output.stderr));
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    told.output(&String::from_utf8_lossy(&output.stdout));
    Err(ToolError::Failed { tool: tool.to_owned() })
}
