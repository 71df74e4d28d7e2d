//! A channel in Python does what the same one does in every other language, and so do the package's own tests and the example.

use std::path::Path;
use std::process::Command;

use lockgate_tests::guests::root;
use lockgate_tests::languages::{build, lockgate, prove, prove_scaffolds};

#[test]
fn the_probe_does_what_it_is_told() {
    prove("python");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("python");
}

#[test]
fn each_kind_of_a_new_project_is_whole() {
    prove_scaffolds("python", &["python3", "-m", "unittest"]);
}

#[test]
fn the_package_and_the_smallest_channel_pass_their_own_tests() {
    unittest(&root().join("sdk/python"), "tests");
    unittest(&root().join("sdk/python/hello"), ".");
}

#[test]
fn the_calendar_passes_its_own_tests_and_the_suite() {
    let example = root().join("examples/calendar");
    unittest(&example, ".");
    let built = build(&example).unwrap_or_else(|error| panic!("{error:#}"));
    passes(lockgate().arg("test").arg(&built.path));
}

/// Runs the tests of a folder with whichever Python the author has, and leaves nothing behind.
fn unittest(folder: &Path, tests: &str) {
    let mut command = Command::new("python3");
    command
        .args(["-m", "unittest", "discover", "--start-directory", tests])
        .current_dir(folder)
        .env("PYTHONPATH", root().join("sdk/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    passes(&mut command);
}

fn passes(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&words)
    );
}
