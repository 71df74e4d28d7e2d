//! Compiled code: made in a child process with bounds of its own, kept in a folder that only we can write, and loaded
//! only with the digest that was noted when it was made.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::{Allocation, engine};
use super::limits;
use crate::model::Digest;
use crate::text::Bound;

/// The hidden verb by which the binary compiles in a child.
pub const COMPILE_VERB: &str = "compile-component";

/// How much glibc's allocator takes from the system at once. Its threads take 4 KiB at a time otherwise, with a change of the
/// mapping and a flush on each core for each; other allocators don't know it.
const TOP_PAD: &str = "MALLOC_TOP_PAD_";
const TOP_PAD_BYTES: &str = "8388608";

/// Why compiled code could not be made or loaded.
#[derive(Debug, thiserror::Error)]
pub enum CompiledError {
    /// The file can't be read.
    #[error("can't read compiled code {}; run `lockgate add` for this channel again", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what was compiled.
    #[error("compiled code {} was changed since it was made; delete it and run `lockgate add` for this channel again", .path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// The engine does not take it.
    #[error("compiled code {} does not fit this lockgate: {reason}; delete it and start again", .path.display())]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// What the engine says.
        reason: String,
    },
    /// The child could not be started or spoken to.
    #[error("can't run the compiling child process")]
    Child(#[source] std::io::Error),
    /// The child said no.
    #[error("the component can't be compiled: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
    /// The child was stopped by its limits.
    #[error("compiling took more than {} CPU seconds or {} MiB, or made more than {} MiB of code; the component was refused", limits::COMPILE_CPU_SECONDS, limits::COMPILE_MEMORY >> 20, limits::COMPILED_BYTES >> 20)]
    OverLimit,
    /// Whoever waited for it ended it, and all that ran with it.
    #[error("compiling was interrupted; it begins anew the next time")]
    Interrupted,
}

impl CompiledError {
    /// Of a child that this signal ended.
    fn of_signal(signal: Option<i32>) -> Self {
        let by_person = [Signal::INT, Signal::TERM, Signal::HUP].map(Signal::as_raw);
        match signal.is_some_and(|signal| by_person.contains(&signal)) {
            true => Self::Interrupted,
            false => Self::OverLimit,
        }
    }
}

/// Loads compiled code after comparing its digest with the one that was noted when we made it.
///
/// # Errors
/// The file is unreadable, was changed, or was made for another engine.
pub fn load(engine: &Engine, path: &Path, expected: &Digest) -> Result<Component, CompiledError> {
    let unreadable = |source| CompiledError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    if Digest::of_reader(&mut file).map_err(unreadable)? != *expected {
        return Err(CompiledError::Changed { path: path.to_owned() });
    }
    let unfit = |error: wasmtime::Error| CompiledError::Unfit {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    load_trusted(engine, &same_file(&file, path)).map_err(unfit)
}

/// The path by which the file that was just read is mapped: on Linux by its descriptor, so that a file that took its
/// place meanwhile is not what is loaded.
fn same_file(file: &File, path: &Path) -> PathBuf {
    use std::os::fd::AsRawFd;
    let by_descriptor = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    if by_descriptor.exists() {
        by_descriptor
    } else {
        path.to_owned()
    }
}

/// # Authority
/// Compiled code is native code: whoever can choose this file can do all that we can.
#[expect(unsafe_code, reason = "the digest and a 0700 folder vouch for it")]
fn load_trusted(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the bytes have the digest that we noted after our own child wrote them, and nobody else can write there.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Compiles in a child process: this very binary, with an empty environment and bounds on memory, CPU time and what it
/// writes. The code goes straight `into` a file: what a component swells to is never in our memory.
///
/// # Errors
/// The child can't be started, refuses the component, or is stopped by its limits; then the file holds anything.
pub async fn compile(binary: &Path, component: &[u8], into: File) -> Result<(), CompiledError> {
    let mut child = tokio::process::Command::new(binary)
        .arg(COMPILE_VERB)
        .env_clear()
        .env(TOP_PAD, TOP_PAD_BYTES)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::from(into))
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(CompiledError::Child)?;
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A child that gave up closes the pipe; its exit status says why.
            let _ = stdin.write_all(component).await;
        }
    };
    let listen = async {
        let mut said = Vec::new();
        if let Some(stderr) = stderr {
            // What can't be read is not missed: the exit status decides.
            let _ = stderr.take(limits::COMPILE_REASON_BYTES).read_to_end(&mut said).await;
        }
        said
    };
    let ((), said, status) = tokio::join!(feed, listen, child.wait());
    let status = status.map_err(CompiledError::Child)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(_) => {
            let reason = crate::text::terminal(String::from_utf8_lossy(&said).trim());
            Err(CompiledError::Refused {
                reason: crate::text::clip(&reason, Bound::Chars(limits::TROUBLE_CHARS)),
            })
        }
        None => Err(CompiledError::of_signal(status.signal())),
    }
}

/// The child's side: component on standard input, compiled code on standard output, reasons on standard error.
///
/// # Errors
/// The component is too large or no valid component, or a stream breaks.
pub fn compile_child() -> Result<(), CompiledError> {
    let bound = |resource, most| {
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )
        .map_err(|errno| CompiledError::Child(errno.into()))
    };
    bound(Resource::Data, limits::COMPILE_MEMORY)?;
    bound(Resource::Cpu, limits::COMPILE_CPU_SECONDS)?;
    bound(Resource::Fsize, limits::COMPILED_BYTES)?;
    bound(Resource::Core, 0)?;
    let mut component = Vec::new();
    let stdin = std::io::stdin().lock();
    stdin
        .take(limits::COMPONENT_BYTES as u64 + 1)
        .read_to_end(&mut component)
        .map_err(CompiledError::Child)?;
    let refused = |error: wasmtime::Error| CompiledError::Refused {
        reason: format!("{error:#}"),
    };
    if component.len() > limits::COMPONENT_BYTES {
        return Err(CompiledError::Refused {
            reason: format!("it is larger than {} bytes", limits::COMPONENT_BYTES),
        });
    }
    let compiled = engine(Allocation::OnDemand)
        .map_err(refused)?
        .precompile_component(&component)
        .map_err(refused)?;
    std::io::stdout()
        .lock()
        .write_all(&compiled)
        .map_err(CompiledError::Child)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_compiler_was_told_to_be_over_its_limits() {
        let check = |signal: Option<Signal>, interrupted: bool| {
            let found = CompiledError::of_signal(signal.map(Signal::as_raw));
            assert_eq!(matches!(found, CompiledError::Interrupted), interrupted, "{signal:?}");
        };
        check(Some(Signal::INT), true);
        check(Some(Signal::HUP), true);
        check(Some(Signal::XCPU), false);
        check(Some(Signal::KILL), false);
        check(Some(Signal::ABORT), false);
        check(None, false);
    }
}
