//! Credentials in JSON, for bodies and frames: where they go, and what a guest tries instead.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::filling::{at, fill, rule, secrets};
use super::*;

const JSON: (&str, &str) = ("content-type", "application/json");

fn place(pointer: &str, when: Option<(&str, Value)>) -> CredentialPlace {
    CredentialPlace::Json {
        pointer: pointer.into(),
        when: when.map(|(pointer, equals)| When {
            pointer: pointer.into(),
            equals,
        }),
    }
}

/// A gateway: `token` goes into `/d/token` of frames with operation 2, `key` into that of frames with operation 6.
fn gateway() -> HttpRule {
    let op = |op: i64| Some(("/op", json!(op)));
    let mut rule = rule(
        &["/"],
        vec![
            at("token", place("/d/token", op(2))),
            at("key", place("/d/token", op(6))),
        ],
    );
    rule.scheme = Scheme::Wss;
    rule
}

/// Expects a frame to become this, or to be refused with words that contain this.
#[track_caller]
fn frame(rule: &HttpRule, text: &str, expected: Result<&str, &str>) {
    match (fill_frame(rule, text, &secrets()), expected) {
        (Ok(filled), Ok(expected)) => assert_eq!(filled, expected),
        (Err(refusal), Err(expected)) => {
            let words = refusal.to_string();
            assert!(words.contains(expected), "{text}: {words}");
            assert!(!words.contains("12:Ab") && !words.contains("k-e_y"), "{words}");
        }
        (outcome, _) => panic!("{text} became {outcome:?}"),
    }
}

#[test]
fn a_secret_is_put_where_the_condition_holds() {
    let rule = gateway();
    frame(
        &rule,
        "{ \"op\" : 2, \"d\" : { \"intents\": 1e2 } }",
        Ok("{ \"op\" : 2, \"d\" : {\"token\":\"12:Ab/c d\", \"intents\": 1e2 } }"),
    );
    frame(
        &rule,
        "{\"op\":6,\"d\":{}}",
        Ok("{\"op\":6,\"d\":{\"token\":\"k-e_y\"}}"),
    );
    frame(&rule, "{\"op\":1,\"d\":null}", Ok("{\"op\":1,\"d\":null}"));
    frame(
        &rule,
        "{\"op\":1,\"d\":[{\"token\":1}]}",
        Ok("{\"op\":1,\"d\":[{\"token\":1}]}"),
    );
    frame(&rule, "[2]", Ok("[2]"));
    frame(&rule, "7", Ok("7"));
    // Every way to write 2.
    for two in ["2.0", "2e0", "20E-1", "0.2e1"] {
        let filled = format!("{{\"op\":{two},\"d\":{{\"token\":\"12:Ab/c d\"}}}}");
        frame(&rule, &format!("{{\"op\":{two},\"d\":{{}}}}"), Ok(&filled));
    }
    frame(&rule, "{\"op\":\"2\",\"d\":{}}", Ok("{\"op\":\"2\",\"d\":{}}"));
    frame(
        &rule,
        "{\"\\u006fp\":6,\"\\u0064\":{}}",
        Ok("{\"\\u006fp\":6,\"\\u0064\":{\"token\":\"k-e_y\"}}"),
    );
}

#[test]
fn a_guest_neither_sets_a_place_nor_leaves_its_object_out() {
    let rule = gateway();
    for own in [
        "{\"op\":2,\"d\":{\"token\":\"mine\"}}",
        "{\"op\":1,\"d\":{\"token\":null}}",
        "{\"d\":{\"\\u0074oken\":1}}",
        "{\"op\":2.5,\"d\":{\"token\":{}}}",
    ] {
        frame(&rule, own, Err("`/d/token` of the JSON document is put in"));
    }
    for twice in [
        "{\"op\":1,\"op\":2,\"d\":{}}",
        "{\"op\":2,\"d\":{},\"d\":{}}",
        "{\"op\":2,\"d\":{},\"\\u0064\":{}}",
        "{\"op\":1,\"x\":[{\"a\":1,\"a\":2}]}",
    ] {
        frame(&rule, twice, Err("twice in one object"));
    }
    for alike in [
        "{\"op\":2,\"d\":{\"Token\":\"mine\"}}",
        "{\"op\":2,\"d\":{\"to\u{212a}en\":\"mine\"}}",
        "{\"op\":1,\"Op\":2,\"d\":{}}",
        "{\"OP\":2,\"d\":{}}",
        "{\"op\":2,\"D\":{\"token\":\"mine\"}}",
        "{\"op\":2,\"d\":{},\"D\":{\"token\":\"mine\"}}",
    ] {
        frame(&rule, alike, Err("some programs take for another"));
    }
    for nothing in [
        "{\"op\":2}",
        "{\"op\":2,\"d\":null}",
        "{\"op\":2,\"d\":[]}",
        "{\"op\":2,\"d\":\"x\"}",
    ] {
        frame(&rule, nothing, Err("write the object around it"));
    }
}

#[test]
fn what_is_no_plain_json_is_refused() {
    let rule = gateway();
    for odd in [
        "",
        " ",
        "op=2",
        "{",
        "{\"op\":2,}",
        "{'op':2}",
        "{\"op\":2}//",
        "{\"op\":2} {}",
        "\u{feff}{}",
        "NaN",
        "{\"a\":\"\\ud800\"}",
    ] {
        frame(&rule, odd, Err("this is none"));
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    frame(&rule, &deep, Err("this is none"));
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert!(fill_frame(&rule, &long(limits::CREDENTIAL_JSON_BYTES), &secrets()).is_ok());
    frame(
        &rule,
        &long(limits::CREDENTIAL_JSON_BYTES + 1),
        Err("at most 262144 bytes"),
    );
    // Without a credential in frames a frame is whatever it is.
    frame(&super::filling::rule(&["/"], Vec::new()), "{'op':2", Ok("{'op':2"));
}

#[test]
fn secrets_are_escaped_and_several_go_into_one_object() {
    let always = |pointer: &str| place(pointer, None);
    let rule = rule(
        &["/"],
        vec![
            at("lines", always("/a~1b")),
            at("key", always("/m~0")),
            at("token", always("/o/\u{e9}")),
        ],
    );
    frame(
        &rule,
        "{\"o\":{\"x\":1}}",
        Ok("{\"a/b\":\"a\\r\\nhost: b\",\"m~\":\"k-e_y\",\"o\":{\"\u{e9}\":\"12:Ab/c d\",\"x\":1}}"),
    );
    let two = super::filling::rule(&["/"], vec![at("key", always("/a")), at("key", always("/b"))]);
    frame(&two, " {} ", Ok(" {\"a\":\"k-e_y\",\"b\":\"k-e_y\"} "));
    for unfit in ["bytes", "empty"] {
        let rule = super::filling::rule(&["/"], vec![at(unfit, always("/a"))]);
        frame(&rule, "{}", Err("can't stand in a JSON document"));
    }
    frame(
        &super::filling::rule(&["/"], vec![at("nosuch", always("/a"))]),
        "{}",
        Err("`nosuch` is not there"),
    );
}

/// Expects a body to become this, or to be refused with words that contain this.
#[track_caller]
fn body(headers: &[(&str, &str)], body: Option<&str>, expected: Result<Option<&str>, &str>) {
    let rule = rule(&["/"], vec![at("key", place("/key", None))]);
    let filled = fill(&rule, "/", headers, body.map(str::as_bytes));
    let filled = filled.map(|filled| filled.body.map(|body| String::from_utf8(body).unwrap()));
    match (filled, expected) {
        (Ok(filled), Ok(expected)) => assert_eq!(filled.as_deref(), expected),
        (Err(refusal), Err(expected)) => assert!(refusal.to_string().contains(expected), "{refusal}"),
        (outcome, _) => panic!("{body:?} became {outcome:?}"),
    }
}

#[test]
fn a_body_is_json_and_nothing_else() {
    body(&[JSON], Some("{\"a\":1}"), Ok(Some("{\"key\":\"k-e_y\",\"a\":1}")));
    body(
        &[("Content-Type", "Application/x+JSON; charset=utf-8")],
        Some("{}"),
        Ok(Some("{\"key\":\"k-e_y\"}")),
    );
    body(
        &[JSON],
        Some("{\"key\":1}"),
        Err("`/key` of the JSON document is put in"),
    );
    for plain in ["application/json; charset=utf-8", "Application/a+json;charset=UTF-8"] {
        let whole = Some("{\"a\":1}");
        body(
            &[("content-type", plain)],
            whole,
            Ok(Some("{\"key\":\"k-e_y\",\"a\":1}")),
        );
    }
    body(&[JSON], Some(""), Err("send a JSON object"));
    body(&[JSON], None, Err("send a JSON object"));
    // Read as a form, the same bytes would hold a key of the guest's own.
    let form = Some("{\"a\":\"&key=mine&b=\"}");
    let typed = |value| ("content-type", value);
    for headers in [
        vec![],
        vec![typed("application/x-www-form-urlencoded")],
        vec![typed("text/plain")],
        vec![JSON, typed("application/x-www-form-urlencoded")],
        vec![JSON, ("Content_Type", "application/x-www-form-urlencoded")],
        vec![typed("application/json, application/x-www-form-urlencoded")],
        vec![JSON, ("Content-Encoding", "gzip")],
        // A quote of one charset is none of another's: the document would end elsewhere for the next parser.
        vec![typed("application/json; charset=utf-16")],
        vec![typed("application/json;charset=shift_jis")],
        vec![typed("application/json; charset=utf-8; charset=utf-16")],
        vec![typed("application/json; charset=utf-8; charset=utf-8")],
        vec![typed("application/json; charset=\"utf-7\"")],
        vec![typed("application/json; boundary=a")],
        vec![typed("application/json;")],
    ] {
        body(&headers, form, Err("set one header `content-type: application/json`"));
    }
}

#[test]
fn a_body_that_only_sometimes_holds_a_secret_may_be_empty() {
    let rule = rule(&["/"], vec![at("key", place("/key", Some(("/op", json!("login")))))]);
    assert!(fill(&rule, "/", &[], Some(b"")).unwrap().body.is_none());
    assert_eq!(fill(&rule, "/", &[], None).unwrap_err(), FillRefusal::NoBody);
    let filled = fill(&rule, "/", &[JSON], Some(b"{\"op\":\"login\"}")).unwrap();
    assert_eq!(filled.body.unwrap(), b"{\"key\":\"k-e_y\",\"op\":\"login\"}");
}

/// Any document, not too deep.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "\\PC{0,6}|[\"\\\\{}\\[\\]:,]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|\\PC{0,3}|[\"\\\\]{1,2}", inner, 0..4)
                .prop_map(|members| Value::from_iter(members)),
        ]
    })
}

proptest! {
    /// Whatever stands around it, the secret is the one difference.
    #[test]
    fn the_secret_is_the_one_difference(around in document(), op in 1..4_i64, pretty in any::<bool>()) {
        let whole = json!({ "x": around.clone(), "op": op, "d": { "y": around } });
        let text = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) }.unwrap();
        let filled: Value = serde_json::from_str(&fill_frame(&gateway(), &text, &secrets()).unwrap()).unwrap();
        // Read again, because reading a number can change its last digit.
        let mut expected: Value = serde_json::from_str(&text).unwrap();
        if op == 2 {
            expected["d"]["token"] = json!("12:Ab/c d");
        }
        prop_assert_eq!(filled, expected);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[{}\\[\\]:,\"\\\\a-d0-9 .\\PC]{0,24}", inner in "\\PC{0,12}") {
        for text in [text.clone(), format!("{{\"op\":2,\"d\":{{\"{inner}\":{text}}}}}"), format!("[{inner}")] {
            if let Ok(filled) = fill_frame(&gateway(), &text, &secrets()) {
                let filled: Result<Value, _> = serde_json::from_str(&filled);
                prop_assert!(filled.is_ok());
            }
        }
    }
}
