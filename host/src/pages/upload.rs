//! A request's body: in memory while it is small, and in a file of the call's scratch folder when it is not. It is read
//! before the guest is called, so that no guest waits for a browser.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::limits;
use crate::sandbox::HookContent;

/// The name of the file in the call's `/inbox`.
const NAME: &str = "body";

/// Why a body was not taken.
#[derive(Debug)]
pub enum Unread {
    /// Over what the page was granted.
    TooLarge,
    /// It did not come, or not in time.
    Incomplete,
    /// Too many are being written to files.
    Busy,
    /// It can't be written.
    Unwritten(Error),
}

impl Unread {
    /// Whether there is no room for it.
    pub fn is_for_room(&self) -> bool {
        matches!(self, Self::Unwritten(error) if [ErrorKind::StorageFull, ErrorKind::QuotaExceeded].contains(&error.kind()))
    }
}

/// How a body is taken.
pub struct Intake<'a> {
    /// Bytes of it.
    pub most: u64,
    /// Bytes that are kept in memory.
    pub memory: usize,
    /// How long it may pause.
    pub pause: Duration,
    /// Where larger ones go.
    pub folder: &'a Path,
    /// How many of them at once.
    pub files: &'a Semaphore,
}

impl<'a> Intake<'a> {
    /// The usual one.
    pub fn new(most: u64, folder: &'a Path, files: &'a Semaphore) -> Self {
        Self {
            most,
            memory: limits::HOOK_BODY_BYTES,
            pause: limits::HOOK_READ_DEADLINE,
            folder,
            files,
        }
    }

    /// Reads a body to its end. `stated` is the length that its sender gave.
    ///
    /// # Errors
    /// It is too large, does not come, or can't be kept. What was written of it goes with the folder.
    pub async fn take<B>(&self, mut body: B, stated: Option<u64>) -> Result<HookContent, Unread>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if stated.is_some_and(|stated| stated > self.most) {
            return Err(Unread::TooLarge);
        }
        let until = Instant::now() + limits::PAGE_UPLOAD_DEADLINE;
        let (mut size, mut memory, mut stored) = (0, Vec::new(), None);
        while let Some(data) = self.next(&mut body, until).await? {
            size += data.len() as u64;
            if size > self.most {
                return Err(Unread::TooLarge);
            }
            if stored.is_none() && memory.len() + data.len() <= self.memory {
                memory.extend_from_slice(&data);
                continue;
            }
            if stored.is_none() {
                stored = Some(self.store(&std::mem::take(&mut memory)).await?);
            }
            if let Some((file, _)) = &mut stored {
                file.write_all(&data).await.map_err(Unread::Unwritten)?;
            }
        }
        match stored {
            None => Ok(HookContent::Bytes(memory)),
            Some((mut file, _place)) => {
                // Only this tells whether the last bytes could be written.
                file.flush().await.map_err(Unread::Unwritten)?;
                Ok(HookContent::File(NAME.to_owned()))
            }
        }
    }

    /// The next bytes; `None` at the end.
    async fn next<B>(&self, body: &mut B, until: Instant) -> Result<Option<Bytes>, Unread>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        loop {
            let patience = self.pause.min(until.saturating_duration_since(Instant::now()));
            match timeout(patience, body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    // Trailers say nothing that a guest could see.
                    Err(_) => continue,
                },
                Ok(Some(Err(_))) | Err(_) => return Err(Unread::Incomplete),
            }
        }
    }

    /// Begins a file with what was in memory, for us alone.
    async fn store(&self, memory: &[u8]) -> Result<(File, SemaphorePermit<'_>), Unread> {
        let place = self.files.try_acquire().map_err(|_| Unread::Busy)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let opened = options.open(self.folder.join(NAME)).await;
        let mut file = opened.map_err(Unread::Unwritten)?;
        file.write_all(memory).await.map_err(Unread::Unwritten)?;
        Ok((file, place))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    /// Pieces, and then the end, or none.
    struct Pieces(VecDeque<&'static [u8]>, End);

    #[derive(PartialEq)]
    enum End {
        Comes,
        Never,
    }

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.pop_front() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(piece))))),
                None if self.1 == End::Comes => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    type Case<'a> = (&'a [&'static [u8]], HookContent, Option<&'a [u8]>);

    async fn taken(
        pieces: &[&'static [u8]],
        end: End,
        stated: Option<u64>,
        files: usize,
    ) -> (Result<HookContent, Unread>, Option<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        let files = Semaphore::new(files);
        let intake = Intake {
            most: 10,
            memory: 4,
            pause: Duration::from_millis(20),
            ..Intake::new(10, folder.path(), &files)
        };
        let taken = intake.take(Pieces(pieces.iter().copied().collect(), end), stated).await;
        (taken, std::fs::read(folder.path().join(NAME)).ok())
    }

    #[tokio::test]
    async fn a_small_body_stays_in_memory_and_a_larger_one_goes_to_a_file() {
        let bytes = |bytes: &[u8]| HookContent::Bytes(bytes.to_vec());
        let file = || HookContent::File(NAME.into());
        let cases: [Case<'_>; 5] = [
            (&[], bytes(b""), None),
            (&[b"ab", b"cd"], bytes(b"abcd"), None),
            (&[b"ab", b"cd", b"e"], file(), Some(b"abcde")),
            (&[b"abcde"], file(), Some(b"abcde")),
            (&[b"abcd", b"efgh", b"", b"ij"], file(), Some(b"abcdefghij")),
        ];
        for (pieces, expected, kept) in cases {
            let (content, written) = taken(pieces, End::Comes, None, 1).await;
            assert_eq!((content.unwrap(), written.as_deref()), (expected, kept), "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn what_is_too_large_or_does_not_come_is_refused() {
        let over = |result| matches!(result, (Err(Unread::TooLarge), _));
        assert!(over(taken(&[], End::Comes, Some(11), 1).await));
        assert!(over(taken(&[b"abcdefgh", b"ijk"], End::Comes, None, 1).await));
        assert!(over(taken(&[b"abcdefghijk"], End::Comes, Some(1), 1).await));
        assert!(matches!(
            taken(&[b"ab"], End::Never, None, 1).await.0,
            Err(Unread::Incomplete)
        ));
        assert!(matches!(
            taken(&[b"abcde"], End::Comes, None, 0).await.0,
            Err(Unread::Busy)
        ));
    }

    #[tokio::test]
    async fn a_full_disk_is_known_from_other_trouble() {
        let files = Semaphore::new(1);
        let nowhere = Intake {
            memory: 0,
            ..Intake::new(10, Path::new("/nonexistent"), &files)
        };
        let body = Pieces([&b"a"[..]].into(), End::Comes);
        let missing = nowhere.take(body, None).await.unwrap_err();
        assert!(matches!(missing, Unread::Unwritten(_)) && !missing.is_for_room());
        assert!(Unread::Unwritten(ErrorKind::StorageFull.into()).is_for_room());
    }
}
