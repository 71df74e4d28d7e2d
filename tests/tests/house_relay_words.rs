//! Answers in words: which texts are verdicts, from whom and where; and what nobody can do with them.
#![allow(clippy::unwrap_used)]

use lockgate_tests::asking::Asking;
use lockgate_tests::crowd::{Crowd, Said};
use lockgate_tests::home::Status;

/// How often this was counted, once it was so often at least.
fn counted(crowd: &Crowd, reason: &str, least: u64) -> u64 {
    let often = |status: &Status| {
        let count = status.channel("crowd")?.tallies.get(reason).copied()?;
        (count >= least).then_some(count)
    };
    crowd.home.wait_status(reason, often).unwrap()
}

#[test]
fn a_verdict_is_two_words_and_a_near_miss_is_chat() {
    let mut asking = Asking::open().unwrap();
    let verdicts = [
        ("aaaaa", "yes aaaaa", "allow"),
        ("bbbbb", "YES BBBBB", "allow"),
        ("ccccc", " y ccccc ", "allow"),
        ("ddddd", "n\tddddd", "deny"),
        ("eeeee", "No eeeee\n", "deny"),
    ];
    for (id, text, expected) in verdicts {
        asking.ask(id, "Bash").unwrap();
        asking.prompt("1", id).unwrap();
        asking.crowd.say(&Said::direct("1", text)).unwrap();
        assert_eq!(asking.verdict(id).unwrap(), expected, "{text:?}");
        asking
            .line(&format!(
                "ann {}",
                if expected == "allow" { "allowed" } else { "denied" }
            ))
            .unwrap();
    }
    asking.told("1", "Bash: denied").unwrap();
    asking.ask("fffff", "Bash").unwrap();
    asking.prompt("1", "fffff").unwrap();
    let near = [
        "yes ffflf",
        "yes",
        "yes fffff please",
        "fffff",
        "yes, fffff",
        "ok fffff",
    ];
    for text in near {
        asking.crowd.say(&Said::direct("1", text)).unwrap();
    }
    let heard: Vec<String> = asking
        .crowd
        .sentinel()
        .unwrap()
        .into_iter()
        .map(|it| it.content)
        .collect();
    assert_eq!(heard, near, "no verdict is chat, and each near miss is");
    assert_eq!(asking.verdicts().len(), verdicts.len());
}

#[test]
fn an_id_that_was_never_shown_to_him_is_worth_nothing_and_few_guesses_are_heard() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    // Cat may approve, and was not asked.
    asking.crowd.say(&Said::direct("3", "yes abcde")).unwrap();
    asking.told("3", "This is not yours to answer.").unwrap();
    asking.crowd.say(&Said::direct("3", "yes zzzzz")).unwrap();
    asking.told("3", "There is no open question of that id.").unwrap();
    for nth in 0..200_u32 {
        let id: String = [nth / 20, nth % 20]
            .iter()
            .filter_map(|it| char::from_digit(it % 10 + 10, 36))
            .collect();
        asking.crowd.say(&Said::direct("3", &format!("yes zzz{id}"))).unwrap();
    }
    asking.line("answers to questions that are not his").unwrap();
    // What came faster than it was looked at is counted, too.
    let all = |status: &Status| {
        let tallies = &status.channel("crowd")?.tallies;
        let reasons = ["answer-not-yours", "answer-unknown", "answer-muted", "aside-dropped"];
        let counts = reasons.map(|reason| tallies.get(reason).copied().unwrap_or_default());
        (counts.iter().sum::<u64>() == 202).then_some(counts)
    };
    let [not_his, unknown, muted, _] = asking.crowd.home.wait_status("all guesses are counted", all).unwrap();
    assert_eq!((not_his, unknown), (1, 3), "of five the last one is the one too many");
    assert!(muted > 0);
    assert_eq!(asking.press("1", &prompt.allow).unwrap(), "Bash: allowed");
    asking.verdict("abcde").unwrap();
    assert_eq!(asking.verdicts(), [("abcde".into(), "allow".into())]);
}

#[test]
fn nobody_in_a_group_answers_not_even_who_may() {
    let mut asking = Asking::open_with(|channel| {
        let room: toml::Table = "room = { mention = false, people = \"everyone\" }".parse().unwrap();
        channel.insert("groups".into(), room.into());
    })
    .unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    for account in ["99", "2", "1"] {
        asking.crowd.say(&Said::group("room", account, "yes abcde")).unwrap();
    }
    assert_eq!(counted(&asking.crowd, "answer-no-approver", 2), 2);
    assert_eq!(counted(&asking.crowd, "answer-in-group", 1), 1);
    let told = asking.crowd.wait_sent("a word to ann", |entries| {
        let mut room = entries.iter().filter(|it| it.conversation == "room");
        room.find(|it| it.text.contains("counts only in your own conversation"))
            .map(drop)
    });
    told.unwrap();
    let heard = asking.crowd.sentinel().unwrap();
    assert!(heard.is_empty(), "the id of a question is no chat: {heard:?}");
    assert!(asking.verdicts().is_empty());
    asking.press("1", &prompt.deny).unwrap();
    asking.verdict("abcde").unwrap();
    assert_eq!(asking.verdicts(), [("abcde".into(), "deny".into())]);
}

#[test]
fn an_edit_is_no_verdict() {
    let mut asking = Asking::open().unwrap();
    asking.speaks("1").unwrap();
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    asking.crowd.say(&Said::direct("1", "hello").id("m")).unwrap();
    asking
        .crowd
        .edit(&Said::direct("1", "yes abcde").id("m").revision("2"))
        .unwrap();
    let heard = asking.crowd.sentinel().unwrap();
    assert_eq!(
        heard.last().map(|it| it.content.as_str()),
        Some("yes abcde"),
        "{heard:?}"
    );
    assert!(asking.verdicts().is_empty());
    asking.press("1", &prompt.allow).unwrap();
    assert_eq!(asking.verdict("abcde").unwrap(), "allow");
}
