//! One request of a hook's caller: found its channel and rule, bounded, verified over the raw bytes, compared with what
//! was taken before; and only then the guest is called. Refusals carry no body, so they tell a prober nothing.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{EXPECT, HeaderMap};
use hyper::{Request, Response, StatusCode};

use super::body::{Places, collect};
use super::told::{self, Asked};
use super::{answer, empty, host};
use crate::channel::{Channel, Failure, Key};
use crate::journal::{CommitError, ReplayKey};
use crate::limits;
use crate::model::{Trouble, UnixMillis};
use crate::sandbox::{CallError, HookContent, HookRequest};
use crate::signature::{self, HookHead};
use crate::supervisor::{Entry, Roster};

/// Why a request was not taken; each is counted for its channel.
#[derive(Debug)]
pub enum Refused {
    /// It was meant for another host: a rebound name, or a tunnel that the operator does not know of.
    Misdirected,
    /// No channel, or no rule, has this path.
    Unknown,
    /// The rule takes other methods.
    Method,
    /// The channel is not ready.
    NotReady,
    /// The body is over the bound.
    TooLarge,
    /// The body did not come, or not in time.
    Incomplete,
    /// The body is a long one, and too many long ones that nobody has verified are in memory.
    Crowded,
    /// The signature is missing or wrong.
    Unverified {
        /// Of the rule that was asked for.
        rule: String,
        /// In which way.
        refusal: signature::Refusal,
    },
    /// The same signed bytes were taken before: told as success, so that nobody sends them again.
    Replayed,
    /// Too many calls of the channel wait for their guest.
    Busy,
    /// The call failed.
    Failed(Failure),
    /// The guest's answer is none that may be given, for this reason; what it brought is committed.
    BadAnswer(&'static str),
}

impl Refused {
    /// What the caller gets.
    pub fn response(&self) -> Response<answer::Body> {
        let second = Duration::from_secs(1);
        match self {
            Self::Misdirected => empty(StatusCode::MISDIRECTED_REQUEST),
            Self::Unknown => empty(StatusCode::NOT_FOUND),
            Self::Method => empty(StatusCode::METHOD_NOT_ALLOWED),
            Self::NotReady | Self::Busy | Self::Crowded => answer::later(StatusCode::SERVICE_UNAVAILABLE, second),
            Self::TooLarge => empty(StatusCode::PAYLOAD_TOO_LARGE),
            Self::Incomplete => empty(StatusCode::REQUEST_TIMEOUT),
            Self::Unverified { .. } => empty(StatusCode::UNAUTHORIZED),
            Self::Replayed => empty(StatusCode::OK),
            Self::BadAnswer(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Failed(failure) => of_failure(failure),
        }
    }
}

/// What a caller gets for a call that failed: never the guest's words.
///
/// Busy is 429 and unavailable 503, both with a time to come again. Rejected and malformed are 400: the same bytes will
/// not do. A credential that is refused or used elsewhere is the operator's to mend and no caller's fault, so it is 500,
/// as a trap is: senders keep what they have and come again.
pub fn of_failure(failure: &Failure) -> Response<answer::Body> {
    match failure {
        Failure::Call(CallError::Trouble(trouble)) => of_trouble(trouble),
        Failure::Call(CallError::Fault(_)) | Failure::Contended(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        Failure::Call(CallError::Journal(_) | CallError::Host { .. }) => {
            answer::later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(5))
        }
        Failure::Commit(CommitError::Replayed) => empty(StatusCode::OK),
        // Spool or disk: the caller keeps what it has and comes again.
        Failure::Commit(_) | Failure::Files(_) => {
            answer::later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(10))
        }
    }
}

fn of_trouble(trouble: &Trouble) -> Response<answer::Body> {
    match trouble {
        Trouble::Busy(wait) => answer::later(StatusCode::TOO_MANY_REQUESTS, Duration::from_millis(u64::from(*wait))),
        Trouble::Unavailable(_) => answer::later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)),
        Trouble::Rejected(_) | Trouble::Malformed(_) => empty(StatusCode::BAD_REQUEST),
        Trouble::Unauthorized(_) | Trouble::Conflict(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Takes a request through to the guest's answer.
///
/// # Errors
/// Why it was not taken. Nothing was committed, unless the answer itself is at fault.
pub async fn take(
    roster: &Roster,
    places: &Places,
    request: Request<Incoming>,
) -> Result<Response<answer::Body>, Refused> {
    let asked = Asked {
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
    };
    let (name, path) = split(&asked.path).unwrap_or_default();
    let mut channels = roster.channels.iter();
    let found = channels.find(|(found, _)| found.as_str() == name);
    let found = found.map(|(_, entry)| (entry, path.to_owned()));
    let meant = found.as_ref().and_then(|(entry, _)| entry.running());
    let is_known = found.is_some();
    let taken = led(roster, places, found.clone(), request).await;
    match (meant, &taken) {
        (Some(channel), Err(refused)) => {
            count(channel, refused);
            told::show(channel, refused, &asked, path);
        }
        (None, Err(_)) if !is_known => told::show_astray(roster, name, &asked, path),
        _ => {}
    }
    taken
}

/// Takes a request to the rule that it was found to be meant for.
async fn led(
    roster: &Roster,
    places: &Places,
    found: Option<(&Entry, String)>,
    request: Request<Incoming>,
) -> Result<Response<answer::Body>, Refused> {
    let listen = roster.listen.ok_or(Refused::Misdirected)?;
    if !host::is_ours(request.uri(), request.headers(), listen, &roster.hosts) {
        return Err(Refused::Misdirected);
    }
    let (entry, path) = found.ok_or(Refused::Unknown)?;
    let channel = Arc::clone(entry.callable().ok_or(Refused::NotReady)?);
    let key = rule(channel.keys(), &path, request.method().as_str())?;
    verified(&channel, places, key, path.clone(), request).await
}

/// The rule for this path and method.
fn rule<'a>(keys: &'a [Key], path: &str, method: &str) -> Result<&'a Key, Refused> {
    let here: Vec<&Key> = keys.iter().filter(|key| key.rule.path == path).collect();
    let takes = |key: &&&Key| key.rule.methods.iter().any(|taken| taken == method);
    match here.iter().find(takes) {
        Some(key) => Ok(key),
        None if here.is_empty() => Err(Refused::Unknown),
        None => Err(Refused::Method),
    }
}

async fn verified(
    channel: &Channel,
    places: &Places,
    key: &Key,
    path: String,
    request: Request<Incoming>,
) -> Result<Response<answer::Body>, Refused> {
    let (parts, body) = request.into_parts();
    let head = Head {
        method: parts.method.as_str().to_owned(),
        path,
        headers: headers(&parts.headers),
    };
    // Nobody's body is kept in memory who does not even claim to have signed it.
    if !head
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(&key.rule.header))
    {
        return Err(Refused::Unverified {
            rule: key.rule.name.clone(),
            refusal: signature::Refusal::MissingHeader(key.rule.header.clone()),
        });
    }
    let body = collect(body, &parts.headers, limits::HOOK_READ_DEADLINE, places).await?;
    let now = UnixMillis::now();
    let asked = HookHead {
        method: &head.method,
        path: &head.path,
        headers: &head.headers,
    };
    let verified = signature::verify(&key.rule, &key.secret, &asked, body.bytes(), now).map_err(|refusal| {
        // Anybody can cause this line: it is counted for everyone and told only to those who ask.
        tracing::debug!(channel = %channel.context().name, rule = key.rule.name, %refusal, "a hook was refused");
        let rule = key.rule.name.clone();
        Refused::Unverified { rule, refusal }
    })?;
    let body = body.verified();
    let until = verified.until.map(|until| until.after(limits::REPLAY_GRACE));
    let until = until.unwrap_or_else(|| now.after(limits::DEDUP_AGE));
    let replay = ReplayKey {
        digest: verified.replay,
        until,
    };
    let context = channel.context();
    // The commit looks again, in its transaction; looking here spares the guest.
    if context
        .journal
        .replayed(context.instance, &replay.digest)
        .unwrap_or(false)
    {
        return Err(Refused::Replayed);
    }
    let request = HookRequest {
        method: head.method,
        path: head.path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: HookContent::Bytes(body),
        rule: key.rule.name.clone(),
    };
    call(channel, request, replay).await
}

/// Calls the guest for a request that was verified; its answer, if it is one that may be given.
///
/// # Errors
/// As [`take`].
pub async fn call(
    channel: &Channel,
    request: HookRequest,
    replay: ReplayKey,
) -> Result<Response<answer::Body>, Refused> {
    let _place = channel.place().ok_or(Refused::Busy)?;
    let answer = channel
        .receive(&request, replay)
        .await
        .map_err(|failure| match failure {
            Failure::Commit(CommitError::Replayed) => Refused::Replayed,
            failure => Refused::Failed(failure),
        })?;
    answer::of_guest(answer).map_err(|reason| {
        tracing::warn!(channel = %channel.context().name, reason, "the guest's answer can't be given");
        Refused::BadAnswer(reason)
    })
}

struct Head {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

/// `/ci/forge` is rule path `/forge` of channel `ci`.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let end = path.find('/').unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    Some((name, if rest.is_empty() { "/" } else { rest }))
}

/// Names in lower case, as they came; values that are no text are left out.
fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    map.iter()
        .filter(|(name, _)| *name != EXPECT)
        .filter_map(text)
        .collect()
}

/// A refused request is seen in `status` of the channel that it names, under its reason.
pub fn count(channel: &Channel, refused: &Refused) {
    channel.count(word(refused));
}

/// The reason's word.
pub fn word(refused: &Refused) -> &'static str {
    match refused {
        Refused::Misdirected => "hook-other-host",
        Refused::Unverified { .. } => "hook-unverified",
        Refused::Replayed => "hook-replayed",
        Refused::TooLarge => "hook-too-large",
        Refused::Incomplete => "hook-incomplete",
        Refused::Busy => "hook-busy",
        Refused::Crowded => "hook-crowded",
        Refused::BadAnswer(_) => "hook-bad-answer",
        Refused::Failed(Failure::Commit(_)) => "hook-not-committed",
        Refused::Failed(_) => "hook-failed",
        Refused::Unknown => "hook-other-path",
        Refused::Method => "hook-other-method",
        Refused::NotReady => "hook-not-ready",
    }
}

#[cfg(test)]
mod tests;
