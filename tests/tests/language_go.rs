//! A channel in Go does what the same one does in every other language, and what the SDK brings along is sound.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use lockgate_tests::guests::root;
use lockgate_tests::languages::{build, lockgate, prove, prove_scaffolds};

#[test]
fn the_probe_does_what_it_is_told() {
    prove("go");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("go");
}

#[test]
fn what_new_makes_builds_and_passes_its_tests() {
    prove_scaffolds("go", &["go", "test", "./..."]);
}

#[test]
fn the_sdk_passes_its_own_tests() {
    let sdk = root().join("sdk/go");
    run(Command::new("go").args(["vet", "./..."]).current_dir(&sdk));
    run(Command::new("go").args(["test", "./..."]).current_dir(&sdk));
}

#[test]
fn hello_is_built_whatever_the_shell_says_and_holds() {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(root().join("sdk/go/hello")).unwrap() {
        let from = file.unwrap().path();
        if from.is_file() {
            fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
        }
    }
    let decided = [
        ("GOFLAGS", "-mod=vendor"),
        ("GOOS", "plan9"),
        ("GOARCH", "386"),
        ("GOWORK", "/nowhere/go.work"),
        ("GOEXPERIMENT", "none-such"),
    ];
    run(lockgate().arg("build").arg(folder.path()).envs(decided));
    let built = build(folder.path()).unwrap();
    run(Command::new("go").args(["test", "./..."]).current_dir(folder.path()));
    run(lockgate().arg("test").arg(&built.path));
    let bytes = fs::read(&built.path).unwrap();
    let names = |path: &Path| {
        bytes
            .windows(path.as_os_str().len())
            .any(|part| part == path.as_os_str().as_encoded_bytes())
    };
    assert!(
        !names(folder.path()),
        "the component names the folder that it was built in"
    );
}

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    let words = [&output.stdout[..], &output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&words)
    );
}
