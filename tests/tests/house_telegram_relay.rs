//! Questions for permission over the Telegram channel: shown to who may answer, answered once by a button or a text, by
//! nobody else, and from nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::botapi::Sent;
use lockgate_tests::telegram::{self, ANN, BEN, EVE, NAME, Telegram, granted};
use lockgate_tests::wait::PATIENCE;
use serde_json::{Value, json};

/// A session over which Ann may approve, and Ben may not.
fn relayed() -> Telegram {
    let (api, home) = granted(&["--grant", "relay"]).unwrap();
    assert!(home.run(&["access", "allow", "ann", "--role", "approve"]).unwrap().ok());
    let telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    telegram
}

/// What the session was told of questions: id and word, in order.
fn verdicts(telegram: &Telegram) -> Vec<(String, String)> {
    let seen = telegram.serve.client.record().seen();
    let verdict = |line: &Value| {
        let is_one = line["method"] == "notifications/claude/channel/permission";
        let text = |key: &str| line["params"][key].as_str().map(str::to_owned);
        is_one.then(|| Some((text("request_id")?, text("behavior")?))).flatten()
    };
    seen.others.iter().filter_map(verdict).collect()
}

#[track_caller]
fn wait_verdict(telegram: &Telegram, id: &str, behavior: &str) {
    let wanted = vec![(id.to_owned(), behavior.to_owned())];
    let record = telegram.serve.client.record();
    let there = record.wait(PATIENCE, "the verdict", |seen| {
        let found = seen.others.iter().any(|line| line["params"]["request_id"] == id);
        found.then_some(())
    });
    assert!(there.is_ok(), "{there:?}\n{}", telegram.serve.stderr());
    assert_eq!(verdicts(telegram), wanted);
}

/// The session asks; the question as Ann sees it.
#[track_caller]
fn asks(telegram: &mut Telegram, id: &str, preview: &str) -> Sent {
    telegram.serve.client.ask_permission(id, "Bash", preview).unwrap();
    let shown = telegram.api.wait_sent("the question", |sent| {
        sent.chat == ANN && !sent.buttons.is_empty() && sent.text.contains(id)
    });
    shown.unwrap_or_else(|error| panic!("{error:#}\n{}", telegram.serve.stderr()))
}

/// What a press was answered with.
#[track_caller]
fn answered(telegram: &Telegram, press: &str) -> String {
    let found = || telegram.api.answered().into_iter().find(|(id, _)| id == press);
    telegram.api.wait("the press is answered", found).unwrap().1
}

#[test]
fn a_question_is_shown_pressed_and_changed_to_its_outcome() {
    let mut telegram = relayed();
    let question = asks(&mut telegram, "abcde", "{\"command\":\"ls *_x_.\"}");
    assert!(
        question.text.contains("Bash") && question.text.contains("ls *_x_."),
        "{question:?}"
    );
    assert!(question.text.contains("yes abcde / no abcde"), "{question:?}");
    assert!(
        question.buttons.iter().all(|(_, data)| data.len() <= 64),
        "{question:?}"
    );
    assert!(
        telegram.api.sent().iter().all(|sent| sent.chat == ANN),
        "only who may answer sees it"
    );
    // Ben finds the message, forwarded or in a list of updates, and presses what he sees.
    let press = telegram.api.presses(&question, "Allow", BEN).unwrap();
    assert!(answered(&telegram, &press).contains("may not answer"));
    let press = telegram.api.presses(&question, "Allow", EVE).unwrap();
    answered(&telegram, &press);
    assert_eq!(verdicts(&telegram), []);
    let press = telegram.api.presses(&question, "Allow", ANN).unwrap();
    wait_verdict(&telegram, "abcde", "allow");
    assert!(answered(&telegram, &press).contains("allowed"));
    let edited = || {
        telegram
            .api
            .edited()
            .into_iter()
            .find(|edited| edited.message == question.message)
    };
    let edited = telegram.api.wait("the question is changed", edited).unwrap();
    assert!(
        edited.text.contains("allowed by ann") && edited.buttons.is_empty(),
        "{edited:?}"
    );
    telegram.hear("ann allowed Bash").unwrap();
    // Once: what is pressed again comes too late, with the same button or the other one.
    for label in ["Allow", "Deny"] {
        let press = telegram.api.presses(&question, label, ANN).unwrap();
        assert!(answered(&telegram, &press).contains("over"), "{label}");
    }
    wait_verdict(&telegram, "abcde", "allow");
}

#[test]
fn the_words_count_as_the_button_does_and_are_no_message() {
    let mut telegram = relayed();
    asks(&mut telegram, "fghij", "{}");
    telegram.api.says(BEN, BEN, "yes fghij");
    telegram.api.says(EVE, EVE, "yes fghij");
    telegram.says(BEN, "said by ben").unwrap();
    assert_eq!(verdicts(&telegram), []);
    telegram.api.says(ANN, ANN, " NO  Fghij ");
    wait_verdict(&telegram, "fghij", "deny");
    // A near miss is a message like any other.
    telegram.says(ANN, "yes fghij, please").unwrap();
    let bodies: Vec<String> = telegram
        .events()
        .unwrap()
        .into_iter()
        .map(|event| event.content)
        .collect();
    assert!(
        !bodies.iter().any(|body| body.trim().eq_ignore_ascii_case("no  fghij")),
        "{bodies:?}"
    );
    assert!(!bodies.iter().any(|body| body == "yes fghij"), "{bodies:?}");
}

#[test]
fn an_edit_never_carries_a_verdict_and_a_group_never_does() {
    const GROUP: i64 = -1_001_000_001;
    let (api, home) = granted(&["--grant", "relay"]).unwrap();
    assert!(home.run(&["access", "allow", "ann", "--role", "approve"]).unwrap().ok());
    api.group(GROUP, "A group", &[]);
    home.edit_config(|config| {
        let groups: toml::Table = format!("{GROUP} = {{ mention = false }}").parse().unwrap();
        telegram::channel(config)
            .unwrap()
            .insert("groups".into(), groups.into());
    })
    .unwrap();
    let mut telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    asks(&mut telegram, "kmnop", "{}");
    let message = telegram.api.says(ANN, ANN, "something else");
    telegram.api.edits(message, "yes kmnop").unwrap();
    telegram.api.says(GROUP, ANN, "yes kmnop");
    telegram.says(ANN, "after both").unwrap();
    assert_eq!(verdicts(&telegram), []);
    telegram.api.says(ANN, ANN, "yes kmnop");
    wait_verdict(&telegram, "kmnop", "allow");
}

#[test]
fn who_spoke_last_is_asked_alone() {
    let mut telegram = relayed();
    let everyone = ["access", "allow", "ben", "--role", "approve"];
    assert!(telegram.home.run(&everyone).unwrap().ok());
    telegram.says(ANN, "do it").unwrap();
    asks(&mut telegram, "qrstu", "{}");
    assert!(telegram.api.sent().iter().all(|sent| sent.chat == ANN));
}

#[test]
fn a_long_call_is_shown_with_its_beginning_and_its_end_and_buttons_below_the_last_part() {
    let mut telegram = relayed();
    let preview = json!({"command": format!("begin_of_it {} end_of_it", "x".repeat(30_000))}).to_string();
    telegram.serve.client.ask_permission("vwxyz", "Bash", &preview).unwrap();
    let last = telegram
        .api
        .wait_sent("the last part", |sent| !sent.buttons.is_empty())
        .unwrap();
    let sent = telegram.api.sent();
    assert_eq!(sent.last(), Some(&last), "the buttons are below the last part");
    let all: String = sent.iter().map(|sent| &*sent.text).collect();
    for words in ["begin_of_it", "end_of_it", "left out here", "yes vwxyz"] {
        assert!(all.contains(words), "{words}");
    }
    assert!(sent.iter().all(|sent| sent.text.encode_utf16().count() <= 4096));
}

#[test]
fn other_bytes_carry_no_questions_until_they_are_approved_for_it() {
    let (api, home) = granted(&[]).unwrap();
    assert!(home.run(&["access", "allow", "ann", "--role", "approve"]).unwrap().ok());
    let mut telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    telegram.serve.client.ask_permission("abcde", "Bash", "{}").unwrap();
    let words = format!("lockgate review {NAME} --grant relay");
    let said = || {
        telegram
            .home
            .run(&["status"])
            .unwrap()
            .stdout
            .contains(&words)
            .then_some(())
    };
    telegram.api.wait("status says what would change it", said).unwrap();
    telegram.api.says(ANN, ANN, "yes abcde");
    telegram.says(ANN, "after it").unwrap();
    // He is told that it does not count; the question itself was shown to nobody.
    let sent = telegram.api.sent();
    assert!(
        sent.iter()
            .all(|sent| sent.buttons.is_empty() && !sent.text.contains("Bash")),
        "{sent:?}"
    );
    assert_eq!(verdicts(&telegram), []);
}
