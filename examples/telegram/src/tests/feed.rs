//! Taking an answer apart.

use crate::feed::{number, repair, split};
use proptest::prelude::*;

#[test]
fn halves_of_pairs_are_replaced_and_nothing_else_is() {
    fn check(given: &str, expected: &str) {
        assert_eq!(repair(given.as_bytes()), expected);
    }
    check("", "");
    check(r#"{"a":"b"}"#, r#"{"a":"b"}"#);
    check(r"\ud83d\ude00", r"\ud83d\ude00");
    check(r"\ud83d", r"\ufffd");
    check(r"\ude00\ud83d", r"\ufffd\ufffd");
    check(r"\ud83d\ud83d\ude00", r"\ufffd\ud83d\ude00");
    check(r"\ud83dx", r"\ufffdx");
    check(r"\uD83D\u0041", r"\ufffd\u0041");
    check(r"\\ud83d", r"\\ud83d");
    check(r"\\\ud83d", r"\\\ufffd");
    check(r"\ud83", r"\ud83");
    check(r"\u+83d \ué", r"\u+83d \ué");
    check("\\", "\\");
    assert_eq!(repair(b"a\xff"), "a\u{fffd}");
}

#[test]
fn the_number_is_found_in_what_is_no_json_and_nobody_can_write_one() {
    assert_eq!(number(r#"[{ "update_id" : 17 , "#), Some(17));
    assert_eq!(number(r#"{"text":"\"update_id\":5","update_id":6}"#), Some(6));
    assert_eq!(number(r#"{"update_id":"5"}"#), None);
    assert_eq!(number(r#"{"update_id":99999999999999999999}"#), None);
    assert_eq!(number("<html>"), None);
}

#[test]
fn an_answer_is_taken_apart() {
    let feed = split(r#"{"ok":true,"result":[{"update_id":5},{"x":1},{"update_id":6,"deep":[[1e999]]}]}"#).unwrap();
    let numbers: Vec<i64> = feed.updates.iter().map(|update| update.id).collect();
    assert_eq!((numbers, feed.next, feed.unnumbered), (vec![5, 6], Some(7), 1));
    assert_eq!(feed.updates[1].raw, r#"{"update_id":6,"deep":[[1e999]]}"#);
    let odd = split("{ \"ok\" : true ,\n\"result\" : [ {\"text\":\"]}\\\"{\",\"update_id\":5} , {\"update_id\":6} ] }")
        .unwrap();
    assert_eq!(odd.updates[0].raw, r#"{"text":"]}\"{","update_id":5}"#);
    assert_eq!(odd.next, Some(7));
    assert_eq!(split(r#"{"result":[]}"#).map(|feed| feed.updates), Some(vec![]));
    let none = [
        "",
        "[]",
        "{}",
        r#"{"result":{}}"#,
        r#"{"result":[}"#,
        "<html></html>",
        r#"{"result":[{"update_id":5}"#,
        r#"{"result":[{"update_id":5},"#,
        r#"{"x":{"result":[]}}"#,
        r#"{"result":[1 2]}"#,
        r#"{"ok":true,"result":[{"a":"]}"#,
    ];
    for none in none {
        assert_eq!(split(none), None, "{none}");
    }
}

/// A piece of a text, as JSON writes it.
fn quoted(text: String) -> String {
    let quoted = serde_json::to_string(&text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z \\\\\"\u{e9}\u{1f600}]{0,5}".prop_map(quoted),
        r"\\u[dD][89a-fA-F][0-9a-f]{2}"
    ]
}

proptest! {
    /// What a parser takes is split as the parser reads it.
    #[test]
    fn updates_are_told_from_each_other(texts in proptest::collection::vec("[ \\[\\]{}\",:\\\\a]{0,12}", 0..6)) {
        let updates: Vec<serde_json::Value> =
            texts.iter().enumerate().map(|(nth, text)| serde_json::json!({ "update_id": nth, "a": [{ "t": text }, text] })).collect();
        for body in [serde_json::to_string(&updates), serde_json::to_string_pretty(&updates)] {
            let feed = split(&format!("{{\"ok\":true,\"result\":{}}}", body.unwrap())).unwrap();
            let read: Vec<serde_json::Value> = feed.updates.iter().map(|one| serde_json::from_str(&one.raw).unwrap()).collect();
            prop_assert_eq!(&read, &updates);
        }
    }

    #[test]
    fn no_text_breaks_it(text in "[ \\[\\]{}\",:\\\\a]{0,40}") {
        let _ = split(&text);
        let _ = split(&format!("{{\"result\":{text}"));
    }

    #[test]
    fn what_was_repaired_is_read_wherever_only_halves_were_wrong(pieces in proptest::collection::vec(piece(), 0..12)) {
        let json = format!("\"{}\"", pieces.concat());
        prop_assert!(serde_json::from_str::<String>(&repair(json.as_bytes())).is_ok(), "{}", json);
        prop_assert_eq!(repair(repair(json.as_bytes()).as_bytes()), repair(json.as_bytes()));
    }
}
