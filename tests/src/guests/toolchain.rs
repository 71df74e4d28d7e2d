//! The compiler for guests: Debian's `rustc-web` with the sources of its standard library, which is built with the guests,
//! or a rustc that has the target installed. Looks, and says what is missing; installs nothing.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The guests' target: no WASI, so that a component imports what its author uses and nothing else.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The pinned toolchain's compiler.
const PINNED_RUSTC: &str = "/usr/bin/rustc";
/// What to type where something is missing.
const INSTALL: &str = "run `apt-get install --no-install-recommends rustc-web rust-web-src lld-22`, \
    or `rustup target add wasm32-unknown-unknown`";

/// How the standard library for the target is had.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Std {
    /// Built together with the guests from these sources, and linked by this linker.
    Source { library: PathBuf, linker: PathBuf },
    /// Installed with the compiler.
    Installed,
}

/// A compiler that can build guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    rustc: PathBuf,
    /// The first line of `rustc --version`.
    pub version: String,
    std: Std,
    sysroot: PathBuf,
}

impl Toolchain {
    /// Finds the pinned toolchain, or another one that has the target.
    ///
    /// # Errors
    /// If there is none; the error says what is missing and what to type.
    pub fn find() -> Result<Self> {
        let pinned = Self::pinned(Path::new(PINNED_RUSTC));
        pinned.or_else(|missing| Self::installed().ok_or(missing))
    }

    fn pinned(rustc: &Path) -> Result<Self> {
        if !rustc.is_file() {
            bail!("no {}: {INSTALL}", rustc.display());
        }
        let sysroot = PathBuf::from(answer(rustc, &["--print", "sysroot"])?);
        let library = sysroot.join("lib/rustlib/src/rust/library");
        if !library.join("std/Cargo.toml").is_file() {
            bail!("no sources of the standard library in {}: {INSTALL}", library.display());
        }
        let Some(linker) = linker() else {
            bail!("no wasm-ld: {INSTALL}")
        };
        let version = answer(rustc, &["--version"])?;
        Ok(Self {
            rustc: rustc.to_path_buf(),
            version,
            std: Std::Source { library, linker },
            sysroot,
        })
    }

    fn installed() -> Option<Self> {
        let rustc = PathBuf::from("rustc");
        let libraries = answer(&rustc, &["--print", "target-libdir", "--target", TARGET]).ok()?;
        if !Path::new(&libraries).is_dir() {
            return None;
        }
        let version = answer(&rustc, &["--version"]).ok()?;
        let sysroot = PathBuf::from(answer(&rustc, &["--print", "sysroot"]).ok()?);
        Some(Self {
            rustc,
            version,
            std: Std::Installed,
            sysroot,
        })
    }

    /// Where the compiler's own files stand, sources included: no component may name it.
    #[must_use]
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// Makes a cargo command use this compiler, this standard library and this linker.
    pub fn apply(&self, cargo: &mut Command) {
        cargo.env("RUSTC", &self.rustc).args(["--target", TARGET]);
        if let Std::Source { library, linker } = &self.std {
            // Debian's compiler is a stable one, and its cargo would be older: both are told to take the flag.
            cargo
                .env("RUSTC_BOOTSTRAP", "1")
                .env("__CARGO_TESTS_ONLY_SRC_ROOT", library);
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            // Without features: no backtraces, which nobody could see inside of a guest.
            cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
        }
    }
}

/// The linker of the pinned toolchain.
fn linker() -> Option<PathBuf> {
    ["/usr/bin/wasm-ld-22", "/usr/lib/llvm-22/bin/wasm-ld"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.is_file())
}

/// The first line of what a compiler answers.
fn answer(rustc: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(rustc)
        .args(arguments)
        .env_remove("RUSTUP_TOOLCHAIN")
        .output()
        .with_context(|| format!("start {}", rustc.display()))?;
    if !output.status.success() {
        bail!(
            "`{} {}` failed: {}",
            rustc.display(),
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_named_with_what_to_type() {
        let folder = Path::new("/nowhere/rustc");
        let words = Toolchain::pinned(folder).map_or_else(|error| error.to_string(), |found| found.version);
        assert!(
            words.starts_with("no /nowhere/rustc") && words.contains("apt-get install"),
            "{words}"
        );
    }
}
