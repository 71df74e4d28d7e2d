//! What goes back to a hook's caller: a status, a body and a fixed set of headers. A guest chooses the body and, of two,
//! its type; everything else of its headers is left out, so that its answer can never act as a page.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use crate::limits;
use crate::sandbox::{HookAnswer, HookBody};

/// The body of an answer: whole, in memory.
pub type Body = Full<Bytes>;

const NOSNIFF: HeaderName = hyper::header::X_CONTENT_TYPE_OPTIONS;

/// What a body may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// The default.
    Text,
    /// If the guest says so.
    Json,
}

/// An answer with our headers.
pub fn fixed(status: StatusCode, body: Bytes, kind: Option<Type>) -> Response<Body> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    if let Some(kind) = kind {
        let value = match kind {
            Type::Text => "text/plain; charset=utf-8",
            Type::Json => "application/json",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
    }
    response
}

/// Asks the caller to come again, in whole seconds.
pub fn later(status: StatusCode, wait: Duration) -> Response<Body> {
    let mut response = fixed(status, Bytes::new(), None);
    let seconds = wait
        .as_millis()
        .div_ceil(1_000)
        .clamp(1, u128::from(limits::BACKOFF_MOST.as_secs()));
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// A guest's answer, if it is one that may be given.
///
/// # Errors
/// What is wrong with it.
pub fn of_guest(answer: HookAnswer) -> Result<Response<Body>, &'static str> {
    let status = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()));
    let status = status.ok_or("answer-with-bad-status")?;
    let HookBody::Bytes(body) = answer.body else {
        return Err("answer-with-ungranted-body");
    };
    if body.len() > limits::HOOK_ANSWER_BYTES {
        return Err("answer-too-large");
    }
    let said = answer
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
    let json = said.is_some_and(|(_, value)| {
        value
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim() == "application/json")
    });
    let kind = if json { Type::Json } else { Type::Text };
    let kind = (!body.is_empty()).then_some(kind);
    Ok(fixed(status, body.into(), kind))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: HookBody) -> HookAnswer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        HookAnswer { status, headers, body }
    }

    #[test]
    fn a_guest_can_not_make_a_page() {
        let hostile = [
            ("Content-Type", "text/html"),
            ("set-cookie", "a=b"),
            ("refresh", "0"),
            ("x\r\ny", "\r\nz"),
        ];
        let response = of_guest(answer(200, &hostile, HookBody::Bytes(b"<script>".to_vec()))).unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(
            response.headers()[CONTENT_SECURITY_POLICY],
            "sandbox; default-src 'none'"
        );
        assert_eq!(response.headers().len(), 4);
    }

    #[test]
    fn json_may_be_called_json() {
        let said = [("content-type", "application/json; charset=utf-8")];
        let response = of_guest(answer(201, &said, HookBody::Bytes(b"{}".to_vec()))).unwrap();
        assert_eq!(
            (response.status(), &response.headers()[CONTENT_TYPE]),
            (StatusCode::CREATED, &HeaderValue::from_static("application/json"))
        );
    }

    #[test]
    fn what_is_not_granted_or_no_status_is_refused_by_name() {
        for status in [0, 99, 100, 199, 600, 65_535] {
            assert_eq!(
                of_guest(answer(status, &[], HookBody::Bytes(vec![]))).unwrap_err(),
                "answer-with-bad-status"
            );
        }
        let file = HookBody::File("/etc/passwd".into());
        assert_eq!(
            of_guest(answer(200, &[], file)).unwrap_err(),
            "answer-with-ungranted-body"
        );
        let large = HookBody::Bytes(vec![0; limits::HOOK_ANSWER_BYTES + 1]);
        assert_eq!(of_guest(answer(200, &[], large)).unwrap_err(), "answer-too-large");
    }

    #[test]
    fn the_wait_is_in_whole_seconds_and_bounded() {
        let seconds = |wait| {
            later(StatusCode::TOO_MANY_REQUESTS, wait).headers()[RETRY_AFTER]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(seconds(Duration::ZERO), "1");
        assert_eq!(seconds(Duration::from_millis(1_001)), "2");
        assert_eq!(
            seconds(Duration::from_secs(1 << 30)),
            limits::BACKOFF_MOST.as_secs().to_string()
        );
    }
}
