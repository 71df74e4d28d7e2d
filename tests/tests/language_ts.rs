//! A channel in TypeScript, on StarlingMonkey, does what the same one does in every other language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use lockgate_tests::languages::{build, made, workplace};

#[test]
fn the_probe_does_what_it_is_told() {
    lockgate_tests::languages::prove("ts");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("ts");
}

/// A stand-in for TypeScript's compiler, which says what it was given.
const COMPILER: &str = "console.log(`src/channel.ts(7,3): error TS2551 ${process.argv.slice(2)}`); process.exit(2);";

/// The packages that were lent to the project, and a compiler of its own.
fn install_compiler(project: &Path) {
    let (modules, lent) = (project.join("node_modules"), project.join("lent"));
    fs::rename(&modules, &lent).unwrap();
    fs::create_dir_all(modules.join("typescript/bin")).unwrap();
    for entry in fs::read_dir(&lent).unwrap().flatten() {
        symlink(lent.join(entry.file_name()), modules.join(entry.file_name())).unwrap();
    }
    fs::write(modules.join("typescript/package.json"), "{}").unwrap();
    fs::write(modules.join("typescript/bin/tsc"), COMPILER).unwrap();
}

#[test]
fn types_are_checked_by_the_compiler_that_the_project_has() {
    let project = workplace("ts-types").unwrap();
    made("ts", "webhook", &project).unwrap();
    install_compiler(&project);
    let error = build(&project).unwrap_err().to_string();
    for words in ["src/channel.ts(7,3): error TS2551 --noEmit", "tsc failed"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    assert!(!project.join(".lockgate/ts-types.wasm").exists());
}

/// Each of them was run as whoever builds: whoever can write in a folder above a project could put one there.
#[test]
fn a_package_that_somebody_put_above_the_project_is_not_run() {
    let shared = workplace("ts-shared").unwrap();
    let project = shared.join("x/above");
    fs::create_dir_all(shared.join("x")).unwrap();
    made("ts", "webhook", &project).unwrap();
    // A compiler for the types, which the project lacks, and a bundler, which it lacks in the end.
    let theirs = shared.join("node_modules");
    let ran = shared.join("ran");
    let program = format!("require('node:fs').writeFileSync({ran:?}, '')");
    for (name, path) in [("typescript", "bin/tsc"), ("esbuild", "index.js")] {
        let package = theirs.join(name);
        fs::create_dir_all(package.join("bin")).unwrap();
        fs::write(package.join("package.json"), "{}").unwrap();
        fs::write(package.join(path), &program).unwrap();
    }
    for (name, taken_away) in [("typescript", None), ("esbuild", Some("node_modules"))] {
        if let Some(taken_away) = taken_away {
            fs::remove_file(project.join(taken_away)).unwrap();
        }
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
        let error = build(&project).unwrap_err().to_string();
        let words = format!("{name} is taken from {}, which others can write", shared.display());
        assert!(error.contains(&words), "{error}");
        assert!(!ran.exists(), "{name} was run");
    }
}

/// The script asks node, and node knows more ways to a package than its nearest folder.
#[test]
fn another_package_than_the_one_that_was_looked_at_is_not_run() {
    let shared = workplace("ts-nearer").unwrap();
    let project = shared.join("x/nearer");
    fs::create_dir_all(shared.join("x")).unwrap();
    made("ts", "webhook", &project).unwrap();
    // Found above, where nobody else can write; in between, one without a package.json, which node takes.
    fs::rename(project.join("node_modules"), shared.join("node_modules")).unwrap();
    let between = shared.join("x/node_modules/esbuild");
    let ran = shared.join("ran");
    fs::create_dir_all(&between).unwrap();
    let program = format!("require('node:fs').writeFileSync({ran:?}, '')");
    fs::write(between.join("index.js"), program).unwrap();
    let error = build(&project).unwrap_err().to_string();
    assert!(error.contains("esbuild would be taken from"), "{error}");
    assert!(!ran.exists());
    fs::remove_dir_all(&between).unwrap();
    build(&project).unwrap();
}
