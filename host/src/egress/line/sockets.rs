//! Websockets of one channel: opened as a request is sent, by the one rule that covers it, and what goes over them, filled
//! and covered as requests and answers are. Keeps none.

use std::sync::Arc;

use hyper::header::{
    CONNECTION, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE, USER_AGENT,
};
use hyper::{Request, Uri};
use tokio::time::timeout;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use super::super::socket::{self, Closed, Metered, Piece, Socket};
use super::super::stop::{Reason, Stop};
use super::super::{Body, Failure};
use super::Line;
use super::send::Place;
use crate::limits;
use crate::model::{Frame, UnixMillis};
use crate::reach::{self, CredentialPlace, Filled, Match, Scheme, Target, fill_frame};
use crate::text::{self, Bound};

impl Line {
    /// Opens a websocket, if one rule covers it. Follows no redirect, and takes no extension.
    ///
    /// # Errors
    /// It is refused, or nobody opens one there.
    ///
    /// # Authority
    /// As [`Line::fetch`]: it goes where one rule of the channel's leads, to an address that was judged.
    pub async fn open_socket(&self, url: &str, headers: &[(String, String)]) -> Result<Socket, Failure> {
        let opened = match self.prepare_socket(url, headers) {
            Ok((place, filled)) => self.shake_hands(&place, filled).await,
            Err(stop) => Err(stop),
        };
        opened.map_err(|stop| self.stopped(stop))
    }

    /// Whether one rule covers a websocket there.
    pub fn covers_socket(&self, url: &str) -> bool {
        Target::parse(url).is_ok_and(|target| self.socket_rule(&target).is_ok())
    }

    /// A guest's frame as it goes out over a websocket to there.
    ///
    /// # Errors
    /// It is too long, the channel has sent its share, or no credential can be put into it.
    pub fn frame_outward(&self, url: &str, frame: Frame) -> Result<Frame, Failure> {
        self.fill_frame(url, frame).map_err(|stop| self.stopped(stop))
    }

    /// A frame that came, with the channel's secrets covered.
    pub fn frame_inward(&self, frame: Frame) -> Frame {
        if self.masks.is_empty() {
            return frame;
        }
        match frame {
            Frame::Text(text) => Frame::Text(self.mask(&text)),
            Frame::Binary(bytes) => {
                let (covered, found) = self.masks.cover(&bytes);
                self.counters.note("egress-secret-covered", found);
                Frame::Binary(covered)
            }
        }
    }

    /// Why a websocket ended, as a guest and a person may read it: covered, in one line, and short.
    pub fn closed_inward(&self, closed: Closed) -> Closed {
        let reason = text::terminal(&self.mask(&closed.reason));
        Closed {
            code: closed.code,
            reason: text::clip(&reason, Bound::Chars(limits::TROUBLE_CHARS)),
        }
    }

    fn stopped(&self, stop: Stop) -> Failure {
        self.counters.note(stop.reason.as_str(), 1);
        stop.tell(&self.masks)
    }

    fn socket_rule<'l>(&'l self, target: &Target) -> Result<Match<'l>, Stop> {
        let found = reach::find(&self.rules, "GET", target).map_err(|refusal| {
            let withheld = reach::behind(&refusal, &self.withheld, "GET", target);
            Stop::of_rule(&refusal, withheld)
        })?;
        match found.rule.scheme {
            Scheme::Wss | Scheme::Ws => Ok(found),
            Scheme::Https | Scheme::Http => Err(Stop::new(Reason::Url, "a websocket begins with wss://")),
        }
    }

    fn prepare_socket(&self, url: &str, headers: &[(String, String)]) -> Result<(Place, Filled), Stop> {
        let target = Target::parse(url).map_err(|refusal| Stop::new(Reason::Url, refusal.to_string()))?;
        let found = self.socket_rule(&target)?;
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        let (filled, _) = self.fill(&found, &target, headers.collect(), Body::Empty)?;
        let head = filled.headers.iter().map(|(name, value)| name.len() + value.len() + 4);
        let head = (head.sum::<usize>() + filled.path_and_query.len()) as u64;
        self.budget.request(head, UnixMillis::now())?;
        self.counters.add(|counts| {
            counts.requests += 1;
            counts.sent += head;
        });
        let place = self.place(&found, &target, &found.rule.label());
        Ok((place, filled))
    }

    async fn shake_hands(&self, place: &Place, filled: Filled) -> Result<Socket, Stop> {
        let request = request(place, filled)?;
        let host = &place.key.host;
        let piece = Piece::default();
        let stream = Metered::new(
            self.stream(place).await?,
            piece.clone(),
            Arc::clone(&self.budget),
            Arc::clone(&self.counters),
        );
        let shaken = client_async_with_config(request, stream, Some(socket::bounds()));
        let late = |_| Stop::new(Reason::Late, format!("{host} opened no websocket in time"));
        let shaken = timeout(limits::SOCKET_HANDSHAKE, shaken).await.map_err(late)?;
        let (stream, response) = shaken.map_err(|error| unopened(host, &error))?;
        // What is packed can't be searched for secrets, and unpacks to any size.
        if response.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS) {
            let words = format!("{host} wants an extension of websockets that nobody asked for");
            return Err(Stop::new(Reason::Encoded, words));
        }
        piece.begin();
        Ok(Socket::new(stream, piece, self.egress.patience))
    }

    fn fill_frame(&self, url: &str, frame: Frame) -> Result<Frame, Stop> {
        let target = Target::parse(url).map_err(|refusal| Stop::new(Reason::Url, refusal.to_string()))?;
        let rule = self.socket_rule(&target)?.rule;
        let refused = |words: String| Stop::new(Reason::Content, words);
        let credentials = &mut rule.credentials.iter();
        let frame = match frame {
            Frame::Text(text) => {
                let filled = fill_frame(rule, &text, &self.secrets);
                Frame::Text(filled.map_err(|refusal| refused(refusal.to_string()))?)
            }
            // Read as a document all the same, the bytes could hold a credential of the guest's own.
            Frame::Binary(_) if credentials.any(|one| matches!(one.place, CredentialPlace::Json { .. })) => {
                let words = "a credential goes into the frames of this websocket, so they are JSON documents";
                return Err(refused(words.to_owned()));
            }
            binary @ Frame::Binary(_) => binary,
        };
        let bytes = frame.bytes();
        if bytes > limits::SOCKET_FRAME_BYTES {
            let most = limits::SOCKET_FRAME_BYTES;
            return Err(refused(format!("a frame may have {most} bytes: shorten it")));
        }
        self.budget.bytes(bytes as u64, UnixMillis::now())?;
        self.counters.add(|counts| counts.sent += bytes as u64);
        Ok(frame)
    }
}

/// The request for a websocket, byte for byte: all that makes it one is ours to say.
fn request(place: &Place, filled: Filled) -> Result<Request<()>, Stop> {
    let odd = |what: &str| Stop::new(Reason::Content, format!("{what} can't be sent as HTTP"));
    let host = match place.default_port {
        true => place.key.host.clone(),
        false => format!("{}:{}", place.key.host, place.port),
    };
    let mut request = Request::new(());
    // The path alone goes out; the rest is for the library to see that this is a websocket's.
    let uri = format!("ws://{host}{}", filled.path_and_query);
    *request.uri_mut() = Uri::try_from(uri).map_err(|_| odd("the path"))?;
    let headers = request.headers_mut();
    let agent = HeaderValue::from_static(concat!("lockgate/", env!("CARGO_PKG_VERSION")));
    headers.insert(USER_AGENT, agent);
    for (name, value) in filled.headers {
        let name = HeaderName::try_from(name).map_err(|_| odd("a header's name"))?;
        let value = HeaderValue::try_from(value).map_err(|_| odd("a header's value"))?;
        match name == USER_AGENT {
            true => drop(headers.insert(name, value)),
            false => drop(headers.append(name, value)),
        }
    }
    headers.insert(HOST, HeaderValue::try_from(host).map_err(|_| odd("the host"))?);
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    let key = HeaderValue::try_from(generate_key()).map_err(|_| odd("the key"))?;
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(request)
}

/// Of an answer that is none, only its status is told.
fn unopened(host: &str, error: &Error) -> Stop {
    let words = match error {
        Error::Http(response) => format!("{host} opened no websocket, it answered {}", response.status().as_u16()),
        error => format!("{host} opened no websocket: {error}"),
    };
    Stop::new(Reason::Unreachable, words)
}
