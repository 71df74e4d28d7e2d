//! A hook's call by who develops its channel: all that a caller's request goes through, but that nothing was signed. Whether
//! the channel may be called so, is asked here first.

use super::request::{Refused, call, count, word};
use super::told;
use crate::channel::{Channel, Failure, Key, Unrehearsed};
use crate::journal::ReplayKey;
use crate::limits;
use crate::model::{Digest, UnixMillis};
use crate::sandbox::{HookContent, HookRequest};
use crate::signature::HookRule;
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
        return Err(other_path(keys, channel.grant().dormant_rules(), path));
    };
    channel.check_called()?;
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

/// `dormant`: the rules that lack their secret.
fn other_path(keys: &[Key], dormant: &[HookRule], path: Option<&str>) -> Unrehearsed {
    let known: Vec<&str> = keys.iter().map(|key| key.rule.path.as_str()).collect();
    let meant = dormant.iter().find(|rule| path.is_none_or(|path| rule.path == path));
    match (meant, path) {
        (Some(rule), _) => Unrehearsed::Asleep(told::asleep(rule)),
        (None, Some(path)) if !known.is_empty() => Unrehearsed::OtherPath {
            path: path.to_owned(),
            known: known.join(", "),
        },
        (None, _) => match dormant.first() {
            Some(rule) => Unrehearsed::Asleep(told::asleep(rule)),
            None => Unrehearsed::NoHook,
        },
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

/// No caller is told more than a status; who develops it is, and is shown the call itself.
fn why(refused: &Refused) -> String {
    match refused {
        Refused::Failed(Failure::Call(_)) => word(refused).to_owned(),
        Refused::BadAnswer(reason) => format!("{}: {reason}", word(refused)),
        Refused::Failed(failure) => format!("{}: {}", word(refused), describe(failure)),
        refused => word(refused).to_owned(),
    }
}
