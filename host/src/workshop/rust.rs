//! Channels in Rust: cargo makes a core module of them, with the compiler that the author has.

mod recipe;
mod toolchain;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

pub use recipe::{cargo_home, forget_shell, set_flags};
pub use toolchain::{Prefer, TARGET, Toolchain};

use super::{Bench, BuildError, Made, ToolError, fresh, read, remedies, tools};

/// cargo's own variable for a target folder that several projects share.
const SHARED: &str = "CARGO_TARGET_DIR";

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let folder = &bench.project.folder;
    let cargo = tools::find(bench.project, &["cargo"]).ok_or(ToolError::Missing {
        tool: "cargo",
        get: remedies::RUST,
    })?;
    let toolchain = Toolchain::find(Prefer::Installed, folder)?;
    let shared = std::env::var_os(SHARED).filter(|path| !path.is_empty());
    let target = shared.map_or_else(|| bench.work.join("target"), |path| folder.join(path));
    let module = fresh(bench, "channel.wasm")?;
    let mut command = Command::new(cargo);
    forget_shell(&mut command);
    // Whatever the project's own configuration says of it.
    command
        .current_dir(folder)
        .env(SHARED, &target)
        .args(["rustc", "--release", "--lib", "--target-dir"])
        .arg(&target);
    // Whatever else Cargo.toml wants of the library, as its tests do: for this alone, less is compiled.
    command.args(["--crate-type", "cdylib"]);
    // The project's own files need no other name: cargo gives them as they are called inside the project.
    set_flags(&mut command, &toolchain, &[]);
    toolchain.apply(&mut command);
    command.arg("--").arg(into(&module));
    tools::run("cargo build", &mut command, bench.told)?;
    Ok(Made::Core(read(&module)?))
}

/// Has the compiler write the channel itself there and nowhere else. What cargo would say it has made is a name in the target
/// folder, which all projects that share it write to, and cargo takes one for the other if they are called alike: neither their
/// folders nor their sources are in what it compares. The libraries below the channel are found there as ever.
fn into(module: &Path) -> OsString {
    let mut argument = OsString::from("--emit=link=");
    argument.push(module);
    argument
}
