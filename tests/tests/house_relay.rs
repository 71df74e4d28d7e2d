//! A question for permission goes to those who may answer it, their answer goes to the session once, and everybody who saw
//! the question is told. The real binary, a real component, and MCP as the real client writes it.
#![allow(clippy::unwrap_used)]

use lockgate_tests::asking::Asking;
use lockgate_tests::crowd::Said;

#[test]
fn the_one_who_asked_is_asked_alone_and_his_press_is_the_verdict() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    assert!(prompt.text().contains("leave to use Bash"), "{prompt:?}");
    assert!(
        prompt.text().contains("> Use Bash\n> { \"command\": \"ls\" }"),
        "{prompt:?}"
    );
    let labels: Vec<&str> = prompt.parts[0].buttons.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(labels, ["Allow", "Deny"]);
    assert_eq!(asking.press("1", &prompt.allow).unwrap(), "Bash: allowed");
    assert_eq!(asking.verdict("abcde").unwrap(), "allow");
    assert_eq!(asking.edited(prompt.message()).unwrap(), "Bash (abcde): allowed by ann");
    asking.line("ann allowed Bash (abcde) over crowd").unwrap();
    // A second press, and the other button, are told that it is over.
    for token in [&prompt.allow, &prompt.deny] {
        assert_eq!(asking.press("1", token).unwrap(), "This question is over.");
    }
    asking.settle("fghij").unwrap();
    assert_eq!(asking.shown_to("abcde").unwrap(), ["1"]);
    assert_eq!(asking.verdicts().len(), 2);
    let proven = |status: &lockgate_tests::home::Status| {
        let counts = &status.relay.counts;
        (counts.get("allow") == Some(&1) && counts.get("deny") == Some(&1)).then_some(())
    };
    asking
        .crowd
        .home
        .wait_status("the verdicts are counted", proven)
        .unwrap();
}

#[test]
fn if_nobody_asked_all_who_may_approve_are_and_the_first_answer_is_for_all() {
    let mut asking = Asking::open().unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let (ann, cat) = (
        asking.prompt("1", "abcde").unwrap(),
        asking.prompt("3", "abcde").unwrap(),
    );
    assert_eq!(asking.shown_to("abcde").unwrap(), ["1", "3"], "ben may not approve");
    assert_ne!(ann.allow, cat.allow);
    assert_eq!(asking.press("3", &cat.deny).unwrap(), "Bash: denied");
    assert_eq!(asking.verdict("abcde").unwrap(), "deny");
    for prompt in [&ann, &cat] {
        assert_eq!(asking.edited(prompt.message()).unwrap(), "Bash (abcde): denied by cat");
    }
    assert_eq!(asking.press("1", &ann.allow).unwrap(), "This question is over.");
    asking.verdict("abcde").unwrap();
    assert_eq!(asking.verdicts(), [("abcde".into(), "deny".into())]);
}

#[test]
fn who_may_not_approve_is_not_asked_even_if_he_asked_for_it() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("2").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let ann = asking.prompt("1", "abcde").unwrap();
    asking.prompt("3", "abcde").unwrap();
    // His own press and text count for nothing, and neither does anybody's press of another's button.
    assert_eq!(asking.press("2", &ann.allow).unwrap(), "You may not answer this.");
    assert_eq!(asking.press("99", &ann.allow).unwrap(), "You may not answer this.");
    assert_eq!(asking.press("3", &ann.allow).unwrap(), "This is not yours to answer.");
    let elsewhere = asking.crowd.press("1", "room", &ann.allow).unwrap();
    assert_eq!(asking.answered(&elsewhere).unwrap(), "This is not yours to answer.");
    asking.crowd.say(&Said::direct("2", "yes abcde")).unwrap();
    asking.told("2", "You may not answer this.").unwrap();
    asking.settle("fghij").unwrap();
    assert_eq!(asking.verdicts(), [("fghij".into(), "deny".into())]);
    let counted = |status: &lockgate_tests::home::Status| {
        let tallies = &status.channel("crowd")?.tallies;
        let count = |reason: &str| tallies.get(reason).copied().unwrap_or_default();
        (count("answer-no-approver") == 3 && count("answer-not-yours") == 2).then_some(())
    };
    asking
        .crowd
        .home
        .wait_status("what did not count is counted", counted)
        .unwrap();
}

#[test]
fn two_questions_are_answered_in_any_order() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    asking.ask("aaaaa", "Bash").unwrap();
    let first = asking.prompt("1", "aaaaa").unwrap();
    asking.ask("bbbbb", "Edit").unwrap();
    let second = asking.prompt("1", "bbbbb").unwrap();
    asking.press("1", &second.deny).unwrap();
    asking.press("1", &first.allow).unwrap();
    asking.verdict("aaaaa").unwrap();
    assert_eq!(
        asking.verdicts(),
        [("bbbbb".into(), "deny".into()), ("aaaaa".into(), "allow".into())]
    );
    assert_eq!(asking.edited(first.message()).unwrap(), "Bash (aaaaa): allowed by ann");
}

#[test]
fn of_a_long_call_the_end_is_seen_and_the_buttons_stand_below_the_last_part() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    let preview = format!("{{ \"command\": \"echo {} && rm -rf /precious\" }}", "x".repeat(19_000));
    asking
        .crowd
        .serve
        .client
        .ask_permission("abcde", "Bash", &preview)
        .unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    assert!((2..=4).contains(&prompt.parts.len()), "{prompt:?}");
    assert!(prompt.parts.iter().all(|part| part.text.chars().count() <= 400));
    let text = prompt.text();
    assert!(text.contains("echo xxx") && text.contains("rm -rf /precious"), "{text}");
    assert!(text.contains("characters are left out here"), "{text}");
    let (last, others) = prompt.parts.split_last().unwrap();
    assert_eq!(last.buttons.len(), 2);
    assert!(others.iter().all(|part| part.buttons.is_empty()));
    asking.press("1", &prompt.allow).unwrap();
    assert_eq!(asking.verdict("abcde").unwrap(), "allow");
}

#[test]
fn forty_questions_at_once_are_bounded_and_counted() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    let ids: Vec<String> = (0..40_u8)
        .map(|nth| format!("aaa{}{}", (b'a' + nth / 8) as char, (b'm' + nth % 8) as char))
        .collect();
    for id in &ids {
        asking.ask(id, "Bash").unwrap();
    }
    let full = |status: &lockgate_tests::home::Status| {
        let counts = &status.relay.counts;
        let shown = counts.get("prompt-shown").copied().unwrap_or_default();
        let dropped = counts.get("prompt-dropped").copied().unwrap_or_default();
        (shown + dropped == 40 && dropped >= 8).then_some((shown, status.relay.open.len()))
    };
    let (shown, open) = asking.crowd.home.wait_status("all are shown or counted", full).unwrap();
    assert_eq!((shown, open), (32, 32));
    // The first can still be answered, and leaves a place.
    let first = asking.prompt("1", &ids[0]).unwrap();
    asking.press("1", &first.allow).unwrap();
    assert_eq!(asking.verdict(&ids[0]).unwrap(), "allow");
    asking.settle("zzzzz").unwrap();
}
