//! A hook's call by who develops its channel: all that a caller's request goes through, but that nothing was signed. Whether
//! the channel may be called so, is asked here first.

use super::request::{Refused, call, count, word};
use crate::channel::{Channel, Key, Unrehearsed};
use crate::journal::ReplayKey;
use crate::limits;
use crate::model::{Digest, UnixMillis};
use crate::sandbox::{HookContent, HookRequest};
use crate::supervisor::describe;

/// What a caller would have got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The answer's status.
    pub status: u16,
    /// Why the request was not taken, by the word that is counted.
    pub why: Option<String>,
}

/// Calls the rule of this path, or the first that is in force.
///
/// # Errors
/// The channel is not under development, or has no such rule.
pub async fn rehearse(channel: &Channel, path: Option<&str>, body: Vec<u8>) -> Result<Answered, Unrehearsed> {
    channel.check_developed()?;
    let (path, query) = match path.map(|path| path.split_once('?').unwrap_or((path, ""))) {
        Some((path, query)) => (Some(path), query),
        None => (None, ""),
    };
    let keys = channel.keys();
    let is_meant = |key: &&Key| path.is_none_or(|path| key.rule.path == path);
    let Some(key) = keys.iter().find(is_meant) else {
        return Err(other_path(keys, path));
    };
    let taken = match body.len() > limits::HOOK_BODY_BYTES {
        true => Err(Refused::TooLarge),
        false => {
            let (request, replay) = signed(key, query, body, UnixMillis::now());
            call(channel, request, replay).await
        }
    };
    Ok(match taken {
        Ok(response) => Answered {
            status: response.status().as_u16(),
            why: None,
        },
        Err(refused) => {
            count(channel, &refused);
            Answered {
                status: refused.response().status().as_u16(),
                why: Some(why(&refused)),
            }
        }
    })
}

fn other_path(keys: &[Key], path: Option<&str>) -> Unrehearsed {
    let known: Vec<&str> = keys.iter().map(|key| key.rule.path.as_str()).collect();
    match path.filter(|_| !known.is_empty()) {
        Some(path) => Unrehearsed::OtherPath {
            path: path.to_owned(),
            known: known.join(", "),
        },
        None => Unrehearsed::NoHook,
    }
}

/// As it is once its signature was checked. Sent again it is no replay.
fn signed(key: &Key, query: &str, body: Vec<u8>, now: UnixMillis) -> (HookRequest, ReplayKey) {
    let replay = ReplayKey {
        digest: Digest::of(&[now.0.to_string().as_bytes(), &body].concat()),
        until: now.after(limits::REPLAY_GRACE),
    };
    let request = HookRequest {
        method: key.rule.methods.first().cloned().unwrap_or_else(|| "POST".to_owned()),
        path: key.rule.path.clone(),
        query: query.to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: HookContent::Bytes(body),
        rule: key.rule.name.clone(),
    };
    (request, replay)
}

/// No caller is told more than a status; who develops it is.
fn why(refused: &Refused) -> String {
    match refused {
        Refused::Failed(failure) => format!("{}: {}", word(refused), describe(failure)),
        refused => word(refused).to_owned(),
    }
}
