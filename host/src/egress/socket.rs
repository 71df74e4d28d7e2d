//! One open websocket: frames in and out, pings, and its end. Whoever holds it decides when it is read; what it says of its
//! end is the other side's own words, which nobody has covered yet. Never opens one.

mod metered;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};

use super::Patience;
use crate::limits;
use crate::model::Frame;
pub use metered::{Metered, Piece};

/// A connection, with TLS or without.
pub type Stream = Box<dyn Duplex>;

/// Both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open websocket.
pub struct Socket {
    stream: WebSocketStream<Metered>,
    /// Bytes since the last whole message.
    piece: Piece,
    patience: Patience,
    ping_at: Instant,
    pong_by: Option<Instant>,
    controls: Controls,
}

/// What came over a websocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A frame, whole.
    Frame(Frame),
    /// Its end: nothing more comes.
    Closed(Closed),
}

/// How a websocket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The other side's code, or ours for what it did wrong; 1006 if the connection was lost.
    pub code: Option<u16>,
    /// Why, in the other side's words or ours.
    pub reason: String,
}

impl Closed {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            reason: reason.into(),
        }
    }

    fn lost(reason: impl Into<String>) -> Self {
        Self::new(1006, reason)
    }
}

/// Pings and pongs of the other side's in this minute.
struct Controls {
    since: Instant,
    count: u32,
}

impl Controls {
    /// One more; whether that is one too many.
    fn is_over(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= Duration::from_secs(60) {
            (self.since, self.count) = (now, 0);
        }
        self.count += 1;
        self.count > limits::SOCKET_CONTROLS_PER_MINUTE
    }
}

/// What is taken in at most.
pub fn bounds() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(limits::SOCKET_READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * limits::SOCKET_FRAME_BYTES)
        .max_message_size(Some(limits::SOCKET_FRAME_BYTES))
        .max_frame_size(Some(limits::SOCKET_FRAME_BYTES))
}

impl Socket {
    pub(super) fn new(stream: WebSocketStream<Metered>, piece: Piece, patience: Patience) -> Self {
        let now = Instant::now();
        Self {
            stream,
            piece,
            patience,
            ping_at: now + patience.ping,
            pong_by: None,
            controls: Controls { since: now, count: 0 },
        }
    }

    /// What comes next. Nothing is lost if the future is dropped. Pings are answered and sent on the way.
    pub async fn next(&mut self) -> Heard {
        loop {
            let due = self.pong_by.unwrap_or(self.ping_at);
            let came = tokio::select! {
                came = self.stream.next() => came,
                () = sleep_until(due) => match self.ping().await {
                    Ok(()) => continue,
                    Err(closed) => return Heard::Closed(closed),
                },
            };
            let heard = match came {
                Some(Ok(message)) => self.take(message).await,
                Some(Err(error)) => Some(Heard::Closed(self.broken(&error).await)),
                None => Some(Heard::Closed(Closed::lost("the connection was lost"))),
            };
            if let Some(heard) = heard {
                return heard;
            }
        }
    }

    /// It was not read for a while: what came meanwhile, a pong perhaps, is only seen now.
    pub fn resume(&mut self) {
        self.alive();
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// It is not taken in time, or the connection is lost: then this is its end.
    pub async fn send(&mut self, frame: Frame) -> Result<(), Closed> {
        self.put(match frame {
            Frame::Text(text) => Message::text(text),
            Frame::Binary(bytes) => Message::binary(bytes),
        })
        .await
    }

    /// Says why, and closes; whoever does not take it in time is left.
    pub async fn close(mut self, code: u16, reason: &'static str) {
        self.say_goodbye(code, reason).await;
    }

    fn alive(&mut self) {
        self.pong_by = None;
        self.ping_at = Instant::now() + self.patience.ping;
    }

    async fn ping(&mut self) -> Result<(), Closed> {
        if self.pong_by.is_some() {
            let waited = self.patience.pong.as_secs();
            return Err(Closed::lost(format!("nothing came for {waited} s after a ping")));
        }
        self.pong_by = Some(Instant::now() + self.patience.pong);
        self.put(Message::Ping(Vec::new().into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), Closed> {
        match timeout(self.patience.write, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Closed::lost(format!("the connection was lost: {error}"))),
            Err(_) => Err(Closed::lost("what was sent was not taken in time")),
        }
    }

    async fn take(&mut self, message: Message) -> Option<Heard> {
        self.alive();
        self.piece.begin();
        match message {
            Message::Text(text) => Some(Heard::Frame(Frame::Text(text.as_str().to_owned()))),
            Message::Binary(bytes) => Some(Heard::Frame(Frame::Binary(bytes.to_vec()))),
            Message::Ping(_) | Message::Pong(_) if self.controls.is_over(Instant::now()) => {
                self.say_goodbye(1008, "too many pings").await;
                Some(Heard::Closed(Closed::new(1008, "too many pings in a minute")))
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => None,
            Message::Close(frame) => {
                // Our answer waits to be sent; who does not take it has closed all the same.
                let _ = timeout(limits::SOCKET_CLOSE, self.stream.flush()).await;
                Some(Heard::Closed(frame.map_or_else(unsaid, said)))
            }
        }
    }

    async fn broken(&mut self, error: &Error) -> Closed {
        let closed = verdict(error);
        if let Some(code) = closed.code.filter(|code| *code != 1006) {
            self.say_goodbye(code, "").await;
        }
        closed
    }

    async fn say_goodbye(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        let _ = timeout(limits::SOCKET_CLOSE, self.stream.close(Some(frame))).await;
    }
}

fn unsaid() -> Closed {
    Closed {
        code: None,
        reason: String::new(),
    }
}

fn said(frame: CloseFrame) -> Closed {
    Closed::new(frame.code.into(), frame.reason.as_str())
}

/// What the other side did wrong, in a code and in words of ours.
fn verdict(error: &Error) -> Closed {
    let most = limits::SOCKET_FRAME_BYTES;
    match error {
        Error::Capacity(_) => Closed::new(1009, format!("a frame of more than {most} bytes came")),
        Error::Io(error) if metered::is_endless(error) => Closed::new(1009, "a frame came in too many pieces"),
        Error::Utf8(_) => Closed::new(1007, "a frame of text came that is no UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::ConnectionClosed => {
            Closed::lost("the connection was lost")
        }
        Error::Protocol(error) => Closed::new(1002, format!("what came is no websocket's: {error}")),
        error => Closed::lost(format!("the connection was lost: {error}")),
    }
}
