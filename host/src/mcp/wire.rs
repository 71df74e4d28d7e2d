//! Our framing under rmcp: one JSON message a line, read within bounds and written through the [`Outbox`]. It answers
//! itself what rmcp would misread or die of; only `initialize`, `tools/list`, `tools/call` and notifications of a
//! greeted client get through.

mod lines;
mod open;
mod prompt;
mod reading;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::AsyncRead;
use tokio::sync::watch;

use self::lines::{Line, Lines};
use self::open::OpenRequests;
use self::reading::{Reading, Stage, read};
use super::desk::Desk;
use super::outbox::{Gone, Outbox};
use super::session::Ended;

/// What a client sent that nobody could use. Owned by the wire, read by `status`.
#[derive(Debug, Default)]
pub struct Counts {
    garbage: AtomicU64,
    too_long: AtomicU64,
}

impl Counts {
    /// Lines that were no message: no JSON, no object, an id of no known kind, an answer to nothing.
    pub fn garbage(&self) -> u64 {
        self.garbage.load(Ordering::Relaxed)
    }

    /// Lines over [`crate::limits::MCP_LINE_BYTES`].
    pub fn too_long(&self) -> u64 {
        self.too_long.load(Ordering::Relaxed)
    }
}

/// One client's byte stream, as rmcp's transport.
pub(super) struct Wire<R> {
    lines: Lines<R>,
    outbox: Outbox,
    desk: Arc<dyn Desk>,
    /// Answers of the wire's own that are not queued yet: `receive` is cancelled at any await, and must lose nothing.
    replies: VecDeque<Bytes>,
    stage: Stage,
    open: Arc<OpenRequests>,
    counts: Arc<Counts>,
    ended: watch::Sender<Option<Ended>>,
}

impl<R: AsyncRead + Send + Unpin> Wire<R> {
    pub(super) fn new(
        reader: R,
        outbox: Outbox,
        desk: Arc<dyn Desk>,
        counts: Arc<Counts>,
        ended: watch::Sender<Option<Ended>>,
    ) -> Self {
        let (lines, replies, open) = (Lines::new(reader), VecDeque::new(), Arc::default());
        Self {
            lines,
            outbox,
            desk,
            replies,
            stage: Stage::Greeting,
            open,
            counts,
            ended,
        }
    }

    async fn next(&mut self) -> Result<ClientJsonRpcMessage, Ended> {
        loop {
            while let Some(reply) = self.replies.front() {
                self.outbox.push(reply.clone()).await.map_err(|Gone| Ended::Output)?;
                self.replies.pop_front();
            }
            self.open.room().await;
            let line = tokio::select! {
                line = self.lines.next() => line,
                () = self.outbox.gone() => return Err(Ended::Output),
            };
            match line {
                Line::Text(line) => {
                    if let Some(message) = self.take(&line) {
                        return Ok(message);
                    }
                }
                Line::TooLong => {
                    self.counts.too_long.fetch_add(1, Ordering::Relaxed);
                }
                Line::End => return Err(Ended::Input),
                Line::Failed(error) => {
                    tracing::info!(%error, "the client's end could not be read");
                    return Err(Ended::Input);
                }
            }
        }
    }

    /// Without an await, so that nothing is half done.
    fn take(&mut self, line: &[u8]) -> Option<ClientJsonRpcMessage> {
        match read(line, self.stage) {
            Reading::Deliver(message) => self.deliver(message),
            Reading::Reply(reply) => {
                self.replies.push_back(written(&reply));
                None
            }
            Reading::Asks(asked) => {
                // Here and not behind rmcp, which would not keep the order of two questions.
                self.desk.asked(asked.map(|request| *request));
                None
            }
            Reading::Ignore => None,
            Reading::Garbage => {
                self.counts.garbage.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    fn deliver(&mut self, message: ClientJsonRpcMessage) -> Option<ClientJsonRpcMessage> {
        if let ClientJsonRpcMessage::Request(request) = &message
            && !self.open.begin(&request.id)
        {
            self.replies.push_back(written(&reading::repeated(request.id.clone())));
            return None;
        }
        if let Some(id) = reading::cancelled(&message) {
            // rmcp drops the answer to a cancelled request, so nothing else would close it.
            self.open.end(id);
        }
        self.stage = Stage::Greeted;
        Some(message)
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Transport<RoleServer> for Wire<R> {
    type Error = Gone;

    fn send(&mut self, item: ServerJsonRpcMessage) -> impl Future<Output = Result<(), Gone>> + Send + 'static {
        let (outbox, open) = (self.outbox.clone(), Arc::clone(&self.open));
        async move {
            let id = match &item {
                ServerJsonRpcMessage::Response(response) => Some(&response.id),
                ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
                _ => None,
            };
            let sent = outbox.push(written(&item)).await;
            if let Some(id) = id {
                open.end(id);
            }
            sent
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        match self.next().await {
            Ok(message) => Some(message),
            Err(ended) => {
                self.ended.send_replace(Some(ended));
                None
            }
        }
    }

    async fn close(&mut self) -> Result<(), Gone> {
        self.outbox.flush().await
    }
}

fn written(message: &ServerJsonRpcMessage) -> Bytes {
    // rmcp's messages have string keys and finite numbers throughout, so this can't fail; an empty line would be
    // skipped by every client.
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line.into()
}
