//! `lockgate build`.

use super::ExitStatus;
use super::print::Printer;

/// Does it.
///
/// # Errors
/// It is not there yet.
pub(super) fn run(_: &super::args::BuildArgs, _: &mut Printer) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not there yet")
}
