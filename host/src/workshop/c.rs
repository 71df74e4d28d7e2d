//! C: bindings of the project's world, then one run of clang or of Zig's C compiler over them, the SDK and the project's own
//! sources. What is in the caller's shell decides nothing.

pub(super) mod bindings;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, BuildError, Made, Project, ToolError, fresh, read, remedies, tools, write};
use crate::model::Digest;
use bindings::{Bindings, bind};

/// Bytes of a call's stack. It lies below everything else, so that a call that needs more traps instead of writing over data.
pub(super) const STACK: usize = 256 << 10;

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

/// Builds the project: everything under `src`, over the SDK and the bindings, which are compiled only when they or the compiler
/// are others than last time.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let bound = bind(bench)?;
    let sources = sources(&bench.project.folder.join("src"), "c")?;
    let compiler = compiler(bench.project)?;
    let objects = objects(&compiler, bench, &bound)?;
    let out = fresh(bench, "channel.wasm")?;
    let mut command = compiler.command(bench);
    command
        .args(COMPILE)
        .args(LINK)
        .args(compiler.stack_first())
        .arg(format!("-Wl,-z,stack-size={STACK}"));
    command
        .args(places(bench, &bound))
        .args(sources)
        .args(objects)
        .arg(&bound.types);
    tools::run(compiler.name(), command.arg("-o").arg(&out), bench.told)?;
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

    fn stack_first(&self) -> Option<&'static str> {
        match self {
            Self::Clang { .. } => Some(STACK_FIRST),
            Self::Zig(_) => None,
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
            get: remedies::C,
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

/// Where headers are, and that no path of this machine gets into the component.
fn places(bench: &Bench<'_>, bound: &Bindings) -> Vec<OsString> {
    let mut arguments = Vec::new();
    for folder in [&bench.project.folder, &bench.work] {
        arguments.push(format!("-ffile-prefix-map={}/=", folder.display()).into());
    }
    for folder in [&bound.folder, &bench.sdk] {
        arguments.extend(["-I".into(), folder.clone().into_os_string()]);
    }
    arguments
}

/// What of a component is not the author's own, compiled.
fn objects(compiler: &Compiler, bench: &Bench<'_>, bound: &Bindings) -> Result<Vec<PathBuf>, BuildError> {
    let folder = bench.work.join("target").join("sdk");
    let sources: Vec<PathBuf> = sdk(bench).into_iter().chain([bound.code.clone()]).collect();
    let object = |source: &PathBuf| folder.join(source.file_stem().unwrap_or_default()).with_extension("o");
    let objects: Vec<PathBuf> = sources.iter().map(object).collect();
    let (stamp, made_of) = (folder.join("made-of"), made_of(compiler, bench, bound)?);
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == made_of) && objects.iter().all(|path| path.exists()) {
        return Ok(objects);
    }
    // Nothing half made counts: the stamp goes first, and comes last.
    write(&stamp, b"")?;
    for (source, object) in sources.iter().zip(&objects) {
        let mut command = compiler.command(bench);
        command.args(COMPILE).args(places(bench, bound)).arg("-c").arg(source);
        tools::run(compiler.name(), command.arg("-o").arg(object), bench.told)?;
    }
    write(&stamp, made_of.as_bytes())?;
    Ok(objects)
}

/// The compiler and all that it reads, as one line.
fn made_of(compiler: &Compiler, bench: &Bench<'_>, bound: &Bindings) -> Result<String, BuildError> {
    let mut text = format!("{:?} {COMPILE:?}", compiler.command(bench));
    let program = compiler.command(bench).get_program().to_owned();
    if let Ok(file) = std::fs::metadata(&program) {
        text += &format!(" {} {:?}", file.len(), file.modified().ok());
    }
    for folder in [&bench.sdk, &bound.folder] {
        for path in [sources(folder, "h")?, sources(folder, "c")?].concat() {
            text += &format!(" {} {}", path.display(), Digest::of(&read(&path)?));
        }
    }
    Ok(Digest::of(text.as_bytes()).to_string())
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

/// For every source.
const COMPILE: [&str; 9] = [
    "-std=c17",
    "-Os",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-ftrivial-auto-var-init=zero",
    "-Wall",
    "-Wextra",
    "-Werror=implicit-function-declaration",
    "-Werror=incompatible-pointer-types",
];

/// What every linker is told.
const LINK: [&str; 3] = ["-mexec-model=reactor", "-Wl,--strip-all", "-Wl,--gc-sections"];
/// The stack comes first, so that one that is used up traps at address 0. Zig does so unasked, and does not know the word.
const STACK_FIRST: &str = "-Wl,--stack-first";

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
