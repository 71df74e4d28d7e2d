//! TypeScript and JavaScript: the SDK's own script bundles with esbuild and makes a component with the engine's tool,
//! componentize-js (StarlingMonkey, with `fetch`) or componentize-qjs (QuickJS, a tenth of the size). Here the packages are
//! looked for, as node would, and the script is run with what was found. Nothing is installed.

mod packages;

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
    let bundler = packages::installed(&project.folder, "esbuild", remedies::ESBUILD)?;
    let maker = packages::installed(&project.folder, engine.package, engine.get)?;
    let left = fresh(bench, engine.leaves)?;
    let mut bundle = script(bench, &node, ["bundle", engine.name], &bundler);
    bundle.args([source(project), &interfaces(project), &own_tools(project)]);
    tools::run("esbuild", &mut bundle, bench.told)?;
    check_types(bench, &node)?;
    let mut component = script(bench, &node, ["component", engine.name], &maker);
    tools::run(engine.package, component.arg(fetch(project)), bench.told)?;
    Ok((engine.made)(read(&left)?))
}

/// One step of the script, for an engine, with the package that was found for it. What is in the caller's shell decides nothing.
fn script(bench: &Bench<'_>, node: &Path, step: [&str; 2], package: &Path) -> Command {
    let mut command = node_in(bench, node);
    command.arg(bench.sdk.join(SCRIPT)).args(step).arg(package);
    // As JSON: a path may have anything in it.
    let open: Vec<_> = packages::open(&bench.project.folder);
    let open: Vec<_> = open.iter().map(|folder| folder.to_string_lossy()).collect();
    command.arg(serde_json::json!(open).to_string());
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
    let Some(compiler) = compiler(project)? else {
        return Ok(());
    };
    let mut command = node_in(bench, node);
    command.arg(compiler.join(TSC)).args(["--noEmit", "--pretty", "false"]);
    Ok(tools::run("tsc", &mut command, bench.told)?)
}

/// Whether a build of this project looks at its types, as it should: the line says how it would.
pub(super) fn unchecked(project: &Project) -> Option<&'static str> {
    let is_typed = source(project).ends_with(".ts");
    (is_typed && !matches!(compiler(project), Ok(Some(_)))).then_some(remedies::TYPES)
}

/// The package of the compiler of a project in TypeScript that says what its types are.
fn compiler(project: &Project) -> Result<Option<PathBuf>, ToolError> {
    let is_typed = source(project).ends_with(".ts") && project.folder.join("tsconfig.json").is_file();
    if !is_typed {
        return Ok(None);
    }
    let package = packages::find(&project.folder, "typescript", remedies::OWN_TYPES)?;
    Ok(package.filter(|package| package.join(TSC).is_file()))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::workshop::write;

    const MANIFEST: &str = "[channel]\nname = \"w\"\nversion = \"1\"\nsummary = \"s\"\n[source]\n";

    #[test]
    fn a_compiler_that_somebody_put_above_the_project_is_not_run() {
        let top = tempfile::tempdir().unwrap();
        let (above, folder) = (top.path().join("above"), top.path().join("above/x/project"));
        for (name, text) in [
            ("channel.toml", MANIFEST),
            ("package.json", "{}"),
            ("tsconfig.json", "{}"),
            ("src/channel.ts", ""),
        ] {
            write(&folder.join(name), text.as_bytes()).unwrap();
        }
        let typescript = above.join("node_modules/typescript");
        for name in ["package.json", TSC] {
            write(&typescript.join(name), b"{}").unwrap();
        }
        let project = Project::open(&folder).unwrap();
        set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
        let refusal = compiler(&project).unwrap_err().to_string();
        let (above_name, own) = (above.canonicalize().unwrap(), folder.join("node_modules/typescript"));
        let words = format!(
            "typescript is taken from {}, which others can write; run `npm",
            above_name.display()
        );
        assert!(refusal.starts_with(&words), "{refusal}");
        assert!(unchecked(&project).is_some());

        set_permissions(&above, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(
            compiler(&project).unwrap(),
            Some(above_name.join("node_modules/typescript"))
        );
        assert!(unchecked(&project).is_none());

        // The project's own comes first.
        set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
        for name in ["package.json", TSC] {
            write(&own.join(name), b"{}").unwrap();
        }
        assert_eq!(compiler(&project).unwrap(), Some(own.canonicalize().unwrap()));
    }
}
