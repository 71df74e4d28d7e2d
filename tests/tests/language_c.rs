//! A channel in C does what the same one does in every other language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use lockgate_tests::guests::root;
use lockgate_tests::languages::{lockgate, prove, prove_scaffolds};

/// Broken texts that the reader of JSON is given, from one seed.
const ROUNDS: &str = "100000";

#[test]
fn the_probe_does_what_it_is_told() {
    prove("c");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("c");
}

#[test]
fn each_scaffold_builds_and_passes() {
    prove_scaffolds("c", &[]);
}

#[test]
fn where_there_is_no_clang_zig_s_compiler_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tools, project) = (folder.path().join("tools"), folder.path().join("hello"));
    fs::create_dir_all(project.join("src")).unwrap();
    fs::create_dir(&tools).unwrap();
    let zig = zig();
    symlink(&zig, tools.join(zig.file_name().unwrap())).unwrap();
    for name in ["channel.toml", "src/channel.c"] {
        fs::copy(root().join("sdk/c/hello").join(name), project.join(name)).unwrap();
    }
    let build = lockgate()
        .arg("build")
        .arg(&project)
        .env("PATH", &tools)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success() && said.contains("zig cc"), "{said}");
    run(lockgate().arg("test").arg(project.join(".lockgate/hello.wasm")));
}

/// The program by which Zig is found in this process's environment.
fn zig() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["zig", "python-zig"];
    let mut found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.find(|path| path.is_file()).expect("Zig is in PATH")
}

#[test]
fn what_asks_no_host_is_sound_under_the_sanitizers() {
    let sdk = root().join("sdk/c");
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("native");
    let sources = ["tests/native.c", "lockgate_text.c", "lockgate_json.c"].map(|name| sdk.join(name));
    run(sanitized().arg("-I").arg(&sdk).args(sources).arg("-o").arg(&program));
    // What a call takes is thrown away with its instance, so nothing is ever freed.
    run(Command::new(&program).arg(ROUNDS).env("ASAN_OPTIONS", "detect_leaks=0"));
}

#[test]
fn the_memory_of_a_call_is_sound_under_the_sanitizers() {
    let sdk = root().join("sdk/c");
    let folder = tempfile::tempdir().expect("a folder");
    let (arena, program) = (folder.path().join("arena.o"), folder.path().join("arena"));
    // As if this machine were the one for which it is made.
    let world = sdk.join("tests/arena_world.h");
    let of_arena = ["-c".into(), sdk.join("lockgate_arena.c"), "-o".into(), arena.clone()];
    run(sanitized().arg("-include").arg(world).args(of_arena));
    run(sanitized()
        .arg(sdk.join("tests/arena.c"))
        .arg(&arena)
        .arg("-o")
        .arg(&program));
    run(&mut Command::new(&program));
}

/// The system's compiler, which has what it makes end at the first thing that C does not define.
fn sanitized() -> Command {
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c17", "-g", "-Wall", "-Wextra", "-Werror"]);
    compiler.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    compiler
}

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
