//! All three kinds of descriptor, and that what is shared stays as it was.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn blocks(fd: impl AsFd) -> bool {
    !fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
}

#[tokio::test]
async fn sockets() {
    let (ours, mut theirs) = StdStream::pair().unwrap();
    assert_eq!(kind(&fstat(&ours).unwrap(), None), Kind::Socket);
    let (mut input, mut output) = streams(ours.as_fd(), ours.as_fd(), None).unwrap();
    assert!(!blocks(&ours));
    theirs.write_all(b"in").unwrap();
    let mut buffer = [0; 2];
    input.read_exact(&mut buffer).await.unwrap();
    output.write_all(&buffer).await.unwrap();
    output.flush().await.unwrap();
    theirs.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"in");
    drop(theirs);
    assert_eq!(input.read(&mut buffer).await.unwrap(), 0);
    drop(input);
    assert!(!blocks(&ours));
    drop(output);
    assert!(blocks(&ours));
}

#[tokio::test]
async fn pipes() {
    let (from_them, mut theirs) = io::pipe().unwrap();
    let (mut reads, to_them) = io::pipe().unwrap();
    assert_eq!(kind(&fstat(&from_them).unwrap(), None), Kind::Pipe);
    let (mut input, mut output) = streams(from_them.as_fd(), to_them.as_fd(), None).unwrap();
    assert!(!blocks(&from_them) && !blocks(&to_them) && blocks(&theirs));
    theirs.write_all(b"in").unwrap();
    let mut buffer = [0; 2];
    input.read_exact(&mut buffer).await.unwrap();
    output.write_all(&buffer).await.unwrap();
    output.flush().await.unwrap();
    reads.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"in");
    drop(theirs);
    assert_eq!(input.read(&mut buffer).await.unwrap(), 0);
    drop((input, output));
    assert!(blocks(&from_them) && blocks(&to_them));
}

#[tokio::test]
async fn files() {
    let file = tempfile::tempfile().unwrap();
    assert_eq!(kind(&fstat(&file).unwrap(), None), Kind::Other);
    let (mut from_file, mut to_file) = streams(file.as_fd(), file.as_fd(), None).unwrap();
    to_file.write_all(&vec![b'x'; 100_000]).await.unwrap();
    to_file.write_all(b"end").await.unwrap();
    to_file.flush().await.unwrap();
    assert_eq!(file.metadata().unwrap().len(), 100_003);
    assert_eq!(from_file.read(&mut [0; 8]).await.unwrap(), 0);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), vec![b'y'; 50_000]).unwrap();
    let file = File::open(path.path()).unwrap();
    let (mut from_file, _) = streams(file.as_fd(), io::stderr().as_fd(), Some(io::stderr().as_fd())).unwrap();
    let mut all = Vec::new();
    from_file.read_to_end(&mut all).await.unwrap();
    assert_eq!(all.len(), 50_000);
}

#[tokio::test]
async fn what_is_shared_with_standard_error_keeps_blocking() {
    let (mut reads, shared) = io::pipe().unwrap();
    let stderr = shared.try_clone().unwrap();
    let null = File::open("/dev/null").unwrap();
    let (mut input, mut output) = streams(null.as_fd(), shared.as_fd(), Some(stderr.as_fd())).unwrap();
    assert_eq!(input.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(blocks(&shared));
    output.write_all(b"out").await.unwrap();
    output.flush().await.unwrap();
    let mut buffer = [0; 3];
    reads.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"out");
    drop(reads);
    let written = async {
        output.write_all(b"x").await?;
        output.flush().await
    };
    assert_eq!(written.await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn a_reader_that_waits_in_a_thread_can_be_dropped() {
    let (reads, _theirs) = io::pipe().unwrap();
    let mut reader = threads::reader(OwnedFd::from(reads)).unwrap();
    let mut buffer = [0; 1];
    let waited = tokio::time::timeout(Duration::from_millis(20), reader.read(&mut buffer)).await;
    assert!(waited.is_err());
}

#[tokio::test]
async fn a_descriptor_of_the_wrong_direction_is_refused() {
    let (reads, _writes) = io::pipe().unwrap();
    assert!(streams(reads.as_fd(), reads.as_fd(), None).is_err());
    assert!(blocks(&reads));
}
