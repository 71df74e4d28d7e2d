//! Another version of the contract is refused before anything of it runs, and every refusal names both versions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use lockgate::model::Digest;
use lockgate_tests::home::Home;
use lockgate_tests::home::component::{other_contract, prebuilt, read_prebuilt};
use lockgate_tests::serve::Serve;

/// What a refusal has to say.
const BOTH: [&str; 2] = ["0.9.0", "this lockgate speaks 0.1.0"];

#[track_caller]
fn names_both(said: &str) {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(BOTH.iter().all(|version| said.contains(version)), "{said}");
}

#[test]
fn whoever_is_shown_it_first_names_both_versions() {
    let home = Home::new().unwrap();
    let other = home.beside().join("other.wasm");
    fs::write(&other, other_contract(&read_prebuilt("webhook").unwrap())).unwrap();
    let path = other.to_str().unwrap();
    for arguments in [
        &["check", path][..],
        &["add", path, "--name", "ci", "--yes"],
        &["test", path],
    ] {
        let ran = home.run(arguments).unwrap();
        assert!(!ran.ok(), "{arguments:?}");
        names_both(&(ran.stdout + &ran.stderr));
    }
}

#[test]
fn an_update_to_another_contract_is_refused_and_the_approved_code_stays() {
    let home = Home::new().unwrap();
    let file = home.beside().join("w.wasm");
    fs::copy(prebuilt("webhook"), &file).unwrap();
    home.add_webhook("ci", &file).unwrap();
    fs::write(&file, other_contract(&read_prebuilt("webhook").unwrap())).unwrap();
    let reviewed = home.run(&["review", "ci"]).unwrap();
    assert!(!reviewed.ok());
    names_both(&(reviewed.stdout + &reviewed.stderr));
    let _serve = Serve::channel(&home).unwrap();
    let note = home.wait_status("the approved code runs", |status| {
        let channel = status.channel("ci")?.clone();
        (channel.phase == "ready").then_some(channel.note)
    });
    names_both(&note.unwrap().expect("a note on the file"));
}

/// As after an update of lockgate itself: what was approved once speaks a contract that this one does not know.
#[test]
fn a_channel_that_was_approved_under_another_lockgate_says_what_it_speaks() {
    let home = Home::new().unwrap();
    home.add_webhook("ci", &prebuilt("webhook")).unwrap();
    let lock = home.path().join("lockgate.lock");
    let approved = Digest::of(&read_prebuilt("webhook").unwrap());
    let text = fs::read_to_string(&lock).unwrap();
    assert!(text.contains(&approved.to_string()), "{text}");
    let other = other_contract(&read_prebuilt("webhook").unwrap());
    let digest = Digest::of(&other);
    fs::write(
        home.state().join("components").join(format!("{}.wasm", digest.hex())),
        other,
    )
    .unwrap();
    fs::write(&lock, text.replace(&approved.to_string(), &digest.to_string())).unwrap();
    let _serve = Serve::channel(&home).unwrap();
    let detail = home.wait_status("it can't run", |status| {
        let channel = status.channel("ci")?.clone();
        (channel.phase == "broken").then_some(channel.detail)
    });
    names_both(&detail.unwrap().expect("a reason"));
}
