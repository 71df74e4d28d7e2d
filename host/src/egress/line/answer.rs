//! The head of an answer: what of it a guest gets, and which answers nobody gets because they can't be searched.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
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

/// Alphabets in which a secret is found: its characters are the same bytes in all of them.
const ALPHABETS: &[&str] = &["utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252"];

/// Bytes of the headers.
pub fn bytes(parts: &Parts) -> u64 {
    let each = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    each.sum::<usize>() as u64
}

/// The headers, with the secrets covered.
pub fn head(
    parts: &Parts,
    host: &str,
    masks: &Arc<Masks>,
    counters: &Counters,
) -> Result<Vec<(String, Vec<u8>)>, Stop> {
    check_readable(&parts.headers, host)?;
    if !masks.is_empty() {
        check_searchable(parts, host)?;
    }
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        let words = format!("{host} wants to speak something else than HTTP, which nobody asked for");
        return Err(Stop::new(Reason::Unreachable, words));
    }
    let mut kept = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        if masks.in_name(name.as_str()) {
            counters.note("egress-secret-covered", 1);
        } else if !OF_THE_CONNECTION.contains(&name.as_str()) {
            let (value, found) = masks.cover(value.as_bytes());
            counters.note("egress-secret-covered", found);
            kept.push((name.as_str().to_owned(), value));
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

/// A part may hold a part of a secret, and another alphabet other bytes for it: nothing finds either.
fn check_searchable(parts: &Parts, host: &str) -> Result<(), Stop> {
    if matches!(parts.status, StatusCode::PARTIAL_CONTENT | StatusCode::IM_USED) {
        let status = parts.status.as_u16();
        let words =
            format!("{host} sent a part of its answer (status {status}), which can't be searched; ask for the whole");
        return Err(Stop::new(Reason::Encoded, words));
    }
    let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
    if let Some(odd) = types.find(|value| has_other_alphabet(value.as_bytes())) {
        let odd = String::from_utf8_lossy(odd.as_bytes()).into_owned();
        let words = format!("{host} answered in a charset that can't be searched (content-type: {odd}); ask for utf-8");
        return Err(Stop::new(Reason::Encoded, words));
    }
    Ok(())
}

/// Whether a type names an alphabet that is none of [`ALPHABETS`].
fn has_other_alphabet(kind: &[u8]) -> bool {
    let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
    let mut parameters = kind
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    parameters.any(|(name, value)| {
        let value = value.trim().trim_matches('"');
        name.trim().starts_with("charset") && !ALPHABETS.contains(&value)
    })
}
