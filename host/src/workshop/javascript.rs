//! TypeScript and JavaScript: the SDK's own script bundles with esbuild and makes a component with the engine's tool,
//! componentize-js (StarlingMonkey, with `fetch`) or componentize-qjs (QuickJS, a tenth of the size). Here the packages are
//! looked for, as node would, and the script is run. Nothing is installed.

use std::path::Path;
use std::process::Command;

use super::tools::{self, ToolError};
use super::{Bench, BuildError, Language, Made, Project, fresh, read};

/// The script, in the SDK's copy.
const SCRIPT: &str = "build.mjs";
/// What node reads of the caller's shell, and what therefore must not decide what is built.
const UNSET: [&str; 4] = ["NODE_OPTIONS", "NODE_PATH", "NODE_ENV", "TS_NODE_PROJECT"];
/// How node is got.
const GET_NODE: &str = "install Node.js 20.6 or newer (for instance `apt-get install nodejs`, or from nodejs.org)";

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
    get: "run `npm install` in the project's folder; package.json needs \"@bytecodealliance/componentize-js\": \"0.23.0\" in its \
          devDependencies",
    leaves: "core.wasm",
    made: Made::Core,
};
const QUICKJS: Engine = Engine {
    name: "quickjs",
    package: "componentize-qjs",
    get: "run `npm install` in the project's folder; package.json needs \"componentize-qjs\": \"0.4.5\" in its devDependencies",
    leaves: "component.wasm",
    made: Made::Component,
};
const GET_ESBUILD: &str =
    "run `npm install` in the project's folder; package.json needs \"esbuild\": \"0.28.2\" in its devDependencies";

/// Builds the project.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let project = bench.project;
    let engine = match project.language {
        Language::QuickJs => QUICKJS,
        _ => STARLINGMONKEY,
    };
    let node = tools::find(project, &["node", "nodejs"]).ok_or(ToolError::Missing {
        tool: "node",
        get: GET_NODE,
    })?;
    installed(&project.folder, "esbuild", GET_ESBUILD)?;
    installed(&project.folder, engine.package, engine.get)?;
    let left = fresh(bench, engine.leaves)?;
    let mut command = Command::new(node);
    command.current_dir(&project.folder).arg(bench.sdk.join(SCRIPT));
    command.args([engine.name, source(project), &exports(project), fetch(project)]);
    for name in UNSET {
        command.env_remove(name);
    }
    tools::run(engine.package, &mut command, bench.told)?;
    Ok((engine.made)(read(&left)?))
}

/// As node resolves a package: in the project's `node_modules`, or in that of a folder above.
fn installed(folder: &Path, package: &'static str, get: &'static str) -> Result<(), ToolError> {
    let there = |folder: &Path| folder.join("node_modules").join(package).join("package.json").is_file();
    if folder.ancestors().any(there) {
        return Ok(());
    }
    Err(ToolError::Missing { tool: package, get })
}

fn source(project: &Project) -> &'static str {
    if project.folder.join("src/channel.ts").is_file() {
        return "src/channel.ts";
    }
    "src/channel.js"
}

/// The interfaces that the manifest names, as the script wants them.
fn exports(project: &Project) -> String {
    let names: Vec<&str> = project.manifest.interfaces().iter().map(|one| one.as_str()).collect();
    names.join(",")
}

/// A channel that asks for no host gets no `fetch`, and then no `wasi:http` either.
fn fetch(project: &Project) -> &'static str {
    if project.manifest.http.is_empty() {
        return "-";
    }
    "fetch"
}
