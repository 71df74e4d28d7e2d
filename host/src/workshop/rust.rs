//! Channels in Rust: cargo makes a core module of them, with the compiler that the author has.

mod recipe;
mod toolchain;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use recipe::{cargo_home, forget_shell, set_flags};
pub use toolchain::{Prefer, TARGET, Toolchain};

use super::{Bench, BuildError, Made, ToolError, fresh, read, remedies, tools};
use crate::paths;

/// cargo's own variable for a target folder that several projects share.
const SHARED: &str = "CARGO_TARGET_DIR";

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let folder = &bench.project.folder;
    check_above(folder)?;
    let cargo = tools::find(bench.project, &["cargo"]).ok_or(ToolError::Missing {
        tool: "cargo",
        get: remedies::RUST,
    })?;
    let toolchain = Toolchain::find(Prefer::Installed, folder)?;
    let shared = std::env::var_os(SHARED).filter(|path| !path.is_empty());
    let target = shared.map_or_else(|| bench.work.join("target"), |path| folder.join(path));
    let module = fresh(bench, "channel.wasm")?;
    let emit = into(&module)?;
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
    command.arg("--").arg(emit);
    tools::run("cargo build", &mut command, bench.told)?;
    Ok(Made::Core(read(&module)?))
}

/// Has the compiler write the channel itself there and nowhere else. What cargo would say it has made is a name in the target
/// folder, which all projects that share it write to, and cargo takes one for the other if they are called alike: neither their
/// folders nor their sources are in what it compares. The libraries below the channel are found there as ever.
///
/// # Errors
/// The compiler would take the path for several: it splits this option at commas, and what stands behind one is an output more.
fn into(module: &Path) -> Result<OsString, BuildError> {
    if module.as_os_str().as_encoded_bytes().contains(&b',') {
        return Err(BuildError::Comma {
            path: module.to_owned(),
        });
    }
    let mut argument = OsString::from("--emit=link=");
    argument.push(module);
    Ok(argument)
}

/// What cargo, and rustup before it, look for in every folder above a project and then obey: which compiler is run, what is run
/// around it, which crates are taken instead of others.
const OBEYED: [&str; 5] = [
    ".cargo/config.toml",
    ".cargo/config",
    "Cargo.toml",
    "rust-toolchain.toml",
    "rust-toolchain",
];

/// None of that is there where somebody else could have put it. What is in the project is the project's.
fn check_above(project: &Path) -> Result<(), ToolError> {
    for folder in project.ancestors().skip(1) {
        let there = OBEYED.map(|name| folder.join(name));
        let there = there.into_iter().filter(|path| path.symlink_metadata().is_ok());
        let is_open = |path: &PathBuf| {
            let mut way = path.ancestors().take_while(|at| at.starts_with(folder));
            way.any(|at| !paths::is_closed(at))
        };
        if let Some(path) = there.into_iter().find(is_open) {
            return Err(ToolError::Obeyed { tool: "cargo", path });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::workshop::write;

    #[test]
    fn a_path_with_a_comma_is_refused_and_not_taken_for_further_outputs() {
        #[track_caller]
        fn check(path: &str, expected: Option<&str>) {
            let said = into(Path::new(path)).map_err(|error| error.to_string());
            match expected {
                Some(argument) => assert_eq!(said.unwrap(), argument),
                None => assert!(
                    said.unwrap_err().starts_with(&format!("{path} has a comma in it")),
                    "{path}"
                ),
            }
        }
        check(
            "/a/.lockgate/channel.wasm",
            Some("--emit=link=/a/.lockgate/channel.wasm"),
        );
        check("/a =b/-c.wasm", Some("--emit=link=/a =b/-c.wasm"));
        check("/a,b/channel.wasm", None);
        check("/a,dep-info=/home/file,b/channel.wasm", None);
    }

    #[test]
    fn a_configuration_that_somebody_put_above_the_project_is_not_obeyed() {
        for name in OBEYED {
            let top = tempfile::tempdir().unwrap();
            let above = top.path().canonicalize().unwrap().join("above");
            let project = above.join("x/project");
            write(&project.join(name), b"").unwrap();
            write(&above.join(name), b"").unwrap();
            assert!(check_above(&project).is_ok(), "{name}");
            set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
            let refusal = check_above(&project).unwrap_err().to_string();
            let words = format!("cargo obeys {}, and others can write", above.join(name).display());
            assert!(refusal.starts_with(&words), "{refusal}");
            std::fs::remove_file(above.join(name)).unwrap();
            assert!(check_above(&project).is_ok(), "{name}");
        }
    }
}
