//! Channels in Rust: cargo makes a core module of them, with the compiler that the author has.

mod recipe;
mod toolchain;

use std::path::PathBuf;
use std::process::Command;

pub use recipe::{cargo_home, forget_shell, set_flags};
pub use toolchain::{Prefer, TARGET, Toolchain};

use super::{Bench, BuildError, Made, ToolError, read, remedies, tools};

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
    let mut command = Command::new(cargo);
    forget_shell(&mut command);
    command
        .current_dir(folder)
        .args(["rustc", "--release", "--lib", "--target-dir"])
        .arg(&target);
    // Whatever else Cargo.toml wants of the library, as its tests do: for this alone, less is compiled.
    command.args(["--crate-type", "cdylib"]);
    // The project's own files need no other name: cargo gives them as they are called inside the project.
    set_flags(&mut command, &toolchain, &[]);
    toolchain.apply(&mut command);
    tools::run("cargo build", &mut command, bench.told)?;
    let module = format!("{}.wasm", library(&read_text(folder.join("Cargo.toml"))?));
    let path = target.join(TARGET).join("release").join(module);
    Ok(Made::Core(read(&path)?))
}

fn read_text(path: PathBuf) -> Result<String, BuildError> {
    Ok(String::from_utf8_lossy(&read(&path)?).into_owned())
}

/// What cargo calls the library of this Cargo.toml, which it has read before.
fn library(text: &str) -> String {
    let cargo: toml::Table = text.parse().unwrap_or_default();
    let name = |section: &str| cargo.get(section)?.get("name")?.as_str();
    let name = name("lib").or_else(|| name("package")).unwrap_or_default();
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_has_the_package_s_name_or_its_own() {
        fn check(text: &str, expected: &str) {
            assert_eq!(library(text), expected);
        }
        check("[package]\nname = \"ci-hook\"", "ci_hook");
        check("[package]\nname = \"a\"\n[lib]\ncrate-type = [\"cdylib\"]", "a");
        check("[package]\nname = \"a\"\n[lib]\nname = \"b\"", "b");
    }
}
