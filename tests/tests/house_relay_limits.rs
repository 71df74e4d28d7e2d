//! Where questions for permission do not go, and when they are over: channels without the right, tools that are not to be
//! answered for, time that is up, sessions that ended, and processes that have no session to answer.
#![allow(clippy::unwrap_used)]

use lockgate_tests::asking::Asking;
use lockgate_tests::crowd::{self, Crowd, NAME, PEOPLE, Said};
use lockgate_tests::home::{Home, Status};
use lockgate_tests::serve::Serve;

fn count(home: &Home, reason: &str, expected: u64) {
    let is_so = |status: &Status| (status.relay.counts.get(reason) == Some(&expected)).then_some(());
    home.wait_status(&format!("{reason} {expected}"), is_so).unwrap();
}

#[test]
fn a_channel_without_the_right_shows_nothing_and_its_words_never_count() {
    let home = Home::new().unwrap();
    crowd::add(&home, NAME).unwrap();
    crowd::people(&home, PEOPLE).unwrap();
    let mut crowd = Crowd::over(home).unwrap();
    crowd.serve.client.ask_permission("abcde", "Bash", "{ }").unwrap();
    let why = crowd
        .home
        .wait_status("nobody could be asked", |status| {
            Some(status.relay.unshown.clone()?.why)
        })
        .unwrap();
    assert!(why.contains("lockgate review crowd --grant relay"), "{why}");
    // Its guest knows the id all the same, and speaks for ann.
    crowd.say(&Said::direct("1", "yes abcde")).unwrap();
    let pressed = crowd.press("1", "d-1", "AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let told = crowd.wait_sent("the answer", |entries| {
        let found = entries.iter().find(|it| it.what == "answered" && it.id == pressed);
        found.map(|it| it.text.clone())
    });
    assert_eq!(told.unwrap(), "This question is over.");
    let counted = |status: &Status| {
        let tallies = &status.channel(NAME)?.tallies;
        tallies.get("answer-no-approver").filter(|it| **it == 1).copied()
    };
    crowd.home.wait_status("the text is counted", counted).unwrap();
    assert!(crowd.sentinel().unwrap().is_empty());
    assert!(crowd.serve.client.record().seen().verdicts().is_empty());
    let sent = crowd.sent().unwrap();
    assert!(
        sent.iter().all(|it| it.what != "sent" || !it.text.contains("abcde")),
        "{sent:?}"
    );
}

#[test]
fn a_tool_that_may_not_be_answered_for_is_a_note_without_an_id() {
    let mut asking = Asking::open_with(|channel| {
        channel.insert("relay-tools".into(), vec!["Edit"].into());
    })
    .unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    asking
        .told("1", "It can't be answered from here; it waits at the terminal.")
        .unwrap();
    asking.crowd.say(&Said::direct("1", "yes abcde")).unwrap();
    asking.told("1", "This is not yours to answer.").unwrap();
    let entries = asking.crowd.sent().unwrap();
    assert!(
        entries
            .iter()
            .all(|it| it.buttons.is_empty() && !it.text.contains("abcde")),
        "{entries:?}"
    );
    asking.ask("fghij", "Edit").unwrap();
    let prompt = asking.prompt("1", "fghij").unwrap();
    asking.press("1", &prompt.allow).unwrap();
    asking.verdict("fghij").unwrap();
    assert_eq!(asking.verdicts(), [("fghij".into(), "allow".into())]);
}

#[test]
fn a_question_is_over_when_its_time_is_up() {
    let home = Home::new().unwrap();
    crowd::add(&home, NAME).unwrap();
    lockgate_tests::asking::grant(&home, NAME).unwrap();
    crowd::people(&home, PEOPLE).unwrap();
    home.edit_config(|config| {
        config.insert("relay-ttl".into(), "2s".into());
    })
    .unwrap();
    let mut asking = Asking {
        crowd: Crowd::over(home).unwrap(),
    };
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    let ended = asking.edited(prompt.message()).unwrap();
    assert_eq!(ended, "Bash (abcde): expired, or answered elsewhere");
    assert_eq!(asking.press("1", &prompt.allow).unwrap(), "This question is over.");
    asking.crowd.say(&Said::direct("1", "yes abcde")).unwrap();
    asking.told("1", "This question is over: expired").unwrap();
    count(&asking.crowd.home, "expired", 1);
    assert!(asking.verdicts().is_empty());
    assert_eq!(asking.crowd.sentinel().unwrap().len(), 1, "a late verdict is no chat");
}

#[test]
fn after_a_restart_nothing_of_an_earlier_session_counts() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    count(&asking.crowd.home, "prompt-shown", 1);
    let mut asking = asking.again().unwrap();
    assert_eq!(asking.edited(prompt.message()).unwrap(), "Bash: this question is over");
    for token in [&prompt.allow, &prompt.deny] {
        assert_eq!(asking.press("1", token).unwrap(), "This question is over.");
    }
    asking.crowd.say(&Said::direct("1", "yes abcde")).unwrap();
    asking.told("1", "There is no open question of that id.").unwrap();
    assert!(asking.verdicts().is_empty());
    // The same id, asked anew, takes none of the old buttons.
    asking.ask("abcde", "Bash").unwrap();
    let anew = asking.crowd.wait_sent("the question again", |entries| {
        let mut shown = entries
            .iter()
            .filter(|it| it.conversation == "d-1" && it.text.ends_with("yes abcde / no abcde"));
        shown.nth(1).map(|it| it.buttons[0].token.clone())
    });
    assert_eq!(asking.press("1", &prompt.allow).unwrap(), "This question is over.");
    assert!(asking.verdicts().is_empty());
    assert_eq!(asking.press("1", &anew.unwrap()).unwrap(), "Bash: allowed");
    asking.verdict("abcde").unwrap();
    assert_eq!(asking.verdicts(), [("abcde".into(), "allow".into())]);
}

#[test]
fn a_question_that_can_not_be_sent_is_tried_once_and_told_in_status() {
    let mut asking = Asking::open().unwrap();
    asking.crowd.fail("send", "the platform is down").unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let why = asking
        .crowd
        .home
        .wait_status("it reached nobody", |status| Some(status.relay.unshown.clone()?.why))
        .unwrap();
    assert!(why.contains("crowd could not send it"), "{why}");
    count(&asking.crowd.home, "prompt-unshown", 1);
    asking.crowd.fail("send", "").unwrap();
    asking.settle("fghij").unwrap();
    let clear = |status: &Status| status.relay.unshown.is_none().then_some(());
    asking
        .crowd
        .home
        .wait_status("the next one reached somebody", clear)
        .unwrap();
}

#[test]
fn a_session_beside_the_owner_asks_nobody_and_is_counted() {
    let mut asking = Asking::open().unwrap();
    let mut beside = Serve::channel(&asking.crowd.home).unwrap();
    beside.client.call("channels", &serde_json::json!({})).unwrap();
    beside.client.ask_permission("abcde", "Bash", "{ }").unwrap();
    count(&asking.crowd.home, "prompt-unowned", 1);
    // One that nobody could answer is counted, too.
    asking.ask("ABCDE", "Bash").unwrap();
    count(&asking.crowd.home, "prompt-unreadable", 1);
    asking.settle("fghij").unwrap();
    assert!(asking.shown_to("abcde").unwrap().is_empty());
}

#[test]
fn a_question_that_only_notes_carry_counts_as_unshown() {
    let mut asking = Asking::open_with(|channel| {
        channel.insert("relay-tools".into(), vec!["Edit"].into());
    })
    .unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    unshown(&asking, "crowd may not carry answers for Bash");
    count(&asking.crowd.home, "prompt-unshown", 1);
}

#[test]
fn a_channel_that_hears_nobody_directly_asks_nothing() {
    let mut asking = Asking::open_with(|channel| {
        channel.insert("direct".into(), "disabled".into());
    })
    .unwrap();
    asking.ask("abcde", "Bash").unwrap();
    unshown(&asking, "crowd hears nobody directly");
    let sent = asking.crowd.sent().unwrap();
    assert!(sent.iter().all(|it| !it.text.contains("abcde")), "{sent:?}");
}

#[track_caller]
fn unshown(asking: &Asking, expected: &str) {
    let why = asking
        .crowd
        .home
        .wait_status("it reached nobody", |status| Some(status.relay.unshown.clone()?.why))
        .unwrap();
    assert!(why.contains(expected), "{why}");
}
