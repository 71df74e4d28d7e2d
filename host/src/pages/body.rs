//! The body of an answer: in memory, in a file, or events as they come. It holds no channel, so a stopped one is not kept alive.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::channel::Subscription;
use crate::limits;

/// What is sent.
pub enum Body {
    /// All at once.
    Whole(Full<Bytes>),
    /// A file, piece by piece.
    Stored(Stored),
    /// Until the subscription ends.
    Events(Events),
}

/// An open file, sent as long as it was when it was opened.
pub struct Stored {
    file: tokio::fs::File,
    left: u64,
    piece: Vec<u8>,
}

impl Stored {
    /// This file, which has so many bytes.
    pub fn new(file: File, length: u64) -> Self {
        Self {
            file: file.into(),
            left: length,
            piece: vec![0; limits::PAGE_READ_BYTES.min(usize::try_from(length).unwrap_or(usize::MAX))],
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.piece.len());
        if most == 0 {
            return Poll::Ready(None);
        }
        let mut read = ReadBuf::new(&mut self.piece[..most]);
        let done = ready!(Pin::new(&mut self.file).poll_read(context, &mut read));
        let piece = Bytes::copy_from_slice(read.filled());
        self.left -= piece.len() as u64;
        Poll::Ready(Some(match done {
            // The head has told its length, so a file that was cut meanwhile ends the connection.
            Ok(()) if piece.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            done => done.map(|()| piece),
        }))
    }
}

/// Server-sent events: one for each publication, and a comment when nothing was said for a while, so that both sides
/// notice when the other is gone.
pub struct Events {
    subscription: Subscription,
    comment: Pin<Box<Sleep>>,
}

impl Events {
    /// Says a comment at once: what stands between must not wait for the first event to pass the head on.
    pub fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            comment: Box::pin(sleep(std::time::Duration::ZERO)),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let said = match self.subscription.poll_next(context) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(text)) => event(&text),
            Poll::Pending if self.comment.as_mut().poll(context).is_ready() => Bytes::from_static(b":\n\n"),
            Poll::Pending => return Poll::Pending,
        };
        self.comment.as_mut().reset(Instant::now() + limits::EVENTS_SILENCE);
        Poll::Ready(Some(said))
    }
}

/// One event. Each line of the text is a line of data, so no text can end its event or set another field.
fn event(text: &Arc<str>) -> Bytes {
    let mut lines = String::with_capacity(text.len() + 16);
    let text = text.replace("\r\n", "\n");
    for line in text.split(['\n', '\r']) {
        lines.push_str("data: ");
        lines.push_str(line);
        lines.push('\n');
    }
    lines.push('\n');
    lines.into()
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(context).map_err(|never| match never {}),
            Self::Stored(stored) => stored.poll(context).map_ok(Frame::data),
            Self::Events(events) => events
                .poll(context)
                .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Stored(stored) => stored.left == 0,
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Stored(stored) => SizeHint::with_exact(stored.left),
            Self::Events(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Seek, Write};

    use http_body_util::BodyExt;

    use super::*;

    async fn sent(content: &[u8], length: u64) -> Result<Vec<u8>, Error> {
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        file.rewind()?;
        let body = Body::Stored(Stored::new(file, length));
        assert_eq!(hyper::body::Body::size_hint(&body).exact(), Some(length));
        Ok(body.collect().await?.to_bytes().into())
    }

    #[tokio::test]
    async fn a_file_is_sent_as_long_as_it_was_when_it_was_opened() {
        let content: Vec<u8> = (0..=255).cycle().take(3 * limits::PAGE_READ_BYTES + 7).collect();
        let length = content.len() as u64;
        assert_eq!(sent(&content, length).await.unwrap(), content);
        assert_eq!(sent(&content, length - 1).await.unwrap(), content[..content.len() - 1]);
        assert_eq!(sent(b"", 0).await.unwrap(), b"");
        let cut = sent(b"abc", 4).await.unwrap_err();
        assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn no_text_ends_its_event_or_sets_a_field() {
        let check = |text: &str, expected: &str| assert_eq!(event(&text.into()), expected);
        check("one", "data: one\n\n");
        check("", "data: \n\n");
        check("a\nb\r\nc\rd", "data: a\ndata: b\ndata: c\ndata: d\n\n");
        check(
            "x\n\nevent: evil\nid: 7\n: comment",
            "data: x\ndata: \ndata: event: evil\ndata: id: 7\ndata: : comment\n\n",
        );
        check("\u{2028}\u{85}", "data: \u{2028}\u{85}\n\n");
    }
}
