//! The body of an answer: in memory, or events as they come. It holds no channel, so a stopped one is not kept alive.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::channel::Subscription;
use crate::limits;

/// What is sent.
pub enum Body {
    /// All at once.
    Whole(Full<Bytes>),
    /// Until the subscription ends.
    Events(Events),
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
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(context),
            Self::Events(events) => events
                .poll(context)
                .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Events(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
