//! Bodies on their way: outward counted as they go, inward searched, bounded and cut off when the other side falls
//! silent. Nothing here is kept whole unless it is asked for.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Failure;
use super::budget::ChannelBudget;
use super::counts::Counters;
use super::mask::{Masks, Scanner};
use super::pool::{Key, Pool, Wire};
use super::stop::{Reason, Stop};
use crate::limits;
use crate::model::UnixMillis;

/// A body that comes in pieces.
pub type Stream = UnsyncBoxBody<Bytes, io::Error>;

/// What a request carries.
pub enum Body {
    /// Nothing.
    Empty,
    /// This.
    Bytes(Bytes),
    /// What comes of this: a file, a form.
    Stream {
        /// Bytes, if that is known; no more are sent, and fewer break the request off.
        length: Option<u64>,
        /// The pieces. Trailers are left out.
        stream: Stream,
    },
    /// A form that the host wrote.
    Form {
        /// The names of its parts.
        fields: Vec<String>,
        /// Bytes.
        length: u64,
        /// The pieces.
        stream: Stream,
    },
}

impl Body {
    /// Bytes, as far as that is known before they go.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
            Self::Form { length, .. } => Some(*length),
        }
    }

    /// Whether its connection may be kept: what a server does not take is small, and soon in its system's hands.
    pub(super) fn is_small(&self) -> bool {
        self.length()
            .is_some_and(|length| length <= limits::POOLED_REQUEST_BYTES)
    }
}

/// What hyper sends: a body that counts itself.
pub struct Outgoing {
    stream: Stream,
    left: Option<u64>,
    /// What each piece costs beyond its bytes.
    piece: u64,
    meter: Meter,
}

/// Where what goes out is counted.
#[derive(Clone)]
pub struct Meter {
    pub budget: Arc<ChannelBudget>,
    pub counters: Arc<Counters>,
    /// Set when the budget cut the body off.
    pub spent: Arc<AtomicBool>,
}

impl Outgoing {
    pub fn new(body: Body, meter: Meter) -> Self {
        let left = body.length();
        let (stream, piece) = match body {
            Body::Empty => (UnsyncBoxBody::new(Empty::new().map_err(|never| match never {})), 0),
            Body::Bytes(bytes) => (UnsyncBoxBody::new(Full::new(bytes).map_err(|never| match never {})), 0),
            Body::Stream { stream, .. } | Body::Form { stream, .. } => (stream, limits::STREAM_PIECE_BYTES),
        };
        Self {
            stream,
            left,
            piece,
            meter,
        }
    }

    fn count(&mut self, length: u64) -> io::Result<()> {
        let cost = match &mut self.left {
            // What is known was taken from the budget before it went.
            Some(left) => match left.checked_sub(length) {
                Some(less) => {
                    *left = less;
                    self.piece
                }
                None => return Err(io::Error::other("the body is longer than was said")),
            },
            None => length.saturating_add(self.piece),
        };
        if self.meter.budget.bytes(cost, UnixMillis::now()).is_err() {
            self.meter.spent.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the channel's budget is spent"));
        }
        self.meter.counters.add(|counts| counts.sent += length);
        Ok(())
    }
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.stream).poll_frame(context)?) else {
                let short = self.left.is_some_and(|left| left > 0);
                let error = || Err(io::Error::other("the body is shorter than was said"));
                return Poll::Ready(short.then(error));
            };
            if let Ok(data) = frame.into_data() {
                let counted = self.count(data.len() as u64);
                return Poll::Ready(Some(counted.map(|()| Frame::data(data))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A response's body, as it comes.
pub struct ResponseBody {
    incoming: Option<Incoming>,
    /// Given back to the pool under its key when the body has come to its end; without one it goes then.
    wire: Option<(Option<Key>, Wire)>,
    scanner: Scanner,
    received: u64,
    end: Instant,
    from: From,
    _slot: OwnedSemaphorePermit,
}

/// Where a response comes from, and whom that concerns.
pub struct From {
    pub host: String,
    pub silence: Duration,
    pub pool: Arc<Pool>,
    pub masks: Arc<Masks>,
    pub budget: Arc<ChannelBudget>,
    pub counters: Arc<Counters>,
}

impl ResponseBody {
    pub(super) fn new(
        incoming: Incoming,
        wire: (Option<Key>, Wire),
        end: Instant,
        from: From,
        slot: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            incoming: Some(incoming),
            wire: Some(wire),
            scanner: from.masks.scanner(),
            received: 0,
            end,
            from,
            _slot: slot,
        }
    }

    /// The next piece, with the channel's secrets covered; `None` at the end. After a failure there is nothing more.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        loop {
            let piece = match self.next().await {
                Ok(Some(bytes)) => self.scanner.push(&bytes),
                Ok(None) => {
                    let rest = self.scanner.finish();
                    self.from
                        .counters
                        .note("egress-secret-covered", self.scanner.take_found());
                    return (!rest.is_empty()).then(|| Ok(rest.into()));
                }
                Err(stop) => return Some(Err(self.fail(stop))),
            };
            if !piece.is_empty() {
                return Some(Ok(piece.into()));
            }
        }
    }

    /// All of it, if it has no more than so many bytes.
    ///
    /// # Errors
    /// It has more, or breaks off.
    pub async fn whole(mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        let announced = self
            .incoming
            .as_ref()
            .map_or(0, |incoming| incoming.size_hint().lower());
        if announced > most as u64 {
            return Err(self.fail(too_large()));
        }
        while let Some(piece) = self.chunk().await {
            let piece = piece?;
            if all.len() + piece.len() > most {
                return Err(self.fail(too_large()));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Stop> {
        while let Some(incoming) = &mut self.incoming {
            let silent = Instant::now() + self.from.silence;
            let host = &self.from.host;
            let frame = timeout_at(silent.min(self.end), incoming.frame()).await;
            let frame =
                frame.map_err(|_| Stop::new(Reason::Late, format!("{host} did not finish its answer in time")))?;
            let Some(frame) = frame else {
                self.incoming = None;
                if let Some((Some(key), wire)) = self.wire.take() {
                    self.from.pool.put(key, wire);
                }
                return Ok(None);
            };
            let broken = |error| Stop::new(Reason::Unreachable, format!("{host} broke its answer off: {error}"));
            // Trailers are left out: nobody asked for them.
            if let Ok(data) = frame.map_err(broken)?.into_data() {
                self.count(data.len() as u64)?;
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    fn count(&mut self, length: u64) -> Result<(), Stop> {
        self.received += length;
        self.from.counters.add(|counts| counts.received += length);
        if self.received > limits::FILE_BYTES {
            return Err(too_large());
        }
        let cost = length.saturating_add(limits::STREAM_PIECE_BYTES);
        self.from.budget.received(cost, UnixMillis::now())
    }

    fn fail(&mut self, stop: Stop) -> Failure {
        self.incoming = None;
        self.wire = None;
        self.from.counters.note(stop.reason.as_str(), 1);
        stop.tell(&self.from.masks)
    }
}

fn too_large() -> Stop {
    Stop::new(Reason::TooLarge, "")
}
