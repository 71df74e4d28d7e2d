//! Stands between cargo and rustc while guests are built. Cargo derives a crate's identity from the folder in which the
//! repository lies, and the order of functions in a component follows from it; here the identity of our own crates is
//! their name, so that every checkout gives the same bytes. Changes nothing else.

use super::root;
use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Set while cargo runs; tells this program that cargo has started it in place of rustc.
pub const VARIABLE: &str = "LOCKGATE_GUESTS_WRAPPER";

/// Whether cargo has started this program in place of rustc.
#[must_use]
pub fn is_wrapper() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Runs rustc with the arguments that cargo gave; answers with rustc's own exit code.
///
/// # Errors
/// If there is no compiler to start.
pub fn run_rustc() -> Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let rustc = arguments.next().context("cargo names the compiler first")?;
    let folder = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let arguments: Vec<OsString> = arguments.collect();
    let arguments = if Path::new(&folder).starts_with(root()) {
        named(&arguments)
    } else {
        arguments
    };
    let status = Command::new(&rustc)
        .args(arguments)
        .status()
        .with_context(|| format!("start {}", rustc.display()))?;
    Ok(ExitCode::from(
        status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

/// The same arguments with the crate's name for its `-C metadata`.
fn named(arguments: &[OsString]) -> Vec<OsString> {
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1));
    let Some((_, name)) = pairs.find(|(argument, _)| *argument == "--crate-name") else {
        return arguments.to_vec();
    };
    let metadata = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"metadata=");
    let identity = OsString::from(format!("metadata=lockgate-{}", name.to_string_lossy()));
    arguments
        .iter()
        .map(|argument| {
            if metadata(argument) {
                identity.clone()
            } else {
                argument.clone()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &str, expected: &str) {
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let expected: Vec<OsString> = expected.split(' ').map(OsString::from).collect();
        assert_eq!(named(&arguments), expected);
    }

    #[test]
    fn only_the_identity_changes() {
        check(
            "--crate-name hello -C metadata=1f -C extra-filename=-1f src/lib.rs",
            "--crate-name hello -C metadata=lockgate-hello -C extra-filename=-1f src/lib.rs",
        );
        check("-vV", "-vV");
        check("- --crate-name ___ --print=cfg", "- --crate-name ___ --print=cfg");
    }
}
