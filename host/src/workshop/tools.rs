//! A language's own tools: found, and run where the project is, with what they say passed on. Nothing is installed; what is
//! missing is named with what to type.

mod run;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Project;
use crate::limits;
use run::{Bounds, Ended, Output};

/// Who is told what is being done. A terminal shows it; a test may look.
pub trait Told {
    /// A step that may take long begins: `componentize-py`, `cargo build`.
    fn step(&self, words: &str);
    /// A tool's own output, whole, after it has ended; it is not ours, so it is not trusted.
    fn output(&self, text: &str);
    /// Whether nobody wants the build any more: a tool that runs is ended, with all that it started.
    fn is_given_up(&self) -> bool {
        false
    }
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
    /// Somebody else could have put it there, or another in its place.
    #[error("{tool} is taken from {}, which others can write; {get}", .folder.display())]
    Exposed {
        /// What was looked for.
        tool: &'static str,
        /// Which folder is not closed to others.
        folder: PathBuf,
        /// How a person gets one of the project's own.
        get: &'static str,
    },
    /// It would be obeyed by what builds, and somebody else could have put it there.
    #[error(
        "{tool} obeys {}, and others can write there; close that folder to them (`chmod go-w`), or build in another",
        .path.display()
    )]
    Obeyed {
        /// Which tool.
        tool: &'static str,
        /// What it would read.
        path: PathBuf,
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
    /// It took too long, and was ended with all that it had started.
    #[error(
        "{tool} was ended after {} minutes; run it by itself to see what it waits for, then build again",
        .after.as_secs() / 60
    )]
    Late {
        /// Which.
        tool: String,
        /// How long it had.
        after: Duration,
    },
    /// Nobody wants the build any more.
    #[error("the build was given up while {tool} ran; build again when you want it")]
    GivenUp {
        /// Which was ended.
        tool: String,
    },
    /// What it wrote is its work, and was too much.
    #[error("{tool} wrote more than {} MiB; run it by itself to see what it writes", .most >> 20)]
    TooMuch {
        /// Which.
        tool: String,
        /// Bytes that it may write.
        most: usize,
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

/// Runs a command to its end; its output is passed on whether it succeeds or not, and of very much the end.
///
/// # Errors
/// It can't be started, fails, takes too long, or nobody wants it any more.
pub fn run(tool: &str, command: &mut Command, told: &dyn Told) -> Result<(), ToolError> {
    let stdout = finish(tool, command, told)?;
    pass_on(&stdout, told);
    Ok(())
}

/// Runs a command whose standard output is its work and is returned; the rest is passed on, and all of it if it fails.
///
/// # Errors
/// As [`run`], or its work is too large.
pub fn capture(tool: &str, command: &mut Command, told: &dyn Told) -> Result<Vec<u8>, ToolError> {
    let stdout = finish(tool, command, told)?;
    if stdout.left_out > 0 {
        return Err(ToolError::TooMuch {
            tool: tool.to_owned(),
            most: limits::TOOL_OUTPUT_BYTES,
        });
    }
    Ok(stdout.bytes)
}

/// Its standard output, if it succeeds; all else that it said was passed on.
fn finish(tool: &str, command: &mut Command, told: &dyn Told) -> Result<Output, ToolError> {
    told.step(tool);
    let ran = run::run(command, Bounds::of_tools(), &|| told.is_given_up()).map_err(|source| ToolError::Start {
        path: command.get_program().into(),
        source,
    })?;
    pass_on(&ran.stderr, told);
    let tool = tool.to_owned();
    let why = match ran.ended {
        Ended::Well => return Ok(ran.stdout),
        Ended::Badly => ToolError::Failed { tool },
        Ended::Late(after) => ToolError::Late { tool, after },
        Ended::GivenUp => ToolError::GivenUp { tool },
    };
    pass_on(&ran.stdout, told);
    Err(why)
}

fn pass_on(output: &Output, told: &dyn Told) {
    if output.left_out > 0 {
        told.output(&format!("({} bytes before this were not kept)", output.left_out));
    }
    if !output.bytes.is_empty() {
        told.output(&String::from_utf8_lossy(&output.bytes));
    }
}
