//! How people get onto the list over the Telegram channel: a stranger's code that the operator types, an invitation that the
//! person sends; and that nothing else of a stranger's does anything.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::botapi::Sent;
use lockgate_tests::telegram::{self, EVE, Telegram, scene};

/// A channel that answers strangers with codes.
fn open() -> Telegram {
    let (api, home) = scene().unwrap();
    home.edit_config(|config| {
        let channel = telegram::channel(config).unwrap();
        channel.insert("direct".into(), "pairing".into());
    })
    .unwrap();
    let telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    telegram
}

/// What the bot wrote to a stranger.
fn to_eve(telegram: &Telegram) -> Vec<Sent> {
    telegram
        .api
        .sent()
        .into_iter()
        .filter(|sent| sent.chat == EVE)
        .collect()
}

/// The code in a text: five characters, a dash, five characters.
fn code(text: &str) -> Option<&str> {
    let is_code = |word: &&str| {
        let (first, second) = word.split_once('-').unwrap_or_default();
        let half = |half: &str| half.len() == 5 && half.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        half(first) && half(second)
    };
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .find(is_code)
}

#[test]
fn a_stranger_gets_a_code_and_is_heard_once_the_operator_typed_it() {
    let telegram = open();
    for command in ["/start", "/help", "my secret first words", "and again"] {
        telegram.api.says(EVE, EVE, command);
    }
    let told = telegram
        .api
        .wait_sent("a code", |sent| sent.chat == EVE && code(&sent.text).is_some())
        .unwrap();
    let code = code(&told.text).unwrap().to_owned();
    let wrong = telegram
        .home
        .run(&["access", "pair", "AAAAA-AAAAA", "--as", "eve"])
        .unwrap();
    assert!(!wrong.ok(), "{}", wrong.stdout);
    let ran = telegram
        .home
        .run(&["access", "pair", &code.to_lowercase(), "--as", "eve"])
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    telegram
        .api
        .wait_sent("she is told", |sent| {
            sent.chat == EVE && sent.text.contains("on the list")
        })
        .unwrap();
    let event = telegram.says(EVE, "hello from Eve").unwrap();
    assert_eq!(event.meta["user"], "telegram/eve");
    assert_eq!(
        telegram.events().unwrap().len(),
        1,
        "what she wrote before reaches nobody"
    );
    let codes = to_eve(&telegram).into_iter().filter(|sent| sent.text.contains(&code));
    assert!(codes.count() <= 2, "two answers at most");
    let again = telegram
        .home
        .run(&["access", "pair", &code, "--as", "mallory"])
        .unwrap();
    assert!(!again.ok(), "a code is good once: {}", again.stdout);
}

#[test]
fn an_invitation_is_followed_by_whoever_sends_it_and_once() {
    let telegram = open();
    let ran = telegram.home.run(&["access", "invite", "eve"]).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let code = code(&ran.stdout).unwrap_or_else(|| panic!("{}", ran.stdout)).to_owned();
    // As a link `https://t.me/bot?start=CODE` makes it.
    telegram.api.says(EVE, EVE, &format!("/start {code}"));
    let told = telegram.api.wait_sent("she is told", |sent| {
        sent.chat == EVE && sent.text.contains("on the list")
    });
    told.unwrap();
    assert_eq!(telegram.says(EVE, "hello").unwrap().meta["user"], "telegram/eve");
    let mallory = 667;
    telegram.api.user(mallory, "Mallory");
    telegram.api.says(mallory, mallory, &format!("/start {code}"));
    telegram.says(EVE, "after Mallory").unwrap();
    let list = telegram.home.run(&["access", "list"]).unwrap().stdout;
    assert!(
        list.contains("telegram:666") && !list.contains("eve telegram:667"),
        "{list}"
    );
    let heard = telegram.events().unwrap();
    assert!(
        heard
            .iter()
            .all(|event| event.meta.get("user_id").is_none_or(|id| id != "667")),
        "{heard:?}"
    );
}

#[test]
fn a_channel_that_answers_no_strangers_says_nothing_to_them() {
    let (api, home) = scene().unwrap();
    home.edit_config(|config| {
        let channel = telegram::channel(config).unwrap();
        channel.insert("direct".into(), "allowlist".into());
    })
    .unwrap();
    let telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    for command in ["/start", "/help", "/status", "hello"] {
        telegram.api.says(EVE, EVE, command);
    }
    telegram.says(telegram::ANN, "after her").unwrap();
    assert_eq!(telegram.events().unwrap().len(), 1);
    assert!(to_eve(&telegram).is_empty());
    assert!(telegram.api.actions().iter().all(|(chat, _)| *chat != EVE));
}
