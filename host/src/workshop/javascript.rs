//! TypeScript and JavaScript: the SDK's own script bundles with esbuild and makes a component with the engine's tool,
//! componentize-js (StarlingMonkey, with `fetch`) or componentize-qjs (QuickJS, a tenth of the size). Here the packages are
//! looked for, as node would, and the script is run. Nothing is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{self, ToolError};
use super::{Bench, BuildError, Language, Made, Project, fresh, read, remedies};

/// The script, in the SDK's copy.
const SCRIPT: &str = "build.mjs";
/// What node reads of the caller's shell, and what therefore must not decide what is built.
const UNSET: [&str; 4] = ["NODE_OPTIONS", "NODE_PATH", "NODE_ENV", "TS_NODE_PROJECT"];
/// TypeScript's compiler, in its package.
const TSC: &str = "bin/tsc";

/// One engine: its name for the script, its package and how that is got, and what the script leaves.
struct Engine {
    name: &'static str,
    package: &'static str,
    get: &'static str,
    leaves: &'static str,
    made: fn(Vec<u8>) -> Made,
}

const STARLINGMONKEY: Engine = Engine {
    name: "starlingmonkey",
    package: "@bytecodealliance/componentize-js",
    get: remedies::STARLINGMONKEY,
    leaves: "core.wasm",
    made: Made::Core,
};
const QUICKJS: Engine = Engine {
    name: "quickjs",
    package: "componentize-qjs",
    get: remedies::QUICKJS,
    leaves: "component.wasm",
    made: Made::Component,
};

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let project = bench.project;
    let engine = match project.language {
        Language::QuickJs => QUICKJS,
        _ => STARLINGMONKEY,
    };
    let node = tools::find(project, &["node", "nodejs"]).ok_or(ToolError::Missing {
        tool: "node",
        get: remedies::NODE,
    })?;
    installed(&project.folder, "esbuild", remedies::ESBUILD)?;
    installed(&project.folder, engine.package, engine.get)?;
    let left = fresh(bench, engine.leaves)?;
    let mut bundle = script(bench, &node, "bundle", &engine);
    bundle.args([source(project), &interfaces(project), &own_tools(project)]);
    tools::run("esbuild", &mut bundle, bench.told)?;
    check_types(bench, &node)?;
    let mut component = script(bench, &node, "component", &engine);
    tools::run(engine.package, component.arg(fetch(project)), bench.told)?;
    Ok((engine.made)(read(&left)?))
}

/// One step of the script. What is in the caller's shell decides nothing.
fn script(bench: &Bench<'_>, node: &Path, step: &str, engine: &Engine) -> Command {
    let mut command = node_in(bench, node);
    command.arg(bench.sdk.join(SCRIPT)).args([step, engine.name]);
    command
}

fn node_in(bench: &Bench<'_>, node: &Path) -> Command {
    let mut command = Command::new(node);
    command.current_dir(&bench.project.folder);
    for name in UNSET {
        command.env_remove(name);
    }
    command
}

/// Has a project in TypeScript looked at by the compiler that it has: the bundler only takes the types away.
fn check_types(bench: &Bench<'_>, node: &Path) -> Result<(), BuildError> {
    let project = bench.project;
    let Some(compiler) = compiler(project) else {
        return Ok(());
    };
    let mut command = node_in(bench, node);
    command.arg(compiler.join(TSC)).args(["--noEmit", "--pretty", "false"]);
    Ok(tools::run("tsc", &mut command, bench.told)?)
}

/// Whether a build of this project looks at its types, as it should: the line says how it would.
pub(super) fn unchecked(project: &Project) -> Option<&'static str> {
    let is_typed = source(project).ends_with(".ts");
    (is_typed && compiler(project).is_none()).then_some(remedies::TYPES)
}

/// The package of the compiler of a project in TypeScript that says what its types are.
fn compiler(project: &Project) -> Option<PathBuf> {
    let is_typed = source(project).ends_with(".ts") && project.folder.join("tsconfig.json").is_file();
    let package = is_typed.then(|| package(&project.folder, "typescript"))??;
    package.join(TSC).is_file().then_some(package)
}

fn installed(folder: &Path, name: &'static str, get: &'static str) -> Result<(), ToolError> {
    match package(folder, name) {
        Some(_) => Ok(()),
        None => Err(ToolError::Missing { tool: name, get }),
    }
}

/// A package's folder, as node finds it: in the project's `node_modules`, or in that of a folder above.
fn package(folder: &Path, name: &str) -> Option<PathBuf> {
    let of = |folder: &Path| folder.join("node_modules").join(name);
    folder
        .ancestors()
        .map(of)
        .find(|folder| folder.join("package.json").is_file())
}

fn source(project: &Project) -> &'static str {
    if project.folder.join("src/channel.ts").is_file() {
        return "src/channel.ts";
    }
    "src/channel.js"
}

/// The interfaces that the manifest names, as the script wants them.
fn interfaces(project: &Project) -> String {
    let names: Vec<&str> = project.manifest.interfaces().iter().map(|one| one.as_str()).collect();
    names.join(",")
}

/// The names of its own tools, the same way: none of them has a comma.
fn own_tools(project: &Project) -> String {
    let names: Vec<&str> = project.manifest.tools.iter().map(|tool| tool.name.as_str()).collect();
    names.join(",")
}

/// A channel that asks for no host gets no `fetch`, and then no `wasi:http` either.
fn fetch(project: &Project) -> &'static str {
    if project.manifest.http.is_empty() {
        return "-";
    }
    "fetch"
}
