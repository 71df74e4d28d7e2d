//! `lockgate test`.

use super::ExitStatus;
use super::print::Printer;

/// Does it.
///
/// # Errors
/// It is not there yet.
pub(super) fn run(_: &super::args::TestArgs, _: &mut Printer) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not there yet")
}
