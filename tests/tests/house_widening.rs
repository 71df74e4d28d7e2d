//! Whatever becomes wider, by whose hand ever, is told to the session and to those who could approve before; and an approver
//! who is new counts only after ten minutes, a word of theirs, or a person's own terminal.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lockgate::access::Account;
use lockgate::journal::Journal;
use lockgate::limits::LIST_LOOKED_AT;
use lockgate::model::UnixMillis;
use lockgate::widening::Approvers;
use lockgate_tests::client::Pushed;
use lockgate_tests::crowd::{self, Crowd, Entry, NAME, NETWORK, PEOPLE};
use lockgate_tests::guests;
use lockgate_tests::home::Home;
use lockgate_tests::home::component::with_salt;
use lockgate_tests::wait::{PATIENCE, until};

/// Somebody puts himself on the list, with both roles.
const EVE: &str = "\n[[person]]\nname = \"eve\"\nroles = [\"chat\", \"approve\"]\nids.crowd = \"9\"\n";
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// A session with the channel that may carry approvals, and with Ann and Cat, who may approve from the first.
fn open() -> Crowd {
    let home = Home::new().unwrap();
    crowd::add(&home, NAME).unwrap();
    crowd::people(&home, PEOPLE).unwrap();
    grant_relay(&home);
    let crowd = Crowd::over(home).unwrap();
    // What stands in the files when they are first looked at is told to nobody; before that nothing is new.
    until(PATIENCE, "the first look", || {
        counts(&crowd, "1", Duration::ZERO).then_some(())
    })
    .unwrap();
    crowd
}

fn grant_relay(home: &Home) {
    let ran = home.run(&["review", NAME, "--grant", "relay"]).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
}

/// Whether a verdict of this account would count so much later.
fn counts(crowd: &Crowd, id: &str, later: Duration) -> bool {
    let journal = Journal::peek(&crowd.home.journal()).unwrap();
    let approvers: Approvers = journal.document(Approvers::DOCUMENT).unwrap();
    let account = Account {
        network: NETWORK.into(),
        id: id.into(),
    };
    approvers.counts(&account, UnixMillis::now().after(later))
}

fn wait_counts(crowd: &Crowd, id: &str) {
    until(PATIENCE, "the account counts", || {
        counts(crowd, id, Duration::ZERO).then_some(())
    })
    .unwrap();
}

/// What was said to an account that holds these words.
fn told(crowd: &Crowd, id: &str, words: &str) -> Entry {
    let conversation = format!("d-{id}");
    let found = |sent: &[Entry]| {
        let mut sent = sent
            .iter()
            .filter(|entry| entry.what == "sent" && entry.conversation == conversation);
        sent.find(|entry| entry.text.contains(words)).cloned()
    };
    crowd.wait_sent(words, found).unwrap()
}

/// What the session was told that holds these words.
fn session_told(crowd: &Crowd, words: &str) -> Pushed {
    let record = crowd.serve.client.record();
    let found = record.wait(PATIENCE, words, |seen| {
        let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
        events.find(|event: &Pushed| event.meta["channel"] == "lockgate" && event.content.contains(words))
    });
    found.unwrap_or_else(|error| panic!("{error}\n{}", crowd.serve.stderr()))
}

/// The answer to a press.
fn press(crowd: &Crowd, id: &str, conversation: &str, token: &str) -> String {
    let handle = crowd.press(id, conversation, token).unwrap();
    let answered = |sent: &[Entry]| {
        let mut answers = sent.iter().filter(|entry| entry.what == "answered");
        answers.find(|entry| entry.id == handle).map(|entry| entry.text.clone())
    };
    crowd.wait_sent("an answer to the press", answered).unwrap()
}

fn token(entry: &Entry, label: &str) -> String {
    let found = entry.buttons.iter().find(|button| button.label == label);
    found.unwrap_or_else(|| panic!("no {label}: {entry:?}")).token.clone()
}

/// Runs a verb in a person's own terminal, or in one that a client runs for the model.
fn at_terminal(home: &Home, line: &str, mark: Option<&str>) -> String {
    let program = home.lockgate().get_program().to_str().unwrap().to_owned();
    let mut command = home.program("script".as_ref());
    command.args(["-qec", &format!("{program} {line}"), "/dev/null"]);
    if let Some(mark) = mark {
        command.env("CLAUDECODE", mark);
    }
    let ran = command.env("TERM", "dumb").stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{shown}");
    shown
}

#[test]
fn who_writes_himself_into_the_list_is_told_of_and_counts_only_when_an_approver_says_so() {
    let crowd = open();
    crowd.people(&format!("{PEOPLE}{EVE}")).unwrap();
    let line = "eve may approve now, as crowd:9; it counts from ";
    let ann = told(&crowd, "1", line);
    let cat = told(&crowd, "3", line);
    session_told(&crowd, line);
    let labels: Vec<&str> = ann.buttons.iter().map(|button| &*button.label).collect();
    assert_eq!(labels, ["Confirm eve (9)", "Not me: eve (9)"]);
    let sent = crowd.sent().unwrap();
    assert!(sent.iter().all(|entry| entry.conversation != "d-9"), "{sent:?}");
    assert!(!counts(&crowd, "9", Duration::ZERO) && !counts(&crowd, "9", TEN_MINUTES / 2));
    assert!(counts(&crowd, "9", TEN_MINUTES));
    for verb in [&["status"][..], &["access", "list"]] {
        let shown = crowd.home.run(verb).unwrap().stdout;
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            shown.contains("crowd:9 is on the list as an approver's, and counts in"),
            "{shown}"
        );
    }

    let yes = token(&ann, "Confirm eve (9)");
    for (by, place) in [("9", "d-9"), ("9", "d-1"), ("3", "d-3"), ("2", "d-1")] {
        assert_eq!(press(&crowd, by, place, &yes), "This is not yours to answer.");
    }
    assert!(!counts(&crowd, "9", Duration::ZERO));
    assert_eq!(press(&crowd, "1", "d-1", &yes), "It may approve now.");
    assert!(counts(&crowd, "9", Duration::ZERO));
    session_told(
        &crowd,
        "eve may approve, as crowd:9: it counts at once, confirmed by ann",
    );
    told(&crowd, "3", "confirmed by ann");

    // Cat knows better, and is believed.
    assert_eq!(
        press(&crowd, "3", "d-3", &token(&cat, "Confirm eve (9)")),
        "This is decided already."
    );
}

#[test]
fn who_is_refused_stays_so_over_a_restart_until_somebody_at_a_terminal_says_otherwise() {
    let crowd = open();
    crowd.people(&format!("{PEOPLE}{EVE}")).unwrap();
    let ann = told(&crowd, "1", "eve may approve now");
    let answer = press(&crowd, "1", "d-1", &token(&ann, "Not me: eve (9)"));
    assert!(answer.starts_with("It may not approve."), "{answer}");
    session_told(&crowd, "eve may approve, as crowd:9: it does not count");
    let crowd = crowd.again().unwrap();
    assert!(!counts(&crowd, "9", TEN_MINUTES * 9));
    // Neither a script nor a shell that a client runs says otherwise.
    let allow = ["access", "allow", "eve", "crowd:9", "--role", "approve"];
    let ran = crowd.home.run(&allow).unwrap();
    assert!(
        ran.ok() && ran.stderr.contains("crowd:9 does not count as an approver's"),
        "{}",
        ran.stderr
    );
    at_terminal(&crowd.home, &allow.join(" "), Some("1"));
    assert!(!counts(&crowd, "9", TEN_MINUTES * 9));
    // Nor does a line that names the person only: the account is shown, and nobody says yes to it.
    let shown = at_terminal(&crowd.home, "access allow eve --role approve", None);
    assert!(shown.contains("crowd:9, which you did not name"), "{shown}");
    assert!(!counts(&crowd, "9", TEN_MINUTES * 9));
    at_terminal(&crowd.home, &allow.join(" "), None);
    assert!(counts(&crowd, "9", Duration::ZERO));
    session_told(&crowd, "it counts at once, confirmed at a terminal");
}

#[test]
fn who_is_added_at_a_terminal_counts_at_once_and_is_told_of_all_the_same() {
    let crowd = open();
    at_terminal(&crowd.home, "access allow ben crowd:2 --role approve", None);
    wait_counts(&crowd, "2");
    told(&crowd, "1", "ben may approve");
    session_told(&crowd, "ben may approve");
}

#[test]
fn who_takes_the_place_of_the_only_approvers_is_told_of_to_them() {
    let crowd = open();
    crowd.people(EVE).unwrap();
    let ann = told(&crowd, "1", "eve may approve now");
    assert!(ann.text.contains("ann may not approve any more, as crowd:1"), "{ann:?}");
    let labels: Vec<&str> = ann.buttons.iter().map(|button| &*button.label).collect();
    assert_eq!(
        labels,
        ["Not me: eve (9)"],
        "who may not approve any more confirms nobody"
    );
    assert!(!counts(&crowd, "1", Duration::ZERO));
    // Back within a minute she counts, and those who emptied the list have silenced nobody.
    crowd.people(&format!("{PEOPLE}{EVE}")).unwrap();
    session_told(&crowd, "ann may approve now, as crowd:1; it counts");
    assert!(counts(&crowd, "1", Duration::ZERO) && !counts(&crowd, "9", Duration::ZERO));
    let answer = press(&crowd, "1", "d-1", &token(&ann, "Not me: eve (9)"));
    assert!(answer.starts_with("It may not approve."), "{answer}");
}

#[test]
fn a_list_that_was_torn_and_mended_makes_nobody_wait() {
    let crowd = open();
    crowd.people("[[person]\n").unwrap();
    let torn = Instant::now();
    let looked = || {
        let ran = crowd.home.run(&["status"]).ok()?;
        // The owner has seen it, and has had the time to look at it twice.
        (ran.stderr.contains("access.toml:1") && torn.elapsed() > 2 * LIST_LOOKED_AT).then_some(())
    };
    until(PATIENCE, "the list can't be read", looked).unwrap();
    crowd.people(&format!("{PEOPLE}{EVE}")).unwrap();
    let ann = told(&crowd, "1", "eve may approve now");
    assert!(!ann.text.contains("any more"), "{ann:?}");
    assert!(counts(&crowd, "1", Duration::ZERO));
}

#[test]
fn what_was_widened_while_nobody_ran_is_told_at_the_next_start() {
    let Crowd { home, mut serve, .. } = open();
    serve.kill().unwrap();
    crowd::configure(&home, NAME, |channel| {
        channel.insert("events".into(), "all".into());
    })
    .unwrap();
    home.edit_config(|config| {
        config.insert("send-roots".into(), toml::Value::Array(vec!["/srv/shared".into()]));
    })
    .unwrap();
    let crowd = Crowd::over(home).unwrap();
    let events = "crowd may now: bring in anything that things say";
    for words in [
        events,
        "lockgate may now: have files of /srv/shared sent by the session",
    ] {
        session_told(&crowd, words);
        told(&crowd, "1", words);
    }
}

#[test]
fn who_can_not_be_told_now_is_told_later() {
    let crowd = open();
    crowd.fail("direct", "down").unwrap();
    crowd.people(&format!("{PEOPLE}{EVE}")).unwrap();
    let tried = || (crowd.tally("announcement-unsaid").ok()? > 0).then_some(());
    until(PATIENCE, "a try", tried).unwrap();
    crowd.fail("direct", "").unwrap();
    told(&crowd, "1", "eve may approve now");
    told(&crowd, "3", "eve may approve now");
}

#[test]
fn other_bytes_carry_no_approvals_until_they_are_let() {
    let crowd = open();
    let note = |wanted: Option<&str>| {
        let found = |status: &lockgate_tests::home::Status| {
            let note = status.channel(NAME)?.note.clone();
            let is_there = note
                .as_deref()
                .is_some_and(|note| note.contains("carries no approvals"));
            match wanted {
                Some(words) => note.filter(|note| note.contains(words)).map(drop),
                None => (!is_there).then_some(()),
            }
        };
        crowd
            .home
            .wait_status(wanted.unwrap_or("nothing to note"), found)
            .unwrap();
    };
    note(None);
    let bytes = fs::read(guests::component("crowd").unwrap()).unwrap();
    let other = crowd.home.beside().join("other.wasm");
    fs::write(&other, with_salt(&bytes, 1)).unwrap();
    let ran = crowd
        .home
        .add_shown(&["add", other.to_str().unwrap(), "--name", NAME, "--yes"])
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let lost = "carries approvals: these bytes would only with --grant relay";
    assert!(ran.stderr.contains(lost), "{}", ran.stderr);
    let line = format!(
        "it carries no approvals before you let these very bytes do it; run `lockgate review {NAME} --grant relay`"
    );
    note(Some(&line));
    session_told(&crowd, &line);
    session_told(&crowd, "crowd may now: run the bytes ");
    let list = crowd.home.run(&["review"]).unwrap();
    assert!(list.stdout.contains("--grant relay"), "{}", list.stdout);
    grant_relay(&crowd.home);
    note(None);
    session_told(&crowd, "crowd may now: carry approvals");
    told(&crowd, "1", "crowd may now: carry approvals");
}

#[test]
fn a_sessions_shell_lets_nothing_carry_approvals() {
    let home = Home::new().unwrap();
    crowd::add(&home, NAME).unwrap();
    let mut command = home.lockgate();
    command
        .args(["review", NAME, "--grant", "relay"])
        .env("CLAUDECODE", "1");
    let ran = command.stdin(Stdio::null()).output().unwrap();
    let words = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{words}");
    assert!(
        words.contains("type it at your terminal") && words.contains("--grant relay"),
        "{words}"
    );
    let lock = fs::read_to_string(home.path().join("lockgate.lock")).unwrap();
    assert!(!lock.contains("relay"), "{lock}");
}
