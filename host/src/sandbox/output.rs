//! What a guest says: lines for the operator's log, from `host.log`, standard output and standard error. Bounded per
//! channel and minute; nothing of it ever reaches our own standard output, which belongs to MCP.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::{ChannelContext, Tap, Watched};
use crate::egress::{Line, Scanner};
use crate::limits;
use crate::model::{ChannelName, Seen, UnixMillis};
use crate::text;

/// Where the lines of a channel go that somebody watches, who is shown them as well.
pub const WATCHED: &str = "guest::watched";

/// How many bytes a channel may still log, or write, in this minute; shared by its calls.
#[derive(Debug)]
pub struct MinuteBudget {
    most: usize,
    window: Mutex<(u64, usize)>,
    cut: AtomicU64,
}

impl MinuteBudget {
    /// For lines of the log.
    pub fn of_log() -> Self {
        Self {
            most: limits::LOG_PER_MINUTE,
            window: Mutex::default(),
            cut: AtomicU64::new(0),
        }
    }

    /// For what calls write to the store.
    pub fn of_store() -> Self {
        Self {
            most: limits::STORE_WRITTEN_PER_MINUTE,
            ..Self::of_log()
        }
    }

    /// Whether so many bytes more are within the bound; they are counted either way.
    pub(super) fn take(&self, wanted: usize, now: UnixMillis) -> bool {
        let minute = now.0 / 60_000;
        // A poisoned lock only means that another call panicked between two assignments of plain numbers.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != minute {
            *window = (minute, 0);
        }
        window.1 = window.1.saturating_add(wanted);
        let fits = window.1 <= self.most;
        if !fits {
            self.cut.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    /// What was refused so far: lines, or writes.
    pub fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Where one channel's lines go.
#[derive(Clone)]
pub struct GuestLog {
    channel: ChannelName,
    budget: Arc<MinuteBudget>,
    egress: Arc<Line>,
    tap: Tap,
}

impl ChannelContext {
    /// A line for the operator on what the guest reported, of the share of the log that its own lines have: whoever can
    /// make it report something can't fill a disk.
    pub fn note(&self, line: &str) {
        GuestLog::new(self).line(tracing::Level::WARN, line);
    }
}

impl GuestLog {
    /// Lines of this channel, within its budget.
    pub fn new(channel: &ChannelContext) -> Self {
        Self {
            channel: channel.name.clone(),
            budget: Arc::clone(&channel.log),
            egress: Arc::clone(&channel.egress),
            tap: channel.tap.clone(),
        }
    }

    /// One line, clipped to the bound; the channel's secrets are covered, and control characters are shown escaped.
    pub fn line(&self, level: tracing::Level, line: &str) {
        let end = line.floor_char_boundary(limits::LOG_LINE_BYTES);
        if !self.budget.take(end.max(limits::LOG_LINE_LEAST), UnixMillis::now()) {
            return;
        }
        let line = covered(&self.egress, line);
        let end = line.floor_char_boundary(limits::LOG_LINE_BYTES);
        let (channel, line) = (&self.channel, text::terminal(&line[..end]));
        let watched = self.tap.show(|| Seen::Log {
            level: level.to_string(),
            text: line.clone(),
        });
        match (watched, level) {
            (Watched::No, tracing::Level::ERROR) => tracing::error!(target: "guest", %channel, "{line}"),
            (Watched::No, tracing::Level::WARN) => tracing::warn!(target: "guest", %channel, "{line}"),
            (Watched::No, tracing::Level::INFO) => tracing::info!(target: "guest", %channel, "{line}"),
            (Watched::No, _) => tracing::debug!(target: "guest", %channel, "{line}"),
            (Watched::Yes, tracing::Level::ERROR) => tracing::error!(target: WATCHED, %channel, "{line}"),
            (Watched::Yes, tracing::Level::WARN) => tracing::warn!(target: WATCHED, %channel, "{line}"),
            (Watched::Yes, tracing::Level::INFO) => tracing::info!(target: WATCHED, %channel, "{line}"),
            (Watched::Yes, _) => tracing::debug!(target: WATCHED, %channel, "{line}"),
        }
    }
}

/// The beginning of a guest's words, with the channel's secrets covered: more than is ever shown of them, so that none is
/// cut in two before it is found.
pub fn covered(egress: &Line, words: &str) -> String {
    egress.mask(&words[..words.floor_char_boundary(2 * limits::LOG_LINE_BYTES)])
}

/// One of a call's standard streams: cut into lines, the last one when the call ends.
#[derive(Clone)]
pub struct LogStream {
    log: GuestLog,
    level: tracing::Level,
    partial: Arc<Mutex<Partial>>,
}

/// What was written and is not logged yet.
struct Partial {
    scanner: Scanner,
    line: Vec<u8>,
}

impl LogStream {
    /// A stream whose lines are logged at this level.
    pub fn new(log: GuestLog, level: tracing::Level) -> Self {
        let partial = Partial {
            scanner: log.egress.scanner(),
            line: Vec::new(),
        };
        Self {
            log,
            level,
            partial: Arc::new(Mutex::new(partial)),
        }
    }

    fn take(&self, bytes: &[u8]) {
        let mut partial = self.partial.lock().unwrap_or_else(PoisonError::into_inner);
        // Covered before it is cut into lines: a secret may stand on two of them.
        let bytes = partial.scanner.push(bytes);
        self.lines(&mut partial.line, &bytes);
    }

    /// Logs what came after the last line break.
    pub fn finish(&self) {
        let mut partial = self.partial.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = partial.scanner.finish();
        self.lines(&mut partial.line, &bytes);
        let rest = std::mem::take(&mut partial.line);
        if !rest.is_empty() {
            self.log.line(self.level, &String::from_utf8_lossy(&rest));
        }
    }

    fn lines(&self, partial: &mut Vec<u8>, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || partial.len() >= limits::LOG_LINE_BYTES {
                let whole = std::mem::take(partial);
                self.log
                    .line(self.level, String::from_utf8_lossy(&whole).trim_end_matches('\n'));
            }
        }
    }
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // Written at once: nothing waits in a task that the end of the call would drop.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for LogStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // The interface leaves it to us to hold a guest to what `check_write` allowed.
        if bytes.len() > limits::STREAM_WRITE_BYTES {
            return Err(StreamError::trap("more was written than the stream allowed"));
        }
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(limits::STREAM_WRITE_BYTES)
    }
}
