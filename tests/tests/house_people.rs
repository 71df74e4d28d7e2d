//! One story across all rooms: a stranger asks and is let in, a group is heard, an approver answers the session's question,
//! the owner is killed, old answers are played again, and somebody is shown the door. At each step: who is heard, what is
//! said to whom, and what the session is told.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use lockgate_tests::asking::Asking;
use lockgate_tests::client::Pushed;
use lockgate_tests::crowd::{Crowd, Said};
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::Value;

/// Ann may approve (1), Ben may speak (2); Eve (7) and Zed (9) are on no list.
const EVE: &str = "7";
const ZED: &str = "9";
const ROOM: &str = "room";

/// A channel that strangers may ask, carries answers, and hears one group.
fn open() -> Asking {
    Asking::open_with(|channel| {
        channel.insert("direct".into(), "pairing".into());
        let room: toml::Table = "people = \"everyone\"".parse().unwrap();
        let groups = toml::Table::from_iter([(ROOM.to_owned(), room.into())]);
        channel.insert("groups".into(), groups.into());
    })
    .unwrap()
}

/// Runs a verb that the operator types.
#[track_caller]
fn typed(crowd: &Crowd, words: &[&str]) -> String {
    let ran = crowd.home.run(words).unwrap();
    assert!(ran.ok(), "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// As whom and what the session heard that was not there before.
fn heard(crowd: &Crowd, before: &mut usize) -> Vec<(String, String)> {
    let events: Vec<Pushed> = crowd.sentinel().unwrap().split_off(*before);
    *before += events.len();
    let said = events
        .into_iter()
        .map(|event| (event.meta["user"].clone(), event.content));
    said.collect()
}

/// The texts that were sent into a conversation, once there are so many.
fn sent(crowd: &Crowd, conversation: &str, least: usize) -> Vec<String> {
    let texts = crowd.wait_sent(&format!("{least} texts in {conversation}"), |sent| {
        let there = sent
            .iter()
            .filter(|entry| entry.what == "sent" && entry.conversation == conversation);
        let texts: Vec<String> = there.map(|entry| entry.text.clone()).collect();
        (texts.len() >= least).then_some(texts)
    });
    texts.unwrap()
}

/// The code in a host's text: two groups of five.
fn code(text: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words
        .find(|word| word.len() == 11 && word.as_bytes()[5] == b'-')
        .unwrap()
        .to_owned()
}

/// The keys of an object.
fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn counted(crowd: &Crowd, reason: &str, least: u64) {
    let count = || crowd.tally(reason).ok().filter(|count| *count >= least);
    until(PATIENCE, reason, count).unwrap();
}

#[test]
fn from_a_strangers_first_word_to_the_door() {
    let mut asking = open();
    let mut seen = 0;
    // A stranger: nothing of what she writes is heard, and what she is told is the host's.
    asking.crowd.say(&Said::direct(EVE, "SECRETWORD").named("ann")).unwrap();
    let told = sent(&asking.crowd, "d-7", 1).remove(0);
    assert!(!told.contains("SECRETWORD"), "{told}");
    assert_eq!(heard(&asking.crowd, &mut seen), []);
    // The operator types her code, and she is who he says.
    typed(&asking.crowd, &["access", "pair", &code(&told), "--as", "eve"]);
    asking.crowd.say(&Said::direct(EVE, "hello").named("ann")).unwrap();
    assert_eq!(heard(&asking.crowd, &mut seen), [("crowd/eve".into(), "hello".into())]);
    // In the group everybody is heard who speaks to us, and nobody is taken for another.
    asking.crowd.say(&Said::group(ROOM, EVE, "among us")).unwrap();
    asking
        .crowd
        .say(&Said::group("elsewhere", EVE, "elsewhere").mention())
        .unwrap();
    asking.crowd.say(&Said::group(ROOM, EVE, "eve here").mention()).unwrap();
    asking
        .crowd
        .say(&Said::group(ROOM, ZED, "zed here").mention().named("eve"))
        .unwrap();
    let in_group = heard(&asking.crowd, &mut seen);
    assert_eq!(in_group.len(), 2, "{in_group:?}");
    assert_eq!(in_group[0], ("crowd/eve".into(), "eve here".into()));
    assert!(
        in_group[1].0 != "crowd/eve" && in_group[1].1 == "zed here",
        "{in_group:?}"
    );
    counted(&asking.crowd, "not-addressed", 1);
    counted(&asking.crowd, "group-not-granted", 1);
    // The session asks; only the approver's word counts, and nobody's is chat.
    asking.speaks("1").unwrap();
    seen += 1;
    asking.ask("abcde", "Bash").unwrap();
    let prompt = asking.prompt("1", "abcde").unwrap();
    asking.crowd.say(&Said::direct(EVE, "yes abcde")).unwrap();
    asking
        .crowd
        .say(&Said::group(ROOM, ZED, "yes abcde").mention())
        .unwrap();
    asking
        .crowd
        .say(&Said::group(ROOM, "1", "yes abcde").mention())
        .unwrap();
    asking.crowd.edit(&Said::direct(EVE, "no abcde").id("eves")).unwrap();
    assert_eq!(asking.press(EVE, &prompt.allow).unwrap(), "You may not answer this.");
    let chat = heard(&asking.crowd, &mut seen);
    assert_eq!(
        chat,
        [("crowd/eve".into(), "no abcde".into())],
        "an edit is no answer, and the others are no chat"
    );
    assert_eq!(asking.verdicts(), []);
    asking.press("1", &prompt.deny).unwrap();
    assert_eq!(asking.verdict("abcde").unwrap(), "deny");
    asking.line("ann denied Bash (abcde) over crowd").unwrap();
    // The owner is killed: old buttons and old words answer nothing any more.
    let before = asking.crowd.home.run(&["access", "list", "--json"]).unwrap().stdout;
    let mut asking = asking.again().unwrap();
    let mut seen = asking.crowd.sentinel().unwrap().len();
    assert_eq!(
        asking.crowd.home.run(&["access", "list", "--json"]).unwrap().stdout,
        before
    );
    assert_eq!(asking.press("1", &prompt.allow).unwrap(), "This question is over.");
    asking.crowd.say(&Said::direct("1", "yes abcde")).unwrap();
    asking.told("1", "There is no open question of that id.").unwrap();
    asking.settle("fghij").unwrap();
    assert_eq!(asking.verdicts(), [("fghij".into(), "deny".into())]);
    // Eve goes: nothing of hers comes in, and nothing goes out to her.
    typed(&asking.crowd, &["access", "remove", "eve"]);
    typed(&asking.crowd, &["access", "deny", "crowd:7"]);
    let so_far = sent(&asking.crowd, "d-7", 1).len();
    asking.crowd.say(&Said::direct(EVE, "still here?")).unwrap();
    asking
        .crowd
        .say(&Said::group(ROOM, EVE, "still here?").mention())
        .unwrap();
    assert_eq!(heard(&asking.crowd, &mut seen), []);
    let refused = asking.crowd.reply("d-7", "goodbye").unwrap();
    assert_eq!(refused["isError"], true, "{refused}");
    assert_eq!(sent(&asking.crowd, "d-7", 1).len(), so_far, "she was written to");
    counted(&asking.crowd, "denied-person", 2);
}

#[test]
fn what_scripts_read_keeps_its_shape() {
    let asking = open();
    asking.crowd.say(&Said::direct(EVE, "hello")).unwrap();
    sent(&asking.crowd, "d-7", 1);
    let json = |words: &[&str]| -> Value { serde_json::from_str(&typed(&asking.crowd, words)).unwrap() };
    let list = json(&["access", "list", "--json"]);
    assert_eq!(keys(&list), BTreeSet::from(LIST), "{list:#}");
    assert_eq!(list["people"].as_array().unwrap().len(), 3);
    assert_eq!(keys(&list["people"][0]), BTreeSet::from(["ids", "name", "roles"]));
    let status = json(&["status", "--json"]);
    assert!(keys(&status).is_superset(&BTreeSet::from(STATUS)), "{status:#}");
    assert!(!typed(&asking.crowd, &["status", "--json"]).contains(&code(&sent(&asking.crowd, "d-7", 1)[0])));
}

/// What `access list --json` has.
const LIST: [&str; 8] = [
    "denied",
    "dropped",
    "invites",
    "not_heard",
    "pairing_problem",
    "pending",
    "people",
    "problem",
];
/// What `status --json` has, besides what else is there.
const STATUS: [&str; 5] = ["allowlist", "channels", "listen", "owner", "relay"];
