//! A channel in JavaScript, on QuickJS, does what the same one does in every other language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use lockgate_tests::languages::{build, lockgate, made, prove, prove_hello, workplace};

#[test]
fn the_probe_does_what_it_is_told() {
    prove("js");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    prove_hello("js");
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

/// A new webhook with this text in place of what stands there.
fn project(name: &str, from: &str, to: &str) -> PathBuf {
    let project = workplace(name).unwrap();
    made("js", "webhook", &project).unwrap();
    let path = project.join("src/channel.js");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
    project
}

#[track_caller]
fn refused(project: &Path, words: &[&str]) {
    let error = build(project).unwrap_err().to_string();
    for words in words {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn the_bundler_s_error_is_the_bundler_s_and_names_the_line() {
    let project = project("js-no-syntax", "export default", "const x = ;\nexport default");
    refused(&project, &["esbuild failed", "src/channel.js:5:10", "Unexpected \";\""]);
}

#[test]
fn what_breaks_while_it_is_made_is_the_engine_s_error_with_the_author_s_line() {
    let project = project("js-breaks", "export default", "null.x;\nexport default");
    refused(&project, &["componentize-qjs failed", "(src/channel.js:5)"]);
}

#[test]
fn a_section_without_its_function_and_a_function_without_its_section_are_named_by_the_build() {
    let misspelt = project("js-unfit", "hook(request)", "hok(request)");
    refused(
        &misspelt,
        &[
            "channel.toml has [hook], and src/channel.js has no function `hook`",
            "src/channel.js has `hok`, which is no section of a channel.toml",
        ],
    );
    let nothing = project("js-nothing", "export default", "export const made =");
    refused(&nothing, &["src/channel.js exports no channel({ ... }) by default"]);
    assert!(!nothing.join(".lockgate/js-nothing.wasm").exists());
}

#[test]
fn a_trap_names_the_line_of_the_source_and_not_that_of_a_bundle() {
    let project = project("js-trap", "const count", "request.a.b;\n    const count");
    let built = build(&project).unwrap();
    let output = lockgate().args(["test", "--json"]).arg(&built.path).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        report.contains("it said: TypeError: ") && report.contains(" (src/channel.js:7);"),
        "{report}"
    );
    assert!(!report.contains("\\\\n") && !report.contains("user.js"), "{report}");
}
