//! Standard input and output as byte streams, whatever they are: a client gives a socketpair or pipes, a person a
//! terminal. Nothing here reads or writes by itself.
//!
//! Sockets and pipes are used without blocking. That switch belongs to the open file, not to our handle, so it is set
//! only where nobody else is surprised by it: never on a terminal or a file, never where standard error is the same
//! open file, and it is set back when the stream is dropped.

mod threads;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustix::fs::{FileType, OFlags, Stat, fcntl_getfl, fcntl_setfl, fstat};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

/// The way in.
pub struct Input {
    stream: Box<dyn AsyncRead + Send + Unpin>,
    _restore: Arc<[Option<Restore>; 2]>,
}

/// The way out.
pub struct Output {
    stream: Box<dyn AsyncWrite + Send + Unpin>,
    _restore: Arc<[Option<Restore>; 2]>,
}

/// How a descriptor is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Socket,
    Pipe,
    /// A terminal, a file, or something shared with standard error.
    Other,
}

/// This process's own standard input and output. Must be called inside a tokio runtime, and once.
pub fn open() -> io::Result<(Input, Output)> {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    streams(stdin.as_fd(), stdout.as_fd(), Some(stderr.as_fd()))
}

/// Two descriptors as streams; `beside` is written to by others and must keep blocking.
fn streams(from: BorrowedFd<'_>, to: BorrowedFd<'_>, beside: Option<BorrowedFd<'_>>) -> io::Result<(Input, Output)> {
    let (reads, restore_reads) = input(from.try_clone_to_owned()?, beside)?;
    let (writes, restore_writes) = output(to.try_clone_to_owned()?, beside)?;
    // Both may be the same open file, so it is set back when neither is in use.
    let restore = Arc::new([restore_reads, restore_writes]);
    Ok((
        Input {
            stream: reads,
            _restore: Arc::clone(&restore),
        },
        Output {
            stream: writes,
            _restore: restore,
        },
    ))
}

fn input(
    fd: OwnedFd,
    beside: Option<BorrowedFd<'_>>,
) -> io::Result<(Box<dyn AsyncRead + Send + Unpin>, Option<Restore>)> {
    let (kind, restore) = prepare(&fd, beside)?;
    let stream: Box<dyn AsyncRead + Send + Unpin> = match kind {
        Kind::Socket => Box::new(UnixStream::from_std(StdStream::from(fd))?),
        Kind::Pipe => Box::new(pipe::Receiver::from_owned_fd(fd)?),
        Kind::Other => Box::new(threads::reader(fd)?),
    };
    Ok((stream, restore))
}

fn output(
    fd: OwnedFd,
    beside: Option<BorrowedFd<'_>>,
) -> io::Result<(Box<dyn AsyncWrite + Send + Unpin>, Option<Restore>)> {
    let (kind, restore) = prepare(&fd, beside)?;
    let stream: Box<dyn AsyncWrite + Send + Unpin> = match kind {
        Kind::Socket => Box::new(UnixStream::from_std(StdStream::from(fd))?),
        Kind::Pipe => Box::new(pipe::Sender::from_owned_fd(fd)?),
        Kind::Other => Box::new(threads::writer(fd)?),
    };
    Ok((stream, restore))
}

/// What the descriptor is; a socket or a pipe does not block from here on.
fn prepare(fd: &OwnedFd, beside: Option<BorrowedFd<'_>>) -> io::Result<(Kind, Option<Restore>)> {
    let stat = fstat(fd)?;
    // A closed standard error is shared with nobody.
    let other = beside.and_then(|other| fstat(other).ok());
    let kind = kind(&stat, other.as_ref());
    let restore = if kind == Kind::Other {
        None
    } else {
        Restore::after_nonblocking(fd)?
    };
    Ok((kind, restore))
}

fn kind(stat: &Stat, beside: Option<&Stat>) -> Kind {
    if beside.is_some_and(|other| (other.st_dev, other.st_ino) == (stat.st_dev, stat.st_ino)) {
        return Kind::Other;
    }
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Socket => Kind::Socket,
        FileType::Fifo => Kind::Pipe,
        _ => Kind::Other,
    }
}

/// Sets the open file's flags back: whoever started us may go on using it.
struct Restore {
    fd: OwnedFd,
    flags: OFlags,
}

impl Restore {
    /// Nothing is to be set back if the file did not block before.
    fn after_nonblocking(fd: &OwnedFd) -> io::Result<Option<Self>> {
        let flags = fcntl_getfl(fd)?;
        if flags.contains(OFlags::NONBLOCK) {
            return Ok(None);
        }
        let restore = Self {
            fd: fd.try_clone()?,
            flags,
        };
        fcntl_setfl(fd, flags | OFlags::NONBLOCK)?;
        Ok(Some(restore))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = fcntl_setfl(&self.fd, self.flags);
    }
}

impl AsyncRead for Input {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
