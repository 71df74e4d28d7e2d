//! What a client of `wasi:http` gets: the answer as it comes in, or one of the host's own that says why there is none.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc;
use wasmtime_wasi_http::{Error, WasiBody};

use super::body::Guests;
use crate::egress::{Failure, ResponseBody};
use crate::{egress, limits};

/// The header of an answer that is the host's own; no other answer has it.
const TOLD: HeaderName = HeaderName::from_static("x-lockgate");

/// An answer, and what has to be done as long as somebody reads it.
pub type Answer = (Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// What a header costs beyond its bytes.
const HEADER_COSTS: usize = 64;

/// An answer whose head is there and fits.
pub struct Began {
    head: Response<()>,
    body: ResponseBody,
}

impl Began {
    /// Takes over an answer.
    ///
    /// # Errors
    /// Its head is too large, or can't be told to a client.
    pub fn of(answer: egress::Response) -> Result<Self, Failure> {
        let bytes = |(name, value): &(String, Vec<u8>)| name.len() + value.len() + HEADER_COSTS;
        if answer.headers.iter().map(bytes).sum::<usize>() > limits::WASI_HEAD_BYTES {
            return Err(Failure::TooLarge);
        }
        let odd = || Failure::Unreachable("the answer's head can't be read".into());
        let mut headers = HeaderMap::new();
        for (name, value) in answer.headers {
            let name: HeaderName = name.parse().map_err(|_| odd())?;
            let value = HeaderValue::from_maybe_shared(Bytes::from(value)).map_err(|_| odd())?;
            if name != TOLD {
                headers.append(name, value);
            }
        }
        let mut head = Response::new(());
        *head.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| odd())?;
        *head.headers_mut() = headers;
        Ok(Self {
            head,
            body: answer.body,
        })
    }
}

/// Hands an answer on, piece by piece, as the guest takes it. `silence`: how long it may pause by the guest's wish.
pub fn relay(began: Began, silence: Option<Duration>) -> Answer {
    let (sender, receiver) = mpsc::channel(1);
    let response = began.head.map(|()| Pieces(receiver).boxed_unsync());
    let pouring = async move {
        pour(began.body, silence.unwrap_or(Duration::MAX), &sender).await;
        Ok(())
    };
    (response, Box::new(pouring))
}

async fn pour(mut body: ResponseBody, silence: Duration, to: &mpsc::Sender<Result<Bytes, Error>>) {
    loop {
        let piece = match tokio::time::timeout(silence, body.chunk()).await {
            Ok(None) => return,
            Ok(Some(piece)) => piece.map_err(broken),
            Err(_) => Err(Error::ConnectionReadTimeout),
        };
        let ended = piece.is_err();
        if to.send(piece).await.is_err() || ended {
            return;
        }
    }
}

fn broken(failure: Failure) -> Error {
    match failure {
        Failure::Refused(why) | Failure::Unreachable(why) => Error::InternalError(Some(why)),
        Failure::TooLarge => Error::HttpResponseBodySize(None),
    }
}

/// Says why there is no answer, and lets the guest finish what it is writing.
pub fn told(failure: &Failure, body: Guests) -> Answer {
    let (status, kind, why) = match failure {
        Failure::Refused(why) => (StatusCode::FORBIDDEN, "refused", why.as_str()),
        Failure::Unreachable(why) => (StatusCode::BAD_GATEWAY, "unreachable", why.as_str()),
        Failure::TooLarge => (
            StatusCode::BAD_GATEWAY,
            "too-large",
            "the answer is larger than the host takes",
        ),
    };
    let why = Full::new(Bytes::copy_from_slice(why.as_bytes()));
    let mut response = Response::new(why.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(TOLD, HeaderValue::from_static(kind));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let draining = async move {
        body.drain().await;
        Ok(())
    };
    (response, Box::new(draining))
}

/// A body of pieces that another task hands over.
struct Pieces(mpsc::Receiver<Result<Bytes, Error>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
