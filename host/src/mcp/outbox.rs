//! The way out: one bounded queue of finished lines and one task that writes them. It never looks into a line.

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use crate::limits;

/// A handle to the queue of lines that wait to be written to one client. Clones share the queue.
///
/// A client that stops reading fills the queue, and then only those wait who have something to say to it.
#[derive(Debug, Clone)]
pub struct Outbox {
    queue: mpsc::Sender<Item>,
}

/// The client does not take any more: it closed its end, or writing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is gone; what was not written waits for the next session")]
pub struct Gone;

#[derive(Debug)]
enum Item {
    Line(Bytes),
    Flush(oneshot::Sender<()>),
}

impl Outbox {
    /// Starts the task that writes, which ends when writing fails or when the last handle is dropped.
    pub(super) fn start<W: AsyncWrite + Send + Unpin + 'static>(writer: W) -> Self {
        let (queue, items) = mpsc::channel(limits::MCP_LINES_QUEUED);
        tokio::spawn(
            Writer {
                writer,
                buffer: Vec::new(),
            }
            .run(items),
        );
        Self { queue }
    }

    /// Queues one line of JSON, with or without its line feed; waits while the queue is full. Cancelled, it has
    /// queued nothing.
    pub async fn push(&self, line: Bytes) -> Result<(), Gone> {
        self.queue.send(Item::Line(line)).await.map_err(|_| Gone)
    }

    /// Resolves when everything that was queued before has been handed to the operating system.
    pub async fn flush(&self) -> Result<(), Gone> {
        let (done, written) = oneshot::channel();
        self.queue.send(Item::Flush(done)).await.map_err(|_| Gone)?;
        written.await.map_err(|_| Gone)
    }

    /// Resolves when nothing can be written any more.
    pub async fn gone(&self) {
        self.queue.closed().await;
    }
}

struct Writer<W> {
    writer: W,
    buffer: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    async fn run(mut self, mut items: mpsc::Receiver<Item>) {
        let mut batch = Vec::with_capacity(limits::MCP_LINES_QUEUED);
        while items.recv_many(&mut batch, limits::MCP_LINES_QUEUED).await > 0 {
            if let Err(error) = self.write(&mut batch).await {
                tracing::info!(%error, "the client stopped reading");
                return;
            }
        }
    }

    async fn write(&mut self, batch: &mut Vec<Item>) -> std::io::Result<()> {
        for item in batch.drain(..) {
            match item {
                Item::Line(line) => self.put(&line).await?,
                Item::Flush(done) => {
                    self.hand_over().await?;
                    // Who asked may have stopped waiting.
                    let _ = done.send(());
                }
            }
        }
        self.hand_over().await
    }

    /// Short lines are gathered into one write.
    async fn put(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.buffer.len() + line.len() >= limits::MCP_WRITE_BYTES {
            self.hand_over().await?;
        }
        if line.len() >= limits::MCP_WRITE_BYTES {
            self.writer.write_all(line).await?;
        } else {
            self.buffer.extend_from_slice(line);
        }
        if line.last() != Some(&b'\n') {
            self.buffer.push(b'\n');
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> std::io::Result<()> {
        self.writer.write_all(&self.buffer).await?;
        self.buffer.clear();
        self.writer.flush().await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn lines_keep_their_order_and_end_with_one_line_feed() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let outbox = Outbox::start(ours);
        outbox.push(Bytes::from_static(b"{\"a\":1}")).await.unwrap();
        outbox
            .push(Bytes::from(vec![b'x'; limits::MCP_WRITE_BYTES]))
            .await
            .unwrap();
        outbox.push(Bytes::from_static(b"{\"b\":2}\n")).await.unwrap();
        outbox.flush().await.unwrap();
        drop(outbox);
        let mut all = String::new();
        theirs.read_to_string(&mut all).await.unwrap();
        let lines: Vec<&str> = all.split('\n').collect();
        assert_eq!(
            (lines[0], lines[1].len(), lines[2], lines[3]),
            ("{\"a\":1}", limits::MCP_WRITE_BYTES, "{\"b\":2}", "")
        );
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_blocks_only_its_queue() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let outbox = Outbox::start(ours);
        let line = Bytes::from_static(b"0123456789abcdef\n");
        let mut pushed = 0;
        // On one thread, the writer has done what it can when we have our turn again.
        while outbox.queue.try_send(Item::Line(line.clone())).is_ok() {
            pushed += 1;
            tokio::task::yield_now().await;
        }
        // The writer holds at most one batch besides the queue.
        assert!(
            (limits::MCP_LINES_QUEUED..=2 * limits::MCP_LINES_QUEUED).contains(&pushed),
            "{pushed}"
        );
        let mut all = vec![0; pushed * line.len()];
        theirs.read_exact(&mut all).await.unwrap();
        outbox.push(line).await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_left_is_gone() {
        let (ours, theirs) = tokio::io::duplex(16);
        let outbox = Outbox::start(ours);
        drop(theirs);
        // Either the queue is closed already, or the writer fails before it reaches the mark.
        let _ = outbox.push(Bytes::from_static(b"{}")).await;
        assert_eq!(outbox.flush().await, Err(Gone));
        outbox.gone().await;
    }
}
