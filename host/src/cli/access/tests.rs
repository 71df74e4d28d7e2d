//! What is printed for the operator, and what a session can't do in his name.
#![allow(clippy::unwrap_used)]

mod admit;
mod import;
mod words;

use clap::Parser;

use super::*;
use crate::cli::args::{Cli, Verb};
use crate::cli::print::tests::to_memory;
use crate::journal::Journal;
use crate::model::{ChannelName, InstanceId, UnixMillis};

struct Scene {
    _dir: tempfile::TempDir,
    home: Home,
}

impl Scene {
    fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
        home.open_config().unwrap();
        let config = "[channel.ci]\ncomponent = \"/w.wasm\"\nnetwork = \"forge\"\n";
        std::fs::write(home.config_file(), config).unwrap();
        Self { _dir: dir, home }
    }

    /// Its channel, as if it had been added.
    fn lock_ci(&self) -> (Journal, InstanceId) {
        let state = self.home.open_state(None).unwrap();
        let journal = Journal::open(&state.journal()).unwrap();
        let ci: ChannelName = "ci".parse().unwrap();
        let instance = journal.add_instance(&ci, UnixMillis(1)).unwrap();
        let digest = crate::model::Digest::of(b"x");
        let pin = crate::lockfile::Pin {
            digest,
            file: digest,
            instance,
            name: "w".into(),
            version: "1".into(),
            relay: None,
            dev: None,
        };
        let mut lock = crate::lockfile::Lock::default();
        lock.channels.insert(ci, pin);
        std::fs::write(self.home.lock_file(), lock.to_text().unwrap()).unwrap();
        (journal, instance)
    }

    /// Answer and talk.
    fn run(&self, words: &[&str]) -> anyhow::Result<(ExitStatus, String, String)> {
        let words = ["lockgate", "access"].iter().chain(words);
        let Verb::Access(args) = Cli::try_parse_from(words)?.verb else {
            unreachable!()
        };
        let (mut printer, answer, talk) = to_memory();
        // What `run` does first for verbs that widen depends on where the tests run; it has a table of its own.
        let status = match &args.verb {
            Some(verb) => act(verb, &self.home, &mut printer, Person::Away)?,
            None => run(&args, &self.home, &mut printer)?,
        };
        Ok((status, answer.text(), talk.text()))
    }

    #[track_caller]
    fn check(&self, words: &[&str], answer: &str, talk: &str) {
        let (_, answered, said) = self.run(words).unwrap();
        assert_eq!((answered.as_str(), said.as_str()), (answer, talk));
    }
}

const COUNTS: &str = "this counts from the next message on\n";

#[test]
fn what_changed_is_said() {
    let scene = Scene::set();
    scene.check(
        &["list"],
        "nobody is on the allowlist; `lockgate access allow NAME NETWORK:ID` or `invite NAME` adds\n    somebody\n",
        "",
    );
    scene.check(
        &["allow", "owner", "forge:alice"],
        "+  owner  is on the list\n+  owner  may speak to the session (chat)\n+  owner  is forge:alice\n",
        COUNTS,
    );
    scene.check(
        &["allow", "owner", "forge:alice"],
        "nothing to change: it is so already\n",
        "",
    );
    scene.check(
        &["allow", "owner", "chat:7", "--role", "approve"],
        "+  owner  may answer its questions for permission (approve)\n+  owner  is chat:7\n",
        &format!("{COUNTS}warning: no channel has the network chat, so this changes nothing yet: they have forge\n"),
    );
    scene.check(&["deny", "forge:eve"], "-  forge:eve  is denied\n", COUNTS);
    scene.check(&["deny", "forge:alice"], "-  forge:alice  is denied\n", COUNTS);
    let list = "\
person  may            accounts
owner   chat, approve  chat:7
                       forge:alice
denied                 forge:alice, owner's
denied                 forge:eve
";
    scene.check(&["list"], list, "");
    scene.check(
        &["allow", "owner", "forge:alice"],
        "+  forge:alice  is denied no more\n",
        COUNTS,
    );
    scene.check(&["remove", "owner", "chat:7"], "-  owner  is chat:7 no more\n", COUNTS);
    scene.check(
        &["remove", "owner"],
        "-  owner  is not on the list any more (forge:alice)\n",
        COUNTS,
    );
}

#[test]
fn who_is_not_heard_all_the_same_is_told() {
    let scene = Scene::set();
    let (_, _, talk) = scene.run(&["allow", "ann", "forge:a", "--role", "approve"]).unwrap();
    assert!(talk.ends_with("lockgate access allow ann --role chat\n"), "{talk}");
    let (_, _, talk) = scene.run(&["remove", "ann", "forge:a"]).unwrap();
    assert!(talk.ends_with("lockgate access remove ann\n"), "{talk}");
    let (_, list, _) = scene.run(&["list"]).unwrap();
    assert!(list.contains("approve (not heard)  none, so not heard"), "{list}");
}

#[test]
fn what_is_wrong_changes_nothing() {
    let scene = Scene::set();
    let refused = |words: &[&str], expected: &str| {
        let error = scene.run(words).map(drop).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(&["allow", "owner"], "at least one account");
    refused(&["allow", "Owner", "forge:alice"], "is no name for a person");
    refused(&["allow", "service", "forge:alice"], "choose another name");
    refused(&["allow", "owner", "alice"], "write NETWORK:ID");
    refused(&["allow", "owner", "forge: alice"], "copy it anew");
    refused(&["deny"], "required");
    refused(&["remove", "owner"], "there is no owner");
    assert!(!scene.home.config_dir().join("access.toml").exists());
    std::fs::write(scene.home.config_dir().join("access.toml"), "x").unwrap();
    refused(&["allow", "owner", "forge:alice"], "access.toml:1:");
    let (status, answer, talk) = scene.run(&["list"]).unwrap();
    assert_eq!(status, ExitStatus::Failed);
    assert!(
        answer.starts_with("nobody is heard") && talk.contains("access.toml:1:"),
        "{talk}"
    );
}

#[test]
fn a_session_is_told_to_ask_its_operator() {
    assert!(Hands::Operators.check("who is heard", "x").is_ok());
    let refused = Hands::Models
        .check("who is heard", "lockgate access allow owner forge:alice")
        .unwrap_err();
    assert!(refused.is::<crate::cli::Refusal>());
    assert!(
        refused
            .to_string()
            .ends_with("at your terminal: lockgate access allow owner forge:alice")
    );
}

#[tokio::test]
async fn what_the_gate_dropped_is_explained() {
    let scene = Scene::set();
    let (journal, instance) = scene.lock_ci();
    let counts = vec![(instance, "unknown-person", 3), (instance, "mismatch", 9)];
    journal.tally(counts, UnixMillis::now()).await.unwrap();
    let (_, list, _) = scene.run(&["list"]).unwrap();
    let expected = "\n\
        not heard in  because         times  last\n\
        ci            unknown-person  3      just now\n    \
        an account that is not on the list; `lockgate access allow NAME NETWORK:ID` adds it\n";
    assert!(list.ends_with(expected) && !list.contains("mismatch"), "{list}");
    let (_, json, _) = scene.run(&["list", "--json"]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["dropped"][0]["reason"], "unknown-person");
    assert_eq!(json["dropped"][0]["count"], 3);
    assert!(json["problem"].is_null() && json["people"].as_array().unwrap().is_empty());
}
