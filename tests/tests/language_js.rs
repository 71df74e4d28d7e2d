//! A channel in JavaScript, on QuickJS, does what the same one does in every other language.

#[test]
fn the_probe_does_what_it_is_told() {
    lockgate_tests::languages::prove("js");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("js");
}

#[test]
fn the_sdk_passes_its_own_tests() {
    let mut command = std::process::Command::new("node");
    command
        .args(["--test", "tests/"])
        .current_dir(lockgate_tests::guests::root().join("sdk/js"));
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
