//! Other plugins' lists, in every shape that they write: what is read, and what is planned of it.
#![allow(clippy::unwrap_used)]

use super::plan::{Members, Plan, State, Target, plan};
use super::*;
use crate::access::{AccessBook, Account};
use crate::book::{BookError, parse};

/// Every key that such a plugin writes, and some that nobody knows.
const FULL: &str = r#"{
  "dmPolicy": "pairing",
  "allowFrom": ["412587349", "7", 99, "412587349", " 8 ", "66"],
  "groups": {
    "-100123": { "requireMention": false, "allowFrom": [] },
    "-100200": { "allowFrom": ["7", "5550"] },
    "-100300": { "requireMention": true, "allowFrom": ["5551"], "colour": "red" },
    "-100400": {}
  },
  "pending": { "a1b2c3": { "senderId": "8", "chatId": "8", "createdAt": 1, "expiresAt": 2, "replies": 1 } },
  "mentionPatterns": ["\\bbot\\b", "(?=never)"],
  "ackReaction": "👀",
  "replyToMode": "first",
  "textChunkLimit": 2000,
  "chunkMode": "newline",
  "future": { "line": "a\nb" }
}"#;

const BOOK: &str = "[[person]]\nname = \"owner\"\nroles = [\"chat\", \"approve\"]\nids = { chat = \"412587349\" }\n\
    [[person]]\nname = \"person-1\"\nroles = [\"chat\"]\n[denied]\nchat = \"66\"\n";

fn book() -> AccessBook {
    parse(BOOK, Path::new("access.toml")).unwrap()
}

fn read(text: &str) -> Result<Official, ImportError> {
    Official::parse(text, Path::new("access.json"))
}

fn planned(text: &str) -> Plan {
    let target = Target {
        network: "chat",
        book: &book(),
    };
    plan(&read(text).unwrap(), target)
}

fn chat(id: &str) -> Account {
    Account {
        network: "chat".into(),
        id: id.into(),
    }
}

#[test]
fn every_shape_is_read() {
    let full = read(FULL).unwrap();
    assert_eq!(full.direct, Some(DirectPolicy::Pairing));
    assert_eq!(full.allowed, ["412587349", "7", "99", "412587349", " 8 ", "66"]);
    let groups: Vec<_> = full
        .groups
        .iter()
        .map(|(id, group)| (id.as_str(), group.mention, group.allowed.len(), group.more.len()))
        .collect();
    assert_eq!(
        groups,
        [
            ("-100123", false, 0, 0),
            ("-100200", true, 2, 0),
            ("-100300", true, 1, 1),
            ("-100400", true, 0, 0)
        ]
    );
    assert_eq!((full.pending, full.patterns.len()), (1, 2));
    let more: Vec<_> = full.more.keys().map(String::as_str).collect();
    assert_eq!(
        more,
        ["ackReaction", "chunkMode", "future", "replyToMode", "textChunkLimit"]
    );
    let none =
        r#"{"dmPolicy": "allowlist", "allowFrom": null, "groups": null, "pending": null, "mentionPatterns": null}"#;
    let none = read(none).unwrap();
    assert_eq!(
        none,
        Official {
            direct: Some(DirectPolicy::Allowlist),
            ..Official::default()
        }
    );
    assert_eq!(read("{}").unwrap(), Official::default());
}

#[test]
fn what_is_no_such_list_is_refused_with_its_place() {
    let check = |text: &str, expected: &str| {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains("nothing was changed"), "{error}");
    };
    check("", "access.json:1:1: EOF while parsing");
    check("{\n  \"allowFrom\": [\"1\"", "access.json:2:19: EOF");
    check(
        "{\n  \"dmPolicy\": \"open\"\n}",
        "access.json:2:20: unknown variant `open`",
    );
    check("{\"allowFrom\": \"1\"}", "access.json:1:17: invalid type");
    check("{\"groups\": []}", "access.json:1:");
    check("[]", "access.json:1:");
    check("{} x", "access.json:1:4: trailing characters");
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(limits::IMPORT_BYTES));
    check(&long, "access.json has more than");
    let fits = format!("{{\"a\": \"{}\"}}", "x".repeat(limits::IMPORT_BYTES - 9));
    assert_eq!(fits.len(), limits::IMPORT_BYTES);
    assert!(read(&fits).is_ok());
}

#[test]
fn people_come_with_a_name_and_without_a_right_to_approve() {
    let plan = planned(FULL);
    let people: Vec<_> = plan
        .people
        .iter()
        .map(|person| (person.account.id.as_str(), person.name.as_str(), person.state))
        .collect();
    assert_eq!(
        people,
        [
            ("412587349", "owner", State::Known),
            ("7", "person-2", State::New),
            ("99", "person-3", State::New)
        ]
    );
    let changes = plan.changes(&book()).unwrap();
    let text = crate::book::apply(BOOK, &changes).unwrap();
    let after = parse(&text, Path::new("access.toml")).unwrap();
    for id in ["7", "99"] {
        let owner = after.owner("chat", id).unwrap();
        assert_eq!(owner.roles.iter().collect::<Vec<_>>(), [&crate::access::Role::Chat]);
    }
    assert!(after.denies("chat", "66"), "who is denied here stays denied");
}

#[test]
fn one_name_for_two_accounts_is_one_person_and_never_an_approver() {
    let mut plan = planned(FULL);
    for person in plan.people.iter_mut().filter(|person| person.state == State::New) {
        person.name = "ann".parse().unwrap();
    }
    let text = crate::book::apply(BOOK, &plan.changes(&book()).unwrap()).unwrap();
    assert!(
        text.contains("roles = [\"chat\"]\nids = { chat = [\"7\", \"99\"] }"),
        "{text}"
    );
    plan.people[1].name = "owner".parse().unwrap();
    let refused = plan.changes(&book()).unwrap_err();
    assert!(matches!(refused, BookError::Inherits(..)), "{refused}");
}

#[test]
fn groups_are_heard_as_they_were_and_no_more() {
    let plan = planned(FULL);
    let groups: Vec<_> = plan
        .groups
        .iter()
        .map(|(id, group)| (id.as_str(), group.mention, group.members.clone()))
        .collect();
    assert_eq!(
        groups,
        [
            ("-100123", false, Members::Everyone),
            ("-100200", true, Members::Named(vec![chat("7")])),
            ("-100400", true, Members::Everyone)
        ],
        "a group without anybody of the list is not heard"
    );
    assert_eq!(plan.name_of(&chat("7"), &book()).unwrap().as_str(), "person-2");
    let off = planned(&FULL.replace("\"pairing\"", "\"disabled\""));
    assert!(off.groups.is_empty(), "over there it switches groups off, too");
    assert_eq!(off.kept.iter().filter(|kept| kept.key == "groups.-100123").count(), 1);
}

#[test]
fn what_can_not_be_expressed_is_kept_on_one_line_with_its_reason() {
    let plan = planned(FULL);
    let comments: Vec<String> = plan.kept.iter().map(super::plan::Kept::comment).collect();
    let expected = [
        "# access.json had allowFrom = \" 8 \"",
        "# access.json had allowFrom = \"66\" (is denied here)",
        "# access.json had groups.-100200.allowFrom = \"5550\" (could write only there",
        "# access.json had groups.-100300.colour = \"red\" (lockgate knows no such key)",
        "# access.json had groups.-100300.allowFrom = \"5551\" (could write only there",
        "# access.json had groups.-100300 = {\"requireMention\":true,\"allowFrom\":[\"5551\"]} (nobody whom it names",
        "# access.json had mentionPatterns = \"(?=never)\"",
        "# access.json had ackReaction = \"👀\"",
        "# access.json had chunkMode = \"newline\"",
        "# access.json had future = {\"line\":\"a\\nb\"}",
        "# access.json had replyToMode = \"first\"",
        "# access.json had textChunkLimit = 2000",
    ];
    let starts = |(comment, expected): (&String, &&str)| comment.starts_with(*expected);
    // " 8 " is an id with a space inside, which no rule forbids.
    let comments: Vec<String> = comments;
    for pair in comments
        .iter()
        .zip(expected.iter().skip(expected.len() - comments.len()))
    {
        assert!(starts(pair), "{pair:?}");
    }
    assert!(comments.iter().all(|comment| !comment.contains('\n')));
    assert_eq!(plan.patterns, [r"(?i)\bbot\b"]);
    assert_eq!(plan.pending, 1);
}

#[test]
fn nothing_in_it_ends_a_comment() {
    let text = r#"{"a\n[channel.x]": "b\nc\u0085\u2028\u001b", "groups": {"g\n[x]": {"allowFrom": ["\n"]}}}"#;
    for kept in planned(text).kept {
        let comment = kept.comment();
        let whole: toml::Table = format!("{comment}\n").parse().unwrap();
        assert!(
            whole.is_empty() && comment.chars().all(|c| !c.is_control()),
            "{comment}"
        );
    }
}
