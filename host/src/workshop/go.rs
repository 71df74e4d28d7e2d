//! Go: bindings of the project's world beside the SDK, one run of the standard compiler, and the world's types put into the
//! module that it leaves. No module is downloaded, and what is in the caller's shell decides nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_component::StringEncoding;

use super::{Bench, BuildError, Language, Made, ToolError, WORLD, fresh, read, remedies, tools, write};

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
    let go = tools::find(bench.project, &["go"]).ok_or(ToolError::Missing {
        tool: "go",
        get: remedies::GO,
    })?;
    let (resolve, world) = bind(bench)?;
    let overlay = overlay(bench)?;
    let out = fresh(bench, "channel.wasm")?;
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
        if decides(&name.to_string_lossy()) {
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

/// Whether a variable of the caller's shell would decide what is built.
fn decides(name: &str) -> bool {
    (name.starts_with("GO") || name.starts_with("CGO_")) && !CACHES.contains(&name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::manifest::{Interface, Manifest};
    use crate::workshop::{sdk, world};

    const ALL: &str = r#"
        [channel]
        name = "all"
        version = "0.1.0"
        summary = "Every section"
        [life]
        [source]
        [timer]
        [media]
        [socket]
        [hook]
        [[hook.rule]]
        name = "signed"
        path = "/"
        secret = "key"
        algorithm = "hmac-sha256"
        header = "x-signature"
        message = "{body}"
        [secrets.key]
        title = "Key"
        [sink]
        text-limit = 1000
        [[tool]]
        name = "lookup"
        text = "Looks up."
        schema = { type = "object", properties = {} }
    "#;

    #[test]
    fn whatever_the_bindings_import_the_sdk_has() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Manifest::parse(ALL).unwrap();
        assert_eq!(manifest.interfaces().len(), Interface::ALL.len());
        world::write(folder.path(), &manifest).unwrap();
        let (_, _, files) = generate(folder.path()).unwrap();
        let there = |package: &str| {
            files.iter().any(|(name, _)| name.starts_with(&format!("{package}/")))
                || sdk::ALL.get_dir(format!("go/wit/{package}")).is_some()
        };
        for (name, bytes) in files.iter() {
            let text = String::from_utf8_lossy(bytes).replace(RUNTIME, &format!("{BINDINGS}/"));
            let imported = text.lines().filter_map(|line| line.split_once("\"lockgate/wit/"));
            for package in imported.filter_map(|(_, rest)| rest.strip_suffix('"')) {
                assert!(there(package), "{name} imports {package}");
            }
            assert!(
                !text.contains("Tuple3"),
                "{name} has a tuple that the SDK's runtime lacks"
            );
        }
    }

    #[test]
    fn of_a_shell_only_the_caches_are_heard() {
        fn check(name: &str, expected: bool) {
            assert_eq!(decides(name), expected, "{name}");
        }
        for name in [
            "GOFLAGS",
            "GOROOT",
            "GOPROXY",
            "GOEXPERIMENT",
            "GOWASM",
            "GO111MODULE",
            "CGO_CFLAGS",
        ] {
            check(name, true);
        }
        for name in ["GOCACHE", "GOMODCACHE", "GOPATH", "HOME", "PATH"] {
            check(name, false);
        }
    }
}
