//! A channel in C does what the same one does in every other language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use lockgate_tests::guests::root;
use lockgate_tests::languages::{prove, prove_scaffolds};

/// Broken texts that the reader of JSON is given, from one seed.
const ROUNDS: &str = "100000";

#[test]
fn the_probe_does_what_it_is_told() {
    prove("c");
}

#[test]
fn each_scaffold_builds_and_passes() {
    prove_scaffolds("c", &[]);
}

#[test]
fn what_asks_no_host_is_sound_under_the_sanitizers() {
    let sdk = root().join("sdk/c");
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("native");
    let sources = ["tests/native.c", "lockgate_text.c", "lockgate_json.c"].map(|name| sdk.join(name));
    let flags = [
        "-std=c17",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-fsanitize=address,undefined",
    ];
    run(Command::new("cc")
        .args(flags)
        .args(["-fno-sanitize-recover=all", "-I"])
        .arg(&sdk)
        .args(sources)
        .arg("-o")
        .arg(&program));
    // What a call takes is thrown away with its instance, so nothing is ever freed.
    run(Command::new(&program).arg(ROUNDS).env("ASAN_OPTIONS", "detect_leaks=0"));
}

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
