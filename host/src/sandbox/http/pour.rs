//! A body from its sources: bytes at hand and files of the call, one after the other. Files are read piece by piece by a
//! thread of their own, only as fast as the receiver takes the pieces, so that a file is never whole in memory; and each is
//! opened when its turn comes, so that one at a time is open.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

use crate::limits;

/// Pieces that wait for the receiver; one more is in the reader's hands.
const WAITING: usize = 2;

/// Where a part of a body comes from.
pub enum Source {
    /// At hand.
    Bytes(Bytes),
    /// A file.
    File {
        /// Bytes of it that are sent.
        length: u64,
        /// Opens it. Blocks.
        open: Box<dyn FnOnce() -> io::Result<File> + Send>,
    },
}

impl Source {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}

/// A body that is being read. Dropping it ends the reading.
#[derive(Debug)]
pub struct Poured(mpsc::Receiver<io::Result<Bytes>>);

/// Begins to read, and says how many bytes there will be.
pub fn pour(sources: Vec<Source>) -> (u64, Poured) {
    let length = sources.iter().map(Source::length).sum();
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        for source in sources {
            // Nobody wants the rest.
            let Ok(()) = send(source, &sender) else { return };
        }
    });
    (length, Poured(receiver))
}

fn send(source: Source, to: &mpsc::Sender<io::Result<Bytes>>) -> Result<(), ()> {
    let (opened, mut left) = match source {
        Source::Bytes(bytes) => return to.blocking_send(Ok(bytes)).map_err(drop),
        Source::File { open, length } => (open(), length),
    };
    let mut file = match opened {
        Ok(file) => file,
        Err(error) => {
            // Nobody may be there to hear it.
            let _ = to.blocking_send(Err(error));
            return Err(());
        }
    };
    while left > 0 {
        let most = left.min(limits::FILE_PIECE_BYTES as u64);
        let piece = read(&mut file, most);
        left -= piece.as_ref().map_or(left, |piece| piece.len() as u64);
        let failed = piece.is_err();
        to.blocking_send(piece).map_err(drop)?;
        if failed {
            return Err(());
        }
    }
    Ok(())
}

/// Up to so many bytes, and at least one: a file that got shorter would make another body than was announced.
fn read(file: &mut File, most: u64) -> io::Result<Bytes> {
    let mut piece = BytesMut::zeroed(usize::try_from(most).unwrap_or(limits::FILE_PIECE_BYTES));
    match file.read(&mut piece)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        read => {
            piece.truncate(read);
            Ok(piece.freeze())
        }
    }
}

impl Body for Poured {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Seek, Write};
    use std::path::Path;

    use http_body_util::BodyExt;

    use super::*;

    fn file(bytes: &[u8], length: u64) -> Source {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Source::File {
            length,
            open: Box::new(|| Ok(file)),
        }
    }

    /// Descriptors of this process that lead below a folder.
    fn open_below(folder: &Path) -> usize {
        let all = std::fs::read_dir("/proc/self/fd").unwrap();
        let leads = all.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        leads.filter(|to| to.starts_with(folder)).count()
    }

    #[tokio::test]
    async fn one_file_at_a_time_is_open_however_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let length = 3 * limits::FILE_PIECE_BYTES as u64;
        let source = |number: u32| {
            let path = folder.path().join(number.to_string());
            File::create(&path).unwrap().set_len(length).unwrap();
            Source::File {
                length,
                open: Box::new(|| File::open(path)),
            }
        };
        let (_, mut poured) = pour((0..64).map(source).collect());
        let (mut received, mut most) = (0, 0);
        while let Some(piece) = poured.frame().await {
            most = most.max(open_below(folder.path()));
            received += piece.unwrap().into_data().unwrap().len() as u64;
        }
        assert_eq!(received, 64 * length);
        assert_eq!(most, 1);
    }

    #[tokio::test]
    async fn a_file_that_can_not_be_opened_breaks_the_body_off() {
        let gone = Source::File {
            length: 5,
            open: Box::new(|| Err(io::ErrorKind::NotFound.into())),
        };
        let (_, poured) = pour(vec![gone, Source::Bytes(Bytes::from_static(b"x"))]);
        assert_eq!(poured.collect().await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn sources_come_in_order_and_whole() {
        let long: Vec<u8> = (0..3 * limits::FILE_PIECE_BYTES + 7)
            .map(|at| (at % 251) as u8)
            .collect();
        let sources = vec![
            Source::Bytes(Bytes::from_static(b"before ")),
            file(&long, long.len() as u64),
            file(b"", 0),
            Source::Bytes(Bytes::from_static(b" after")),
        ];
        let (length, poured) = pour(sources);
        let body = poured.collect().await.unwrap().to_bytes();
        assert_eq!(body.len() as u64, length);
        assert_eq!(body, [&b"before "[..], &long, b" after"].concat());
    }

    #[tokio::test]
    async fn a_file_is_sent_as_long_as_it_was_announced() {
        let (length, poured) = pour(vec![file(b"grown since", 5)]);
        assert_eq!(
            (length, &poured.collect().await.unwrap().to_bytes()[..]),
            (5, &b"grown"[..])
        );
        let (_, poured) = pour(vec![file(b"cut", 5), Source::Bytes(Bytes::from_static(b"x"))]);
        assert_eq!(poured.collect().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
