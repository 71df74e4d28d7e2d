//! The compiler of channels in Rust: one that has the target installed, or Debian's `rustc-web` with the sources of its
//! standard library, which is built with the channel. Looks, and says what is missing; installs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ToolError;
use crate::workshop::{remedies, tools};

/// The target: no WASI, so that a component imports what its author uses and nothing else.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's compiler.
const DEBIAN: &str = "/usr/bin/rustc";

/// Which of two compilers is taken if both are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The one that the author works with.
    Installed,
    /// Debian's: what is committed has to be the same on every machine.
    Debian,
}

/// How the standard library for the target is had.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Std {
    /// Built together with the channel from these sources, and linked by this linker.
    Source { library: PathBuf, linker: PathBuf },
    /// Installed with the compiler.
    Installed,
}

/// A compiler that can build channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    rustc: PathBuf,
    /// The first line of `rustc --version`.
    pub version: String,
    std: Std,
    sysroot: PathBuf,
}

impl Toolchain {
    /// Finds a compiler for a project in this folder, which may name one in a `rust-toolchain.toml`.
    ///
    /// # Errors
    /// There is none; the error says what is missing and what to type.
    pub fn find(prefer: Prefer, folder: &Path) -> Result<Self, ToolError> {
        let debian = || Self::with_sources(Path::new(DEBIAN));
        match prefer {
            Prefer::Installed => Self::installed(folder).map_or_else(debian, Ok),
            Prefer::Debian => debian().or_else(|missing| Self::installed(folder).ok_or(missing)),
        }
    }

    fn with_sources(rustc: &Path) -> Result<Self, ToolError> {
        let missing = |tool| ToolError::Missing {
            tool,
            get: remedies::RUST_TARGET,
        };
        let here = Path::new("/");
        let sysroot = answer(rustc, &["--print", "sysroot"], here).map(PathBuf::from);
        let sysroot = sysroot.ok_or_else(|| missing("a Rust compiler for WebAssembly"))?;
        let library = sysroot.join("lib/rustlib/src/rust/library");
        if !library.join("std/Cargo.toml").is_file() {
            return Err(missing("Rust's standard library for WebAssembly"));
        }
        let linker = linker().ok_or_else(|| missing("the linker wasm-ld"))?;
        let version = answer(rustc, &["--version"], here).unwrap_or_default();
        Ok(Self {
            rustc: rustc.to_owned(),
            version,
            std: Std::Source { library, linker },
            sysroot,
        })
    }

    fn installed(folder: &Path) -> Option<Self> {
        let rustc = PathBuf::from("rustc");
        let libraries = answer(&rustc, &["--print", "target-libdir", "--target", TARGET], folder)?;
        if !Path::new(&libraries).is_dir() {
            return None;
        }
        let version = answer(&rustc, &["--version"], folder)?;
        let sysroot = PathBuf::from(answer(&rustc, &["--print", "sysroot"], folder)?);
        Some(Self {
            rustc,
            version,
            std: Std::Installed,
            sysroot,
        })
    }

    /// Where the compiler's own files stand, sources included: no component may name it.
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

/// The linker of Debian's compiler.
fn linker() -> Option<PathBuf> {
    ["/usr/bin/wasm-ld-22", "/usr/lib/llvm-22/bin/wasm-ld"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.is_file())
}

/// The first line of what a compiler answers; nothing if there is none, or it refuses.
fn answer(rustc: &Path, arguments: &[&str], folder: &Path) -> Option<String> {
    let mut command = Command::new(rustc);
    let command = command
        .args(arguments)
        .env_remove("RUSTUP_TOOLCHAIN")
        .current_dir(folder);
    // A question, not a step of the build: nobody is told of it.
    let answer = tools::capture("rustc", command, &()).ok()?;
    let text = String::from_utf8_lossy(&answer);
    Some(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_named_with_what_to_type() {
        let found = Toolchain::with_sources(Path::new("/nowhere/rustc"));
        let words = found.map_or_else(|error| error.to_string(), |found| found.version);
        assert!(
            words.starts_with("a Rust compiler for WebAssembly is missing: run `rustup target add")
                && words.contains("apt-get install"),
            "{words}"
        );
    }
}
