//! A channel in TypeScript, on StarlingMonkey, does what the same one does in every other language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;
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
