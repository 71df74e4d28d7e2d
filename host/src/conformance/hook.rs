//! Checks of what callers can do: whatever they send has passed a signature, and may be anything all the same.

use super::Suite;
use super::answers::{Mood, Shape};
use super::checks::{Checked, absent, held};
use super::inward::lost;
use super::stage::Stage;
use super::trial::Ended;
use crate::limits;
use crate::manifest::PAGE_RULE;
use crate::sandbox::{Call, HookAnswer, HookBody, HookContent, HookRequest};

/// All of them, or that there is nothing to check.
pub async fn run(suite: &mut Suite<'_>) {
    let stage = suite.stage;
    if stage.prepared.has(Call::Receive) {
        suite.check("hook-odd-bodies", odd_bodies(stage)).await;
        suite.check("hook-repeated", repeated(stage)).await;
    } else {
        suite.absent(&["hook-odd-bodies", "hook-repeated"], "it exports no hook");
    }
}

/// Requests that fulfil a rule of the channel's, without a body.
pub fn requests(stage: &Stage) -> Vec<HookRequest> {
    let of = |method: &str, path: &str, rule: &str| HookRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: HookContent::Bytes(Vec::new()),
        rule: rule.to_owned(),
    };
    let rules = stage.manifest().rules.iter().take(limits::CONFORMANCE_WAYS);
    let mut requests: Vec<_> = rules
        .flat_map(|rule| rule.methods.iter().map(|method| of(method, &rule.path, &rule.name)))
        .collect();
    if stage.manifest().page.is_some() {
        requests.extend([
            of("GET", "/", PAGE_RULE),
            of("GET", "/no/such/thing", PAGE_RULE),
            of("POST", "/", PAGE_RULE),
        ]);
    }
    requests
}

/// A body as callers of all kinds send it.
pub fn usual() -> Vec<u8> {
    br#"{"id":1,"event":"build","action":"completed","text":"a build","number":1,"status":"failed"}"#.to_vec()
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = |text: &str| text.as_bytes().to_vec();
    vec![
        ("no body", Vec::new()),
        ("a body that is no text", vec![0xff, 0xfe, 0x00, 0xc3, 0x28]),
        ("a body of NULs", vec![0; 1_000]),
        ("JSON that ends in the middle", json(r#"{"a":[1,"#)),
        ("the JSON null", json("null")),
        ("an empty object", json("{}")),
        ("an empty list", json("[]")),
        (
            "JSON of odd types",
            json(r#"{"id":{},"event":5,"text":null,"action":[],"a":1e999,"b":-0}"#),
        ),
        ("JSON of great depth", vec![b'['; 100_000]),
        (
            "odd characters",
            "\u{202e}\u{0}\u{1b}[2J<script>&\u{1f600}\u{301}".as_bytes().to_vec(),
        ),
        ("a form", json("a=1&b=%ff%00&c")),
        ("1 MiB", vec![b'a'; limits::HOOK_BODY_BYTES]),
        ("a usual body", usual()),
    ]
}

async fn odd_bodies(stage: &Stage) -> Checked {
    let requests = requests(stage);
    if requests.is_empty() {
        return absent("no rule leads to its hook");
    }
    let mut refused = false;
    for request in &requests {
        let trial = stage.trial()?;
        trial.mood(Mood::Unreachable);
        for (what, body) in bodies() {
            let large = body.len() > limits::TEXT_BYTES;
            let request = HookRequest {
                body: HookContent::Bytes(body),
                ..request.clone()
            };
            let at = format!("{} {} with {what}", request.method, request.path);
            let received = trial.receive(request).await;
            if let Ended::Well(answered) = received.map_err(|broke| format!("{at}: {broke}"))? {
                sane(stage, &answered.value).map_err(|wrong| format!("{at}: {wrong}"))?;
                match answered.excess {
                    // Refused as a whole, and its caller is told so: nothing is lost that was taken.
                    Some(_) if large => refused = true,
                    Some(excess) => return Err(format!("{at}: {excess}")),
                    None => {}
                }
            }
        }
    }
    let (ways, kinds) = (requests.len(), bodies().len());
    let large = if refused {
        "; of large ones it makes more than a call may bring, and these are refused"
    } else {
        ""
    };
    let ways = if ways == 1 {
        "one way".to_owned()
    } else {
        format!("{ways} ways")
    };
    held(format!("no trap: {ways} to call it, {kinds} bodies each{large}"))
}

/// What the listener would not give on.
fn sane(stage: &Stage, answer: &HookAnswer) -> Result<(), String> {
    if !(200..600).contains(&answer.status) {
        return Err(format!(
            "it answers the status {}; answer one from 200 to 599",
            answer.status
        ));
    }
    match &answer.body {
        HookBody::Bytes(body) if body.len() > limits::HOOK_ANSWER_BYTES => Err(format!(
            "it answers {} bytes; answer at most {}",
            body.len(),
            limits::HOOK_ANSWER_BYTES
        )),
        HookBody::File(_) | HookBody::Subscribe(_) if stage.manifest().page.is_none() => {
            Err("it answers a file or a subscription, which is for pages; answer bytes, or ask for a [page]".to_owned())
        }
        _ => Ok(()),
    }
}

/// A caller who got no answer sends again.
async fn repeated(stage: &Stage) -> Checked {
    let mut told = 0;
    for request in requests(stage) {
        let trial = stage.trial()?;
        trial.mood(Mood::Plausible(Shape::One));
        let request = HookRequest {
            body: HookContent::Bytes(usual()),
            ..request
        };
        let first = trial.receive(request.clone()).await?.well();
        let again = trial.receive(request.clone()).await?.well();
        let (Some(first), Some(again)) = (first, again) else {
            continue;
        };
        told += first.said().len();
        lost(&first, &again)?;
        trial.commit(again).await?;
        for _ in 0..3 {
            if let Some(more) = trial.receive(request.clone()).await?.well() {
                trial.commit(more).await?;
            }
        }
    }
    held(match told {
        0 => "no trap; the usual body brought no message".to_owned(),
        1 => "no trap, and its one message not lost".to_owned(),
        _ => format!("no trap, and none of {told} messages lost"),
    })
}
