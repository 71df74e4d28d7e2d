//! A body from a forge's public documentation, signed as the forge signs, arrives at a real MCP client: the program in
//! `tests/node`, on the npm package that clients use.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use lockgate_tests::home::{Home, repository};
use lockgate_tests::load::payload::{number_in, workflow_run};
use lockgate_tests::wait::PATIENCE;
use serde_json::{Value, json};

/// The client, and the server that it started.
struct Node {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Value>,
}

impl Node {
    fn start(home: &Home) -> Node {
        let client = repository().join("tests/node/client.mjs");
        assert!(
            client.with_file_name("node_modules").is_dir(),
            "run npm ci in tests/node"
        );
        let mut command = home.program("node".as_ref());
        command
            .arg(client)
            .arg(home.lockgate().get_program())
            .args(["serve", "--channel"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may have seen enough.
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Node {
            input: child.stdin.take().unwrap(),
            child,
            lines,
        }
    }

    /// The next line that holds `key`; others before it are passed over.
    fn next(&self, key: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self
                .lines
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("no line with {key:?}"));
            if let Some(value) = line.get(key) {
                return value.clone();
            }
        }
    }

    fn tell(&mut self, what: &Value) {
        writeln!(self.input, "{what}").unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_documented_body_arrives_at_a_real_client() {
    let home = Home::with_webhook("ci").unwrap();
    let mut node = Node::start(&home);
    let ready = node.next("ready");
    assert_eq!(ready["server"]["name"], "lockgate");
    assert_eq!(ready["capabilities"]["experimental"]["claude/channel"], json!({}));

    let hook = home.hook("ci").unwrap();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let documented = hook.request(
        &[("X-GitHub-Event", "ping"), ("X-Hub-Signature-256", signature)],
        b"Hello, World!",
    );
    assert_eq!(hook.post(&documented).unwrap().status / 100, 2);
    let event = node.next("event");
    assert!(event["content"].as_str().unwrap().contains("Hello, World!"), "{event}");
    assert_eq!(event["meta"]["channel"], "ci");

    assert_eq!(
        hook.post(&hook.signed("workflow_run", &workflow_run(5)))
            .unwrap()
            .status
            / 100,
        2
    );
    let event = node.next("event");
    assert_eq!(number_in(event["content"].as_str().unwrap()), Some(5), "{event}");

    node.tell(&json!({"id": 1, "do": "call", "name": "ack", "arguments": {"event_ids": [event["meta"]["event_id"]]}}));
    let result = node.next("result");
    assert_ne!(result["isError"], json!(true), "{result}");
    home.wait_status("both are seen", |status| {
        (status.channel("ci")?.seen == 2).then_some(())
    })
    .unwrap();
    node.tell(&json!({"id": 2, "do": "quit"}));
    assert_eq!(node.child.wait().unwrap().code(), Some(0));
    home.wait_status("the server is gone with its client", |status| {
        status.owner.is_none().then_some(())
    })
    .unwrap();
}

#[test]
fn a_real_client_lists_and_calls_a_channels_own_tool() {
    let home = Home::new().unwrap();
    let mut node = Node::start(&home);
    node.next("ready");
    let file = lockgate_tests::guests::component("tools").unwrap();
    let ran = home
        .run(&["add", file.to_str().unwrap(), "--name", "ci", "--yes"])
        .unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    assert_eq!(node.next("changed"), "tools");
    node.tell(&json!({"id": 1, "do": "tools"}));
    let listed = node.next("result");
    let tools = listed["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "ci__echo"), "{listed}");
    home.wait_status("it is ready", |status| {
        (status.channel("ci")?.phase == "ready").then_some(())
    })
    .unwrap();
    node.tell(&json!({"id": 2, "do": "call", "name": "ci__echo", "arguments": {"text": "by the SDK"}}));
    let result = node.next("result");
    assert_eq!(result["content"][1]["text"], "{\"text\":\"by the SDK\"}", "{result}");
}
