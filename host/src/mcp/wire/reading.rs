//! What to do with one line from a client: a pure decision over its bytes and over how far the handshake has come.

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, ClientJsonRpcMessage, ClientNotification, EmptyResult, ErrorCode, InitializeRequestParams,
    PaginatedRequestParams, RequestId, ServerJsonRpcMessage, ServerResult,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::prompt;
use crate::limits;
use crate::mcp::desk::Unreadable;
use crate::model::PermissionRequest;
use crate::text::{self, Bound};

/// How far the handshake has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// `initialize` has not come.
    Greeting,
    /// It has.
    Greeted,
}

/// What becomes of a line.
#[derive(Debug)]
pub(super) enum Reading {
    /// rmcp gets it.
    Deliver(ClientJsonRpcMessage),
    /// It is answered at once.
    Reply(ServerJsonRpcMessage),
    /// The session asks for permission.
    Asks(Result<Box<PermissionRequest>, Unreadable>),
    /// It needs no answer and has no effect.
    Ignore,
    /// It is no message. Not answered: MCP clients know no answer without an id.
    Garbage,
}

/// Decides about one line.
pub(super) fn read(line: &[u8], stage: Stage) -> Reading {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Reading::Ignore;
    }
    // Batches are gone from MCP; not even parsing them keeps their memory small.
    if line[0] != b'{' {
        return Reading::Garbage;
    }
    let Ok(Value::Object(message)) = serde_json::from_slice(line) else {
        return Reading::Garbage;
    };
    match (message.get("id"), message.get("method")) {
        // We ask a client nothing, so it has nothing to answer.
        (_, None) => Reading::Garbage,
        (None, Some(_)) if stage == Stage::Greeting => Reading::Ignore,
        (None, Some(_)) => notification(message),
        (Some(id), Some(method)) => match serde_json::from_value::<RequestId>(id.clone()) {
            Ok(id) => {
                let method = method.as_str().map(str::to_owned);
                request(id, method.as_deref(), message, stage)
            }
            Err(_) => Reading::Garbage,
        },
    }
}

/// The id of the request that this message cancels.
pub(super) fn cancelled(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        ClientJsonRpcMessage::Notification(notification) => match &notification.notification {
            ClientNotification::CancelledNotification(cancelled) => cancelled.params.request_id.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

/// The answer to a request whose id is that of another one which is still open.
pub(super) fn repeated(id: RequestId) -> ServerJsonRpcMessage {
    error(
        id,
        ErrorCode::INVALID_REQUEST,
        "a request with this id is still open; use another id",
    )
}

fn notification(message: Map<String, Value>) -> Reading {
    if message.get("method").and_then(Value::as_str) == Some(prompt::ASKS) {
        return Reading::Asks(prompt::request(&message).map(Box::new).ok_or(Unreadable));
    }
    match serde_json::from_value(Value::Object(message)) {
        Ok(message @ ClientJsonRpcMessage::Notification(_)) => Reading::Deliver(message),
        _ => Reading::Garbage,
    }
}

fn request(id: RequestId, method: Option<&str>, message: Map<String, Value>, stage: Stage) -> Reading {
    let refuse = |code, why: &str| Reading::Reply(error(id.clone(), code, why));
    if message.get("jsonrpc") != Some(&Value::from("2.0")) {
        return refuse(ErrorCode::INVALID_REQUEST, "`jsonrpc` must be \"2.0\"");
    }
    let params = message.get("params");
    let flaw = match (method, stage) {
        (None, _) => return refuse(ErrorCode::INVALID_REQUEST, "`method` must be a string"),
        (Some("ping"), _) => return Reading::Reply(pong(id)),
        // The probe for the revision that knows no unsolicited notifications: refused, the client goes on with
        // `initialize` on this very stream.
        (Some("initialize"), Stage::Greeting) => flaw::<InitializeRequestParams>(params, Absent::Refused),
        (Some("initialize"), Stage::Greeted) => {
            return refuse(
                ErrorCode::INVALID_REQUEST,
                "already initialized; open another connection to start again",
            );
        }
        (Some(known @ ("tools/list" | "tools/call")), Stage::Greeting) => {
            return refuse(
                ErrorCode::INVALID_REQUEST,
                &format!("{known} before initialize; send initialize first"),
            );
        }
        (Some("tools/list"), Stage::Greeted) => flaw::<PaginatedRequestParams>(params, Absent::Allowed),
        (Some("tools/call"), Stage::Greeted) => flaw::<CallToolRequestParams>(params, Absent::Refused),
        (Some(other), _) => {
            let other = text::clip(&text::attribute(other), Bound::Chars(limits::TROUBLE_CHARS));
            return refuse(ErrorCode::METHOD_NOT_FOUND, &format!("no method `{other}`"));
        }
    };
    if let Some(flaw) = flaw {
        return refuse(ErrorCode::INVALID_PARAMS, &flaw);
    }
    match serde_json::from_value(Value::Object(message)) {
        Ok(message @ ClientJsonRpcMessage::Request(_)) => Reading::Deliver(message),
        _ => refuse(ErrorCode::INVALID_REQUEST, "no valid request"),
    }
}

/// Whether a method's params may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Allowed,
    Refused,
}

/// What is wrong with the params. rmcp would take a request that it can't read for one of an unknown method.
fn flaw<T: DeserializeOwned>(params: Option<&Value>, absent: Absent) -> Option<String> {
    let params = match params {
        None if absent == Absent::Allowed => return None,
        None => return Some("`params` is missing".to_owned()),
        Some(params @ Value::Object(_)) => params,
        Some(_) => return Some("`params` must be an object".to_owned()),
    };
    let error = T::deserialize(params).err()?;
    Some(text::clip(
        &text::attribute(&format!("params: {error}")),
        Bound::Chars(limits::TROUBLE_CHARS),
    ))
}

fn pong(id: RequestId) -> ServerJsonRpcMessage {
    ServerJsonRpcMessage::response(ServerResult::EmptyResult(EmptyResult {}), id)
}

fn error(id: RequestId, code: ErrorCode, why: &str) -> ServerJsonRpcMessage {
    ServerJsonRpcMessage::error(ErrorData::new(code, why.to_owned(), None), Some(id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn said(line: &[u8], stage: Stage) -> String {
        match read(line, stage) {
            Reading::Deliver(ClientJsonRpcMessage::Request(request)) => format!("deliver {}", request.request.method()),
            Reading::Deliver(_) => "deliver".into(),
            Reading::Reply(reply) => {
                let value = serde_json::to_value(reply).unwrap();
                format!("{} {}", value["id"], value["error"]["code"])
            }
            Reading::Asks(asked) => format!("asks {}", asked.is_ok()),
            Reading::Ignore => "ignore".into(),
            Reading::Garbage => "garbage".into(),
        }
    }

    #[test]
    fn decides() {
        use Stage::{Greeted, Greeting};
        let check =
            |line: &str, stage: Stage, expected: &str| assert_eq!(said(line.as_bytes(), stage), expected, "{line}");
        let initialize = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
        check(initialize, Greeting, "deliver initialize");
        check(initialize, Greeted, "0 -32600");
        check(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#,
            Greeting,
            "0 -32602",
        );
        check(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#,
            Greeting,
            "0 -32602",
        );
        check(
            r#"{"jsonrpc":"2.0","id":"p","method":"server/discover","params":{"_meta":{}}}"#,
            Greeting,
            "\"p\" -32601",
        );
        check(
            r#"{"jsonrpc":"2.0","id":"p","method":"server/discover"}"#,
            Greeted,
            "\"p\" -32601",
        );
        check(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Greeting, "1 null");
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":7}"#,
            Greeted,
            "1 null",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            Greeting,
            "1 -32600",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            Greeted,
            "deliver tools/list",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#,
            Greeted,
            "deliver tools/list",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
            Greeted,
            "1 -32602",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ack"}}"#,
            Greeted,
            "deliver tools/call",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#,
            Greeted,
            "1 -32602",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"x"}}"#,
            Greeted,
            "1 -32602",
        );
        check(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, Greeted, "1 -32602");
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"prompts/list"}"#,
            Greeted,
            "1 -32601",
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}"#,
            Greeting,
            "1 -32601",
        );
        check(r#"{"jsonrpc":"2.0","id":1,"method":7}"#, Greeted, "1 -32600");
        check(r#"{"id":1,"method":"tools/list"}"#, Greeted, "1 -32600");
        check(
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            Greeting,
            "ignore",
        );
        check(
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            Greeted,
            "deliver",
        );
        check(
            r#"{"jsonrpc":"2.0","method":"notifications/other","params":{"a":1}}"#,
            Greeted,
            "deliver",
        );
        check("", Greeted, "ignore");
        check(" \r", Greeted, "ignore");
        for line in [
            "x",
            "{",
            "[]",
            "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
            "7",
            "\"x\"",
            "null",
            "{}",
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#,
        ] {
            check(line, Greeting, "garbage");
            check(line, Greeted, "garbage");
        }
        assert_eq!(said(b"{\"a\":\"\xff\"}", Greeted), "garbage");
        assert_eq!(
            said(&[b"{\"a\":".repeat(5_000), vec![b'1']].concat(), Greeted),
            "garbage"
        );
    }

    #[test]
    fn a_flaw_is_named() {
        let line = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}}"#;
        let Reading::Reply(reply) = read(line, Stage::Greeted) else {
            panic!("delivered")
        };
        let value = serde_json::to_value(reply).unwrap();
        assert!(
            value["error"]["message"].as_str().unwrap().contains("`name`"),
            "{value}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_a_surprise(line in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), object in ".{0,80}") {
            for stage in [Stage::Greeting, Stage::Greeted] {
                said(&line, stage);
                said(format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{{object}}}}}").as_bytes(), stage);
            }
        }
    }
}
