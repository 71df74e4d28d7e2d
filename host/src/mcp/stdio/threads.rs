//! Blocking descriptors behind a thread each: for terminals and files, which can't be waited for. The threads are
//! detached: one that waits for a key must not hold up the end of the process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::mpsc as blocking;
use std::task::{Context, Poll, ready};
use std::thread;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;

/// Bytes that a thread reads at once.
const READ_BYTES: usize = 16 << 10;

/// Reads in a thread of its own.
pub(super) fn reader(fd: OwnedFd) -> io::Result<Reader> {
    let (full, chunks) = mpsc::channel(1);
    let mut file = File::from(fd);
    thread::Builder::new().name("mcp-in".into()).spawn(move || {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let chunk = file
                .read(&mut buffer)
                .map(|size| Bytes::copy_from_slice(&buffer[..size]));
            let last = chunk
                .as_ref()
                .map_or_else(|e| e.kind() != io::ErrorKind::Interrupted, Bytes::is_empty);
            if full.blocking_send(chunk).is_err() || last {
                return;
            }
        }
    })?;
    Ok(Reader {
        chunks,
        rest: Bytes::new(),
    })
}

/// Writes in a thread of its own.
pub(super) fn writer(fd: OwnedFd) -> io::Result<Writer> {
    let (tasks, work) = blocking::sync_channel::<Vec<u8>>(1);
    let (report, done) = mpsc::channel(1);
    let mut file = File::from(fd);
    thread::Builder::new().name("mcp-out".into()).spawn(move || {
        while let Ok(bytes) = work.recv() {
            if report.blocking_send(file.write_all(&bytes)).is_err() {
                return;
            }
        }
    })?;
    Ok(Writer {
        tasks,
        done,
        state: State::Idle,
    })
}

/// See [`reader`].
pub(super) struct Reader {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl AsyncRead for Reader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match ready!(self.chunks.poll_recv(cx)) {
                Some(chunk) => self.rest = chunk?,
                // The thread has ended: so has the input.
                None => return Poll::Ready(Ok(())),
            }
        }
        let size = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest.split_to(size));
        Poll::Ready(Ok(()))
    }
}

/// See [`writer`]. At most one piece is on its way; `flush` resolves when it has been written.
pub(super) struct Writer {
    tasks: blocking::SyncSender<Vec<u8>>,
    done: mpsc::Receiver<io::Result<()>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Writing,
}

impl Writer {
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.state == State::Writing {
            let result = ready!(self.done.poll_recv(cx));
            self.state = State::Idle;
            return Poll::Ready(result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into())));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_idle(cx))?;
        // Idle, the channel has room, so this never waits.
        self.tasks
            .send(buf.to_vec())
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.state = State::Writing;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_idle(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_idle(cx)
    }
}
