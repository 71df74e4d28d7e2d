//! A request's body in memory: bounded before it is kept, and within a time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderMap};

use super::request::Refused;
use crate::limits;

/// Reads a body whole.
///
/// # Errors
/// It is over the bound, which is known before a byte of it is read if the caller says how long it is; it was cut off; or
/// it took too long.
pub async fn collect(body: Incoming, headers: &HeaderMap, within: Duration) -> Result<Bytes, Refused> {
    let stated = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|stated| stated > limits::HOOK_BODY_BYTES) {
        return Err(Refused::TooLarge);
    }
    let whole = copied(body, stated.unwrap_or_default());
    let read = tokio::time::timeout(within, whole).await;
    read.unwrap_or(Err(Refused::Incomplete))
}

/// The bytes of a body in one piece. The pieces in which it comes are not kept: a caller who sends one byte at a time would
/// make each cost a hundred.
async fn copied(mut body: Incoming, stated: usize) -> Result<Bytes, Refused> {
    let mut whole = Vec::with_capacity(stated);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused::Incomplete)?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if whole.len() + data.len() > limits::HOOK_BODY_BYTES {
            return Err(Refused::TooLarge);
        }
        whole.extend_from_slice(data);
    }
    Ok(whole.into())
}
