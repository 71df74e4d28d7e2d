//! From a call of the tool `reply` to its result: through a guest for lockgate, through a handler that answers at once
//! for Node. Once with a guest that keeps nothing, as Node does, and once with one that has it on disk before the result.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use super::report::Report;
use super::rival::node;
use super::spread::Spread;
use super::{Field, Settings};
use crate::chat::{Chat, NAME};
use crate::client::Client;
use crate::guests::component;

/// Calls before the first that counts.
const WARM_UP: usize = 50;
/// Answers of one round that are kept: the guest looks at all of them each time.
const KEPT: usize = 50;

/// Measures and adds the rows.
///
/// # Errors
/// If a server can't be started, or refuses an answer.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    let folder = TempDir::with_prefix("lockgate-bench-").context("make a temporary folder")?;
    let mut chat = match settings.field {
        Field::Both => open()?,
        Field::NodeAlone => None,
    };
    let (mut serve, _) = node(folder.path())?;
    serve.handshake()?;
    let (mut ours, mut kept, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        if let Some(chat) = &mut chat {
            ours.push(median(&mut chat.serve.client, "!forget", settings.latency_posts)?);
            kept.push(median(&mut chat.serve.client, "kept", KEPT)?);
        }
        theirs.push(median(&mut serve.client, "!forget", settings.latency_posts)?);
    }
    let theirs = Spread::of(theirs);
    report.inform("reply to its result, p50 a round", "ms", Spread::of(ours), theirs);
    let name = "reply to its result, on disk (Node keeps nothing), p50 a round";
    report.inform(name, "ms", Spread::of(kept), theirs);
    Ok(())
}

/// A session that was spoken to; none if the guest was not built.
fn open() -> Result<Option<Chat>> {
    if let Err(error) = component("sink") {
        eprintln!("bench: answers of lockgate are not measured: {error}");
        return Ok(None);
    }
    let chat = Chat::open()?;
    chat.hear("room", "hello")?;
    Ok(Some(chat))
}

/// Milliseconds, one call after the other.
fn median(client: &mut Client, text: &str, count: usize) -> Result<f64> {
    let arguments = json!({"chat_id": format!("{NAME}:room"), "text": text});
    let mut took = Vec::with_capacity(count);
    for nth in 0..WARM_UP.min(count) + count {
        let begun = Instant::now();
        let result = client.call("reply", &arguments)?;
        if nth >= WARM_UP.min(count) {
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(result.get("isError") != Some(&json!(true)), "reply said {result}");
    }
    Ok(Spread::of(took).context("no call")?.median)
}
