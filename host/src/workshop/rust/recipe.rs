//! What every build of a channel in Rust has in common, be it a project or one of the components that lockgate brings along:
//! the compiler's options, and an environment in which nothing of the caller's shell decides. The same sources and the same
//! compiler give the same bytes in every folder of every machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Toolchain;

/// Options of the compiler, apart from the paths that it must not write down. A small shadow stack keeps the first memory
/// of an instance small; 128 KiB hold the deepest JSON that the parser takes, which 64 KiB do not.
const OPTIONS: [&str; 1] = ["-Clink-arg=-zstack-size=131072"];

/// Takes away what a caller's shell says about profiles, flags and the compiler.
pub fn forget_shell(cargo: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let decides = [
            "CARGO_PROFILE_",
            "CARGO_BUILD_",
            "CARGO_ENCODED_",
            "CARGO_TARGET_",
            "RUST",
        ];
        if decides.iter().any(|begin| text.starts_with(begin)) && text != "RUSTUP_HOME" {
            cargo.env_remove(&name);
        }
    }
}

/// Gives the compiler its options. `own`: folders beside cargo's and the compiler's own that must not be written down, and
/// what stands for them in a panic's words. Of several that match, the compiler takes the last.
pub fn set_flags(cargo: &mut Command, toolchain: &Toolchain, own: &[(&Path, &str)]) {
    let mut folders: Vec<(PathBuf, &str)> = Vec::new();
    if let Some(home) = cargo_home() {
        let sources = std::fs::read_dir(home.join("registry/src"))
            .into_iter()
            .flatten()
            .flatten();
        let sources: Vec<PathBuf> = sources.map(|entry| entry.path()).collect();
        folders.push((home, "/cargo"));
        folders.extend(sources.into_iter().map(|folder| (folder, "/crates")));
    }
    folders.push((toolchain.sysroot().join("lib/rustlib/src/rust"), "/rust"));
    folders.extend(own.iter().map(|(folder, name)| ((*folder).to_owned(), *name)));
    let mut flags: Vec<String> = OPTIONS.map(str::to_owned).into();
    let remapped = |(from, to): &(PathBuf, &str)| format!("--remap-path-prefix={}={to}", from.display());
    flags.extend(folders.iter().map(remapped));
    // In cargo's encoding: separated by the unit separator.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
}

/// Where cargo keeps what it has fetched.
pub fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}
