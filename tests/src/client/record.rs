//! What a client has read: events, answers and lines that should not have been there.
//!
//! The reader must keep up with more than 50,000 lines a second, so an event is kept as bytes and parsed when asked for.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// The method of a pushed event.
pub const EVENT_METHOD: &str = "notifications/claude/channel";
/// The method of a verdict.
const VERDICT_METHOD: &str = "notifications/claude/channel/permission";
/// Bytes taken from the socket at once.
const READ_BYTES: usize = 256 << 10;
/// Where in a line the method of an event is looked for before the line is parsed.
const METHOD_WITHIN: usize = 96;

/// One pushed event, as it came.
#[derive(Debug, Clone)]
pub struct Line {
    /// When the bytes that completed it were read.
    pub received: Instant,
    /// The line without its end.
    pub bytes: Vec<u8>,
}

/// A pushed event, parsed.
#[derive(Debug, Clone, Deserialize)]
pub struct Pushed {
    /// The body, as the model gets it.
    pub content: String,
    /// The attributes; a value that is no string fails the parse, as it does in the real client.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
}

impl Line {
    /// Parses the line as the real client does.
    ///
    /// # Errors
    /// If it is no channel notification with string attributes.
    pub fn parse(&self) -> Result<Pushed> {
        #[derive(Deserialize)]
        struct Notification {
            params: Pushed,
        }
        let text = || String::from_utf8_lossy(&self.bytes).into_owned();
        let parsed: Notification = serde_json::from_slice(&self.bytes).with_context(text)?;
        Ok(parsed.params)
    }
}

/// Everything read so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// Pushed events, in order.
    pub events: Vec<Line>,
    /// Answers to requests, in order; each has an `id`.
    pub answers: Vec<Value>,
    /// Other notifications and requests of the server.
    pub others: Vec<Value>,
    /// Lines that are not JSON-RPC: any of them would end a real connection.
    pub stray: Vec<String>,
    /// The server's output has ended.
    pub closed: bool,
}

impl Seen {
    /// The verdicts so far, each as id and behaviour; one with anything else in it is shown whole.
    #[must_use]
    pub fn verdicts(&self) -> Vec<(String, String)> {
        let given = |other: &&Value| other.get("method").and_then(Value::as_str) == Some(VERDICT_METHOD);
        let whole = |other: &Value| {
            let text = |key: &str| other["params"][key].as_str().map(str::to_owned);
            let keys = other["params"].as_object().map_or(0, serde_json::Map::len);
            match (text("request_id"), text("behavior")) {
                (Some(id), Some(behavior)) if keys == 2 => (id, behavior),
                _ => ("?".to_owned(), other.to_string()),
            }
        };
        self.others.iter().filter(given).map(whole).collect()
    }
}

/// What a reader thread shares with those who wait.
#[derive(Debug, Default)]
pub struct Record {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Record {
    /// Looks at everything read so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `condition` gives a value.
    ///
    /// # Errors
    /// Says `what` was waited for if it did not come within `limit`, or if the output ended first.
    pub fn wait<T>(&self, limit: Duration, what: &str, condition: impl Fn(&Seen) -> Option<T>) -> Result<T> {
        let end = Instant::now() + limit;
        let mut seen = self.seen();
        loop {
            if let Some(value) = condition(&seen) {
                return Ok(value);
            }
            if seen.closed {
                bail!("{what} did not come: the output has ended");
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{what} did not come within {limit:?}");
            }
            let woken = self.changed.wait_timeout(seen, left);
            seen = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until `count` events have come.
    ///
    /// # Errors
    /// If they did not come within `limit`, with how many did.
    pub fn wait_events(&self, count: usize, limit: Duration) -> Result<()> {
        let waited = self.wait(limit, "the last event", |seen| {
            (seen.events.len() >= count).then_some(())
        });
        waited.with_context(|| format!("{} of {count} events", self.seen().events.len()))
    }

    /// Reads until the output ends.
    pub(super) fn fill(&self, mut output: UnixStream) {
        let mut rest = Vec::new();
        let mut chunk = vec![0; READ_BYTES];
        loop {
            let count = match output.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            self.take(&mut rest, &chunk[..count], Instant::now());
        }
        self.seen().closed = true;
        self.changed.notify_all();
    }

    fn take(&self, rest: &mut Vec<u8>, chunk: &[u8], received: Instant) {
        let Some(last) = chunk.iter().rposition(|byte| *byte == b'\n') else {
            rest.extend_from_slice(chunk);
            return;
        };
        let mut seen = self.seen();
        for line in chunk[..last].split(|byte| *byte == b'\n') {
            if rest.is_empty() {
                seen.sort(line, received);
            } else {
                rest.extend_from_slice(line);
                seen.sort(rest, received);
                rest.clear();
            }
        }
        drop(seen);
        rest.extend_from_slice(&chunk[last + 1..]);
        self.changed.notify_all();
    }
}

impl Seen {
    fn sort(&mut self, line: &[u8], received: Instant) {
        let head = &line[..line.len().min(METHOD_WITHIN)];
        let method = b"\"notifications/claude/channel\"";
        if head.windows(method.len()).any(|window| window == method) {
            return self.events.push(Line {
                received,
                bytes: line.to_vec(),
            });
        }
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return self.stray.push(String::from_utf8_lossy(line).into_owned());
        };
        match (value.get("method").and_then(Value::as_str), value.get("id")) {
            (Some(EVENT_METHOD), _) => self.events.push(Line {
                received,
                bytes: line.to_vec(),
            }),
            (Some(_), _) => self.others.push(value),
            (None, Some(_)) => self.answers.push(value),
            (None, None) => self.stray.push(value.to_string()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sorts_lines_however_they_are_cut() {
        let lines = concat!(
            r#"{"jsonrpc":"2.0","id":0,"result":{}}"#,
            "\n",
            r#"{"method":"notifications/claude/channel","params":{"content":"a","meta":{"user":"ci/x"}}}"#,
            "\n",
            "oops\n",
            r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
            "\n"
        );
        for cut in 1..lines.len() {
            let record = Record::default();
            let mut rest = Vec::new();
            for chunk in lines.as_bytes().chunks(cut) {
                record.take(&mut rest, chunk, Instant::now());
            }
            let seen = record.seen();
            let counts = (
                seen.events.len(),
                seen.answers.len(),
                seen.others.len(),
                seen.stray.len(),
            );
            assert_eq!(counts, (1, 1, 1, 1), "cut at every {cut} bytes");
            let pushed = seen.events[0].parse().unwrap();
            assert_eq!((pushed.content.as_str(), pushed.meta["user"].as_str()), ("a", "ci/x"));
        }
    }

    #[test]
    fn refuses_an_attribute_that_is_no_string() {
        let bytes = br#"{"method":"notifications/claude/channel","params":{"content":"a","meta":{"n":5}}}"#.to_vec();
        assert!(
            Line {
                received: Instant::now(),
                bytes
            }
            .parse()
            .is_err()
        );
    }
}
