//! Counts what comes over a websocket's connection, below all frames: a minute's bytes are bounded, and so is what may come
//! for one frame, however many empty pieces it has. A channel that was sent its share is read no further until there is
//! more of it; nothing of what came is dropped.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::super::budget::ChannelBudget;
use super::super::counts::Counters;
use super::super::stop::Reason;
use super::Stream;
use crate::limits;
use crate::model::UnixMillis;

/// How often it is looked whether there is more to be had.
const LOOK: Duration = Duration::from_millis(250);

/// What came for the message that is not whole yet; shared by its reader.
#[derive(Debug, Clone, Default)]
pub struct Piece(Arc<AtomicU64>);

impl Piece {
    /// The last one is whole.
    pub fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A connection that is counted.
pub struct Metered {
    inner: Stream,
    piece: Piece,
    budget: Arc<ChannelBudget>,
    counters: Arc<Counters>,
    rest: Option<Pin<Box<Sleep>>>,
}

/// Too much came for one frame.
#[derive(Debug, thiserror::Error)]
#[error("too much came for one frame")]
struct Endless;

/// Whether that is why nothing more is read.
pub fn is_endless(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Endless>())
}

impl Metered {
    /// Nothing came yet.
    pub fn new(inner: Stream, piece: Piece, budget: Arc<ChannelBudget>, counters: Arc<Counters>) -> Self {
        Self {
            inner,
            piece,
            budget,
            counters,
            rest: None,
        }
    }

    /// Ready when the channel may be sent something.
    fn poll_share(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.budget.received(0, UnixMillis::now()).is_err() {
            if self.rest.is_none() {
                self.counters.note(Reason::Received.as_str(), 1);
            }
            let rest = self.rest.get_or_insert_with(|| Box::pin(sleep(LOOK)));
            ready!(rest.as_mut().poll(context));
            rest.set(sleep(LOOK));
        }
        self.rest = None;
        Poll::Ready(())
    }
}

impl AsyncRead for Metered {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_share(context));
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
        let came = (buffer.filled().len() - before) as u64;
        // What is over the bound was read already; the next read waits.
        let _ = this.budget.received(came, UnixMillis::now());
        this.counters.add(|counts| counts.received += came);
        let all = this.piece.0.fetch_add(came, Ordering::Relaxed) + came;
        if all > limits::SOCKET_RAW_BYTES {
            return Poll::Ready(Err(io::Error::other(Endless)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
