//! Zig: bindings of the project's world as C, that translated, then one run of Zig's compiler over both, the SDK and the
//! project's `src/channel.zig`. What is in the caller's shell decides nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::c::bindings::{Bindings, bind};
use super::c::{STACK, clean, sdk, zig};
use super::{Bench, BuildError, Made, ToolError, fresh, read, remedies, tools, write};

/// What both steps are told: for which machine.
const TARGET: [&str; 3] = ["-target", "wasm32-wasi", "-lc"];

/// Builds the project: `src/channel.zig` and what that imports.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let bound = bind(bench)?;
    let program = zig(bench.project).ok_or(ToolError::Missing {
        tool: "zig",
        get: remedies::ZIG,
    })?;
    let words = translate(bench, &bound, &program)?;
    let out = fresh(bench, "channel.wasm")?;
    let mut command = clean(&program, bench);
    command.arg("build-exe").args(TARGET).args(FLAGS);
    command.args(["--stack", &STACK.to_string()]);
    command
        .args(includes(bench, &bound))
        .args(["-cflags", "-std=c17", "-Os", "--"]);
    // What is compiled from C belongs to the module that follows, the root.
    command.args(sdk(bench)).arg(&bound.code).arg(&bound.types);
    command.args(modules(bench, &words));
    command.arg(joined("-femit-bin=", &out));
    tools::run("zig", &mut command, bench.told)?;
    Ok(Made::Core(read(&out)?))
}

/// The SDK's header, and with it the project's bindings, in Zig.
fn translate(bench: &Bench<'_>, bound: &Bindings, program: &Path) -> Result<PathBuf, BuildError> {
    let mut command = clean(program, bench);
    command.arg("translate-c").args(TARGET).args(includes(bench, bound));
    command.arg(bench.sdk.join("lockgate.h"));
    let text = tools::capture("zig translate-c", &mut command, bench.told)?;
    let path = bound.folder.join("lockgate_c.zig");
    write(&path, &text)?;
    Ok(path)
}

/// The root is the SDK's: it exports what the sections name from the project's module, and traps where Zig panics.
fn modules(bench: &Bench<'_>, words: &Path) -> Vec<OsString> {
    let [root, lockgate] = ["lockgate_root.zig", "lockgate.zig"].map(|name| bench.sdk.join(name));
    let channel = bench.project.folder.join("src").join("channel.zig");
    let dep = |name: &str| [OsString::from("--dep"), OsString::from(name)];
    let mut arguments = Vec::new();
    for (uses, name, path) in [
        (&["lockgate", "channel"][..], "-Mroot=", root.as_path()),
        (&["lockgate"], "-Mchannel=", &channel),
        (&["c"], "-Mlockgate=", &lockgate),
        (&[], "-Mc=", words),
    ] {
        arguments.extend(uses.iter().flat_map(|name| dep(name)));
        arguments.push(joined(name, path));
    }
    arguments
}

fn includes(bench: &Bench<'_>, bound: &Bindings) -> [OsString; 4] {
    let include = || OsString::from("-I");
    [
        include(),
        bound.folder.clone().into(),
        include(),
        bench.sdk.clone().into(),
    ]
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut text = OsString::from(flag);
    text.push(path);
    text
}

/// With the checks of Zig's safe mode: what would be undefined traps.
const FLAGS: [&str; 5] = [
    "-OReleaseSafe",
    "-mexec-model=reactor",
    "-rdynamic",
    "-fstrip",
    "-fno-unwind-tables",
];
