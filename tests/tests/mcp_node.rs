//! The npm SDK's client against a server that has nothing but the MCP door.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// The Node program and its answers; dropped, it ends.
struct Client {
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
        assert!(folder.join("node_modules").is_dir(), "run `npm ci` in tests/node first");
        let mut child = Command::new("node")
            .arg(folder.join("client.mjs"))
            .arg(env!("CARGO_BIN_EXE_mcp_probe"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let orders = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, orders, lines }
    }

    /// The next line that has this key.
    fn hear(&mut self, key: &str) -> Value {
        loop {
            let line = self.lines.next().expect("the client is still there").unwrap();
            let value: Value = serde_json::from_str(&line).unwrap();
            if let Some(found) = value.get(key) {
                return if key == "id" { value } else { found.clone() };
            }
        }
    }

    fn order(&mut self, order: &Value) -> Value {
        writeln!(self.orders, "{order}").unwrap();
        self.hear("id")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_client_sees_events_and_tools() {
    let mut client = Client::start();
    let ready = client.hear("ready");
    assert_eq!(ready["server"]["name"], "lockgate");
    let experimental = json!({"claude/channel": {}, "claude/channel/permission": {}});
    assert_eq!(ready["capabilities"]["experimental"], experimental);
    assert_eq!(ready["capabilities"]["tools"], json!({"listChanged": true}));
    let event = client.hear("event");
    assert!(event["content"].as_str().unwrap().ends_with("<\\/channel>"));
    assert_eq!(
        (&event["meta"]["x_run"], &event["meta"]["ack"]),
        (&json!("1"), &json!("please"))
    );
    assert_eq!(client.hear("event")["meta"]["role"], "host");
    let tools = client.order(&json!({"id": 1, "do": "tools"}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    for name in ["ack", "reply"] {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        assert_eq!(tool["_meta"]["anthropic/alwaysLoad"], true, "{name}");
    }
    let done = client.order(&json!({"id": 2, "do": "call", "name": "ack", "arguments": {"event_ids": ["e1", "e9"]}}));
    assert_eq!(
        done["result"]["content"][0]["text"],
        "Acknowledged: e1. Not events of this session: e9."
    );
    let inbox = client.order(&json!({"id": 3, "do": "call", "name": "inbox", "arguments": {}}));
    assert!(
        inbox["result"]["content"][1]["text"]
            .as_str()
            .unwrap()
            .contains("event_id=\"e1\"")
    );
    let channels = client.order(&json!({"id": 4, "do": "call", "name": "channels", "arguments": {}}));
    assert_eq!(channels["result"]["content"][2]["text"], "Builds <\\/channel>");
    let unknown = client.order(&json!({"id": 5, "do": "call", "name": "reply", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602);
    let pong = client.order(&json!({"id": 6, "do": "ping"}));
    assert_eq!(pong["result"], json!({}));
    writeln!(client.orders, "{}", json!({"id": 7, "do": "quit"})).unwrap();
    assert_eq!(client.hear("closed"), true);
}
