//! The stand-in for all platforms: a server on loopback, and the dialer that leads every request to it. Whoever it is asked
//! for is noted; it never asks anybody itself, and nobody's name is resolved.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answers::{Mood, answer};
use crate::egress::{Dial, Dialled, Resolve, SystemDialer, Waiting};
use crate::limits;
use crate::listener::{Bounds, accept};

/// Each connection serves one request.
const BOUNDS: Bounds = Bounds {
    connections: 64,
    head: limits::HOOK_HEAD_BYTES,
    life: Duration::from_secs(60),
    read: Duration::from_secs(10),
};

/// Owner of the server's task.
pub struct Platform {
    /// Where it stands.
    pub address: SocketAddr,
    /// How it behaves, and what it has seen.
    pub state: Arc<State>,
    _task: JoinSet<()>,
}

/// What server and dialer share.
pub struct State {
    mood: Mutex<Mood>,
    seen: Mutex<Vec<String>>,
}

impl State {
    /// From now on it behaves so.
    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Requests so far, as `METHOD host`; the first [`limits::CONFORMANCE_SEEN`] of them.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, line: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < limits::CONFORMANCE_SEEN {
            seen.push(line);
        }
    }
}

impl Platform {
    /// Begins to serve.
    ///
    /// # Errors
    /// There is no port.
    pub async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            mood: Mutex::new(Mood::Unreachable),
            seen: Mutex::default(),
        });
        let mut task = JoinSet::new();
        let serving = Arc::clone(&state);
        task.spawn(async move {
            let handle = move |request| serve(Arc::clone(&serving), request);
            accept(&listener, BOUNDS, handle).await;
        });
        Ok(Self {
            address,
            state,
            _task: task,
        })
    }
}

async fn serve(state: Arc<State>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    state.note(format!("{} {}", request.method(), host.unwrap_or("?")));
    let mood = state.mood();
    // The request's body is read to its end, so that nobody is cut off while he still sends it.
    let _ = http_body_util::BodyExt::collect(request.into_body()).await;
    if mood == Mood::Silent {
        std::future::pending::<()>().await;
    }
    let (status, body) = answer(mood);
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    // No connection is kept: the next request may be for a platform in another mood.
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    if mood == Mood::Busy {
        response
            .headers_mut()
            .insert(hyper::header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Leads to the stand-in and nowhere else.
pub struct Way {
    state: Arc<State>,
    address: SocketAddr,
}

impl Way {
    /// The way to this platform.
    pub fn to(platform: &Platform) -> Self {
        Self {
            state: Arc::clone(&platform.state),
            address: platform.address,
        }
    }
}

impl Dial for Way {
    fn dial(&self, address: SocketAddr) -> Waiting<'_, Dialled> {
        if address != self.address || self.state.mood() == Mood::Unreachable {
            let refused = async { Err(io::ErrorKind::ConnectionRefused.into()) };
            return Box::pin(refused);
        }
        SystemDialer.dial(address)
    }
}

impl Resolve for Way {
    fn resolve<'a>(&'a self, _: &'a str) -> Waiting<'a, Vec<std::net::IpAddr>> {
        Box::pin(async { Err(io::ErrorKind::NotFound.into()) })
    }
}
