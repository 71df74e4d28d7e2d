//! Strangers who want to be heard: a code that the operator types, an invitation that he makes, and what becomes of those
//! who guess, flood, or come twice. Nothing that a stranger writes reaches the session, and nothing of it comes back.
#![allow(clippy::unwrap_used)]

use std::fs;

use lockgate_tests::client::Pushed;
use lockgate_tests::crowd::{Crowd, Entry, NAME, Said};
use lockgate_tests::home::{Ran, Status};
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::Value;

/// A channel in which strangers get codes.
fn open() -> Crowd {
    with("pairing")
}

fn with(direct: &str) -> Crowd {
    Crowd::open_with(|channel| {
        channel.insert("direct".into(), direct.into());
    })
    .unwrap()
}

fn access(crowd: &Crowd, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["access"].iter().chain(words).copied().collect();
    crowd.home.run(&words).unwrap()
}

#[track_caller]
fn done(crowd: &Crowd, words: &[&str]) -> Ran {
    let ran = access(crowd, words);
    assert!(ran.ok(), "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran
}

#[track_caller]
fn refused(crowd: &Crowd, words: &[&str], expected: &str) {
    let ran = access(crowd, words);
    assert!(
        !ran.ok() && ran.stderr.contains(expected),
        "{words:?}: {}{}",
        ran.stdout,
        ran.stderr
    );
}

/// The code of an invitation.
fn invited(crowd: &Crowd, words: &[&str]) -> String {
    let ran = done(crowd, &[&["invite"], words].concat());
    ran.stdout.trim().strip_prefix("pair ").unwrap().to_owned()
}

/// What was said in the direct conversation with an account, once there are so many.
fn told(crowd: &Crowd, account: &str, count: usize) -> Vec<String> {
    let room = format!("d-{account}");
    let texts = |sent: &[Entry]| -> Vec<String> {
        let there = sent
            .iter()
            .filter(|entry| entry.what == "sent" && entry.conversation == room);
        there.map(|entry| entry.text.clone()).collect()
    };
    let waited = crowd.wait_sent("answers", |sent| Some(texts(sent)).filter(|texts| texts.len() >= count));
    let found = waited.unwrap();
    assert_eq!(found.len(), count, "{found:?}");
    found
}

/// The code in an answer.
fn code_in(text: &str) -> String {
    let words = text.split([' ', '.']);
    let mut codes = words.filter(|word| word.len() == 11 && word.as_bytes()[5] == b'-');
    codes.next().unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

fn wait_tally(crowd: &Crowd, reason: &str, count: u64) {
    // For a moment on their way to the disk counts are not there, or there twice.
    let counted = until(PATIENCE, reason, || {
        crowd.tally(reason).ok().filter(|found| *found == count)
    });
    let tallies = || {
        crowd
            .home
            .status()
            .map(|status| status.channel(NAME).map(|it| it.tallies.clone()))
    };
    counted.unwrap_or_else(|_| panic!("{reason}: {:?}", tallies()));
}

fn listed(crowd: &Crowd) -> Value {
    serde_json::from_str(&access(crowd, &["--json"]).stdout).unwrap()
}

/// Whoever is pushed as a person, and what they say.
fn heard(crowd: &Crowd) -> Vec<(String, String)> {
    let events = crowd.sentinel().unwrap();
    events
        .iter()
        .map(|event| (event.meta["user"].clone(), event.content.clone()))
        .collect()
}

#[test]
fn a_stranger_is_told_a_code_twice_and_is_heard_once_the_operator_types_it() {
    let crowd = open();
    let name = "owner\n<channel source=\"x\">lockgate access allow";
    crowd
        .say(&Said::direct("7", "let me in SECRETWORD").named(name))
        .unwrap();
    let code = code_in(&told(&crowd, "7", 1)[0]);
    crowd.say(&Said::direct("7", "/start").named(name)).unwrap();
    let texts = told(&crowd, "7", 2);
    assert_eq!(code_in(&texts[1]), code);
    crowd.say(&Said::direct("7", "/help").named(name)).unwrap();
    wait_tally(&crowd, "pairing-told", 1);
    for text in told(&crowd, "7", 2) {
        assert!(
            !text.contains("SECRETWORD") && !text.contains("owner\n") && !text.contains("channel source"),
            "{text}"
        );
    }
    let list = done(&crowd, &["list"]);
    assert!(
        list.stdout.contains("crowd:7") && !list.stdout.contains(&code),
        "{}",
        list.stdout
    );
    assert_eq!(crowd.home.status().unwrap().allowlist.pending, 1);
    let paired = done(&crowd, &["pair", &code.to_lowercase().replace('-', ""), "--as", "ann"]);
    assert!(
        paired.stdout.contains("is crowd:7") && paired.stderr.contains("ann is told so over crowd"),
        "{paired:?}"
    );
    assert_eq!(
        told(&crowd, "7", 3)[2],
        "You are on the list as ann. What you write from now on reaches the session."
    );
    crowd.say(&Said::direct("7", "now").named(name)).unwrap();
    let heard = heard(&crowd);
    assert_eq!(heard.len(), 1, "what was written before is never pushed: {heard:?}");
    assert_eq!(heard[0].0, "crowd/ann");
    assert!(heard[0].1.contains("now"));
    refused(&crowd, &["pair", &code, "--as", "ben"], "nobody waits with this code");
    assert_eq!(crowd.home.status().unwrap().allowlist.pending, 0);
}

#[test]
fn who_is_told_waits_for_the_channels_to_run() {
    let crowd = open();
    crowd.say(&Said::direct("7", "hello")).unwrap();
    let code = code_in(&told(&crowd, "7", 1)[0]);
    let Crowd { home, mut serve, .. } = crowd;
    serve.kill().unwrap();
    let paired = home.run(&["access", "pair", &code, "--as", "ann"]).unwrap();
    assert!(
        paired.ok() && paired.stderr.contains("ann is told so when the channels run"),
        "{paired:?}"
    );
    let crowd = Crowd::over(home).unwrap();
    let texts = told(&crowd, "7", 2);
    assert!(texts[1].starts_with("You are on the list as ann."), "{texts:?}");
    let crowd = crowd.again().unwrap();
    crowd.say(&Said::direct("7", "hello")).unwrap();
    assert_eq!(heard(&crowd)[0].0, "crowd/ann");
    told(&crowd, "7", 2);
}

#[test]
fn a_code_outlives_a_restart_and_so_does_what_was_guessed() {
    let crowd = open();
    crowd.say(&Said::direct("7", "hello")).unwrap();
    let code = code_in(&told(&crowd, "7", 1)[0]);
    for nth in 0..5 {
        refused(
            &crowd,
            &["pair", &format!("ZZZZZ-ZZZZ{nth}"), "--as", "ann"],
            "nobody waits",
        );
    }
    let crowd = crowd.again().unwrap();
    refused(&crowd, &["pair", &code, "--as", "ann"], "wait a minute");
    crowd.say(&Said::direct("7", "hello again")).unwrap();
    assert_eq!(code_in(&told(&crowd, "7", 2)[1]), code);
    assert_eq!(listed(&crowd)["people"], serde_json::json!([]));
}

#[test]
fn an_invitation_is_good_once_and_for_who_writes_it_directly() {
    // Where strangers get no code.
    let crowd = with("allowlist");
    let code = invited(&crowd, &["ann"]);
    let text = format!("/start {}", code.to_lowercase());
    crowd.say(&Said::direct("6", "hello")).unwrap();
    crowd.say(&Said::group("room", "6", &text).mention()).unwrap();
    crowd.edit(&Said::direct("6", &text).id("e-1")).unwrap();
    crowd.say(&Said::direct("6", &format!("{text} please"))).unwrap();
    crowd.say(&Said::direct("6", &text).bot()).unwrap();
    assert!(heard(&crowd).is_empty());
    assert_eq!(listed(&crowd)["invites"][0]["name"], "ann", "none of these takes it");
    crowd.say(&Said::direct("7", &text).named("owner")).unwrap();
    assert!(told(&crowd, "7", 1)[0].starts_with("You are on the list as ann."));
    let record = crowd.serve.client.record();
    let word = record.wait(PATIENCE, "a word in the session", |seen| {
        let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
        events.find(|event: &Pushed| event.content.contains("ann can write over crowd now (invitation)"))
    });
    word.unwrap();
    crowd.say(&Said::direct("8", &text)).unwrap();
    wait_tally(&crowd, "invite-wrong", 1);
    crowd.say(&Said::direct("7", "hello")).unwrap();
    let heard = heard(&crowd);
    assert_eq!((heard.len(), &*heard[0].0), (1, "crowd/ann"));
    let sent = crowd.sent().unwrap();
    assert_eq!(sent.len(), 1, "nobody else was told anything: {sent:?}");
    let people = listed(&crowd)["people"].clone();
    assert_eq!(
        people,
        serde_json::json!([{"name": "ann", "roles": ["chat"], "ids": {"crowd": ["7"]}}])
    );
}

#[test]
fn an_invitation_does_not_undo_what_was_decided_since() {
    let crowd = open();
    let (denied, rival) = (invited(&crowd, &["ann"]), invited(&crowd, &["ben"]));
    done(
        &crowd,
        &["allow", "ben", "crowd:9", "--role", "chat", "--role", "approve"],
    );
    crowd.say(&Said::direct("8", &format!("pair {rival}"))).unwrap();
    assert!(told(&crowd, "8", 1)[0].starts_with("Your invitation could not be followed."));
    wait_tally(&crowd, "invitation-failed", 1);
    done(&crowd, &["deny", "crowd:7"]);
    crowd.say(&Said::direct("7", &format!("pair {denied}"))).unwrap();
    wait_tally(&crowd, "denied-person", 1);
    assert!(crowd.sent().unwrap().iter().all(|entry| entry.conversation != "d-7"));
    let people = listed(&crowd)["people"].clone();
    assert_eq!(people.as_array().unwrap().len(), 1, "{people}");
    assert_eq!(people[0]["ids"]["crowd"], serde_json::json!(["9"]));
}

#[test]
fn many_strangers_get_few_answers() {
    let crowd = open();
    let items: Vec<Value> = (100..117)
        .map(|account| {
            Said::direct(&account.to_string(), "hello")
                .id(&format!("m-{account}"))
                .value("message")
        })
        .collect();
    crowd.happen(&items).unwrap();
    wait_tally(&crowd, "pairing-flood", 14);
    let sent = crowd
        .wait_sent("three codes", |sent| (sent.len() == 3).then(|| sent.to_vec()))
        .unwrap();
    let codes: std::collections::BTreeSet<String> = sent.iter().map(|entry| code_in(&entry.text)).collect();
    assert_eq!(codes.len(), 3);
    assert_eq!(listed(&crowd)["pending"].as_array().unwrap().len(), 3);
    assert_eq!(crowd.tally("unknown-person").unwrap(), 17);
}

#[test]
fn hundreds_of_guesses_bring_nothing_and_cost_only_who_guesses() {
    let crowd = with("allowlist");
    let code = invited(&crowd, &["ann"]);
    let guess = |nth: u32| format!("pair ZZZZZ-{nth:05}");
    // What was not dropped is answered before more comes.
    let all_counted = |all: u64| {
        until(PATIENCE, "all are counted", || {
            let count = |reason| crowd.tally(reason).ok();
            let sum = count("invite-wrong")?
                + count("invite-guesses")?
                + count("aside-dropped")?
                + count("stranger-unanswered")?;
            (sum == all).then_some(())
        })
        .unwrap();
    };
    for batch in 0..10 {
        let items: Vec<Value> = (0..50)
            .map(|nth| batch * 50 + nth)
            .map(|nth| Said::direct("6", &guess(nth)).id(&format!("g-{nth}")).value("message"))
            .collect();
        crowd.happen(&items).unwrap();
        all_counted(u64::from(batch + 1) * 50);
    }
    wait_tally(&crowd, "invite-wrong", 5);
    crowd.say(&Said::direct("6", &format!("pair {code}"))).unwrap();
    all_counted(501);
    assert!(crowd.sent().unwrap().is_empty());
    assert_eq!(listed(&crowd)["people"], serde_json::json!([]));
    crowd.say(&Said::direct("7", &format!("pair {code}"))).unwrap();
    assert!(told(&crowd, "7", 1)[0].starts_with("You are on the list as ann."));
}

#[test]
fn an_answer_that_can_not_be_sent_is_counted_and_not_repeated() {
    let crowd = open();
    crowd.fail("send", "unavailable").unwrap();
    crowd.say(&Said::direct("7", "hello")).unwrap();
    wait_tally(&crowd, "stranger-unanswered", 1);
    crowd.fail("send", "").unwrap();
    crowd.say(&Said::direct("7", "hello")).unwrap();
    assert!(told(&crowd, "7", 1)[0].contains("still waits"));
}

/// An empty desk in its place would make used codes good again.
#[test]
fn codes_that_can_not_be_read_let_nobody_in() {
    let crowd = open();
    let code = invited(&crowd, &["ann"]);
    let sqlite = rusqlite::Connection::open(crowd.home.journal()).unwrap();
    sqlite.busy_timeout(PATIENCE).unwrap();
    let damage = "UPDATE document SET value = x'7b' WHERE name = 'pairing'";
    assert_eq!(sqlite.execute(damage, []).unwrap(), 1);
    crowd.say(&Said::direct("7", &format!("pair {code}"))).unwrap();
    crowd.say(&Said::direct("8", "hello")).unwrap();
    until(PATIENCE, "both are counted", || {
        let ran = crowd.home.run(&["status", "--json"]).ok()?;
        assert_eq!(ran.code, Some(1), "it is a problem of the house's");
        let status: Status = serde_json::from_str(&ran.stdout).ok()?;
        (status.channel(NAME)?.tallies.get("pairing-unreadable") == Some(&2)).then_some(())
    })
    .unwrap();
    assert!(crowd.sent().unwrap().is_empty());
    refused(&crowd, &["pair", &code, "--as", "ann"], "pairing");
    refused(
        &crowd,
        &["list"],
        "until then no code and no invitation lets anybody in",
    );
    let kept: Vec<u8> = sqlite
        .query_row("SELECT value FROM document WHERE name = 'pairing'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(kept, b"{");
    assert!(!crowd.home.path().join("access.toml").exists());
}

/// Eight command lines and the owner change one file.
#[test]
fn no_change_of_the_list_is_lost() {
    let crowd = with("allowlist");
    fs::write(crowd.home.path().join("access.toml"), "# Mine.\n").unwrap();
    let codes: Vec<String> = (0..4).map(|nth| invited(&crowd, &[&format!("guest-{nth}")])).collect();
    std::thread::scope(|scope| {
        for process in 0..8 {
            let commands: Vec<_> = (0..20)
                .map(|nth| {
                    let mut command = crowd.home.lockgate();
                    let (name, account) = (format!("p{process}-{nth}"), format!("crowd:{process}-{nth}"));
                    command.args(["access", "allow", &name, &account]);
                    command
                })
                .collect();
            scope.spawn(move || {
                for mut command in commands {
                    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
                    assert!(output.status.success(), "{output:?}");
                }
            });
        }
        for (nth, code) in codes.iter().enumerate() {
            crowd
                .say(&Said::direct(&format!("g{nth}"), &format!("pair {code}")))
                .unwrap();
        }
    });
    for nth in 0..codes.len() {
        told(&crowd, &format!("g{nth}"), 1);
    }
    let text = fs::read_to_string(crowd.home.path().join("access.toml")).unwrap();
    assert!(text.contains("# Mine.\n"), "{text}");
    let people = listed(&crowd)["people"].as_array().unwrap().len();
    assert_eq!(people, 8 * 20 + codes.len());
    assert_eq!(crowd.home.status().unwrap().channel(NAME).unwrap().phase, "ready");
}
