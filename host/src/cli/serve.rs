//! `lockgate serve`: stands here until the server is merged.

use super::ExitStatus;
use super::args::ServeArgs;
use crate::paths::Home;

/// Serves one client.
///
/// # Errors
/// It is not there yet.
pub fn run(args: &ServeArgs, home: Home) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("serve {args:?} in {} is not there yet", home.config_dir().display())
}
