//! C: bindings of the project's world, then one run of clang or of Zig's C compiler over them, the SDK and the project's own
//! sources. What is in the caller's shell decides nothing.

pub(super) mod bindings;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, BuildError, Made, Project, ToolError, read, tools, write};
use bindings::{Bindings, bind};

/// Bytes of a call's stack. It lies below everything else, so that a call that needs more traps instead of writing over data.
pub(super) const STACK: usize = 256 << 10;

/// What to type if no compiler is there.
const GET: &str = "install clang with its WASI libc (Debian: apt-get install clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32), \
                   or Zig, which has all of it (pip install ziglang==0.17.0)";

/// Under which names clang is looked for, the newest first.
const CLANG: [&str; 6] = ["clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang"];

/// A C compiler that can make WebAssembly.
enum Compiler {
    /// With the flags that name the target and where its libc is.
    Clang {
        program: PathBuf,
        flags: Vec<String>,
    },
    Zig(PathBuf),
}

/// Builds the project: everything under `src`.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let bound = bind(bench)?;
    let sources = sources(&bench.project.folder.join("src"), "c")?;
    let out = bench.work.join("target").join("channel.wasm");
    write(&out, &[])?;
    let compiler = compiler(bench.project)?;
    let mut command = compiler.command(bench);
    arguments(&mut command, bench, &bound, &sources, &out);
    tools::run(compiler.name(), &mut command, bench.told)?;
    Ok(Made::Core(read(&out)?))
}

/// Zig's program, as itself or as its package for Python installs it.
pub(super) fn zig(project: &Project) -> Option<PathBuf> {
    tools::find(project, &["zig", "python-zig"])
}

/// A command in the project's folder, without what a shell may have set for compilers. Zig's cache of what belongs to this
/// project is the project's; that of its libc is the user's.
pub(super) fn clean(program: &Path, bench: &Bench<'_>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(&bench.project.folder)
        .env("ZIG_LOCAL_CACHE_DIR", bench.work.join("target").join("zig"));
    for name in [
        "CPATH",
        "C_INCLUDE_PATH",
        "CPLUS_INCLUDE_PATH",
        "LIBRARY_PATH",
        "CCC_OVERRIDE_OPTIONS",
        "CFLAGS",
        "LDFLAGS",
        "SOURCE_DATE_EPOCH",
        "ZIG_LIB_DIR",
        "ZIG_LIBC",
        "ZIG_GLOBAL_CACHE_DIR",
        "ZIG_BUILD_RUNNER",
    ] {
        command.env_remove(name);
    }
    command
}

/// Files with this ending in a folder and below it, in the order of their names.
pub(super) fn sources(folder: &Path, end: &str) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| BuildError::Left {
            path: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            match kind.is_dir() {
                true => folders.push(entry.path()),
                false if entry.path().extension().is_some_and(|found| found == end) => found.push(entry.path()),
                false => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

impl Compiler {
    fn name(&self) -> &'static str {
        match self {
            Self::Clang { .. } => "clang",
            Self::Zig(_) => "zig cc",
        }
    }

    fn command(&self, bench: &Bench<'_>) -> Command {
        match self {
            Self::Clang { program, flags } => {
                let mut command = clean(program, bench);
                command.args(flags);
                command
            }
            Self::Zig(program) => {
                let mut command = clean(program, bench);
                command.args(["cc", "-target", "wasm32-wasi"]);
                command
            }
        }
    }
}

/// clang where there is a libc for it, else Zig's.
fn compiler(project: &Project) -> Result<Compiler, ToolError> {
    let clang = CLANG.into_iter().find_map(|name| {
        let program = tools::find(project, &[name])?;
        let flags = target(&program)?;
        Some(Compiler::Clang { program, flags })
    });
    clang
        .or_else(|| zig(project).map(Compiler::Zig))
        .ok_or(ToolError::Missing {
            tool: "a C compiler for WebAssembly",
            get: GET,
        })
}

/// Which target, and where its libc is: beside this clang as in a WASI SDK, or the system's. The newer name of the same target
/// is taken where the libc has it.
fn target(clang: &Path) -> Option<Vec<String>> {
    let beside = clang.canonicalize().ok()?.parent()?.join("../share/wasi-sysroot");
    let roots = [beside, PathBuf::from("/usr")];
    let triples = ["wasm32-wasip1", "wasm32-wasi"];
    roots.iter().find_map(|root| {
        let triple = triples
            .into_iter()
            .find(|triple| root.join("lib").join(triple).join("libc.a").is_file())?;
        Some(vec![
            format!("--target={triple}"),
            format!("--sysroot={}", root.display()),
            // The older name still works; whoever has only that needs no warning at each build.
            "-Wno-deprecated".to_owned(),
            "--no-default-config".to_owned(),
        ])
    })
}

fn arguments(command: &mut Command, bench: &Bench<'_>, bound: &Bindings, sources: &[PathBuf], out: &Path) {
    command.args(FLAGS);
    for folder in [&bench.project.folder, &bench.work] {
        command.arg(format!("-ffile-prefix-map={}/=", folder.display()));
    }
    command.arg(format!("-Wl,-z,stack-size={STACK}"));
    for folder in [&bound.folder, &bench.sdk] {
        command.arg("-I").arg(folder);
    }
    command.args(sources);
    command.args(sdk(bench)).arg(&bound.code).arg(&bound.types);
    command.arg("-o").arg(out);
}

/// The SDK's own sources.
pub(super) fn sdk(bench: &Bench<'_>) -> Vec<PathBuf> {
    SDK.iter().map(|name| bench.sdk.join(name)).collect()
}

/// The files of the SDK that are compiled into each channel; what a channel does not use of them is left out by the linker.
const SDK: [&str; 6] = [
    "lockgate_arena.c",
    "lockgate_text.c",
    "lockgate_json.c",
    "lockgate.c",
    "lockgate_reach.c",
    "lockgate_export.c",
];

const FLAGS: [&str; 14] = [
    "-std=c17",
    "-Os",
    "-mexec-model=reactor",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-ftrivial-auto-var-init=zero",
    "-Wall",
    "-Wextra",
    "-Werror=implicit-function-declaration",
    "-Werror=incompatible-pointer-types",
    "-Wl,--strip-all",
    "-Wl,--gc-sections",
    "-Wl,--stack-first",
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_below_their_folder_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.c", "a.c", "more/c.c", "a.h", "notes.txt"] {
            write(&folder.path().join(name), b"x").unwrap();
        }
        let found = sources(folder.path(), "c").unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap())
            .collect();
        assert_eq!(names, ["a.c", "b.c", "more/c.c"].map(Path::new));
        assert!(sources(&folder.path().join("absent"), "c").is_err());
    }
}
