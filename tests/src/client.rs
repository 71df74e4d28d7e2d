//! An MCP client that speaks as Claude Code does on its stdio, line by line.
//!
//! It keeps what it reads in a [`Record`] and decides nothing: a test says what it expects.

pub mod record;

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

pub use record::{EVENT_METHOD, Line, Pushed, Record, Seen};

use crate::wait::PATIENCE;

/// The first line of the real client: a probe for the newer protocol, with a string id.
const PROBE: &str = concat!(
    r#"{"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientInfo":{"name":"claude-code","version":"2.1.329"},"#,
    r#""io.modelcontextprotocol/clientCapabilities":{}}},"jsonrpc":"2.0","id":"probe-0"}"#
);
/// The second: the ordinary handshake, with a numeric id.
const INITIALIZE: &str = concat!(
    r#"{"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{"roots":{"listChanged":true},"elicitation":{"form":{},"url":{}}},"#,
    r#""clientInfo":{"name":"claude-code","title":"Claude Code","version":"2.1.329"}},"jsonrpc":"2.0","id":0}"#
);
/// The third write: two lines at once.
const INITIALIZED: &str = concat!(
    r#"{"method":"notifications/initialized","jsonrpc":"2.0"}"#,
    "\n",
    r#"{"method":"tools/list","jsonrpc":"2.0","id":1}"#
);

/// The method by which the real client asks for permission.
const PERMISSION_REQUEST: &str = "notifications/claude/channel/permission_request";

/// What a server answered in the handshake.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// The whole answer to the probe: an error, if the server is one that a channel can live in.
    pub probe: Value,
    /// The result of `initialize`.
    pub initialize: Value,
    /// The result of `tools/list`.
    pub tools: Value,
}

/// One connection to a server.
#[derive(Debug)]
pub struct Client {
    input: UnixStream,
    record: Arc<Record>,
    next: u64,
}

impl Client {
    /// Begins to read `output` on a thread of its own, which ends with the output.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn over(input: UnixStream, output: UnixStream) -> Result<Client> {
        let record = Arc::new(Record::default());
        let filled = Arc::clone(&record);
        std::thread::Builder::new()
            .name("client".into())
            .spawn(move || filled.fill(output))
            .context("start a reader")?;
        Ok(Client { input, record, next: 2 })
    }

    /// What has been read.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// If the server reads no more.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.input.write_all(bytes).context("write to the server")
    }

    /// Writes one line.
    ///
    /// # Errors
    /// If the server reads no more.
    pub fn write_line(&mut self, line: &str) -> Result<()> {
        self.write(format!("{line}\n").as_bytes())
    }

    /// Probe and `initialize`, each answered before the next is sent; gives the answers to both.
    ///
    /// # Errors
    /// If the server does not answer, or refuses `initialize`.
    pub fn initialize(&mut self) -> Result<(Value, Value)> {
        self.write_line(PROBE)?;
        let probe = self.answer(&json!("probe-0"), PATIENCE)?;
        self.write_line(INITIALIZE)?;
        let initialize = result(self.answer(&json!(0), PATIENCE)?)?;
        Ok((probe, initialize))
    }

    /// The whole sequence of the real client.
    ///
    /// # Errors
    /// If the server does not answer, or refuses more than the probe.
    pub fn handshake(&mut self) -> Result<Greeting> {
        let (probe, initialize) = self.initialize()?;
        let tools = self.finish_handshake()?;
        Ok(Greeting {
            probe,
            initialize,
            tools,
        })
    }

    /// The rest of the sequence after [`Client::initialize`]; gives the result of `tools/list`.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn finish_handshake(&mut self) -> Result<Value> {
        self.write_line(INITIALIZED)?;
        result(self.answer(&json!(1), PATIENCE)?)
    }

    /// Sends a request and gives the whole answer, result or error.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn request(&mut self, method: &str, params: &Value) -> Result<Value> {
        let id = json!(self.next);
        self.next += 1;
        self.write_line(&json!({"method": method, "params": params, "jsonrpc": "2.0", "id": id}).to_string())?;
        self.answer(&id, PATIENCE).with_context(|| format!("request {method}"))
    }

    /// Asks for permission, as the real client does of a server that is registered as a channel: nobody answers the line.
    ///
    /// # Errors
    /// If the server reads no more.
    pub fn ask_permission(&mut self, id: &str, tool: &str, preview: &str) -> Result<()> {
        let params = json!({
            "request_id": id, "tool_name": tool, "description": format!("Use {tool}"), "input_preview": preview,
        });
        let line = json!({"method": PERMISSION_REQUEST, "params": params, "jsonrpc": "2.0"});
        self.write_line(&line.to_string())
    }

    /// Calls a tool, with the `_meta` of the real client, and gives its result.
    ///
    /// # Errors
    /// If the answer is a protocol error. A result with `isError` is given like any other.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        let meta = json!({"claudecode/toolUseId": format!("toolu_{}", self.next), "progressToken": self.next});
        let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
        result(self.request("tools/call", &params)?)
    }

    /// Ends the server's input, as a client does that goes away.
    pub fn end_input(&mut self) {
        // The server may have gone first, which is as good.
        let _ = self.input.shutdown(Shutdown::Write);
    }

    fn answer(&self, id: &Value, limit: Duration) -> Result<Value> {
        self.record.wait(limit, &format!("the answer to request {id}"), |seen| {
            seen.answers
                .iter()
                .rev()
                .find(|answer| answer.get("id") == Some(id))
                .cloned()
        })
    }
}

/// Takes the result out of an answer.
fn result(answer: Value) -> Result<Value> {
    match answer.get("result") {
        Some(result) => Ok(result.clone()),
        None => bail!("the server answered {answer}"),
    }
}

/// All text of a tool's result, joined by newlines.
#[must_use]
pub fn text_of(result: &Value) -> String {
    let blocks = result
        .get("content")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let texts: Vec<&str> = blocks
        .iter()
        .filter_map(|block| block.get("text").and_then(Value::as_str))
        .collect();
    texts.join("\n")
}
