//! Who is heard: people by the ids of their accounts as access.toml has them now, things as the channel's policy says, and
//! nobody else, whatever a payload claims.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use lockgate_tests::client::Pushed;
use lockgate_tests::home::{Home, Ran, Status};
use lockgate_tests::load::Hook;
use lockgate_tests::load::payload::{number_in, workflow_run};
use lockgate_tests::page::Page;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

/// The first number of a sentinel.
const SENTINELS: u64 = 1_000;

/// A channel whose signed payloads name accounts of the network `forge`, and a session.
struct Scene {
    home: Home,
    serve: Serve,
    hook: Hook,
    posted: u64,
}

impl Scene {
    fn set() -> Scene {
        let home = Home::with_webhook("ci").unwrap();
        home.edit_config(|config| {
            let ci = config["channel"]["ci"].as_table_mut().unwrap();
            ci.insert("network".into(), "forge".into());
            // Where a person's words stand, it is the group of the rule's thing.
            let group = toml::Table::from_iter([("mention".to_owned(), false.into())]);
            ci.insert(
                "groups".into(),
                toml::Table::from_iter([("github".to_owned(), group.into())]).into(),
            );
        })
        .unwrap();
        let serve = Serve::channel(&home).unwrap();
        let hook = home.hook("ci").unwrap();
        Scene {
            home,
            serve,
            hook,
            posted: 0,
        }
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("access.toml")
    }

    fn access(&self, words: &[&str]) -> Ran {
        let words: Vec<&str> = ["access"].iter().chain(words).copied().collect();
        self.home.run(&words).unwrap()
    }

    #[track_caller]
    fn done(&self, words: &[&str]) {
        let ran = self.access(words);
        assert!(ran.ok(), "{words:?}: {}{}", ran.stdout, ran.stderr);
    }

    /// Posts a comment of this account, signed by the forge, and gives the events that came of it.
    fn comment(&mut self, id: &str, login: &str) -> Vec<Pushed> {
        self.posted += 1;
        let body = format!(
            "{{\"action\":\"created\",\"comment\":{{\"id\":{0},\"body\":\"comment {0}\",\"user\":{{\"id\":{id},\"login\":\"{login}\"}}}},\
             \"issue\":{{\"number\":1,\"title\":\"41\",\"user\":{{\"id\":41,\"login\":\"alice\"}}}},\
             \"repository\":{{\"full_name\":\"41\",\"owner\":{{\"id\":41}}}},\"sender\":{{\"id\":{id},\"login\":\"{login}\"}}}}",
            self.posted
        );
        self.post("issue_comment", body.as_bytes())
    }

    /// Posts, and gives what came of it: everything before a sentinel that is posted afterwards.
    fn post(&mut self, kind: &str, body: &[u8]) -> Vec<Pushed> {
        self.posted += 1;
        let sentinel = SENTINELS + self.posted;
        for (kind, body) in [(kind, body), ("workflow_run", &workflow_run(sentinel))] {
            assert_eq!(self.hook.post(&self.hook.signed(kind, body)).unwrap().status / 100, 2);
        }
        let record = self.serve.client.record();
        let events = record.wait(PATIENCE, "the sentinel", |seen| {
            let events: Vec<Pushed> = seen.events.iter().map(|line| line.parse().unwrap()).collect();
            (events.last().and_then(|last| number_in(&last.content)) == Some(sentinel)).then_some(events)
        });
        let mut events = events.unwrap();
        events.pop();
        let before = events
            .iter()
            .rposition(|event| number_in(&event.content) >= Some(SENTINELS));
        events.split_off(before.map_or(0, |at| at + 1))
    }

    fn tally(&self, reason: &str) -> u64 {
        let status = self.status();
        status.channel("ci").unwrap().tallies.get(reason).copied().unwrap_or(0)
    }

    /// Also where `status` ends with an error because of the list.
    fn status(&self) -> Status {
        let ran = self.home.run(&["status", "--json"]).unwrap();
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

#[track_caller]
fn check_heard(events: &[Pushed], user: &str, role: &str, id: &str) {
    assert_eq!(events.len(), 1, "{events:?}");
    let meta = &events[0].meta;
    assert_eq!((&*meta["user"], &*meta["role"], &*meta["user_id"]), (user, role, id));
}

#[test]
fn a_known_account_is_heard_and_its_name_is_the_operators() {
    let mut scene = Scene::set();
    scene.done(&["allow", "owner", "forge:41"]);
    let events = scene.comment("41", "alice");
    check_heard(&events, "ci/owner", "chat", "41");
    assert!(events[0].content.contains("comment 1"), "{events:?}");
    assert_eq!(scene.status().allowlist.people, 1);
}

#[test]
fn a_stranger_is_withheld_and_counted_whatever_he_calls_himself() {
    let mut scene = Scene::set();
    scene.done(&["allow", "owner", "forge:41"]);
    for (count, (id, login)) in [
        ("42", "owner"),
        ("\"41a\"", "41"),
        ("\"alice\"", "alice"),
        ("\"４１\"", "x"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(scene.comment(id, login).is_empty(), "{id}");
        assert_eq!(scene.tally("unknown-person"), count as u64 + 1);
    }
    let list = scene.access(&["list"]);
    assert!(list.ok() && list.stdout.contains("unknown-person"), "{}", list.stdout);
}

#[test]
fn a_thing_can_not_take_a_persons_name() {
    let mut scene = Scene::set();
    scene.done(&["allow", "github", "forge:41"]);
    let events = scene.post("workflow_run", &workflow_run(7));
    check_heard(&events, "ci/service", "service", "github");
}

#[test]
fn the_list_is_changed_while_the_channel_runs() {
    let mut scene = Scene::set();
    assert!(scene.comment("41", "alice").is_empty(), "there is no list yet");
    scene.done(&["allow", "owner", "forge:41", "--role", "chat", "--role", "approve"]);
    check_heard(&scene.comment("41", "alice"), "ci/owner", "chat approve", "41");
    fs::write(
        scene.file(),
        "[[person]]\nname = \"ann\"\nroles = [\"chat\"]\nids = { forge = [\"41\", \"43\"] }\n",
    )
    .unwrap();
    check_heard(&scene.comment("41", "alice"), "ci/ann", "chat", "41");
    check_heard(&scene.comment("43", "bob"), "ci/ann", "chat", "43");
    scene.done(&["remove", "ann", "forge:43"]);
    assert!(scene.comment("43", "bob").is_empty());
    check_heard(&scene.comment("41", "alice"), "ci/ann", "chat", "41");
}

#[test]
fn a_denied_account_is_not_heard_from_then_on() {
    let mut scene = Scene::set();
    scene.done(&["allow", "owner", "forge:41"]);
    check_heard(&scene.comment("41", "alice"), "ci/owner", "chat", "41");
    scene.done(&["deny", "forge:41"]);
    assert!(scene.comment("41", "alice").is_empty());
    assert_eq!((scene.tally("denied-person"), scene.status().allowlist.denied), (1, 1));
}

#[test]
fn a_broken_list_admits_nobody_until_it_is_repaired() {
    let mut scene = Scene::set();
    scene.done(&["allow", "owner", "forge:41"]);
    check_heard(&scene.comment("41", "alice"), "ci/owner", "chat", "41");
    let good = fs::read(scene.file()).unwrap();
    let half = &good[..good.len() / 2];
    fs::write(scene.file(), half).unwrap();
    assert!(scene.comment("41", "alice").is_empty());
    let problem = scene.status().allowlist.problem.unwrap();
    assert!(
        problem.contains("access.toml:") && problem.ends_with("nobody is heard"),
        "{problem}"
    );
    let refused = scene.access(&["allow", "owner", "forge:44"]);
    assert!(
        !refused.ok() && refused.stderr.contains("access.toml:"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        fs::read(scene.file()).unwrap(),
        half,
        "nothing is repaired by losing something"
    );
    fs::write(scene.file(), &good).unwrap();
    check_heard(&scene.comment("41", "alice"), "ci/owner", "chat", "41");
    assert_eq!(scene.status().allowlist.problem, None);
}

#[test]
fn a_sessions_shell_can_deny_but_not_allow() {
    let scene = Scene::set();
    let run = |words: &[&str]| {
        let mut command = scene.home.lockgate();
        command.env("CLAUDECODE", "1").arg("access").args(words);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let others: [&[&str]; 3] = [
        &["pair", "ABCDE-FGHJK", "--as", "ann"],
        &["invite", "ann"],
        &["import", "access.json", "--apply"],
    ];
    for words in others {
        let refused = run(words);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("the operator's own decision"), "{words:?}: {said}");
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(3), 0));
    }
    let refused = run(&["allow", "owner", "forge:41"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains(" access allow owner forge:41"), "{said}");
    assert!(!scene.file().exists());
    assert_eq!(run(&["deny", "forge:42"]).status.code(), Some(0));
    assert!(fs::read_to_string(scene.file()).unwrap().contains("\"42\""));
}

#[test]
fn who_writes_in_a_page_is_judged_like_anybody_and_direct_words_can_be_turned_off() {
    let home = Home::with_chat().unwrap();
    let write = |id: &str| {
        let page = Page::of(&home, "chat").unwrap();
        let body = format!(r#"{{"id":"{id}","text":"{id}"}}"#);
        let request = page.request("POST", "/send", &[], body.as_bytes());
        assert_eq!(page.send(&request).unwrap().status, 201);
    };
    let counted = |reason: &str| {
        let once = |status: &Status| (status.channel("chat")?.tallies.get(reason) == Some(&1)).then_some(());
        home.wait_status(reason, once).unwrap();
    };
    let mut serve = Serve::channel(&home).unwrap();
    write("from-nobody");
    counted("unknown-person");
    let ran = home.run(&["access", "allow", "owner", "fakechat:web"]).unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    write("from-the-owner");
    serve.client.record().wait_events(1, PATIENCE).unwrap();
    let heard: Pushed = serve.client.record().seen().events[0].parse().unwrap();
    assert_eq!(
        (heard.content.as_str(), heard.meta["user"].as_str()),
        ("from-the-owner", "chat/owner")
    );
    serve.kill().unwrap();
    home.edit_config(|config| {
        let chat = config["channel"]["chat"].as_table_mut().unwrap();
        chat.insert("direct".into(), "disabled".into());
    })
    .unwrap();
    let _serve = Serve::channel(&home).unwrap();
    write("turned-off");
    counted("direct-disabled");
}
