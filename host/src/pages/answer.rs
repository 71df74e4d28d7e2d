//! What goes back to a page: the host's own document to whoever opens it, and to whoever has the token the guest's
//! answers under a fixed set of headers, of which the guest chooses the type of its body and nothing else.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::body::{Body, Events, Stored};
use crate::channel::Channel;
use crate::files::Scratch;
use crate::limits;
use crate::listener;
use crate::sandbox::{HookAnswer, HookBody};

/// The host's own document. It holds nothing of any guest.
const DOOR: &str = include_str!("bootstrap.html");
/// What the door, and the guest's document that is written into it, may do: talk to the channel, and to nobody else.
const DOOR_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    img-src blob: data:; media-src blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PREFETCH: HeaderName = HeaderName::from_static("x-dns-prefetch-control");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
/// Whoever has a page does not have the microphone with it.
const NO_DEVICES: &str =
    "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), midi=(), payment=()";

/// Why a guest's answer can't be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// It is none that may be given.
    Answer(&'static str),
    /// Too many listen to the channel already.
    Crowded,
}

/// The door, under a status that says that this is not what was asked for.
pub fn door() -> Response<Body> {
    let mut response = empty(StatusCode::UNAUTHORIZED);
    *response.body_mut() = Body::Whole(Full::new(Bytes::from_static(DOOR.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOOR_POLICY));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PREFETCH, HeaderValue::from_static("off"));
    headers.insert(PERMISSIONS, HeaderValue::from_static(NO_DEVICES));
    closing(response)
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response<Body> {
    dressed(listener::fixed(status, Bytes::new(), None))
}

/// The same, in words of the host's that a person may meet in a browser.
pub fn said(status: StatusCode, words: &'static str) -> Response<Body> {
    dressed(listener::fixed(
        status,
        Bytes::from_static(words.as_bytes()),
        Some(listener::Type::Text),
    ))
}

/// Ends the connection: whoever is refused does not keep a place.
pub fn closing(mut response: Response<Body>) -> Response<Body> {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An answer of the listener with what pages have beyond its headers.
pub fn dressed(response: Response<Full<Bytes>>) -> Response<Body> {
    let mut response = response.map(Body::Whole);
    let headers = response.headers_mut();
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// A guest's answer, if it is one that may be given. A file that it names is opened before its folder goes.
///
/// # Errors
/// What is wrong with it.
pub async fn of_guest(channel: &Arc<Channel>, answer: HookAnswer, scratch: Scratch) -> Result<Response<Body>, Bad> {
    let status = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()));
    let status = status.ok_or(Bad::Answer("answer-with-bad-status"))?;
    let kind = content_type(&answer.headers);
    match answer.body {
        HookBody::Bytes(body) if body.len() <= limits::HOOK_ANSWER_BYTES => {
            Ok(typed(status, kind, Body::Whole(Full::new(body.into()))))
        }
        HookBody::Bytes(_) => Err(Bad::Answer("answer-too-large")),
        HookBody::Subscribe(topic) if topic.len() <= limits::EFFECT_NAME_BYTES => events(channel, &topic),
        HookBody::Subscribe(_) => Err(Bad::Answer("answer-with-long-topic")),
        HookBody::File(path) => Ok(typed(status, kind, Body::Stored(stored(channel, path, scratch).await?))),
    }
}

fn events(channel: &Channel, topic: &str) -> Result<Response<Body>, Bad> {
    let subscription = channel.subscribe(topic).ok_or(Bad::Crowded)?;
    let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
    Ok(typed(StatusCode::OK, kind, Body::Events(Events::new(subscription))))
}

fn typed(status: StatusCode, kind: HeaderValue, body: Body) -> Response<Body> {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    *response.body_mut() = body;
    response
}

async fn stored(channel: &Arc<Channel>, path: String, scratch: Scratch) -> Result<Stored, Bad> {
    let ours = Arc::clone(channel);
    let opened = tokio::task::spawn_blocking(move || ours.open_answer(&path, &scratch)).await;
    let opened = opened.map_err(|_| Bad::Answer("answer-with-unread-file"))?;
    let (file, length) = opened.map_err(|error| {
        tracing::warn!(channel = %channel.context().name, %error, "a file that the guest answers with can't be opened");
        Bad::Answer("answer-with-unread-file")
    })?;
    Ok(Stored::new(file, length))
}

/// The type that the guest gives its body, if it is a type; scripts see it, and no browser acts on it.
fn content_type(headers: &[(String, String)]) -> HeaderValue {
    let said = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
    said.filter(|(_, value)| is_type(value))
        .and_then(|(_, value)| HeaderValue::from_str(value).ok())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// Whether this is `type/subtype` with or without parameters, on one line of ASCII.
fn is_type(value: &str) -> bool {
    let essence = value.split(';').next().unwrap_or_default().trim();
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let named = essence
        .split_once('/')
        .is_some_and(|(kind, sub)| token(kind) && token(sub));
    named && value.len() <= limits::CONTENT_TYPE_BYTES && value.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_type_is_taken_for_one() {
        let check = |value: &str, expected: &str| {
            let headers = [
                ("set-cookie".to_owned(), "a=b".to_owned()),
                ("Content-Type".to_owned(), value.to_owned()),
            ];
            assert_eq!(content_type(&headers), expected, "{value}");
        };
        for good in [
            "text/html",
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/json",
        ] {
            check(good, good);
        }
        let long = format!("text/{}", "x".repeat(limits::CONTENT_TYPE_BYTES));
        for bad in [
            "",
            "html",
            "text/",
            "/html",
            "text /html",
            "text/html\r\nset-cookie: a=b",
            "text/html\u{e9}",
            "text/html, text/plain",
            &long,
        ] {
            check(bad, "application/octet-stream");
        }
        assert_eq!(content_type(&[]), "application/octet-stream");
    }

    #[test]
    fn every_answer_has_the_fixed_headers() {
        for response in [door(), empty(StatusCode::OK), said(StatusCode::FORBIDDEN, "no")] {
            let header = |name: &str| response.headers()[name].to_str().unwrap_or_default().to_owned();
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("x-frame-options"), "DENY");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            let policy = header("content-security-policy");
            let mine = response.status() == StatusCode::UNAUTHORIZED;
            assert_eq!(
                policy,
                if mine {
                    DOOR_POLICY
                } else {
                    "sandbox; default-src 'none'"
                }
            );
        }
    }

    /// The door's script runs before anything of a guest: what it takes from outside would be the guest's as well.
    #[test]
    fn the_door_brings_nothing_from_elsewhere() {
        for outside in [
            "src=",
            "href=",
            "@import",
            "url(",
            "://",
            "import(",
            "localStorage.",
            "eval(",
        ] {
            assert!(!DOOR.contains(outside), "{outside}");
        }
    }
}
