//! The head of an answer: what of it a guest gets, and which answers nobody gets because they can't be searched.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, HeaderMap, TRANSFER_ENCODING};
use hyper::http::response::Parts;

use super::super::counts::Counters;
use super::super::mask::Masks;
use super::super::stop::{Reason, Stop};

/// Headers that concern one connection, not the answer.
const OF_THE_CONNECTION: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The headers, with the secrets covered.
pub fn head(
    parts: &Parts,
    host: &str,
    masks: &Arc<Masks>,
    counters: &Counters,
) -> Result<Vec<(String, Vec<u8>)>, Stop> {
    check_readable(&parts.headers, host)?;
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        let words = format!("{host} wants to speak something else than HTTP, which nobody asked for");
        return Err(Stop::new(Reason::Unreachable, words));
    }
    let mut kept = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        let bytes = (name.as_str().len() + value.len()) as u64;
        counters.add(|counts| counts.received += bytes);
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            let (name, in_name) = masks.cover(name.as_str().as_bytes());
            let (value, in_value) = masks.cover(value.as_bytes());
            counters.note("egress-secret-covered", in_name + in_value);
            kept.push((String::from_utf8_lossy(&name).into_owned(), value));
        }
    }
    Ok(kept)
}

/// What is packed can't be searched for secrets, and unpacks to any size.
fn check_readable(headers: &HeaderMap, host: &str) -> Result<(), Stop> {
    for (name, plain) in [(CONTENT_ENCODING, "identity"), (TRANSFER_ENCODING, "chunked")] {
        let mut values = headers.get_all(&name).iter();
        if let Some(odd) = values.find(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(plain.as_bytes())) {
            let odd = String::from_utf8_lossy(odd.as_bytes()).into_owned();
            let words = format!("{host} encoded its answer ({name}: {odd}), though it was asked not to");
            return Err(Stop::new(Reason::Encoded, words));
        }
    }
    Ok(())
}
