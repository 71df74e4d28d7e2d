//! A request's body in memory: bounded before it is kept, within a time, and together with those of other callers. Whose it
//! is, nobody knows yet.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::request::Refused;
use crate::limits;

/// Places for bodies that are longer than most. A short one needs none, so nobody who is slow keeps a caller with a short one
/// waiting; and a place is taken by bytes that came, not by a promise of them.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

impl Places {
    /// [`limits::HOOK_BODIES_AT_ONCE`] of them.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(limits::HOOK_BODIES_AT_ONCE)))
    }
}

/// A body that is whole and not verified.
#[derive(Debug)]
pub struct Collected {
    bytes: Vec<u8>,
    place: Option<OwnedSemaphorePermit>,
}

impl Collected {
    /// To be verified.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Once it is verified: its place is another's.
    pub fn verified(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads a body whole.
///
/// # Errors
/// It is over the bound, which is known before a byte of it is read if the caller says how long it is; it was cut off; it
/// took too long; or it is a long one, and all places are taken.
pub async fn collect(
    body: Incoming,
    headers: &HeaderMap,
    within: Duration,
    places: &Places,
) -> Result<Collected, Refused> {
    let stated = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|stated| stated > limits::HOOK_BODY_BYTES) {
        return Err(Refused::TooLarge);
    }
    let whole = copied(body, stated.unwrap_or_default(), places);
    let read = tokio::time::timeout(within, whole).await;
    read.unwrap_or(Err(Refused::Incomplete))
}

/// The bytes of a body in one piece. The pieces in which it comes are not kept: a caller who sends one byte at a time would
/// make each cost a hundred.
async fn copied(mut body: Incoming, stated: usize, places: &Places) -> Result<Collected, Refused> {
    let mut whole = Collected {
        bytes: Vec::with_capacity(stated.min(limits::HOOK_BODY_PLACELESS)),
        place: None,
    };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused::Incomplete)?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        let length = whole.bytes.len() + data.len();
        if length > limits::HOOK_BODY_BYTES {
            return Err(Refused::TooLarge);
        }
        if length > limits::HOOK_BODY_PLACELESS && whole.place.is_none() {
            whole.place = Some(
                Arc::clone(&places.0)
                    .try_acquire_owned()
                    .map_err(|_| Refused::Crowded)?,
            );
            whole.bytes.reserve_exact(stated.max(length) - whole.bytes.len());
        }
        whole.bytes.extend_from_slice(data);
    }
    Ok(whole)
}
