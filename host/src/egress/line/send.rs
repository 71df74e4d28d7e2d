//! A request on its way: over a connection that is there already, or over one to addresses that were judged for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::super::body::{Meter, Outgoing};
use super::super::dial::{self, Asking, Dialled};
use super::super::pool::{Key, Wire};
use super::super::socket::Stream;
use super::super::stop::{Reason, Stop};
use super::Line;
use crate::limits;
use crate::reach::{Filled, Scheme};

/// Where a request goes.
pub struct Place {
    /// Under which rule, and to which host.
    pub key: Key,
    /// How it is spoken to.
    pub scheme: Scheme,
    /// The rule's, whatever stands for it.
    pub port: u16,
    /// Whether that need not be said.
    pub default_port: bool,
    /// The server on this machine that stands for it.
    pub upstream: Option<SocketAddr>,
}

/// What is sent, byte for byte: the host, the encoding and the length are ours to say.
pub fn request(method: &str, place: &Place, filled: Filled, body: Outgoing) -> Result<Request<Outgoing>, Stop> {
    let odd = |what: &str| Stop::new(Reason::Content, format!("{what} can't be sent as HTTP"));
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| odd("the method"))?;
    *request.uri_mut() = Uri::try_from(filled.path_and_query).map_err(|_| odd("the path"))?;
    let host = &place.key.host;
    let host = match place.default_port {
        true => host.clone(),
        false => format!("{host}:{}", place.port),
    };
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(host).map_err(|_| odd("the host"))?);
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("lockgate/", env!("CARGO_PKG_VERSION"))),
    );
    let mut said_agent = false;
    for (name, value) in filled.headers {
        let name = HeaderName::try_from(name).map_err(|_| odd("a header's name"))?;
        let value = HeaderValue::try_from(value).map_err(|_| odd("a header's value"))?;
        if name == USER_AGENT && !std::mem::replace(&mut said_agent, true) {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(CONTENT_LENGTH);
    // Servers ask for a length where they expect a body, though there is none.
    if request.body().is_end_stream() && matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
        request
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok(request)
}

impl Line {
    /// Sends it, and waits for the answer's head. Sent again is only what certainly never went out: a kept connection had
    /// been closed before.
    pub(super) async fn exchange(
        &self,
        place: &Place,
        mut request: Request<Outgoing>,
        meter: &Meter,
    ) -> Result<(Response<Incoming>, Wire), Stop> {
        while let Some(mut wire) = self.kept(place).await {
            match wire.sender.try_send_request(request).await {
                Ok(response) => return Ok((response, wire)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(place, meter, error.error())),
                },
            }
        }
        let mut wire = self.wire(place).await?;
        let sent = wire.sender.send_request(request).await;
        let response = sent.map_err(|error| broken(place, meter, &error))?;
        Ok((response, wire))
    }

    async fn kept(&self, place: &Place) -> Option<Wire> {
        loop {
            let mut wire = self.pool.take(&place.key)?;
            // What it was last used for may still be on its way out.
            if let Ok(Ok(())) = timeout(limits::DIAL_STAGGER, wire.sender.ready()).await {
                return Some(wire);
            }
        }
    }

    async fn wire(&self, place: &Place) -> Result<Wire, Stop> {
        speak(self.stream(place).await?)
            .await
            .map_err(|why| unconnected(&place.key.host, &why))
    }

    /// A new connection to that place: to addresses that were judged, with TLS if the place is spoken to so.
    pub(super) async fn stream(&self, place: &Place) -> Result<Stream, Stop> {
        let addresses = match place.upstream {
            Some(address) => vec![address],
            None => {
                let asking = Asking {
                    resolver: &self.egress.resolver,
                    turns: &self.lookups,
                    patience: self.egress.patience.resolve,
                };
                let found = dial::addresses(asking, &place.key.host).await?;
                found.into_iter().map(|ip| SocketAddr::new(ip, place.port)).collect()
            }
        };
        let host = &place.key.host;
        let failed = |why: String| unconnected(host, &why);
        let opened = async {
            let (address, dialled) = dial::connect(&self.egress.dialer, &addresses)
                .await
                .map_err(|error| failed(error.to_string()))?;
            if place.upstream.is_none() && dial::is_near(address, dialled.from) {
                return Err(near(host));
            }
            self.open(place, dialled).await.map_err(failed)
        };
        let opened = timeout(self.egress.patience.dial, opened).await;
        opened.map_err(|_| failed("no answer in time".to_owned()))?
    }

    async fn open(&self, place: &Place, Dialled { stream, .. }: Dialled) -> Result<Stream, String> {
        let words = |error: std::io::Error| error.to_string();
        match place.scheme {
            Scheme::Http | Scheme::Ws => Ok(Box::new(stream)),
            Scheme::Https | Scheme::Wss => {
                let host = place.key.host.trim_matches(['[', ']']).to_owned();
                let name =
                    ServerName::try_from(host).map_err(|_| "its name can't stand in a certificate".to_owned())?;
                let connector = TlsConnector::from(Arc::clone(&self.tls));
                Ok(Box::new(connector.connect(name, stream).await.map_err(words)?))
            }
        }
    }
}

/// Speaks HTTP over an open connection, in a task that lives as long as the wire.
async fn speak(stream: Stream) -> Result<Wire, String> {
    let (sender, connection) = http1::Builder::new()
        .max_headers(limits::RESPONSE_HEADERS)
        .max_header_size(limits::RESPONSE_HEAD_BYTES)
        .max_buf_size(limits::RESPONSE_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let task = tokio::spawn(async move {
        // Whoever waits for an answer is told what went wrong.
        let _ = connection.await;
    });
    let task = task.abort_handle();
    Ok(Wire { sender, task })
}

fn unconnected(host: &str, why: &str) -> Stop {
    Stop::new(Reason::Unreachable, format!("no connection to {host}: {why}"))
}

/// The class of an address says nothing of where it is: this one is here.
fn near(host: &str) -> Stop {
    let words = format!(
        "{host} has an address of this machine or its own network; the operator can name a server on this machine with \
         `upstream.\"{host}\"` in lockgate.toml"
    );
    Stop::new(Reason::Address, words)
}

fn broken(place: &Place, meter: &Meter, error: &hyper::Error) -> Stop {
    if meter.spent.load(Ordering::Relaxed) {
        return Stop::new(
            Reason::Budget,
            "the channel may send no more for now; the request was broken off",
        );
    }
    let host = &place.key.host;
    if error.is_parse_too_large() {
        return Stop::new(Reason::TooLarge, "");
    }
    let why = std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    Stop::new(
        Reason::Unreachable,
        format!("{host} gave no answer that can be used: {why}"),
    )
}
