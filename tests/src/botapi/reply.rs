//! What the API says to a call, before it is bytes.

use serde_json::Value;

use super::fault::{Cut, Fault};
use crate::platform::{Answer, Step};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It was done; this JSON is the result, as it is: it may be what no parser takes.
    Done(String),
    /// It was not done.
    Not {
        /// Also in the body.
        status: u16,
        /// The words.
        description: String,
        /// Seconds to wait.
        retry_after: Option<u64>,
    },
    /// A file.
    Bytes(Vec<u8>),
    /// This body, with status 200.
    Text(String),
    /// Nothing: the connection ends.
    Nothing,
}

impl Reply {
    /// A result.
    pub fn done(result: &Value) -> Reply {
        Reply::Done(result.to_string())
    }

    /// A refusal.
    pub fn no(status: u16, description: impl Into<String>) -> Reply {
        Reply::Not {
            status,
            description: description.into(),
            retry_after: None,
        }
    }

    /// `400 Bad Request: …`
    pub fn bad(words: &str) -> Reply {
        Reply::no(400, format!("Bad Request: {words}"))
    }

    /// The answer in bytes, cut off where a fault says so.
    pub fn answer(self, cut: Option<Cut>) -> Answer {
        let (status, body) = match self {
            Reply::Done(result) => (200, format!("{{\"ok\":true,\"result\":{result}}}").into_bytes()),
            Reply::Not {
                status,
                description,
                retry_after,
            } => (status, refusal(status, &description, retry_after)),
            Reply::Bytes(bytes) => (200, bytes),
            Reply::Text(text) => (200, text.into_bytes()),
            Reply::Nothing => return Answer::raw("").then(Step::Close),
        };
        let Some(cut) = cut else {
            return Answer::with(status, &[("content-type", "application/json")], body);
        };
        let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n", body.len());
        let bytes = match cut {
            Cut::Whole => Vec::new(),
            Cut::Body => head.into_bytes(),
            Cut::Half => [head.as_bytes(), &body[..body.len() / 2]].concat(),
        };
        Answer::raw(bytes).then(Step::Close)
    }
}

impl From<Fault> for Reply {
    /// What a fault says instead of doing anything.
    fn from(fault: Fault) -> Reply {
        match fault {
            Fault::Refuse {
                status,
                description,
                retry_after,
            } => Reply::Not {
                status,
                description,
                retry_after,
            },
            Fault::Say(text) => Reply::Text(text),
            Fault::Drop | Fault::Hang | Fault::Lose(_) => Reply::Nothing,
        }
    }
}

fn refusal(status: u16, description: &str, retry_after: Option<u64>) -> Vec<u8> {
    let mut body = serde_json::json!({"ok": false, "error_code": status, "description": description});
    if let (Some(seconds), Some(fields)) = (retry_after, body.as_object_mut()) {
        fields.insert("parameters".into(), serde_json::json!({"retry_after": seconds}));
    }
    body.to_string().into_bytes()
}
