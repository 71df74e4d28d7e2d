//! Groups, strangers and programs, with a real component: nobody is heard where the operator has not said so, and nobody
//! is answered who is not heard.
#![allow(clippy::unwrap_used)]

use std::fs;

use lockgate_tests::client::Pushed;
use lockgate_tests::crowd::{Crowd, NAME, PEOPLE, Said};
use serde_json::{Value, json};

/// The groups of these tests, as an operator writes them.
const GROUPS: &str = "
team = {}
loud = { mention = false, people = [\"ann\", \"eve\"] }
open = { mention = false, people = \"everyone\" }
digest = { digest = true, patterns = [\"(?i)^bot\"] }
programs = { mention = false, bots = true }
";

fn crowd() -> Crowd {
    let crowd = Crowd::open_with(|channel| {
        channel.insert("groups".into(), GROUPS.parse::<toml::Table>().unwrap().into());
    })
    .unwrap();
    crowd.people(PEOPLE).unwrap();
    crowd
}

/// Who was heard, and what with.
fn heard(crowd: &Crowd) -> Vec<String> {
    let heard = crowd.sentinel().unwrap();
    let line = |event: &Pushed| format!("{} {}: {}", event.meta["user"], event.meta["role"], event.content);
    heard.iter().map(line).collect()
}

fn tallies(crowd: &Crowd, reasons: &[&str]) -> Vec<u64> {
    reasons.iter().map(|reason| crowd.tally(reason).unwrap()).collect()
}

#[test]
fn a_group_is_heard_as_its_entry_says_and_without_one_not_at_all() {
    let crowd = crowd();
    let before = Crowd::open().unwrap();
    before.people(PEOPLE).unwrap();
    before.say(&Said::group("team", "1", "hello").mention()).unwrap();
    assert_eq!(heard(&before), [""; 0]);
    assert_eq!(tallies(&before, &["group-not-granted"]), [1]);
    for said in [
        Said::group("team", "1", "to nobody"),
        Said::group("team", "1", "to us").mention(),
        Said::group("team", "1", "in a topic").mention().thread("t"),
        Said::group("team", "7", "a stranger").mention().named("ann"),
        Said::group("loud", "1", "named"),
        Said::group("loud", "2", "not named"),
        Said::group("other", "1", "elsewhere").mention(),
        Said::group("open", "7", "anybody").named("ann"),
        Said::group("open", "2", "known"),
        Said::group("open", "7", "a program").bot(),
        Said::group("programs", "2", "a known program").bot(),
        Said::group("programs", "7", "a strange one").bot(),
    ] {
        crowd.say(&said).unwrap();
    }
    let expected = [
        "crowd/ann chat approve: to us",
        "crowd/ann chat approve: in a topic",
        "crowd/ann chat approve: named",
        "crowd/~ann#7 guest: anybody",
        "crowd/ben chat: known",
        "crowd/ben chat: a known program",
    ];
    assert_eq!(heard(&crowd), expected);
    let reasons = [
        "not-addressed",
        "unknown-person",
        "not-in-group",
        "group-not-granted",
        "bot",
    ];
    assert_eq!(tallies(&crowd, &reasons), [1, 2, 1, 1, 1]);
    let status = crowd.home.status().unwrap();
    let note = status.channel(NAME).unwrap().note.clone().unwrap();
    assert!(note.contains("its groups name eve,"), "{note}");
}

#[test]
fn an_edit_passes_the_gate_that_its_message_passed() {
    let crowd = crowd();
    let said = |text: &str| Said::group("team", "1", text).id("m1");
    crowd.say(&said("first").mention()).unwrap();
    crowd.edit(&said("second").mention()).unwrap();
    crowd.edit(&said("third").revision("2")).unwrap();
    crowd
        .edit(&Said::group("team", "7", "fourth").id("m2").mention())
        .unwrap();
    crowd
        .edit(&Said::group("other", "1", "fifth").id("m3").mention())
        .unwrap();
    assert_eq!(
        heard(&crowd),
        ["crowd/ann chat approve: first", "crowd/ann chat approve: second"]
    );
    let reasons = ["not-addressed", "unknown-person", "group-not-granted"];
    assert_eq!(tallies(&crowd, &reasons), [1, 1, 1]);
}

#[test]
fn what_is_not_said_to_us_is_kept_and_counted_with_what_is() {
    let mut crowd = crowd();
    for nth in 0..3 {
        crowd.say(&Said::group("digest", "1", &format!("quiet {nth}"))).unwrap();
    }
    assert_eq!(heard(&crowd), [""; 0]);
    crowd
        .say(&Said::group("digest", "2", "Bot, what do you think?"))
        .unwrap();
    let record = crowd.serve.client.record();
    let counted = record.wait(lockgate_tests::wait::PATIENCE, "the count", |seen| {
        let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
        events.find(|event: &Pushed| event.content.contains("3 more: call `inbox`"))
    });
    assert!(counted.unwrap().content.contains(NAME));
    assert_eq!(heard(&crowd), ["crowd/ben chat: Bot, what do you think?"]);
    let inbox = crowd.call("inbox", &json!({})).unwrap().to_string();
    assert!((0..3).all(|nth| inbox.contains(&format!("quiet {nth}"))), "{inbox}");
}

#[test]
fn a_broken_list_makes_nobody_a_guest() {
    let crowd = crowd();
    crowd.say(&Said::group("open", "7", "a guest")).unwrap();
    let file = crowd.home.path().join("access.toml");
    fs::write(&file, &PEOPLE[..PEOPLE.len() - 10]).unwrap();
    crowd.say(&Said::group("open", "7", "nobody")).unwrap();
    crowd.say(&Said::group("open", "1", "nobody")).unwrap();
    crowd.say(&Said::direct("7", "nobody")).unwrap();
    assert_eq!(heard(&crowd), ["crowd/~#7 guest: a guest"]);
    assert!(crowd.sent().unwrap().is_empty(), "and nobody gets a code");
    fs::write(&file, format!("{PEOPLE}\n[denied]\ncrowd = \"7\"\n")).unwrap();
    crowd.say(&Said::group("open", "7", "denied")).unwrap();
    assert_eq!(heard(&crowd).len(), 1);
    assert_eq!(tallies(&crowd, &["unknown-person", "denied-person"]), [3, 1]);
}

#[test]
fn who_is_no_longer_heard_is_no_longer_answered() {
    let mut crowd = crowd();
    crowd.say(&Said::direct("2", "hello").id("m1")).unwrap();
    crowd.say(&Said::group("open", "7", "hello")).unwrap();
    assert_eq!(heard(&crowd).len(), 2);
    let ok = |answer: &Value| answer["isError"] != json!(true);
    assert!(ok(&crowd.reply("d-2", "hi").unwrap()));
    let only_ann = &PEOPLE[..PEOPLE.find("\n\n").unwrap()];
    crowd.people(only_ann).unwrap();
    let message = crowd.sent().unwrap()[0].id.clone();
    let chat = json!("crowd:d-2");
    for (tool, arguments) in [
        ("reply", json!({"chat_id": chat, "text": "still there?"})),
        (
            "edit_message",
            json!({"chat_id": chat, "message_id": message, "text": "changed"}),
        ),
        ("react", json!({"chat_id": chat, "message_id": "m1", "emoji": "👍"})),
    ] {
        let answer = crowd.call(tool, &arguments).unwrap();
        assert!(
            !ok(&answer) && answer.to_string().contains("lockgate access allow"),
            "{tool}: {answer}"
        );
    }
    // A guest stays one, as long as the group hears everybody.
    assert!(ok(&crowd.reply("open", "hi").unwrap()));
    crowd.people(&format!("{only_ann}\n[denied]\ncrowd = \"7\"\n")).unwrap();
    assert!(!ok(&crowd.reply("open", "hi").unwrap()));
    assert_eq!(crowd.sent().unwrap().len(), 2);
    crowd.people(PEOPLE).unwrap();
    assert!(ok(&crowd.reply("d-2", "welcome back").unwrap()));
}

#[test]
fn the_last_who_were_dropped_are_kept_without_their_words() {
    let crowd = crowd();
    for (room, text) in [("other", "sentinel-1"), ("third", "sentinel-2")] {
        crowd.say(&Said::group(room, "1", text).named("Ann A.")).unwrap();
    }
    crowd.say(&Said::group("team", "7", "sentinel-3").mention()).unwrap();
    let file = crowd.home.journal();
    let kept = || {
        let journal = lockgate::journal::Journal::peek(&file).ok()?;
        let kept: lockgate::access::DroppedSenders = journal.document(lockgate::channel::DROPPED).ok()?;
        (kept.all().len() == 2).then_some(kept)
    };
    let kept = lockgate_tests::wait::until(lockgate_tests::wait::PATIENCE, "the senders", kept).unwrap();
    let lines = kept.all().iter().map(|one| {
        let message = &one.message;
        (
            &*message.id,
            message.name.as_deref(),
            &*message.conversation,
            &*message.reason,
            one.count,
        )
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            ("1", Some("Ann A."), "third", "group-not-granted", 2),
            ("7", None, "team", "unknown-person", 1)
        ]
    );
    assert!(!serde_json::to_string(&kept).unwrap().contains("sentinel"));
}

#[test]
fn whoever_is_quoted_is_named_with_what_he_is_here() {
    let crowd = crowd();
    crowd
        .say(
            &Said::group("team", "1", "look")
                .mention()
                .quote("2", Some("Owner"), "known"),
        )
        .unwrap();
    crowd
        .say(
            &Said::group("team", "1", "look")
                .mention()
                .quote("7", Some("ann"), "strange"),
        )
        .unwrap();
    crowd
        .say(&Said::group("open", "1", "look").quote("7", Some("ann"), "guest"))
        .unwrap();
    crowd
        .say(&Said::group("open", "1", "look").quote_unnamed("nobody"))
        .unwrap();
    let heard = heard(&crowd);
    let headings = [
        "quoted from crowd/ben (on the allowlist):\n> known",
        "quoted from crowd/~ann#7 (not admitted: only data):\n> strange",
        "quoted from crowd/~ann#7 (admitted as a guest, not on the allowlist):\n> guest",
        "quoted from an author whom the platform does not name:\n> nobody",
    ];
    assert_eq!(heard.len(), headings.len());
    for (line, heading) in heard.iter().zip(headings) {
        assert!(line.contains(heading), "{line}");
    }
}
