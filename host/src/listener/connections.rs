//! Connections of a listener, whoever answers on them: how many, how long, and how much of a head. What a request means
//! is not decided here.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};

use crate::limits;

/// What one listener takes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at the same time; a caller beyond waits in the system's queue.
    pub connections: usize,
    /// Bytes of a request line and its headers.
    pub head: usize,
    /// How long one connection may stay, however it is used.
    pub life: Duration,
    /// How long a caller may take for the head of a request.
    pub read: Duration,
}

/// Takes connections and has their requests answered, until the future is dropped; they are dropped with it.
pub async fn accept<H, F, B>(listener: &TcpListener, bounds: Bounds, handle: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, most likely: those that are open will end.
                tracing::warn!(%error, "can't accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let handle = handle.clone();
        connections.spawn(async move {
            serve(stream, bounds, handle).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<H, F, B>(stream: TcpStream, bounds: Bounds, handle: H)
where
    H: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = handle(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // An error here is the caller's: a broken request or a closed connection.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.read)
        .max_headers(limits::HOOK_HEADERS)
        .max_buf_size(bounds.head)
        .serve_connection(TokioIo::new(Patient::new(stream, limits::WRITE_PATIENCE)), service);
    // Whoever sends a byte a second gives his place back in the end.
    let mut connection = std::pin::pin!(connection);
    if tokio::time::timeout(bounds.life, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(bounds.read, connection).await;
    }
}

/// A stream that fails when the other side has not taken a byte for so long: whoever does not read his
/// answers gives his place back, however long a connection may stay.
struct Patient<S> {
    stream: S,
    patience: Duration,
    until: Pin<Box<Sleep>>,
    waits: Waits,
}

/// Whether bytes wait for the other side.
#[derive(PartialEq, Eq)]
enum Waits {
    No,
    Yes,
}

impl<S> Patient<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            until: Box::pin(tokio::time::sleep(patience)),
            waits: Waits::No,
        }
    }

    /// Begins to be impatient when a write begins to wait, and stops when it goes on.
    fn watch<T>(&mut self, context: &mut Context<'_>, write: Poll<std::io::Result<T>>) -> Poll<std::io::Result<T>> {
        if write.is_ready() {
            self.waits = Waits::No;
            return write;
        }
        if self.waits == Waits::No {
            self.waits = Waits::Yes;
            self.until.as_mut().reset(Instant::now() + self.patience);
        }
        match self.until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(std::io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
