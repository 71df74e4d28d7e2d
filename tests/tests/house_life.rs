//! What goes on by itself: timers and polls, what of them survives a restart, and what a fault leaves behind.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::guests;
use lockgate_tests::home::{Home, SECRET, Status, component::prebuilt};
use lockgate_tests::load::{Hook, payload::number_in};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

/// A home with the hostile guest under the name `evil`, and its one signed hook.
struct Evil {
    home: Home,
    serve: Serve,
    hook: Hook,
}

fn evil(settings: &[&str]) -> Evil {
    let home = Home::new().unwrap();
    add_evil(&home, settings);
    let serve = Serve::channel(&home).unwrap();
    let hook = hook(&home);
    Evil { home, serve, hook }
}

fn add_evil(home: &Home, settings: &[&str]) {
    add_named(home, "evil", settings);
}

fn add_named(home: &Home, name: &str, settings: &[&str]) {
    let component = guests::component("evil").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let mut arguments = vec![
        "add",
        component.to_str().unwrap(),
        "--name",
        name,
        "--yes",
        "--secret",
        &secret,
    ];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let ran = home.run(&arguments).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    home.unpace().unwrap();
}

fn hook(home: &Home) -> Hook {
    let listening = |status: &Status| {
        status
            .listen
            .filter(|_| status.channel("evil").is_some_and(|c| c.phase == "ready"))
    };
    Hook::new(
        home.wait_status("evil is ready", listening).unwrap(),
        "/evil/do",
        SECRET,
    )
}

/// One hangs in its start, and one breaks in it again and again: the others don't wait for either.
#[test]
fn a_start_that_hangs_or_breaks_kept_the_other_channels_waiting() {
    let home = Home::new().unwrap();
    // In the order in which they are begun.
    for (name, start) in [
        ("a-spins", "start=spin"),
        ("b-traps", "start=trap"),
        ("c-other", "unread=1"),
    ] {
        add_named(&home, name, &[start]);
    }
    let _serve = Serve::channel(&home).unwrap();
    let (first, listen) = home
        .wait_status("the other is ready", |status| {
            let other = status.channel("c-other").filter(|other| other.phase == "ready");
            Some((status.channel("a-spins")?.clone(), other.and(status.listen)?))
        })
        .unwrap();
    assert_eq!(
        (&*first.phase, first.failed),
        ("starting", 0),
        "it hangs in its first one"
    );
    let hook = Hook::new(listen, "/c-other/do", SECRET);
    let signature = hook.signature(b"say hello");
    let request = hook.request(&[("X-Signature", &signature)], b"say hello");
    assert_eq!(hook.post(&request).unwrap().status, 200);
    let broke = |status: &Status| {
        let failed = |name: &str| status.channel(name).is_some_and(|channel| channel.failed >= 1);
        (failed("a-spins") && failed("b-traps")).then_some(())
    };
    home.wait_status("both have failed", broke).unwrap();
}

impl Evil {
    /// Posts a deed; the status of the answer.
    fn does(&self, deed: &str) -> u16 {
        let signature = self.hook.signature(deed.as_bytes());
        self.hook
            .post(&self.hook.request(&[("X-Signature", &signature)], deed.as_bytes()))
            .unwrap()
            .status
    }

    fn wait_content(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let found = self.serve.client.record().wait(PATIENCE, what, |seen| {
            seen.events
                .iter()
                .any(|line| wanted(&line.parse().unwrap().content))
                .then_some(())
        });
        found.unwrap_or_else(|error| panic!("{error}\n{}", self.serve.stderr()));
    }
}

#[test]
fn a_wake_that_was_set_before_a_kill_fires_after_the_restart() {
    let mut evil = evil(&[]);
    assert_eq!(evil.does("wake 3000"), 200);
    evil.serve.kill().unwrap();
    evil.serve = Serve::channel(&evil.home).unwrap();
    evil.wait_content("the wake", |content| content.contains("soon after 0"));
}

#[test]
fn a_wake_whose_call_traps_fires_again_with_its_failures_and_nothing_of_it_is_kept() {
    let evil = evil(&["fire=half-trap"]);
    assert_eq!(evil.does("wake 0"), 200);
    let failed = |status: &Status| (status.channel("evil")?.failed >= 2).then_some(());
    evil.home.wait_status("it failed twice", failed).unwrap();
    assert_eq!(evil.does("get half"), 200);
    evil.wait_content("the answer of the store", |content| content.contains("None"));
    assert!(
        evil.home
            .status()
            .unwrap()
            .channel("evil")
            .unwrap()
            .last_failure
            .as_ref()
            .unwrap()
            .contains("timer.fire")
    );
}

#[test]
fn beats_are_counted_once_each_across_a_kill() {
    let home = Home::new().unwrap();
    let component = prebuilt("ticker");
    let ran = home
        .run(&[
            "add",
            component.to_str().unwrap(),
            "--name",
            "beat",
            "--yes",
            "--set",
            "interval=100",
        ])
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    home.unpace().unwrap();
    let mut beats: Vec<u64> = Vec::new();
    for _ in 0..3 {
        let mut serve = Serve::channel(&home).unwrap();
        serve.client.record().wait_events(3, PATIENCE).unwrap();
        serve.kill().unwrap();
        let seen = serve.client.record().seen();
        let fresh = seen
            .events
            .iter()
            .map(|line| line.parse().unwrap())
            .filter(|event| !event.meta.contains_key("replay"));
        beats.extend(fresh.filter_map(|event| event.content.strip_prefix("beat ")?.parse::<u64>().ok()));
    }
    beats.sort_unstable();
    beats.dedup();
    let expected: Vec<u64> = (1..=beats.len() as u64).collect();
    assert_eq!(beats, expected, "a beat is missing");
}

#[test]
fn a_poll_that_traps_is_told_its_failures_and_steps_over_the_poison() {
    let evil = evil(&["poll=trap", "careful=yes"]);
    let skipped = |status: &Status| status.channel("evil")?.tallies.get("skipped").map(|_| ());
    evil.home.wait_status("the poison is stepped over", skipped).unwrap();
    // Three polls broke, and the fourth brought the next one.
    evil.wait_content("the next one", |content| content == "what came after the poison");
    let told = |status: &Status| status.channel("evil").map(|evil| (evil.failed, evil.phase.clone()));
    let (failed, phase) = told(&evil.home.status().unwrap()).unwrap();
    assert!(failed == 3 || failed > 3 && phase != "quarantined", "{failed} {phase}");
}

#[test]
fn a_start_that_never_succeeds_keeps_the_hooks_closed_and_says_why() {
    let home = Home::new().unwrap();
    add_evil(&home, &["start=trap"]);
    let _serve = Serve::channel(&home).unwrap();
    let starting = |status: &Status| {
        let evil = status.channel("evil")?;
        let why = evil.detail.clone().filter(|_| evil.phase == "starting")?;
        status.listen.map(|listen| (why, listen))
    };
    let (why, listen) = home.wait_status("evil does not start", starting).unwrap();
    assert!(why.contains("life.start"), "{why}");
    let hook = Hook::new(listen, "/evil/do", SECRET);
    let signature = hook.signature(b"say hello");
    let answer = hook
        .post(&hook.request(&[("X-Signature", &signature)], b"say hello"))
        .unwrap();
    assert_eq!(answer.status, 503);
}

#[test]
fn each_trouble_and_fault_has_its_status_and_the_process_lives() {
    let evil = evil(&[]);
    let cases = [
        ("trap", 500),
        ("panic now", 500),
        ("grow", 500),
        ("many-inbound", 500),
        ("many-effects", 500),
        ("odd-ids", 500),
        ("bad-answer", 500),
        ("file-answer", 500),
        ("trouble busy", 429),
        ("trouble unavailable", 503),
        ("trouble rejected", 400),
        ("trouble malformed", 400),
        ("trouble unauthorized", 500),
        ("half", 400),
        ("say house-7.", 200),
    ];
    for (deed, status) in cases {
        assert_eq!(evil.does(deed), status, "{deed}");
    }
    evil.wait_content("the last word", |content| number_in(content) == Some(7));
    // A call is repeated when what it had checked was changed by another; one that can never succeed ends as a fault.
    assert_eq!(evil.does("check-conflict never"), 500);
    assert_eq!(evil.does("check-conflict"), 200);
}

#[test]
fn a_connection_that_nothing_grants_is_refused_and_counted_also_after_a_restart() {
    let mut evil = evil(&[]);
    assert_eq!(evil.does("sockets"), 200);
    let count = |status: &Status| status.channel("evil")?.tallies.get("connect-refused").copied();
    let first = evil.home.wait_status("it is refused", count).unwrap();
    assert_eq!(first, 1);
    evil.serve.kill().unwrap();
    evil.serve = Serve::channel(&evil.home).unwrap();
    evil.hook = hook(&evil.home);
    // The same call disconnects at its end, so nothing of it is left to be done again.
    assert_eq!(evil.does("say house-8."), 200);
    assert_eq!(evil.home.wait_status("the count", count).unwrap(), 1);
}
