//! `wasi:http/outgoing-handler` over the channel's one line outward, for guests that bring a client of their own. The types
//! are the ready-made ones; what is sent, and what is kept of it in the host's memory, is ours.
//!
//! That memory is bounded by the rows of the call's resource table, [`limits::GUEST_RESOURCES`], times the most that a row
//! can hold: one set of headers ([`limits::WASI_FIELDS_BYTES`]), a request line (see [`lines`]), and two writes of a body
//! ([`limits::WASI_WRITE_BYTES`]). Bodies are streamed; one into which a credential goes is held as a whole, at most
//! [`limits::WASI_WHOLE_BODY_BYTES`], one after the other. No row is ever served to: `incoming-handler` is not offered.
//!
//! Refusals are answers, 403 or 502 with `x-lockgate`, not errors: the runtimes of some languages abort on those, and an
//! answer tells the channel's author why.

mod answer;
mod body;
mod lines;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Body as _;
use hyper::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderName};
use hyper::http::request::Parts;
use tokio::sync::Semaphore;
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

use self::answer::{Answer, Began, relay, told};
use self::body::Guests;
use crate::egress::{self, Body, CallBudget, Failure, Line, Reason};
use crate::limits;
use crate::reach::is_forbidden_header;
use crate::sandbox::Tap;
use crate::sandbox::state::CallState;

/// What one call has of HTTP.
pub struct Web {
    /// How many requests it may still send, by either interface.
    pub calls: Arc<CallBudget>,
    context: WasiHttpCtx,
    hooks: Hooks,
}

/// Where `wasi:http` asks.
#[derive(Clone)]
struct Hooks {
    line: Arc<Line>,
    tap: Tap,
    calls: Arc<CallBudget>,
    deadline: Instant,
    /// One body at a time is held as a whole.
    whole: Arc<Semaphore>,
}

impl Web {
    /// For a call that ends at `deadline`.
    pub fn new(line: &Arc<Line>, tap: Tap, deadline: Instant) -> Self {
        let calls = Arc::new(CallBudget::default());
        let mut context = WasiHttpCtx::new();
        context.set_field_size_limit(limits::WASI_FIELDS_BYTES);
        let hooks = Hooks {
            line: Arc::clone(line),
            tap,
            calls: Arc::clone(&calls),
            deadline,
            whole: Arc::new(Semaphore::new(1)),
        };
        Self { calls, context, hooks }
    }
}

/// Offers `wasi:http/outgoing-handler` and its types.
///
/// # Errors
/// The linker's.
pub fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    lines::link(linker)
}

impl WasiHttpView for CallState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.web.hooks,
            table: &mut self.table,
            ctx: &mut self.web.context,
        }
    }
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    fn set_host_header(&mut self) -> bool {
        // The line sets it, from the URL that was matched.
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        limits::WASI_WRITE_BYTES
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _fut: Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>,
    ) -> Box<dyn Future<Output = wasmtime_wasi_http::Result<Answer>> + Send> {
        let hooks = self.clone();
        Box::new(async move { Ok(hooks.exchange(request, options.unwrap_or_default()).await) })
    }
}

impl Hooks {
    async fn exchange(self, request: Request<WasiBody>, options: RequestOptions) -> Answer {
        let (parts, body) = request.into_parts();
        let body = Guests::new(body);
        let fetched = self.fetch(&parts, &body);
        let fetched = match begins_within(&options) {
            Some(most) => tokio::time::timeout(most, fetched).await,
            None => Ok(fetched.await),
        };
        let late = |_| {
            let why = "the answer did not begin within the time that the request gave it";
            self.counted(Reason::Late, Failure::Unreachable(why.into()))
        };
        let began = |answer| Began::of(answer).map_err(|failure| self.counted(Reason::TooLarge, failure));
        match fetched.map_err(late).flatten().and_then(began) {
            Ok(began) => relay(began, options.between_bytes_timeout),
            // The guest may still be writing: it is let, for it would take a closed stream for an error of its own.
            Err(failure) => told(&failure, body),
        }
    }

    async fn fetch(&self, parts: &Parts, body: &Guests) -> Result<egress::Response, Failure> {
        let (method, url) = (parts.method.as_str(), parts.uri.to_string());
        let mut asked = self.asked(parts, &url, body);
        if matches!(asked.body, Body::Empty) || !self.line.looks_into_body(method, &url) {
            return self.send(asked).await;
        }
        // The semaphore is never closed. Held until the body has gone out.
        let _turn = self.whole.acquire().await;
        let whole = body.clone().whole(limits::WASI_WHOLE_BODY_BYTES).await;
        let whole = whole.map_err(|failure| self.counted(Reason::Content, failure))?;
        asked.body = Body::Bytes(whole);
        self.send(asked).await
    }

    async fn send(&self, asked: egress::Request) -> Result<egress::Response, Failure> {
        let (method, url) = (asked.method.clone(), asked.url.clone());
        let answer = self.line.fetch(asked, &self.calls).await;
        answer.inspect_err(|failure| self.tap.show_refused(&self.line, &method, &url, failure))
    }

    fn counted(&self, reason: Reason, failure: Failure) -> Failure {
        self.line.count(reason);
        failure
    }

    fn asked(&self, parts: &Parts, url: &str, body: &Guests) -> egress::Request {
        let header = |(name, value): (&HeaderName, &hyper::header::HeaderValue)| {
            // Clients set these by themselves; the line has its own.
            let ours = [ACCEPT_ENCODING, CONTENT_LENGTH].contains(name);
            (!ours).then(|| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        };
        let length = parts.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        egress::Request {
            method: parts.method.to_string(),
            url: url.to_owned(),
            headers: parts.headers.iter().filter_map(header).collect(),
            body: match body.is_end_stream() {
                true => Body::Empty,
                false => Body::Stream {
                    length,
                    stream: body.clone().boxed_unsync(),
                },
            },
            timeout: None,
            deadline: self.deadline,
        }
    }
}

/// Headers that a client can't set, and is not shown. Those that clients set by themselves, and that the line sets anew, are
/// not among them: a client would take that for an error.
fn is_forbidden(name: &HeaderName) -> bool {
    let ours = [ACCEPT_ENCODING, CONTENT_LENGTH].contains(name);
    DEFAULT_FORBIDDEN_HEADERS.contains(name) || (!ours && is_forbidden_header(name.as_str()))
}

/// How long the head of the answer may take by the guest's own wish.
fn begins_within(options: &RequestOptions) -> Option<Duration> {
    match (options.connect_timeout, options.first_byte_timeout) {
        (_, None) => None,
        (connect, Some(first)) => Some(connect.unwrap_or_default().saturating_add(first)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_are_the_hosts() {
        fn check(name: &str, expected: bool) {
            assert_eq!(is_forbidden(&name.parse().unwrap()), expected, "{name}");
        }
        for name in [
            "host",
            "connection",
            "transfer-encoding",
            "te",
            "upgrade",
            "proxy-authorization",
            "expect",
        ] {
            check(name, true);
        }
        check("x-http-method-override", true);
        // What clients set by themselves, and what is theirs.
        for name in [
            "accept-encoding",
            "content-length",
            "content-type",
            "user-agent",
            "authorization",
            "x-a",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn the_head_has_the_time_of_both_waits() {
        fn check(connect: Option<u64>, first: Option<u64>, expected: Option<u64>) {
            let options = RequestOptions {
                connect_timeout: connect.map(Duration::from_millis),
                first_byte_timeout: first.map(Duration::from_millis),
                between_bytes_timeout: None,
            };
            assert_eq!(begins_within(&options), expected.map(Duration::from_millis));
        }
        check(None, None, None);
        check(Some(5), None, None);
        check(None, Some(7), Some(7));
        check(Some(5), Some(7), Some(12));
    }
}
