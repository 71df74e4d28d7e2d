//! The handshake of the real client, byte for byte, and a process that goes when it is told to.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lockgate_tests::client::text_of;
use lockgate_tests::home::{Home, Status};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};
use rustix::process::Signal;
use serde_json::{Value, json};

/// The client sends SIGTERM this long after SIGINT.
const GONE_WITHIN: Duration = Duration::from_millis(100);
/// One measurement on a busy machine says little, so the middle one of these counts.
const MEASUREMENTS: usize = 5;

#[test]
fn the_handshake_of_the_real_client() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serve = Serve::spawn(&home, &["--channel"]).unwrap();
    let greeting = serve.handshake().unwrap();
    assert_eq!(
        greeting.probe["error"]["code"], -32601,
        "the probe must be refused: {}",
        greeting.probe
    );
    assert_eq!(greeting.probe["id"], "probe-0", "with its own, textual id");
    let result = &greeting.initialize;
    assert_eq!(result["protocolVersion"], "2025-11-25");
    assert_eq!(result["capabilities"]["experimental"]["claude/channel"], json!({}));
    assert_eq!(
        result["capabilities"]["experimental"]["claude/channel/permission"],
        json!({})
    );
    assert_eq!(result["capabilities"]["tools"]["listChanged"], true);
    assert!(result["instructions"].as_str().unwrap().chars().count() <= 2_000);
    let tools: Vec<&str> = greeting.tools["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    for name in [
        "reply",
        "send_file",
        "react",
        "edit_message",
        "inbox",
        "ack",
        "channels",
    ] {
        assert!(tools.contains(&name), "{name} is not among {tools:?}");
    }
    assert!(serve.client.record().seen().stray.is_empty());
}

#[test]
fn a_session_without_the_flag_has_one_tool_and_starts_nothing() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serve = Serve::spawn(&home, &[]).unwrap();
    let greeting = serve.handshake().unwrap();
    let tools = greeting.tools["tools"].as_array().unwrap();
    assert_eq!(tools.iter().map(|tool| &tool["name"]).collect::<Vec<_>>(), ["channels"]);
    assert!(text_of(&serve.client.call("channels", &json!({})).unwrap()).contains("ci"));
    assert_eq!(
        home.status().unwrap().listen,
        None,
        "a session that is no channel must bind nothing"
    );
}

#[test]
fn survives_whatever_a_client_writes() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serve = Serve::spawn(&home, &["--channel"]).unwrap();
    serve
        .client
        .write_line(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}"#)
        .unwrap();
    for garbage in [
        &b"garbage\n"[..],
        b"\xff\xfe\n",
        b"[]\n",
        b"{}\n",
        b"\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":5\n",
        b"null\n",
    ] {
        serve.client.write(garbage).unwrap();
    }
    serve.handshake().unwrap();
    let cases: [(Value, i64); 4] = [
        (json!({"name": 5}), -32602),
        (json!({"arguments": {}}), -32602),
        (json!({"name": "ack", "arguments": {"event_ids": 7}}), -32602),
        (json!({"name": "ack", "arguments": []}), -32602),
    ];
    for (params, code) in cases {
        let answer = serve.client.request("tools/call", &params).unwrap();
        assert_eq!(answer["error"]["code"], code, "{params}: {answer}");
    }
    assert_eq!(
        serve.client.request("no/such", &json!({})).unwrap()["error"]["code"],
        -32601
    );
    let mut line = vec![b'x'; (16 << 20) + 64];
    line.push(b'\n');
    serve.client.write(&line).unwrap();
    assert!(
        serve
            .client
            .request("ping", &json!({}))
            .unwrap()
            .get("result")
            .is_some()
    );
    assert!(serve.runs().unwrap());
}

#[test]
fn gone_within_the_time_that_the_client_gives() {
    let home = Home::with_webhook("ci").unwrap();
    type End = fn(&mut Serve);
    let ends: [(&str, End); 3] = [
        ("SIGINT", |serve| serve.signal(Signal::INT).unwrap()),
        ("SIGTERM", |serve| serve.signal(Signal::TERM).unwrap()),
        ("end of input", |serve| serve.client.end_input()),
    ];
    for (name, end) in ends {
        let mut took: Vec<Duration> = (0..MEASUREMENTS as u64)
            .map(|round| end_after_an_event(&home, round, name, end))
            .collect();
        took.sort();
        assert!(took[MEASUREMENTS / 2] <= GONE_WITHIN, "{name}: {took:?}");
    }
}

fn end_after_an_event(home: &Home, round: u64, name: &str, end: fn(&mut Serve)) -> Duration {
    let mut serve = Serve::channel(home).unwrap();
    let hook = home.hook("ci").unwrap();
    let number = name.len() as u64 * 100 + round;
    assert_eq!(
        hook.post(&hook.signed("workflow_run", &workflow_run(number)))
            .unwrap()
            .status
            / 100,
        2
    );
    end(&mut serve);
    let (status, took) = serve.wait_exit(PATIENCE).unwrap();
    assert_eq!(status.code(), Some(0), "{name}: {}", serve.stderr());
    took
}

/// Health checks start copies of a server and end them again.
#[test]
fn started_and_ended_without_a_word_it_changes_nothing() {
    let home = Home::with_webhook("ci").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    home.edit_config(|config| drop(config.insert("listen".into(), port.to_string().into())))
        .unwrap();
    let before = files_below(&home.path());
    for speak in [false, true] {
        let mut serve = Serve::spawn(&home, &["--channel"]).unwrap();
        if speak {
            // The probe alone is no session: some clients ask it of a process that they then end.
            let probe = r#"{"jsonrpc":"2.0","id":"p","method":"server/discover","params":{}}"#;
            serve.client.write_line(probe).unwrap();
            let record = serve.client.record();
            record
                .wait(PATIENCE, "the answer to the probe", |seen| {
                    (!seen.answers.is_empty()).then_some(())
                })
                .unwrap();
        }
        assert!(
            std::net::TcpStream::connect(port).is_err(),
            "something listens before there is a session"
        );
        serve.client.end_input();
        let (status, _) = serve.wait_exit(PATIENCE).unwrap();
        assert_eq!(status.code(), Some(0), "{}", serve.stderr());
        assert!(speak || serve.client.record().seen().answers.is_empty());
        assert_eq!(files_below(&home.path()), before);
    }
}

/// Path, size and time of the last change of everything below a folder.
fn files_below(folder: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            if about.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, (about.len(), about.mtime(), about.mtime_nsec()));
        }
    }
    found
}

#[test]
fn what_was_not_acknowledged_comes_again_and_what_was_does_not() {
    let home = Home::with_webhook("ci").unwrap();
    let mut first = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    for number in 1..=3 {
        assert_eq!(
            hook.post(&hook.signed("workflow_run", &workflow_run(number)))
                .unwrap()
                .status
                / 100,
            2
        );
    }
    first.client.record().wait_events(3, PATIENCE).unwrap();
    let written = |status: &Status| (status.channel("ci")?.sent == 3).then_some(());
    home.wait_status("all are marked as sent", written).unwrap();
    first.kill().unwrap();
    let mut second = Serve::channel(&home).unwrap();
    second.client.record().wait_events(3, PATIENCE).unwrap();
    let again: Vec<_> = second
        .client
        .record()
        .seen()
        .events
        .iter()
        .map(|line| line.parse().unwrap())
        .collect();
    assert!(again.iter().all(|event| event.meta.contains_key("replay")), "{again:?}");
    assert_eq!(
        again[0].meta.get("ack").map(String::as_str),
        Some("please"),
        "the first of an unproven session asks"
    );
    second
        .client
        .call("ack", &json!({"event_ids": [again[0].meta["event_id"]]}))
        .unwrap();
    until(PATIENCE, "all are seen", || {
        home.status()
            .ok()
            .filter(|status| status.channel("ci").unwrap().seen == 3)
    })
    .unwrap();
    second.kill().unwrap();
    let third = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    hook.post(&hook.signed("workflow_run", &workflow_run(4))).unwrap();
    third.client.record().wait_events(1, PATIENCE).unwrap();
    let content = third.client.record().seen().events[0].parse().unwrap().content;
    assert!(content.contains("house-4."), "{content}");
}

/// A backlog was once judged by the usual pace, because the pump began before the operator's files had been read.
#[test]
fn a_backlog_is_pushed_at_the_operators_pace_from_the_first_moment() {
    let home = Home::with_webhook("ci").unwrap();
    let mut first = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    for number in 1..=40 {
        assert_eq!(
            hook.post(&hook.signed("workflow_run", &workflow_run(number)))
                .unwrap()
                .status,
            200
        );
    }
    first.kill().unwrap();
    let second = Serve::channel(&home).unwrap();
    second.client.record().wait_events(40, PATIENCE).unwrap();
    assert_eq!(home.status().unwrap().channel("ci").unwrap().collected, 0);
}

/// What came too fast is announced and waits; a session that the operator gave the tools fetches it, and it is not pushed.
#[test]
fn what_is_only_announced_is_fetched_once_also_by_a_session_with_the_tools_alone() {
    let home = Home::with_webhook("ci").unwrap();
    let slow = |config: &mut toml::Table| {
        let ci = config["channel"]["ci"].as_table_mut().unwrap();
        ci.insert("rate".into(), toml::Value::Float(0.001));
        ci.insert("burst".into(), toml::Value::Integer(1));
    };
    home.edit_config(slow).unwrap();
    let owner = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    for number in 1..=3 {
        let request = hook.signed("workflow_run", &workflow_run(number));
        assert_eq!(hook.post(&request).unwrap().status, 200);
    }
    owner.client.record().wait_events(1, PATIENCE).unwrap();
    let collected = |status: &Status| (status.channel("ci")?.collected == 2).then_some(());
    home.wait_status("two are only announced", collected).unwrap();
    let mut fetcher = Serve::spawn(&home, &["--tools"]).unwrap();
    fetcher.handshake().unwrap();
    let fetched = text_of(&fetcher.client.call("inbox", &json!({})).unwrap());
    assert!(
        fetched.contains("house-2.") && fetched.contains("house-3."),
        "{fetched}"
    );
    assert!(!fetched.contains("house-1."), "it was pushed: {fetched}");
    let again = text_of(&fetcher.client.call("inbox", &json!({})).unwrap());
    assert!(!again.contains("house-"), "{again}");
    // The second call shows that the result of the first was had.
    let seen = |status: &Status| (status.channel("ci")?.seen == 2).then_some(());
    home.wait_status("both are seen", seen).unwrap();
}
