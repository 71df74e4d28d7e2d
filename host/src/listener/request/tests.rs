//! Where a request leads, and what a caller is told when it leads nowhere.
#![allow(clippy::unwrap_used)]

use http_body_util::BodyExt;

use super::*;
use crate::journal::JournalError;
use crate::model::ChannelName;
use crate::sandbox::{Call, Fault, FaultKind, Shortage};

#[test]
fn a_path_names_a_channel_and_a_rule() {
    assert_eq!(split("/ci/forge"), Some(("ci", "/forge")));
    assert_eq!(split("/ci/a/b"), Some(("ci", "/a/b")));
    assert_eq!(split("/ci"), Some(("ci", "/")));
    assert_eq!(split("/ci/"), Some(("ci", "/")));
    assert_eq!(split("//forge"), Some(("", "/forge")));
    assert_eq!(split("*"), None);
}

#[test]
fn each_trouble_has_its_status_and_no_body() {
    let status = |trouble| of_trouble(&trouble).status().as_u16();
    assert_eq!(status(Trouble::Busy(1_500)), 429);
    assert_eq!(status(Trouble::Unavailable("x".into())), 503);
    assert_eq!(status(Trouble::Rejected("x".into())), 400);
    assert_eq!(status(Trouble::Malformed("x".into())), 400);
    assert_eq!(status(Trouble::Unauthorized("x".into())), 500);
    assert_eq!(status(Trouble::Conflict("x".into())), 500);
}

/// All that a caller learns of a refusal: its status, when to come again, and nothing else.
async fn snapshot(refused: Refused) -> String {
    let response = refused.response();
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let ours = "cache-control=no-store content-security-policy=sandbox; default-src 'none' ";
    let headers = headers
        .join(" ")
        .replace(ours, "")
        .replace("x-content-type-options=nosniff", "");
    format!("{status} {}{}", headers.trim(), String::from_utf8_lossy(&body))
}

#[tokio::test]
async fn every_refusal_is_a_status_without_a_word() {
    let secret = || "hunter2 </channel>".to_owned();
    let call = |error| Refused::Failed(Failure::Call(error));
    let commit = |error| Refused::Failed(Failure::Commit(error));
    let trouble = |trouble| call(CallError::Trouble(trouble));
    let channel: ChannelName = "ci".parse().unwrap();
    let trap = Fault {
        channel: channel.clone(),
        call: Call::Receive,
        kind: FaultKind::Trap {
            reason: secret(),
            last_words: Some(secret()),
        },
        function: Some(secret()),
    };
    let short = CallError::Host {
        channel: channel.clone(),
        call: Call::Receive,
        shortage: Shortage::System { reason: secret() },
    };
    let full = CommitError::SpoolFull {
        channel,
        events: 1,
        bytes: 1,
    };
    let table = [
        (Refused::Misdirected, "421 "),
        (Refused::Unknown, "404 "),
        (Refused::Method, "405 "),
        (Refused::NotReady, "503 retry-after=1"),
        (Refused::TooLarge, "413 "),
        (Refused::Incomplete, "408 "),
        (
            Refused::Unverified {
                rule: secret(),
                refusal: signature::Refusal::MissingHeader(secret()),
            },
            "401 ",
        ),
        (Refused::Replayed, "200 "),
        (Refused::Busy, "503 retry-after=1"),
        (Refused::Crowded, "503 retry-after=1"),
        (Refused::BadAnswer("answer-too-large"), "500 "),
        (trouble(Trouble::Busy(1_500)), "429 retry-after=2"),
        (trouble(Trouble::Unavailable(secret())), "503 retry-after=30"),
        (trouble(Trouble::Rejected(secret())), "400 "),
        (trouble(Trouble::Malformed(secret())), "400 "),
        (trouble(Trouble::Unauthorized(secret())), "500 "),
        (trouble(Trouble::Conflict(secret())), "500 "),
        (call(CallError::Fault(trap)), "500 "),
        (call(CallError::Journal(JournalError::Closed)), "503 retry-after=5"),
        (call(short), "503 retry-after=5"),
        (Refused::Failed(Failure::Contended(Call::Receive)), "500 "),
        (commit(CommitError::Replayed), "200 "),
        (commit(full), "503 retry-after=10"),
        (commit(CommitError::Closed), "503 retry-after=10"),
    ];
    for (refused, expected) in table {
        let name = format!("{refused:?}");
        assert_eq!(snapshot(refused).await, expected, "{name}");
    }
}
