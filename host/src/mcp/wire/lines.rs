//! Cuts a byte stream into lines of bounded length. It never looks into them.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::limits;

/// Bytes that are asked for in one read.
const READ_BYTES: usize = 64 << 10;

/// What the stream had next.
#[derive(Debug)]
pub(super) enum Line {
    /// A line without its line feed.
    Text(Bytes),
    /// A line over the bound has been skipped.
    TooLong,
    /// There is no more.
    End,
    /// Reading failed, so there is no more either.
    Failed(io::Error),
}

/// Reads lines of up to [`limits::MCP_LINE_BYTES`] and holds no more than that.
pub(super) struct Lines<R> {
    reader: R,
    buffer: BytesMut,
    /// Bytes of the buffer that are known to hold no line feed.
    scanned: usize,
    skipping: Skipping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skipping {
    No,
    ToLineFeed,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: BytesMut::new(),
            scanned: 0,
            skipping: Skipping::No,
        }
    }

    /// The next line. Cancelled, it has lost nothing.
    pub(super) async fn next(&mut self) -> Line {
        loop {
            if let Some(line) = self.cut() {
                return line;
            }
            self.buffer.reserve(READ_BYTES);
            match self.reader.read_buf(&mut self.buffer).await {
                Ok(0) => return self.last(),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Line::Failed(error),
            }
        }
    }

    fn cut(&mut self) -> Option<Line> {
        match self.buffer[self.scanned..].iter().position(|b| *b == b'\n') {
            Some(at) => {
                let mut line = self.buffer.split_to(self.scanned + at + 1);
                self.scanned = 0;
                line.truncate(line.len() - 1);
                Some(self.judge(line.freeze()))
            }
            None => {
                self.scanned = self.buffer.len();
                if self.scanned > limits::MCP_LINE_BYTES {
                    self.skipping = Skipping::ToLineFeed;
                }
                if self.skipping == Skipping::ToLineFeed {
                    // A new one, or the room of a long line would be held for ever.
                    self.buffer = BytesMut::new();
                    self.scanned = 0;
                }
                None
            }
        }
    }

    fn judge(&mut self, line: Bytes) -> Line {
        let skipped = std::mem::replace(&mut self.skipping, Skipping::No);
        if skipped == Skipping::ToLineFeed || line.len() > limits::MCP_LINE_BYTES {
            return Line::TooLong;
        }
        Line::Text(line)
    }

    /// What stands behind the last line feed is a line, too.
    fn last(&mut self) -> Line {
        let rest = self.buffer.split().freeze();
        self.scanned = 0;
        if rest.is_empty() && self.skipping == Skipping::No {
            Line::End
        } else {
            self.judge(rest)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn lengths(pieces: Vec<Vec<u8>>) -> Vec<Option<usize>> {
        let (mut theirs, ours) = tokio::io::duplex(1 << 20);
        let feed = tokio::spawn(async move {
            for piece in pieces {
                theirs.write_all(&piece).await.unwrap();
            }
        });
        let mut lines = Lines::new(ours);
        let mut seen = Vec::new();
        loop {
            match lines.next().await {
                Line::Text(line) => seen.push(Some(line.len())),
                Line::TooLong => seen.push(None),
                Line::End => break,
                Line::Failed(error) => panic!("{error}"),
            }
            assert!(lines.buffer.capacity() <= 2 * limits::MCP_LINE_BYTES + READ_BYTES);
        }
        feed.await.unwrap();
        seen
    }

    #[tokio::test]
    async fn cuts_and_bounds() {
        let most = limits::MCP_LINE_BYTES;
        let line = |size: usize| [vec![b'x'; size], vec![b'\n']].concat();
        let check = async |pieces: Vec<Vec<u8>>, expected: &[Option<usize>]| {
            assert_eq!(lengths(pieces).await, expected);
        };
        check(vec![], &[]).await;
        check(vec![b"a\nbc\n\nd".to_vec()], &[Some(1), Some(2), Some(0), Some(1)]).await;
        check(
            vec![b"ab".to_vec(), b"cd\nx".to_vec(), b"\n".to_vec()],
            &[Some(4), Some(1)],
        )
        .await;
        check(vec![line(most), line(1)], &[Some(most), Some(1)]).await;
        check(vec![line(most + 1), line(1)], &[None, Some(1)]).await;
        check(vec![vec![b'x'; 3 * most], line(5), line(2)], &[None, Some(2)]).await;
        check(vec![vec![b'x'; 2 * most]], &[None]).await;
    }
}
