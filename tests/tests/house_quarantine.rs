//! A channel that breaks again and again by itself is left alone until a person says otherwise; what callers ask of it is
//! answered all the while.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use lockgate::control;
use lockgate::paths::Home as Folders;
use lockgate_tests::client::{Pushed, text_of};
use lockgate_tests::guests;
use lockgate_tests::home::status::Channel;
use lockgate_tests::home::{Home, SECRET, Status, component::with_salt};
use lockgate_tests::load::Hook;
use lockgate_tests::reload::{digest_of, wait_serving};
use lockgate_tests::serve::Serve;
use lockgate_tests::terminal::Terminal;
use lockgate_tests::wait::{PATIENCE, until};

/// A home with the hostile guest, whose own calls do what these settings say.
fn evil(settings: &[&str]) -> Home {
    let home = Home::new().unwrap();
    let file = home.beside().join("evil.wasm");
    fs::copy(guests::component("evil").unwrap(), &file).unwrap();
    add(&home, settings);
    home.unpace().unwrap();
    home
}

/// Adds the file beside the home, or approves the bytes that it has now.
fn add(home: &Home, settings: &[&str]) {
    let file = home.beside().join("evil.wasm");
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let mut arguments = vec![
        "add",
        file.to_str().unwrap(),
        "--name",
        "evil",
        "--yes",
        "--secret",
        &secret,
    ];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let ran = home.add_shown(&arguments).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
}

/// Waits until the channel is in this phase.
fn wait_phase(home: &Home, phase: &str) -> Channel {
    wait(home, phase, |evil| evil.phase == phase)
}

fn wait(home: &Home, what: &str, wanted: impl Fn(&Channel) -> bool) -> Channel {
    let found = |status: &Status| status.channel("evil").filter(|evil| wanted(evil)).cloned();
    home.wait_status(what, found).unwrap()
}

/// Waits for four faults and then for the fifth: they come 1, 2, 4 and 8 seconds after each other.
fn wait_quarantine(home: &Home) -> Channel {
    wait(home, "four faults", |evil| evil.failed >= 4);
    wait_phase(home, "quarantined")
}

/// Another setting, and the files read again: another life.
fn set(home: &Home, key: &str, value: &str) {
    let edited = home.edit_config(|config| {
        let evil = config["channel"]["evil"].as_table_mut().unwrap();
        let settings = evil["config"].as_table_mut().unwrap();
        settings.insert(key.into(), value.into());
    });
    edited.unwrap();
    let folders = Folders::find(Some(&home.path()), &|_| None).unwrap();
    control::reload(&folders.open_state(None).unwrap()).unwrap();
}

/// What a person types, and what he is told.
fn resume(home: &Home) -> String {
    let ran = home.run(&["review", "evil", "--resume"]).unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    ran.stdout
}

/// Posts a deed; the status of the answer.
fn does(home: &Home, deed: &str) -> u16 {
    let listen = home.wait_status("it listens", |status| status.listen).unwrap();
    let hook = Hook::new(listen, "/evil/do", SECRET);
    let signature = hook.signature(deed.as_bytes());
    let request = hook.request(&[("X-Signature", &signature)], deed.as_bytes());
    hook.post(&request).unwrap().status
}

/// What the host told the session, as far as `wanted` is in it; waits for the first one.
fn wait_told(serve: &Serve, wanted: &str) -> Vec<Pushed> {
    let told = serve.client.record().wait(PATIENCE, wanted, |seen| {
        let events = seen.events.iter().map(|line| line.parse().unwrap());
        let told: Vec<Pushed> = events
            .filter(|event: &Pushed| event.meta["channel"] == "lockgate" && event.content.contains(wanted))
            .collect();
        (!told.is_empty()).then_some(told)
    });
    told.unwrap_or_else(|error| panic!("{error}\n{}", serve.stderr()))
}

#[test]
fn five_faults_of_a_poll_quarantine_it_over_a_restart_until_it_is_resumed() {
    let home = evil(&["poll=trap"]);
    let mut serve = Serve::channel(&home).unwrap();
    let told = wait_quarantine(&home);
    let why = told.detail.unwrap();
    assert!(why.contains("source.poll broke 5 times in a row"), "{why}");
    assert_eq!(told.failed, 5);
    let listed = home.run(&["review"]).unwrap().stdout;
    assert!(listed.contains("run `lockgate review evil --resume`"), "{listed}");
    let told = wait_told(&serve, "run `lockgate review evil --resume`");
    assert_eq!((&*told[0].meta["role"], &*told[0].meta["user"]), ("host", "lockgate"));
    assert!(told[0].content.contains("\n> source.poll broke 5 times"), "{told:?}");
    assert!(!told[0].meta.contains_key("chat_id"), "nobody answers it: {told:?}");
    // It was not seen, so the next session is told as well, and once.
    assert_eq!(does(&home, "say hello"), 200, "hooks go on");
    let both = |status: &Status| (status.channel("evil")?.sent == 1).then_some(());
    home.wait_status("what was pushed is marked", both).unwrap();
    serve.kill().unwrap();
    let mut serve = Serve::channel(&home).unwrap();
    let told = wait_told(&serve, "run `lockgate review evil --resume`");
    assert_eq!(told[0].meta["replay"], "true");
    serve.prove().unwrap();

    serve.kill().unwrap();
    let stopped = wait_phase(&home, "stopped").detail.unwrap();
    assert!(stopped.contains("run `lockgate review evil --resume`"), "{stopped}");
    let serve = Serve::channel(&home).unwrap();
    let kept = wait_phase(&home, "quarantined");
    assert!(kept.detail.unwrap().contains("source.poll broke 5 times"));
    assert_eq!(does(&home, "say again"), 200, "hooks go on");
    assert_eq!(kept.failed, 0, "it was not polled");
    // Another life of the same bytes is no other try.
    set(&home, "unread", "1");
    let kept = wait_phase(&home, "quarantined");
    assert!(kept.detail.unwrap().contains("source.poll broke 5 times"));
    assert_eq!(kept.failed, 0, "it was not polled");

    assert!(resume(&home).starts_with("evil goes on"));
    wait(&home, "it is polled again", |evil| {
        evil.failed >= 1 && evil.phase == "resting"
    });
    let told = wait_told(&serve, "evil: ");
    assert_eq!(told.len(), 1, "what was seen is not told again: {told:?}");
    assert!(told[0].content.contains("it runs again"), "{told:?}");
    assert_eq!(
        resume(&home),
        "evil is neither quarantined nor refused, so it tries already\n"
    );
}

#[test]
fn a_timer_that_breaks_five_times_stops_the_polls_too() {
    let home = evil(&["fire=half-trap", "again-after=100"]);
    let _serve = Serve::channel(&home).unwrap();
    wait_phase(&home, "ready");
    assert_eq!(does(&home, "wake 0"), 200);
    let why = wait_quarantine(&home).detail.unwrap();
    assert!(why.contains("timer.fire broke 5 times in a row"), "{why}");
    assert_eq!(does(&home, "say hello"), 200, "hooks go on");
    assert!(resume(&home).starts_with("evil goes on"));
    wait_phase(&home, "ready");
}

#[test]
fn a_start_that_breaks_five_times_is_left_alone_until_other_bytes_are_approved() {
    let home = evil(&["start=trap"]);
    let _serve = Serve::channel(&home).unwrap();
    let why = wait_quarantine(&home).detail.unwrap();
    assert!(why.contains("life.start broke 5 times in a row"), "{why}");
    assert_eq!(does(&home, "say hello"), 503, "nothing is called before `start`");
    let file = home.beside().join("evil.wasm");
    fs::write(&file, with_salt(&fs::read(&file).unwrap(), 1)).unwrap();
    add(&home, &["start=trap"]);
    wait(&home, "the other bytes are tried", |evil| {
        evil.failed >= 1 && evil.phase == "starting"
    });
}

/// Nobody has approved what is developed, so nobody wants the approved bytes tried again.
#[test]
fn what_stands_in_for_it_is_tried_and_leaves_it_in_quarantine() {
    let home = evil(&["poll=trap"]);
    let _serve = Serve::channel(&home).unwrap();
    wait_quarantine(&home);
    let built = home.beside().join("built.wasm");
    fs::write(
        &built,
        with_salt(&fs::read(home.beside().join("evil.wasm")).unwrap(), 1),
    )
    .unwrap();
    let mut terminal = Terminal::open(&home, &["dev", built.to_str().unwrap(), "--as", "evil", "--trust"]).unwrap();
    let tried = |evil: &Channel| evil.phase == "resting" && (1..5).contains(&evil.failed);
    wait(&home, "the other bytes are tried", tried);
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    let why = wait_phase(&home, "quarantined").detail.unwrap();
    assert!(why.contains("source.poll broke 5 times in a row"), "{why}");
}

/// Has other bytes developed in the place of the quarantined ones, until they are in quarantine, too.
fn stood_in_for(home: &Home) -> Terminal {
    let built = home.beside().join("built.wasm");
    let bytes = fs::read(home.beside().join("evil.wasm")).unwrap();
    fs::write(&built, with_salt(&bytes, 1)).unwrap();
    let terminal = Terminal::open(home, &["dev", built.to_str().unwrap(), "--as", "evil", "--trust"]).unwrap();
    wait(home, "the other bytes are tried", |evil| (1..5).contains(&evil.failed));
    wait_phase(home, "quarantined");
    terminal
}

/// One row is kept of an instance, and what is developed had put itself in its place.
#[test]
fn what_stands_in_for_it_broke_as_often_and_the_approved_bytes_were_free() {
    let home = evil(&["poll=trap"]);
    let _serve = Serve::channel(&home).unwrap();
    wait_quarantine(&home);
    let mut terminal = stood_in_for(&home);
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    let untried = |evil: &Channel| evil.phase == "quarantined" && evil.failed == 0;
    wait(&home, "the approved bytes are back, and not tried", untried);
}

/// One row was kept of an instance, and that was of the approved bytes.
#[test]
fn what_stands_in_for_it_was_free_after_a_restart_and_freeing_it_freed_the_approved_bytes() {
    let home = evil(&["poll=trap"]);
    let mut serve = Serve::channel(&home).unwrap();
    wait_quarantine(&home);
    let mut terminal = stood_in_for(&home);
    serve.kill().unwrap();
    let _serve = Serve::channel(&home).unwrap();
    let is_stand_in = |evil: &Channel| evil.note.as_ref().is_some_and(|note| note.contains("without a review"));
    let untried = |evil: &Channel| evil.phase == "quarantined" && evil.failed == 0;
    wait(&home, "they are in it, and not tried", |evil| {
        untried(evil) && is_stand_in(evil)
    });
    assert!(resume(&home).starts_with("evil goes on"));
    wait(&home, "they are tried again", |evil| {
        evil.failed >= 1 && is_stand_in(evil)
    });
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    wait(&home, "the approved bytes are in it, and not tried", |evil| {
        untried(evil) && !is_stand_in(evil)
    });
}

/// They took the place of others that served, and had begun.
#[test]
fn bytes_that_took_a_place_were_free_of_their_own_quarantine() {
    let home = evil(&["poll=trap"]);
    let bytes = fs::read(home.beside().join("evil.wasm")).unwrap();
    let (first, second) = (with_salt(&bytes, 1), with_salt(&bytes, 2));
    let built = home.beside().join("built.wasm");
    fs::write(&built, &first).unwrap();
    // Before the house runs, so that the approved bytes never do.
    let _terminal = Terminal::open(&home, &["dev", built.to_str().unwrap(), "--as", "evil", "--trust"]).unwrap();
    let stands_in = || fs::read_to_string(home.path().join("lockgate.lock")).is_ok_and(|lock| lock.contains("dev = "));
    until(PATIENCE, "it stands in", || stands_in().then_some(())).unwrap();
    let _serve = Serve::channel(&home).unwrap();
    wait_quarantine(&home);
    fs::write(&built, &second).unwrap();
    wait(&home, "others are tried", |evil| (1..5).contains(&evil.failed));
    fs::write(&built, &first).unwrap();
    wait_serving(&home, "evil", &digest_of(&first)).unwrap();
    // Those between are of the same life, and had a try or two.
    let kept = wait_phase(&home, "quarantined");
    assert!(kept.failed < 5, "it was polled");
}

#[test]
fn what_callers_ask_for_never_quarantines() {
    let home = evil(&[]);
    let _serve = Serve::channel(&home).unwrap();
    wait_phase(&home, "ready");
    for number in 0..12 {
        assert_eq!(does(&home, &format!("panic {number}")), 500);
    }
    let evil = wait(&home, "twelve faults", |evil| evil.failed >= 12);
    assert_eq!(evil.phase, "ready");
    assert_eq!(does(&home, "say hello"), 200);
}

#[test]
fn a_refused_credential_rests_until_the_secret_is_another() {
    let home = evil(&["poll=trouble unauthorized"]);
    let serve = Serve::channel(&home).unwrap();
    let why = wait_phase(&home, "unauthorized").detail.unwrap();
    assert!(why.contains("unauthorized") && why.contains("write a new "), "{why}");
    assert_eq!(does(&home, "say hello"), 200, "hooks go on");
    let state = Folders::find(Some(&home.path()), &|_| None).unwrap();
    let state = state.open_state(None).unwrap();
    control::reload(&state).unwrap();
    assert_eq!(wait_phase(&home, "unauthorized").committed, 2, "the same life goes on");
    // Another life tries the other secret, and what it meets is told anew.
    let told = wait_told(&serve, "its credential is refused since");
    assert_eq!(told.len(), 1, "told once: {told:?}");
    home.secret_file("another secret").unwrap();
    control::reload(&state).unwrap();
    let tried = wait(&home, "another life", |evil| evil.committed == 1 && evil.failed == 1);
    assert_eq!(tried.phase, "unauthorized");
}

#[test]
fn a_refused_credential_that_was_mended_elsewhere_is_tried_again_when_a_person_says_so() {
    let home = evil(&["poll=trouble unauthorized"]);
    let serve = Serve::channel(&home).unwrap();
    wait_phase(&home, "unauthorized");
    let goes_on = "evil goes on; `lockgate status` shows how it does\n";
    assert_eq!(resume(&home), goes_on);
    let tried = wait(&home, "another try", |evil| {
        evil.failed == 2 && evil.phase == "unauthorized"
    });
    assert_eq!(tried.committed, 1, "the same life goes on");
    let told = wait_told(&serve, "its credential is refused since");
    let line = &told[0].content;
    assert!(line.contains("run `lockgate review evil --resume`"), "{line}");
}

#[test]
fn a_conflict_is_called_by_its_name() {
    let home = evil(&["poll=trouble conflict"]);
    let serve = Serve::channel(&home).unwrap();
    let why = wait_phase(&home, "conflict").detail.unwrap();
    assert!(why.contains("conflict"), "{why}");
    wait_told(&serve, "somebody else uses its credential since");
    assert_eq!(does(&home, "say hello"), 200, "hooks go on");
}

#[test]
fn a_session_is_told_that_a_channel_can_not_run_and_that_it_runs_again() {
    let home = evil(&[]);
    fs::remove_file(home.beside().join("secret")).unwrap();
    let serve = Serve::channel(&home).unwrap();
    wait_told(&serve, "evil: it can't run since");
    home.secret_file(SECRET).unwrap();
    let state = Folders::find(Some(&home.path()), &|_| None).unwrap();
    control::reload(&state.open_state(None).unwrap()).unwrap();
    wait_told(&serve, "evil: it runs again since");
    assert_eq!(does(&home, "say hello"), 200);
}

#[test]
fn a_session_is_told_of_bytes_that_nobody_has_approved() {
    let home = evil(&[]);
    let file = home.beside().join("evil.wasm");
    fs::write(&file, with_salt(&fs::read(&file).unwrap(), 1)).unwrap();
    let serve = Serve::channel(&home).unwrap();
    let told = wait_told(&serve, "other bytes than the approved ones");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn what_the_host_tells_waits_in_the_inbox_for_who_is_not_pushed() {
    let home = evil(&["poll=trouble conflict"]);
    home.edit_config(|config| drop(config.insert("always-on".into(), true.into())))
        .unwrap();
    let mut serve = Serve::spawn(&home, &["--tools"]).unwrap();
    serve.handshake().unwrap();
    wait_phase(&home, "conflict");
    let handed = until(PATIENCE, "the inbox has it", || {
        let handed = text_of(&serve.client.call("inbox", &serde_json::json!({})).unwrap());
        handed.contains("evil: somebody else").then_some(handed)
    });
    assert!(handed.unwrap().contains("channel=\"lockgate\""));
    assert!(
        serve.client.record().seen().events.is_empty(),
        "nothing is pushed to it"
    );
}
