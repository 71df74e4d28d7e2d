//! The binary: what a verb's end means as an exit code, and nothing else.

use std::process::ExitCode;

use lockgate::cli::{self, ExitStatus};

fn main() -> ExitCode {
    ExitCode::from(match cli::run(std::env::args_os()) {
        ExitStatus::Success => 0,
        ExitStatus::Failed => 1,
        ExitStatus::Usage => 2,
        ExitStatus::Refused => 3,
    })
}
