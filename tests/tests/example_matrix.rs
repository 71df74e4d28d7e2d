//! Matrix, by the example in TypeScript: a message comes in with a long poll over the engine's own `fetch`, the answer goes out
//! under a key of its own, and the token is the host's alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::client::text_of;
use lockgate_tests::languages::{Added, Example};
use lockgate_tests::platform::{Answer, Platform, Seen, Step};
use lockgate_tests::wait::PATIENCE;
use serde_json::{Value, json};

const TOKEN: &str = "syt_a-token-that-only-the-host-has";

/// A homeserver: where things stand, then one message, then nothing for as long as a client waits.
fn homeserver(seen: &Seen) -> Answer {
    let look = |next: &str, rooms: Value| Answer::ok(json!({"next_batch": next, "rooms": rooms}).to_string());
    let message = json!({"event_id": "$1", "type": "m.room.message", "sender": "@ann:matrix.org", "origin_server_ts": 7,
        "content": {"msgtype": "m.text", "body": "is it green?"}});
    let room = json!({"timeline": {"events": [message]}, "summary": {"m.joined_member_count": 2}});
    let target = seen.target();
    match target.split('?').next().unwrap_or_default() {
        _ if seen.header("authorization") != [format!("Bearer {TOKEN}")] => Answer::with(401, &[], "{}"),
        "/_matrix/client/v3/account/whoami" => Answer::ok(r#"{"user_id":"@bot:matrix.org"}"#),
        "/_matrix/client/v3/sync" if target.contains("since=s1") => {
            look("s2", json!({"join": {"!room:matrix.org": room}}))
        }
        "/_matrix/client/v3/sync" if target.contains("since=") => Answer::raw("").then(Step::Silence),
        "/_matrix/client/v3/sync" => look("s1", json!({})),
        _ => Answer::ok(r#"{"event_id":"$sent"}"#),
    }
}

#[test]
fn a_message_comes_in_and_its_answer_goes_out() {
    let example = Example::open("matrix", "ts").unwrap();
    let built = example.built(&["npm", "test", "--silent"]).unwrap();
    let platform = Platform::plain(homeserver).unwrap();
    let added = Added {
        secret: ("token", TOKEN),
        grants: &["network:matrix", "host:matrix.org"],
        upstream: Some(("matrix.org", &platform)),
        then: &[&["access", "allow", "ann", "matrix:@ann:matrix.org"]],
    };
    let (_home, mut serve) = example.serve(&built, &added).unwrap();
    let heard = serve.client.record().wait_events(1, PATIENCE);
    heard.unwrap_or_else(|error| panic!("{error:#}\n{:?}\n{}", platform.seen(), serve.stderr()));
    let pushed = serve.client.record().seen().events[0].parse().unwrap();
    assert_eq!(pushed.content.trim(), "is it green?");
    assert_eq!(pushed.meta["user_id"], "@ann:matrix.org");
    let arguments = json!({"chat_id": pushed.meta["chat_id"], "text": "It is.", "reply_to": pushed.meta["message_id"]});
    let result = serve.client.call("reply", &arguments).unwrap();
    assert!(text_of(&result).contains("$sent"), "{result}");
    let sent: Vec<Seen> = platform
        .seen()
        .into_iter()
        .filter(|seen| seen.line().starts_with("PUT ") && seen.target().contains("/send/"))
        .collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let said: Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(said["body"], "It is.");
    assert_eq!(said["m.relates_to"]["m.in_reply_to"]["event_id"], "$1");
    assert!(!serve.stderr().contains(TOKEN), "the token is in the log");
}
