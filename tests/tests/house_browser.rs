//! The chat page in a real browser, served by a real house, with a real MCP client at the other end; and a hostile channel's
//! page beside it. What is done there stands in `tests/browser/house.test.mjs`; here is the house in which it is done.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Stdio;

use lockgate_tests::guests::built_folder;
use lockgate_tests::home::component::prebuilt;
use lockgate_tests::home::{Home, repository};

fn run(home: &Home, arguments: &[&str]) {
    let ran = home.run(arguments).unwrap();
    assert!(ran.ok(), "{arguments:?} said {}{}", ran.stdout, ran.stderr);
}

fn add(home: &Home, component: &Path, name: &str, more: &[&str]) {
    let file = component.to_str().unwrap();
    run(home, &[&["add", file, "--name", name, "--yes"], more].concat());
}

#[test]
fn a_person_in_a_browser_and_a_session_talk_and_nobody_else_hears_them() {
    let browser = repository().join("tests/browser");
    assert!(
        browser.join("node_modules").is_dir(),
        "run npm ci in tests/browser and in tests/node"
    );
    let home = Home::new().unwrap();
    add(&home, &prebuilt("fakechat"), "chat", &["--grant", "network:fakechat"]);
    add(&home, &built_folder().join("page.wasm"), "hostile", &[]);
    run(&home, &["access", "allow", "me", "fakechat:web"]);
    home.unpace().unwrap();
    let mut node = home.program("node".as_ref());
    node.args(["--test", "--test-reporter=spec"])
        .arg(browser.join("house.test.mjs"));
    node.env("LOCKGATE", home.lockgate().get_program())
        .env("LOCKGATE_STATE", home.state());
    let output = node.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!said.contains("ℹ pass 0\n"), "no test ran:\n{said}");
}
