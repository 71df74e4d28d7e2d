//! The client's own sequence, byte for byte, over a socketpair; and clients that mean harm.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::super::desk::Handed;
use super::super::desk::{
    Acknowledged, Answer, ChannelLine, Correction, Delivered, DeskError, Done, Fetched, OwnCall, OwnTool, Reaction,
    Reply, Unreadable, Used,
};
use super::*;
use crate::limits;
use crate::model::{ChannelName, EventId, PermissionRequest};

mod prompts;

/// Counts what it is asked; `channels` fails.
#[derive(Default)]
struct Fake {
    asked: AtomicUsize,
    prompts: Mutex<Vec<Result<PermissionRequest, Unreadable>>>,
}

impl Desk for Fake {
    fn inbox(&self, _limit: usize) -> Reply<'_, Vec<Handed>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(Vec::new()) })
    }

    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            Ok(Acknowledged {
                known: ids,
                unknown: Vec::new(),
            })
        })
    }

    fn channels(&self, _name: Option<ChannelName>) -> Reply<'_, Vec<ChannelLine>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn answer(&self, _answer: Answer) -> Reply<'_, Delivered> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn correct(&self, _correction: Correction) -> Reply<'_, Done> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn react(&self, _reaction: Reaction) -> Reply<'_, Done> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn attachment(&self, _event: EventId, _number: usize) -> Reply<'_, Fetched> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn asked(&self, asked: Result<PermissionRequest, Unreadable>) {
        self.prompts.lock().unwrap().push(asked);
    }

    fn tools(&self) -> Vec<OwnTool> {
        Vec::new()
    }

    fn use_tool(&self, _call: OwnCall) -> Reply<'_, Used> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(DeskError::Closing) })
    }
}

/// A client that sends bytes as they are.
struct Recorder {
    reads: BufReader<OwnedReadHalf>,
    writes: OwnedWriteHalf,
    session: Session,
    desk: Arc<Fake>,
}

impl Recorder {
    fn start(tools: ToolSet) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (reader, writer) = ours.into_split();
        let desk = Arc::new(Fake::default());
        let session = open(reader, writer, Options { tools }, desk.clone());
        let (reads, writes) = theirs.into_split();
        Self {
            reads: BufReader::new(reads),
            writes,
            session,
            desk,
        }
    }

    async fn greeted(tools: ToolSet) -> Self {
        let mut client = Self::start(tools);
        client.say(INITIALIZE).await;
        client.hear().await;
        client.say(INITIALIZED).await;
        client.session.initialized().await.unwrap();
        client
    }

    async fn say(&mut self, text: &str) {
        self.writes.write_all(text.as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let mut line = String::new();
        let size = tokio::time::timeout(Duration::from_secs(20), self.reads.read_line(&mut line)).await;
        assert_ne!(
            size.expect("an answer in time").unwrap(),
            0,
            "the server closed its end"
        );
        serde_json::from_str(&line).unwrap()
    }

    async fn ask(&mut self, text: &str) -> Value {
        self.say(text).await;
        self.hear().await
    }
}

const PROBE: &str = "{\"jsonrpc\":\"2.0\",\"id\":\"server-discover-0\",\"method\":\"server/discover\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"claude-code\",\"version\":\"2.1.329\"},\"io.modelcontextprotocol/clientCapabilities\":{}}}}\n";
const INITIALIZE: &str = "{\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"roots\":{\"listChanged\":true},\"elicitation\":{\"form\":{},\"url\":{}}},\"clientInfo\":{\"name\":\"claude-code\",\"title\":\"Claude Code\",\"version\":\"2.1.329\",\"websiteUrl\":\"https://example.com\"}},\"jsonrpc\":\"2.0\",\"id\":0}\n";
const INITIALIZED: &str = "{\"method\":\"notifications/initialized\",\"jsonrpc\":\"2.0\"}\n";
const LIST: &str = "{\"method\":\"tools/list\",\"jsonrpc\":\"2.0\",\"id\":1}\n";

#[tokio::test]
async fn the_clients_own_sequence() {
    let mut client = Recorder::start(ToolSet::Full);
    let refused = client.ask(PROBE).await;
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&json!("server-discover-0"), &json!(-32601))
    );
    let greeting = client.ask(INITIALIZE).await;
    assert_eq!(greeting["id"], 0);
    let result = &greeting["result"];
    assert_eq!(result["protocolVersion"], "2025-11-25");
    let capabilities = json!({"experimental": {"claude/channel": {}, "claude/channel/permission": {}}, "tools": {"listChanged": true}});
    assert_eq!(result["capabilities"], capabilities);
    assert_eq!(
        result["serverInfo"],
        json!({"name": "lockgate", "version": env!("CARGO_PKG_VERSION")})
    );
    assert!(result["instructions"].as_str().unwrap().chars().count() <= limits::INSTRUCTIONS_CHARS);
    // Both in one write, as the client does it.
    let tools = client.ask(&format!("{INITIALIZED}{LIST}")).await;
    let names: Vec<&str> = tools["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "reply",
            "send_file",
            "react",
            "edit_message",
            "download_attachment",
            "inbox",
            "ack",
            "channels",
        ]
    );
    assert_eq!(tools["result"].get("resultType"), None);
    let known = client.session.initialized().await.unwrap();
    assert_eq!(
        (known.name.as_str(), known.version.as_str(), known.protocol.as_str()),
        ("claude-code", "2.1.329", "2025-11-25")
    );
    assert_eq!(client.desk.asked.load(Ordering::Relaxed), 0);
    let call = r#"{"method":"tools/call","params":{"name":"ack","arguments":{"event_ids":["e5"]},"_meta":{"claudecode/toolUseId":"toolu_01","progressToken":2}},"jsonrpc":"2.0","id":2}"#;
    let done = client.ask(&format!("{call}\n")).await;
    assert_eq!(done["result"]["content"][0]["text"], "Acknowledged: e5.");
    assert_eq!(client.desk.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn never_above_the_newest_revision() {
    for (asked, agreed) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("2024-10-07", "2024-10-07"),
        ("2023-01-01", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("9999-01-01", "2025-11-25"),
    ] {
        let mut client = Recorder::start(ToolSet::Full);
        let greeting = client.ask(&INITIALIZE.replace("2025-11-25", asked)).await;
        assert_eq!(greeting["result"]["protocolVersion"], agreed, "{asked}");
    }
}

#[tokio::test]
async fn a_rude_beginning() {
    let mut client = Recorder::start(ToolSet::Full);
    client
        .say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
        .await;
    client
        .say("not json\n[]\n{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n")
        .await;
    client.writes.write_all(b"\xff\xfe\n").await.unwrap();
    let pong = client
        .ask("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n")
        .await;
    assert_eq!(pong, json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
    let early = client
        .ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"}\n")
        .await;
    assert_eq!((&early["id"], &early["error"]["code"]), (&json!(3), &json!(-32600)));
    let broken = client
        .ask("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"initialize\",\"params\":{}}\n")
        .await;
    assert_eq!(broken["error"]["code"], -32602);
    assert_eq!(client.session.counts().garbage(), 4);
    assert_eq!(client.ask(INITIALIZE).await["id"], 0);
}

#[tokio::test]
async fn bad_calls_are_answered_one_by_one() {
    let mut client = Recorder::greeted(ToolSet::ChannelsOnly).await;
    let mut check = async |params: &str, code: i64| {
        let call = format!("{{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{params}}}\n");
        let answer = client.ask(&call).await;
        assert_eq!(answer["error"]["code"], code, "{params}: {answer}");
    };
    check("7", -32602).await;
    check("{}", -32602).await;
    check("{\"name\":\"channels\",\"arguments\":[]}", -32602).await;
    check("{\"name\":\"reply\"}", -32602).await;
    check("{\"name\":\"inbox\"}", -32602).await;
    check("{\"name\":\"channels\",\"arguments\":{\"name\":\"\"}}", -32602).await;
    check(
        "{\"name\":\"channels\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}",
        -32022,
    )
    .await;
    let unknown = client
        .ask("{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"resources/list\"}\n")
        .await;
    assert_eq!(unknown["error"]["code"], -32601);
    client
        .say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unheard/of\",\"params\":{\"x\":1}}\n")
        .await;
    let failed = client
        .ask("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"channels\"}}\n")
        .await;
    assert_eq!((&failed["id"], &failed["result"]["isError"]), (&json!(7), &json!(true)));
}

#[tokio::test]
async fn the_longest_line_and_one_that_is_longer() {
    let mut client = Recorder::greeted(ToolSet::Full).await;
    let (front, back) = (
        "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\",\"params\":{\"x\":\"",
        "\"}}",
    );
    let filler = limits::MCP_LINE_BYTES - front.len() - back.len();
    let longest = format!("{front}{}{back}\n", "x".repeat(filler));
    assert_eq!(client.ask(&longest).await["id"], 8);
    client.say(&format!("{front}{}{back}\n", "x".repeat(filler + 1))).await;
    assert_eq!(
        client.ask("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\n").await["id"],
        9
    );
    assert_eq!(client.session.counts().too_long(), 1);
}

#[tokio::test]
async fn a_client_that_asks_and_never_reads_comes_to_a_stop() {
    let mut client = Recorder::greeted(ToolSet::Full).await;
    let mut asked = 0;
    loop {
        let call = format!("{{\"jsonrpc\":\"2.0\",\"id\":{asked},\"method\":\"tools/list\"}}\n");
        let say = client.writes.write_all(call.as_bytes());
        // Every buffer between is bounded, so writing must stop some day; a pause is how that looks from outside.
        match tokio::time::timeout(Duration::from_millis(500), say).await {
            Ok(said) => said.unwrap(),
            Err(_) => break,
        }
        asked += 1;
        assert!(asked < 100_000, "nothing stops this client");
    }
    assert!(client.desk.asked.load(Ordering::Relaxed) == 0 && asked > limits::MCP_REQUESTS_AT_ONCE);
    // It may go on as soon as it reads.
    for _ in 0..asked {
        client.hear().await;
    }
}

#[tokio::test]
async fn the_same_id_twice_and_cancelled_requests() {
    let mut client = Recorder::greeted(ToolSet::Full).await;
    let list = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n";
    for _ in 0..3 * limits::MCP_REQUESTS_AT_ONCE {
        client
            .say(&format!(
                "{list}{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{{\"requestId\":1}}}}\n"
            ))
            .await;
    }
    client
        .say("{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}\n")
        .await;
    while client.hear().await["id"] != "last" {}
}

#[tokio::test]
async fn events_go_past_rmcp_and_keep_their_order() {
    let mut client = Recorder::greeted(ToolSet::Full).await;
    let outbox = client.session.outbox();
    for nth in 0..1000 {
        outbox.push(Bytes::from(format!("{{\"nth\":{nth}}}\n"))).await.unwrap();
        assert_eq!(client.hear().await["nth"], nth);
    }
    outbox.flush().await.unwrap();
}

#[tokio::test]
async fn it_ends_when_the_client_does() {
    let mut client = Recorder::greeted(ToolSet::Full).await;
    client.writes.shutdown().await.unwrap();
    assert_eq!(client.session.closed().await, Ended::Input);

    let client = Recorder::start(ToolSet::Full);
    let Recorder {
        reads, writes, session, ..
    } = client;
    drop((reads, writes));
    assert!(session.initialized().await.is_err());

    let client = Recorder::greeted(ToolSet::Full).await;
    let Recorder {
        mut reads,
        writes,
        session,
        ..
    } = client;
    let outbox = session.outbox();
    drop((session, outbox));
    let mut rest = String::new();
    // Nobody holds the session: the task, its wire and the writer are gone.
    assert_eq!(reads.read_line(&mut rest).await.unwrap(), 0);
    drop(writes);
}
