//! Streams of files: writes that are counted against the folder's quota, and reads that count as open. A write blocks a
//! thread of its own, never the runtime's.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinHandle;
use wasmtime_wasi::p2::{DynInputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::quota::Quota;

/// Bytes of one write; a guest that has more writes again.
const WRITE_BYTES: usize = 64 << 10;

/// Writes into one file of a folder with a quota.
pub struct Writes {
    file: Arc<File>,
    at: Option<u64>,
    quota: Arc<Quota>,
    state: State,
    _open: Arc<()>,
}

enum State {
    Ready,
    Writing(JoinHandle<io::Result<u64>>),
    Failed(io::Error),
    Closed,
}

impl Writes {
    /// Writes from `at`, or always at the end. `open` counts the call's streams.
    pub fn new(file: Arc<File>, at: Option<u64>, quota: Arc<Quota>, open: Arc<()>) -> Self {
        Self {
            file,
            at,
            quota,
            state: State::Ready,
            _open: open,
        }
    }

    fn failure(&mut self) -> StreamResult<()> {
        match &self.state {
            State::Ready | State::Writing(_) => Ok(()),
            State::Closed => Err(StreamError::Closed),
            State::Failed(_) => match std::mem::replace(&mut self.state, State::Closed) {
                State::Failed(error) => Err(StreamError::LastOperationFailed(error.into())),
                _ => Err(StreamError::Closed),
            },
        }
    }
}

/// One counted write; `at` as in [`super::quota::Change::write`].
pub(in crate::sandbox) async fn write(
    file: Arc<File>,
    at: Option<u64>,
    bytes: Bytes,
    quota: Arc<Quota>,
) -> io::Result<u64> {
    let mut change = quota.change().await?;
    let written = tokio::task::spawn_blocking(move || change.write(&file, at, &bytes));
    written.await.map_err(io::Error::other)?
}

#[wasmtime_wasi::async_trait]
impl Pollable for Writes {
    async fn ready(&mut self) {
        let State::Writing(task) = &mut self.state else { return };
        self.state = match task.await.map_err(io::Error::other).flatten() {
            Ok(written) => {
                self.at = self.at.map(|at| at + written);
                State::Ready
            }
            Err(error) => State::Failed(error),
        };
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Writes {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // The interface leaves it to us to hold a guest to what `check_write` allowed.
        if bytes.len() > WRITE_BYTES || !matches!(self.state, State::Ready | State::Closed) {
            return Err(StreamError::trap("more was written than the stream allowed"));
        }
        self.failure()?;
        let (file, quota) = (Arc::clone(&self.file), Arc::clone(&self.quota));
        self.state = State::Writing(tokio::spawn(write(file, self.at, bytes, quota)));
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.failure()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.failure()?;
        Ok(if matches!(self.state, State::Ready) {
            WRITE_BYTES
        } else {
            0
        })
    }

    async fn cancel(&mut self) {
        self.ready().await;
        self.state = State::Closed;
    }
}

/// Reads of one file, counted as open.
pub struct Reads {
    inner: DynInputStream,
    _open: Arc<()>,
}

impl Reads {
    /// Counts this stream. `open` counts the call's streams.
    pub fn new(inner: DynInputStream, open: Arc<()>) -> Self {
        Self { inner, _open: open }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Reads {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for Reads {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.inner.read(size)
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.inner.blocking_read(size).await
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}
