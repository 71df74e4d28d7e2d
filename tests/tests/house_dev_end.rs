//! How a development loop ends in the place of another channel: what was approved is back by itself, whatever else is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use lockgate_tests::guests;
use lockgate_tests::home::component::with_salt;
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::reload::{digest_of, wait_serving};
use lockgate_tests::serve::Serve;
use lockgate_tests::terminal::Terminal;

/// Between two looks at its lock the files were read as if the loop were there, and nobody read them again. Files that can't
/// be read hold that moment.
#[test]
fn what_was_approved_stayed_away_after_a_loop_that_was_killed_between_two_looks() {
    let home = Home::new().unwrap();
    let file = guests::component("evil").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let path = file.to_str().unwrap();
    let ran = home
        .run(&["add", path, "--name", "ci", "--yes", "--secret", &secret])
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let _serve = Serve::channel(&home).unwrap();
    let ready = |status: &Status| status.channel("ci").filter(|ci| ci.phase == "ready").map(drop);
    home.wait_status("it is ready", ready).unwrap();
    let bytes = fs::read(&file).unwrap();
    let built = home.beside().join("built.wasm");
    fs::write(&built, with_salt(&bytes, 1)).unwrap();
    let mut terminal = Terminal::open(&home, &["dev", built.to_str().unwrap(), "--as", "ci", "--trust"]).unwrap();
    wait_serving(&home, "ci", &digest_of(&with_salt(&bytes, 1))).unwrap();
    let config = home.path().join("lockgate.toml");
    let whole = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{whole}\nbroken =")).unwrap();
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    wait_serving(&home, "ci", &digest_of(&bytes)).unwrap();
}
