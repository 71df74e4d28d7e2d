//! `lockgate demo`: stands here until it is merged.

use super::ExitStatus;
use super::args::DemoArgs;

/// Shows it all in one terminal.
///
/// # Errors
/// It is not there yet.
pub fn run(args: &DemoArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("{args:?} is not there yet")
}
