//! What the Bot API may refuse, and how the channel rests: it never spins, never gives up, says so once, and goes on when it
//! can. And nobody else waits for it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use lockgate::limits;
use lockgate_tests::botapi::{Contended, Cut, Fault, TOKEN};
use lockgate_tests::home::Home;
use lockgate_tests::home::component::prebuilt;
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;
use lockgate_tests::telegram::{self, ANN, RESTS, Telegram, scene};
use lockgate_tests::wait::PATIENCE;

/// How often the session was told something with these words.
fn told(telegram: &Telegram, words: &str) -> usize {
    let events = telegram.events().unwrap();
    let host = events
        .iter()
        .filter(|event| event.meta.get("role").is_some_and(|role| role == "host"));
    host.filter(|event| event.content.contains(words)).count()
}

/// The shortest time between two of the last polls.
fn closest(telegram: &Telegram, from: usize) -> Option<Duration> {
    let polls = telegram.api.calls("getUpdates");
    polls[from..].windows(2).map(|two| two[1].at - two[0].at).min()
}

#[test]
fn two_pollers_are_a_conflict_that_rests_and_ends() {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "before").unwrap();
    telegram.api.contended(Contended::ByAnother);
    let conflict = telegram.wait_phase("conflict").unwrap();
    assert!(conflict.detail.unwrap().contains("terminated by other getUpdates"));
    let before = telegram.polls();
    // It tries again by itself, after a rest, and says it once.
    telegram
        .api
        .wait_for(RESTS, "another try", || (telegram.polls() > before).then_some(()))
        .unwrap();
    assert!(closest(&telegram, before - 1).unwrap() >= Duration::from_secs(9));
    telegram.api.contended(Contended::ByNobody);
    telegram.api.says(ANN, ANN, "afterwards");
    let back = || {
        telegram
            .events()
            .unwrap()
            .iter()
            .any(|event| event.content == "afterwards")
            .then_some(())
    };
    telegram.api.wait_for(RESTS, "it is back", back).unwrap();
    telegram.wait_phase("ready").unwrap();
    assert_eq!(told(&telegram, "somebody else uses its credential"), 1);
}

#[test]
fn somebody_who_polls_once_costs_a_rest_and_no_message() {
    let telegram = Telegram::open().unwrap();
    telegram.wait_poll().unwrap();
    telegram.api.other_poller();
    telegram.wait_phase("conflict").unwrap();
    telegram.api.says(ANN, ANN, "meanwhile");
    let back = || {
        telegram
            .events()
            .unwrap()
            .iter()
            .any(|event| event.content == "meanwhile")
            .then_some(())
    };
    telegram.api.wait_for(RESTS, "it is back", back).unwrap();
}

#[test]
fn a_refused_token_is_told_once_and_waits_for_another_one() {
    let (api, home) = scene().unwrap();
    store_token(&home, TOKEN);
    let telegram = Telegram::over(api, home).unwrap();
    telegram.says(ANN, "before").unwrap();
    telegram.api.revoke_token();
    let refused = telegram.wait_phase("unauthorized").unwrap();
    assert!(refused.detail.unwrap().contains("Unauthorized"));
    let polls = telegram.polls();
    let words = "its credential is refused";
    telegram.hear(words).unwrap();
    // The same token again is no reason to ask.
    store_token(&telegram.home, TOKEN);
    assert_eq!(telegram.wait_phase("unauthorized").unwrap().phase, "unauthorized");
    assert_eq!(telegram.polls(), polls, "no more polls");
    let token = format!("{TOKEN}x");
    telegram.api.new_token(&token);
    telegram.api.says(ANN, ANN, "with another token");
    store_token(&telegram.home, &token);
    telegram.hear("with another token").unwrap();
    telegram.wait_phase("ready").unwrap();
    assert_eq!(told(&telegram, words), 1);
}

/// Types a token as `secret set` wants it: lockgate keeps it from then on.
fn store_token(home: &Home, token: &str) {
    home.edit_config(|config| {
        let stored = toml::Table::from_iter([("secret".to_owned(), "bot-token".into())]);
        let channel = telegram::channel(config).unwrap();
        channel["secrets"]
            .as_table_mut()
            .unwrap()
            .insert("bot_token".into(), stored.into());
    })
    .unwrap();
    let mut command = home.lockgate();
    let mut child = command
        .args(["secret", "set", "bot-token"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_platform_that_asks_to_wait_is_not_asked_before() {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "before").unwrap();
    let before = telegram.polls();
    telegram.api.fault("getUpdates", Fault::busy(2));
    telegram.api.fault("getUpdates", Fault::busy(2));
    telegram.api.restart();
    telegram.says(ANN, "after").unwrap();
    let polls = telegram.api.calls("getUpdates");
    let busy: Vec<_> = polls[before..].windows(2).map(|two| two[1].at - two[0].at).collect();
    let waited = busy.iter().filter(|gap| **gap >= Duration::from_secs(2)).count();
    assert_eq!(waited, 2, "{busy:?}");
}

#[test]
fn an_outage_costs_no_message_and_no_spinning() {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "before").unwrap();
    let before = telegram.polls();
    // More of them in a row than what makes a channel step over an update that is to blame.
    for fault in [
        Fault::refuse(502, "Bad Gateway"),
        Fault::Drop,
        Fault::refuse(500, "Internal Server Error"),
        Fault::Lose(Cut::Half),
    ] {
        telegram.api.fault("getUpdates", fault);
    }
    telegram.api.says(ANN, ANN, "the first one after it");
    telegram.api.restart();
    telegram.says(ANN, "the second").unwrap();
    telegram.hear("the first one after it").unwrap();
    let polls = telegram.polls() - before;
    assert!(polls <= 9, "{polls} polls");
    let tally = telegram.wait_phase("ready").unwrap().tallies;
    assert_eq!(tally.get("skipped"), None, "nothing was to blame: {tally:?}");
}

#[test]
fn a_platform_that_is_down_at_the_start_is_waited_for() {
    let (api, home) = scene().unwrap();
    api.down();
    api.says(ANN, ANN, "said while it was down");
    let telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("resting").unwrap();
    telegram.api.up();
    telegram.hear("said while it was down").unwrap();
    telegram.wait_phase("ready").unwrap();
}

#[test]
fn a_restart_of_the_platform_or_of_ours_costs_no_message_and_brings_none_twice() {
    let mut telegram = Telegram::open().unwrap();
    for round in 0..3 {
        telegram.api.restart();
        let event = telegram.says(ANN, &format!("round {round}.")).unwrap();
        assert_eq!(event.content, format!("round {round}."));
        telegram.reply(ANN, "yes").unwrap();
        telegram = telegram.again().unwrap();
        telegram.wait_phase("ready").unwrap();
    }
    telegram.says(ANN, "the end").unwrap();
    let heard: Vec<String> = telegram
        .events()
        .unwrap()
        .into_iter()
        .map(|event| event.content)
        .collect();
    assert_eq!(heard, ["the end"], "what was answered does not come again");
}

#[test]
fn a_poll_that_hangs_delays_nobody_else() {
    let (api, home) = scene().unwrap();
    home.add_webhook("ci", &prebuilt("webhook")).unwrap();
    home.unpace().unwrap();
    api.always("getUpdates", Fault::Hang);
    let telegram = Telegram::over(api, home).unwrap();
    let hook = telegram.home.hook("ci").unwrap();
    telegram
        .api
        .wait("the poll that hangs", || (telegram.api.hanging() > 0).then_some(()))
        .unwrap();
    for number in 0..20 {
        let answer = hook.post(&hook.signed("workflow_run", &workflow_run(number))).unwrap();
        assert_eq!(answer.status / 100, 2);
    }
    telegram.serve.client.record().wait_events(20, PATIENCE).unwrap();
    assert!(telegram.api.hanging() > 0, "it hung all the time");
    stopped(&telegram.home, telegram.serve);
}

/// A session that goes away is not kept by a call that hangs.
fn stopped(home: &Home, mut serve: Serve) {
    serve.client.end_input();
    let (_, took) = serve.wait_exit(PATIENCE).unwrap();
    // The call would hang for longer than that by itself.
    assert!(took < limits::CALL_DEADLINE, "{took:?}");
    assert!(home.status().unwrap().owner.is_none());
}
