//! `lockgate new`.

use super::ExitStatus;
use super::print::Printer;

/// Does it.
///
/// # Errors
/// It is not there yet.
pub(super) fn run(_: &super::args::NewArgs, _: &mut Printer) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not there yet")
}
