//! Other bytes under a channel's name without a person: what a review and a development loop leave in the files, written by
//! the test itself, and the owner told over its socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use anyhow::{Context, Result, ensure};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::home::Home;
use crate::wait::{PATIENCE, until};

/// The digest of these bytes, as the files write it.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    let hex = data_encoding::HEXLOWER.encode(digest(&SHA256, bytes).as_ref());
    format!("sha256:{hex}")
}

/// Keeps a component in the store, as if it had been approved.
///
/// # Errors
/// If it can't be written.
pub fn keep(home: &Home, component: &[u8]) -> Result<()> {
    let digest = digest_of(component);
    let hex = digest.trim_start_matches("sha256:");
    let path = home.state().join("components").join(format!("{hex}.wasm"));
    std::fs::write(&path, component).with_context(|| format!("write {}", path.display()))
}

/// Writes this digest into the pin of a channel, and leaves all else as it is.
///
/// # Errors
/// If the channel has no pin.
pub fn pin(home: &Home, channel: &str, digest: &str) -> Result<()> {
    let path = home.path().join("lockgate.lock");
    let text = std::fs::read_to_string(&path).context("read lockgate.lock")?;
    let mut lock: toml::Table = text.parse().context("parse lockgate.lock")?;
    let pin = lock.get_mut("channel").and_then(|all| all.get_mut(channel));
    let pin = pin.and_then(toml::Value::as_table_mut).context("no such pin")?;
    pin.insert("digest".into(), digest.into());
    let new = path.with_extension("new");
    std::fs::write(&new, lock.to_string()).context("write lockgate.lock")?;
    std::fs::rename(&new, &path).context("put lockgate.lock in its place")
}

/// Has the owner read the files again; it has done so when this is over, and may still be making a component ready.
///
/// # Errors
/// If nobody answers.
pub fn reload(home: &Home) -> Result<()> {
    let answer = ask(home, "reload")?;
    ensure!(answer["answer"] == "reloaded", "the owner said {answer}");
    Ok(())
}

/// The phase of a channel, and the digest of the bytes that serve, as the owner says.
///
/// # Errors
/// If nobody answers, or there is no such channel.
pub fn serving(home: &Home, channel: &str) -> Result<(String, String)> {
    let answer = ask(home, "status")?;
    let channels = answer["channels"].as_array().context("no channels")?;
    let found = channels.iter().find(|one| one["name"] == channel);
    let text = |key: &str| found.and_then(|one| one[key].as_str()).unwrap_or_default().to_owned();
    found.context("no such channel")?;
    Ok((text("phase"), text("digest")))
}

/// Waits until these bytes serve.
///
/// # Errors
/// If they do not in time.
pub fn wait_serving(home: &Home, channel: &str, digest: &str) -> Result<()> {
    let mut last = None;
    let waited = until(PATIENCE, "other bytes", || {
        last = serving(home, channel).ok();
        last.as_ref().filter(|(_, serving)| serving == digest).map(drop)
    });
    waited.with_context(|| format!("{last:?} instead of {digest}"))
}

/// What the owner tells of a channel, as it happens: nobody is asked again and again.
pub struct Watch {
    told: BufReader<UnixStream>,
}

impl Watch {
    /// Watches a channel; all that it does from now on is told.
    ///
    /// # Errors
    /// If nobody answers.
    pub fn of(home: &Home, channel: &str) -> Result<Self> {
        let asked = format!("{{\"verb\":\"watch\",\"channel\":\"{channel}\"}}");
        let told = BufReader::new(said(home, &asked)?);
        let mut watch = Self { told };
        // The first is how it stands: from then on nothing is missed.
        watch.next()?;
        Ok(watch)
    }

    /// Waits until these bytes serve, which they do not yet.
    ///
    /// # Errors
    /// If nothing is told in time, or the owner is gone.
    pub fn wait_serving(&mut self, digest: &str) -> Result<()> {
        self.wait(digest, |seen| seen["seen"] == "phase" && seen["digest"] == digest)
    }

    /// Waits until it is shown that this was refused to go out.
    ///
    /// # Errors
    /// As [`Self::wait_serving`].
    pub fn wait_refused(&mut self, method: &str, url: &str) -> Result<()> {
        self.wait(url, |seen| {
            seen["seen"] == "refused" && seen["method"] == method && seen["url"] == url
        })
    }

    fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<()> {
        while !wanted(&self.next().with_context(|| format!("{what} was not told"))?) {}
        Ok(())
    }

    fn next(&mut self) -> Result<Value> {
        let mut line = String::new();
        let read = self.told.read_line(&mut line).context("the owner says nothing")?;
        ensure!(read > 0, "the owner is gone");
        serde_json::from_str(&line).with_context(|| format!("the owner said {line}"))
    }
}

/// Asks the owner; where it answers.
fn said(home: &Home, request: &str) -> Result<UnixStream> {
    let path = home.state().join("host.sock");
    let mut stream = UnixStream::connect(&path).with_context(|| format!("connect to {}", path.display()))?;
    stream.set_read_timeout(Some(PATIENCE)).context("set a deadline")?;
    writeln!(stream, "{request}").context("ask the owner")?;
    Ok(stream)
}

fn ask(home: &Home, verb: &str) -> Result<Value> {
    let stream = said(home, &format!("{{\"verb\":\"{verb}\"}}"))?;
    let mut answer = String::new();
    BufReader::new(stream)
        .read_line(&mut answer)
        .context("read the answer")?;
    serde_json::from_str(&answer).with_context(|| format!("the owner said {answer}"))
}
