//! `lockgate new` and `lockgate build` as an author types them: what they say, what they refuse, and how they end.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lockgate_tests::home::{Home, Ran};
use lockgate_tests::languages::{Built, build, cargo_target, workplace};
use serde_json::Value;

/// A folder for projects.
struct Desk {
    home: Home,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            home: Home::new().unwrap(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.beside().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.home.run(arguments).unwrap()
    }

    fn make(&self, name: &str) -> PathBuf {
        self.make_at(self.at(name))
    }

    fn make_at(&self, path: PathBuf) -> PathBuf {
        let ran = self.run(&["new", path.to_str().unwrap(), "--lang", "rust"]);
        assert!(ran.ok(), "{}", ran.stderr);
        path
    }

    /// `lockgate build` where only these tools are found.
    fn build_with(&self, project: &Path, tools: &Path) -> Ran {
        let mut command = self.home.lockgate();
        command.args(["build"]).arg(project).env("PATH", tools);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// A program of this name that runs this script.
fn tool(folder: &Path, name: &str, script: &str) {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn new_says_what_comes_next_and_leaves_what_is_there() {
    let desk = Desk::new();
    let path = desk.at("ci-hook");
    let ran = desk.run(&["new", path.to_str().unwrap(), "--lang", "rust", "--kind", "feed"]);
    assert!(ran.ok(), "{}", ran.stderr);
    assert!(
        ran.stdout.ends_with("ci-hook: a feed channel in Rust\n"),
        "{}",
        ran.stdout
    );
    for step in [
        "next: cd /",
        "lockgate build",
        "lockgate dev",
        "lockgate test",
        "feeds.example.org is a placeholder",
    ] {
        assert!(ran.stderr.contains(step), "{step}: {}", ran.stderr);
    }
    let code = fs::read_to_string(path.join("src/lib.rs")).unwrap();
    assert!(code.contains("channel!(struct CiHook: source);"), "{code}");
    let ran = desk.run(&["new", path.to_str().unwrap(), "--lang", "rust"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("is not empty; name a folder"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(path.join("src/lib.rs")).unwrap(), code);
}

#[test]
fn what_is_no_name_no_language_or_no_kind_is_refused_in_words() {
    let desk = Desk::new();
    let path = |name: &str| desk.at(name).to_str().unwrap().to_owned();
    let check = |name: &str, more: &[&str], code: i32, words: &str| {
        let ran = desk.run(&[&["new", &path(name)], more].concat());
        assert_eq!(ran.code, Some(code), "{name} {more:?}");
        assert!(ran.stderr.contains(words), "{name} {more:?}: {}", ran.stderr);
        assert!(!desk.at(name).exists(), "{name}");
    };
    check("Hook", &["--lang", "rust"], 1, "is no name for a channel");
    check("dev", &["--lang", "rust"], 1, "is no name for a channel");
    check("hook", &["--lang", "cobol"], 2, "rust, ts, js, python, go, c, zig");
    check(
        "hook",
        &["--lang", "rust", "--kind", "shop"],
        2,
        "feed, webhook, chat, live-chat",
    );
    check("hook", &[], 2, "--lang");
    let help = desk.run(&["new", "--help"]);
    assert!(
        help.ok() && help.stdout.contains("lockgate new weather"),
        "{}",
        help.stdout
    );
    let help = desk.run(&["build", "--help"]);
    assert!(
        help.ok() && help.stdout.contains("lockgate build ./weather"),
        "{}",
        help.stdout
    );
}

#[test]
fn a_folder_that_is_no_project_is_refused() {
    let desk = Desk::new();
    let check = |folder: &Path, words: &str| {
        let ran = desk.run(&["build", folder.to_str().unwrap()]);
        assert_eq!(ran.code, Some(1), "{words}");
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    };
    check(
        &desk.at("nowhere"),
        "name a project's folder, or make one with `lockgate new`",
    );
    let project = desk.make("hook");
    fs::remove_file(project.join("Cargo.toml")).unwrap();
    check(&project, "its language is not known");
    fs::write(project.join("channel.toml"), "[channel]\nname = 7").unwrap();
    check(&project, "channel.toml: ");
    fs::remove_file(project.join("channel.toml")).unwrap();
    check(&project, "channel.toml; name a project's folder");
}

#[test]
fn a_tool_that_is_missing_is_named_with_what_to_type() {
    let desk = Desk::new();
    let project = desk.make("hook");
    let ran = desk.build_with(&project, &desk.at("no-tools"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("cargo is missing: install Rust"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hook was not built"), "{}", ran.stderr);
}

#[test]
fn a_tool_s_own_words_are_shown_if_it_fails_and_can_not_act_on_the_terminal() {
    let desk = Desk::new();
    let project = desk.make("hook");
    tool(
        &desk.at("tools"),
        "cargo",
        "printf 'error: \\033[2Jno semicolon\\nsecond line\\n' >&2; exit 101",
    );
    let ran = desk.build_with(&project, &desk.at("tools"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no semicolon\nsecond line\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    assert!(
        ran.stderr.contains("cargo build failed; its own words stand above"),
        "{}",
        ran.stderr
    );
    assert!(!project.join(".lockgate/hook.wasm").exists());
}

#[test]
fn what_does_not_fit_its_channel_toml_is_not_left_as_a_component() {
    let desk = Desk::new();
    let project = desk.make_at(workplace("unfit").unwrap());
    let text = fs::read_to_string(project.join("channel.toml")).unwrap();
    fs::write(
        project.join("channel.toml"),
        text.replace("[hook]\n", "[hook]\n\n[source]\n"),
    )
    .unwrap();
    let error = build(&project).unwrap_err().to_string();
    assert!(
        error.contains("what was built does not fit its channel.toml"),
        "{error}"
    );
    assert!(error.contains("source"), "{error}");
    assert!(!project.join(".lockgate/unfit.wasm").exists());
}

#[test]
fn a_component_names_no_folder_of_this_machine_and_a_second_build_is_the_same() {
    let desk = Desk::new();
    let project = desk.make_at(workplace("same").unwrap());
    let built: Built = build(&project).unwrap();
    let bytes = fs::read(&built.path).unwrap();
    for folder in [
        project.clone(),
        cargo_target(),
        std::env::home_dir().unwrap().join(".cargo"),
    ] {
        let needle = folder.to_str().unwrap().as_bytes();
        let named = bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!named, "{}", folder.display());
    }
    let time = || built.path.metadata().unwrap().modified().unwrap();
    let before = time();
    build(&project).unwrap();
    assert_eq!((fs::read(&built.path).unwrap() == bytes, time()), (true, before));
    let ran = desk.run(&["check", built.path.to_str().unwrap(), "--json"]);
    let checked: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(checked["size"], built.size);
}

/// In a target folder that projects share, cargo keeps one for the other where both are called alike: neither where they stand nor
/// what their sources say is in what it compares. A stranger's project that was built once was what one's own came to be.
#[test]
fn what_a_project_of_the_same_name_had_left_was_taken_for_what_this_one_is() {
    let desk = Desk::new();
    let [mine, theirs] = ["mine", "theirs"].map(|parent| desk.make_at(workplace(parent).unwrap().join("twin")));
    // Older than what is built of the other one.
    let code = |project: &Path| fs::read_to_string(project.join("src/lib.rs")).unwrap();
    let other = code(&theirs).replace("Answer::ok()", "Answer::status(299)");
    assert_ne!(other, code(&mine));
    fs::write(theirs.join("src/lib.rs"), other).unwrap();
    // And a word of theirs where cargo is to put what it makes.
    fs::create_dir(theirs.join(".cargo")).unwrap();
    fs::write(
        theirs.join(".cargo/config.toml"),
        "[build]\ntarget-dir = \"elsewhere\"\n",
    )
    .unwrap();
    let bytes = |project: &Path| fs::read(build(project).unwrap().path).unwrap();
    let (first, others, again) = (bytes(&mine), bytes(&theirs), bytes(&mine));
    assert!(first != others, "theirs is mine");
    assert!(first == again, "mine is theirs");
    assert!(!theirs.join("elsewhere").exists());
}

/// Each of these was there before the build, or came while it ran, and no tool of it said that it had made it.
#[test]
fn what_lay_where_a_tool_would_have_put_its_work_was_taken_for_that() {
    let desk = Desk::new();
    let project = desk.make("hook");
    let (tools, left) = (desk.at("tools"), project.join(".lockgate/target/channel.wasm"));
    let cargo = |script: &str| {
        tool(&tools, "cargo", script);
        desk.build_with(&project, &tools)
    };
    // A build that fails, and has left something there: from then on it is known as what a build of ours has left.
    let ran = cargo(&format!(
        "/bin/mkdir -p {0}; echo old > {0}/channel.wasm; exit 101",
        left.parent().unwrap().display()
    ));
    assert!(ran.stderr.contains("cargo build failed"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&left).unwrap(), "old\n");
    // One that says yes, and has put it where cargo would: by its own configuration, or by a name that others write to.
    let release = "wasm32-unknown-unknown/release";
    let ran = cargo(&format!(
        "for folder in \"$CARGO_TARGET_DIR\" target elsewhere .; do \
         /bin/mkdir -p \"$folder/{release}\"; echo other > \"$folder/{release}/hook.wasm\"; done; exit 0"
    ));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("channel.wasm, which the build should have made"),
        "{}",
        ran.stderr
    );
    let ours = project.join(".lockgate/target").join(release).join("hook.wasm");
    assert!(ours.exists(), "the tool was told of another target folder");
    assert!(!project.join(".lockgate/hook.wasm").exists());
}
