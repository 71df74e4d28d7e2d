//! `lockgate completions`: from the same definitions as the command line itself.

use clap::CommandFactory;

use super::ExitStatus;
use super::args::{Cli, CompletionsArgs};
use super::print::Printer;

/// Prints the script.
///
/// # Errors
/// Standard output can't be written.
pub fn run(args: &CompletionsArgs, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    // Into memory first: the generator panics where it can't write.
    clap_complete::generate(args.shell, &mut Cli::command(), "lockgate", &mut script);
    printer.script(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Success)
}
