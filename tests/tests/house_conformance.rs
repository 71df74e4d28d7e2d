//! `lockgate test`: channels that are as they should be pass, and each that is not fails where it should, with what to do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Stdio;

use lockgate_tests::guests::built_folder;
use lockgate_tests::home::component::{other_contract, prebuilt, read_prebuilt};
use lockgate_tests::home::{Home, Ran, SECRET};
use lockgate_tests::wait::{PATIENCE, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn tried(home: &Home, component: &Path) -> (Ran, Value) {
    let ran = home.run(&["test", component.to_str().unwrap(), "--json"]).unwrap();
    let report = serde_json::from_str(&ran.stdout);
    (ran, report.unwrap_or(Value::Null))
}

/// Verdict and reason of a check.
#[track_caller]
fn of<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str) {
    let checks = report["checks"].as_array().expect("a report");
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no check {name} in {report:#}"));
    (check["verdict"].as_str().unwrap(), check["why"].as_str().unwrap())
}

fn failed(report: &Value) -> Vec<&str> {
    let checks = report["checks"].as_array().expect("a report").iter();
    checks
        .filter(|check| check["verdict"] == "fail")
        .map(|check| check["name"].as_str().unwrap())
        .collect()
}

#[test]
fn every_example_passes() {
    let home = Home::new().unwrap();
    for name in ["hello", "webhook", "ticker", "telegram", "fakechat"] {
        let (ran, report) = tried(&home, &prebuilt(name));
        assert!(
            ran.ok() && failed(&report).is_empty(),
            "{name}: {report:#} {}",
            ran.stderr
        );
        assert_eq!(
            (of(&report, "contract").0, report["passed"].as_bool()),
            ("pass", Some(true))
        );
        assert!(report["figures"]["calls"].as_u64().unwrap() > 10, "{name}: {report:#}");
    }
    // None of it has touched the operator's folders: there is what was there before.
    let there: Vec<_> = std::fs::read_dir(home.path()).unwrap().flatten().collect();
    assert!(there.len() == 1 && there[0].file_name() == "lockgate.toml", "{there:?}");
}

#[test]
fn whom_a_channel_asks_is_recorded_and_nobody_is_reached() {
    let home = Home::new().unwrap();
    let (_, report) = tried(&home, &prebuilt("telegram"));
    assert_eq!(report["hosts"].as_array().unwrap().len(), 1, "{report:#}");
    let (verdict, hosts) = of(&report, "hosts");
    assert_eq!((verdict, hosts.starts_with("POST ")), ("pass", true), "{report:#}");
    assert_eq!(of(&report, "sink-busy").0, "pass", "{report:#}");
    assert_eq!(of(&report, "sink-without-platform").0, "pass", "{report:#}");
    assert!(
        report["made_up"][0]
            .as_str()
            .unwrap()
            .starts_with("secrets with made-up values")
    );
}

#[test]
fn our_own_test_channels_pass() {
    let home = Home::new().unwrap();
    for name in ["evil", "hoarder", "page", "paper", "tools", "web"] {
        let (ran, report) = tried(&home, &built_folder().join(format!("{name}.wasm")));
        assert!(
            ran.ok() && failed(&report).is_empty(),
            "{name}: {report:#} {}",
            ran.stderr
        );
    }
}

#[test]
fn who_never_ends_fails_in_every_call_and_in_bounded_time() {
    let home = Home::new().unwrap();
    let (ran, report) = tried(&home, &built_folder().join("spin-at-start.wasm"));
    assert_eq!(ran.code, Some(1));
    assert_eq!(failed(&report), ["hook-odd-bodies", "hook-repeated", "store-growth"]);
    let (_, why) = of(&report, "hook-odd-bodies");
    assert!(
        why.contains("was not done within 5 s") && why.contains("do less in a call"),
        "{why}"
    );
}

#[test]
fn every_mistake_is_found_where_it_is_made() {
    let home = Home::new().unwrap();
    let (ran, report) = tried(&home, &built_folder().join("rogue.wasm"));
    assert_eq!(ran.code, Some(1));
    let check = |name: &str, expected: &str| {
        let (verdict, why) = of(&report, name);
        assert!(verdict == "fail" && why.contains(expected), "{name}: {verdict}: {why}");
    };
    check("start-repeated", "let a start find what an earlier one has left");
    check("poll-without-platform", "it says that all is well while");
    check(
        "poll-odd-answers",
        "while the platform answers nothing: source.poll trapped",
    );
    check(
        "poll-poison",
        "after 0 failures, while the platform answers JSON of other types",
    );
    check("poll-repeated", "did not come again; keep what was seen in the store");
    check("timer-unknown", "timer.fire trapped");
    check("timer-repeated", "did not come again");
    check("socket-frames", "socket.receive trapped");
    check("socket-closed", "socket.receive trapped");
    check("hook-odd-bodies", "POST / with no body: hook.receive trapped");
    check("hook-repeated", "did not come again");
    check("sink-texts", "the longest text of wide characters");
    check(
        "sink-without-platform",
        "it says that a text was sent while nobody can be reached",
    );
    check("sink-busy", "does not say `busy`");
    check("sink-changes", "sink.edit trapped");
    check("media", "the handle \"\"");
    check("tools", "cut with the largest arguments");
    check(
        "store-growth",
        "what a call wrote can't be kept: the store of test would grow",
    );
    check("effects", "connects to a place that no rule covers");
    check("hosts", "egress-refused-host");
    check("memory", "too near the bound");
    let well: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["verdict"] == "pass")
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(well, ["contract", "size", "start-without-platform", "time"]);
}

/// Bounds are the sandbox's; here a receipt that no house would take, and a publication that nobody could hear.
#[test]
fn what_the_house_would_not_take_fails() {
    let home = Home::new().unwrap();
    let (ran, report) = tried(&home, &built_folder().join("desk.wasm"));
    assert_eq!(ran.code, Some(1));
    let (verdict, why) = of(&report, "effects");
    assert!(
        verdict == "fail" && why.contains("has no page whose visitors could hear it"),
        "{why}"
    );
    let (verdict, why) = of(&report, "sink-texts");
    assert!(
        verdict == "fail" && why.contains("name it by the platform's id"),
        "{why}"
    );
}

#[test]
fn what_is_no_channel_is_refused_before_it_runs() {
    let home = Home::new().unwrap();
    let other = home.beside().join("other.wasm");
    std::fs::write(&other, other_contract(&read_prebuilt("hello").unwrap())).unwrap();
    let keys = |report: &Value| report.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (_, whole) = tried(&home, &prebuilt("hello"));
    assert!(
        whole["error"].is_null() && whole["size"].as_u64().unwrap() > 1_000,
        "{whole:#}"
    );
    let check = |path: &Path, expected: &str| {
        let (ran, report) = tried(&home, path);
        let said = ran.stderr.replace('\n', " ");
        assert!(ran.code == Some(1) && said.contains(expected), "{said}");
        // A program that reads the report finds the reason where it finds everything else.
        assert_eq!(keys(&report), keys(&whole), "{report:#}");
        let why = report["error"].as_str().unwrap();
        assert!(report["passed"] == false && why.contains(expected), "{report:#}");
    };
    let built = |name: &str| built_folder().join(format!("{name}.wasm"));
    check(&other, "this lockgate speaks");
    check(&built("liar"), "the component does not export");
    check(&built("not-a-component"), "core WebAssembly module");
    check(&home.beside().join("nothing.wasm"), "can't read");
    check(home.beside(), "channel.toml");
}

#[test]
fn a_component_that_is_older_than_its_sources_is_tested_with_a_word_about_it() {
    let home = Home::new().unwrap();
    let project = home.beside().join("hook");
    let folder = project.to_str().unwrap();
    assert!(home.run(&["new", folder, "--lang", "go"]).unwrap().ok());
    let component = project.join(".lockgate/hook.wasm");
    std::fs::copy(prebuilt("hello"), &component).unwrap();
    let code = std::fs::File::open(project.join("main.go")).unwrap();
    let check = |named: &Path, changed: Option<&str>| {
        let (ran, report) = tried(&home, named);
        assert!(ran.ok(), "{}", ran.stderr);
        assert_eq!(report["changed"].as_str(), changed);
        let words = format!("built before the last change of main.go; run `lockgate build {folder}`");
        assert_eq!(ran.stderr.contains(&words), changed.is_some(), "{}", ran.stderr);
    };
    check(&project, None);
    let built = component.metadata().unwrap().modified().unwrap();
    code.set_modified(built + std::time::Duration::from_secs(1)).unwrap();
    check(&project, Some("main.go"));
    check(&component, Some("main.go"));
}

/// A large component is compiled for seconds, and an author who develops it has its code already.
#[test]
fn what_was_compiled_for_a_channel_is_not_compiled_again_and_what_was_changed_is() {
    let home = Home::new().unwrap();
    let hello = prebuilt("hello");
    let key = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let added = [
        "add",
        hello.to_str().unwrap(),
        "--name",
        "hello",
        "--yes",
        "--secret",
        &key,
    ];
    let ran = home.add_shown(&added).unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    let before = |expected: bool| {
        let (ran, report) = tried(&home, &hello);
        assert!(ran.ok(), "{}", ran.stderr);
        assert_eq!(report["figures"]["compiled_before"], expected, "{report:#}");
    };
    before(true);
    // Native code that nobody compiled here must not be run.
    let folder = std::fs::read_dir(home.state().join("compiled")).unwrap();
    for code in folder.flatten().map(|entry| entry.path()) {
        let mut bytes = std::fs::read(&code).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(code, bytes).unwrap();
    }
    before(false);
}

#[test]
fn people_read_a_table() {
    let home = Home::new().unwrap();
    let ran = home.run(&["test", prebuilt("hello").to_str().unwrap()]).unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    let lines = [
        "contract ",
        "hook-odd-bodies ",
        "It passes.",
        "calls, median",
        "not applicable: ",
    ];
    for line in lines {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    // Nothing is drawn over where there is no terminal.
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\r'),
        "{}",
        ran.stderr
    );
}

#[test]
fn who_has_enough_of_it_finds_nothing_left() {
    let home = Home::new().unwrap();
    let temporary = home.beside().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let folders = || std::fs::read_dir(&temporary).unwrap().count();
    let component = built_folder().join("spin-at-start.wasm");
    let mut command = home.lockgate();
    command
        .args(["test", component.to_str().unwrap()])
        .env("TMPDIR", &temporary);
    let started = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until(PATIENCE, "its home", || (folders() == 1).then_some(())).unwrap();
    let pid = Pid::from_raw(started.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = started.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "it ends by itself");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        said.contains("interrupted, so nothing is known of the component"),
        "{said}"
    );
    assert_eq!(folders(), 0);
}
