//! What who develops a channel is shown of a call of its hook that was refused before its code: why, and what would be taken.
//! Who called is told nothing of this.

use super::request::{Refused, word};
use crate::channel::Channel;
use crate::limits;
use crate::model::{Seen, UnixMillis};
use crate::signature::{Algorithm, Encoding, HookRule};
use crate::supervisor::{Roster, describe};

/// Where a call went.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its method.
    pub method: String,
    /// The whole path, without a query: that may hold anything.
    pub path: String,
}

/// The rules of a channel.
#[derive(Debug, Clone, Copy)]
struct Rules<'a> {
    /// By which it can be called.
    awake: &'a [&'a HookRule],
    /// Without their secret.
    asleep: &'a [HookRule],
}

/// Shows it, if somebody watches. What the code itself did is shown with its call.
pub fn show(channel: &Channel, refused: &Refused, asked: &Asked, path: &str) {
    let awake: Vec<&HookRule> = channel.keys().iter().map(|key| &key.rule).collect();
    let rules = Rules {
        awake: &awake,
        asleep: channel.grant().dormant_rules(),
    };
    let Some(why) = why(refused) else { return };
    let tap = &channel.context().tap;
    tap.show_knock(word(refused), UnixMillis::now(), || Seen::Knock {
        reason: word(refused).to_owned(),
        request: request(asked),
        why: why.clone(),
        instead: instead(refused, rules, path),
    });
}

/// The same for a call of no channel, shown where it was perhaps meant to go: what is developed has another name than its
/// project.
pub fn show_astray(roster: &Roster, name: &str, asked: &Asked, path: &str) {
    let meant = crate::config::dev_names(name).0;
    let mut channels = roster.channels.iter();
    let found = channels.find(|(channel, _)| channel.as_str() == meant);
    let Some(channel) = found.and_then(|(_, entry)| entry.running()) else {
        return;
    };
    let reason = word(&Refused::Unknown);
    let tap = &channel.context().tap;
    tap.show_knock(reason, UnixMillis::now(), || Seen::Knock {
        reason: reason.to_owned(),
        request: request(asked),
        why: "no channel has this name".to_owned(),
        instead: Some(format!(
            "while it is developed it is called at {}",
            clipped(&format!("/{meant}{path}"))
        )),
    });
}

fn request(asked: &Asked) -> String {
    format!("{} {}", clipped(&asked.method), clipped(&asked.path))
}

fn clipped(text: &str) -> String {
    text.chars().take(limits::SHOWN_CHARS).collect()
}

/// `None` of what its call shows.
fn why(refused: &Refused) -> Option<String> {
    Some(match refused {
        Refused::Misdirected => "it names another host".to_owned(),
        Refused::Unknown => "no rule in force has this path".to_owned(),
        Refused::Method => "the rule takes other methods".to_owned(),
        Refused::NotReady => "the channel takes no calls now".to_owned(),
        Refused::TooLarge => format!("its body has more than {} bytes", limits::HOOK_BODY_BYTES),
        Refused::Incomplete => {
            format!("its body had not come after {} s", limits::HOOK_READ_DEADLINE.as_secs())
        }
        Refused::Crowded => "too many long bodies wait to be verified".to_owned(),
        Refused::Unverified { refusal, .. } => refusal.to_string(),
        Refused::Replayed => "the same signed bytes were taken before, so it made nothing".to_owned(),
        Refused::Busy => format!("{} calls of it wait already", limits::HOOKS_WAITING),
        Refused::BadAnswer(reason) => format!("the code's answer can't be given: {reason}"),
        Refused::Failed(crate::channel::Failure::Call(_)) => return None,
        Refused::Failed(failure) => describe(failure),
    })
}

/// What would be taken, where that can be said.
fn instead(refused: &Refused, rules: Rules<'_>, path: &str) -> Option<String> {
    match refused {
        Refused::Misdirected => {
            Some("call it at localhost; a tunnel's name stands in lockgate.toml: hosts = [\"NAME\"]".to_owned())
        }
        Refused::Unknown => Some(other_path(rules, path)),
        Refused::Method => {
            let here = rules.awake.iter().filter(|rule| rule.path == path);
            let methods: Vec<&str> = here.flat_map(|rule| &rule.methods).map(String::as_str).collect();
            Some(format!("channel.toml says for this path: {}", methods.join(" or ")))
        }
        Refused::Unverified { rule, .. } => {
            let rule = rules.awake.iter().find(|known| known.name == *rule)?;
            Some(format!("{}; /post BODY calls it without", wanted(rule)))
        }
        Refused::Replayed => Some("a time or an id in what is signed makes each call another one".to_owned()),
        _ => None,
    }
}

fn other_path(rules: Rules<'_>, path: &str) -> String {
    if let Some(rule) = rules.asleep.iter().find(|rule| rule.path == path) {
        return asleep(rule);
    }
    let known: Vec<&str> = rules.awake.iter().map(|rule| rule.path.as_str()).collect();
    match (known.is_empty(), rules.asleep.first()) {
        (false, _) => format!("channel.toml has rules for: {}", known.join(", ")),
        (true, Some(rule)) => asleep(rule),
        (true, None) => "channel.toml needs a [[hook.rule]] with it".to_owned(),
    }
}

/// What wakes a rule.
pub fn asleep(rule: &HookRule) -> String {
    let secret = &rule.secret;
    format!(
        "its rule {} sleeps without the secret {secret}; with `required = true` below [secrets.{secret}] you are asked for it",
        rule.path
    )
}

/// What a rule wants of a call.
fn wanted(rule: &HookRule) -> String {
    let algorithm = match rule.algorithm {
        Algorithm::HmacSha1 => "HMAC-SHA1",
        Algorithm::HmacSha256 => "HMAC-SHA256",
        Algorithm::HmacSha384 => "HMAC-SHA384",
        Algorithm::HmacSha512 => "HMAC-SHA512",
        Algorithm::Ed25519 => "Ed25519 signature",
    };
    let encoding = match rule.encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
    };
    let key = match rule.algorithm {
        Algorithm::Ed25519 => "for the public key",
        _ => "with the secret",
    };
    let time = rule.timestamp.as_ref();
    let time = time.map_or_else(String::new, |time| format!(", and the time in {}", time.header));
    format!(
        "the rule {} wants {}: {}{encoding} of the {algorithm} of {} {key} {}{time}",
        rule.name, rule.header, rule.prefix, rule.message, rule.secret
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;
    use crate::signature::Refusal;

    fn manifest() -> Manifest {
        let rule = |name: &str| {
            format!(
                "[[hook.rule]]\nname='{name}'\npath='/{name}'\nsecret='key'\nalgorithm='hmac-sha256'\nheader='x-sum'\n\
                 prefix='sha256='\nmessage='{{body}}'\n"
            )
        };
        let text = format!(
            "[channel]\nname='w'\nversion='1'\nsummary='s'\n[hook]\n{}{}[secrets.key]\ntitle='k'\n",
            rule("do"),
            rule("later")
        );
        Manifest::parse(&text).unwrap()
    }

    #[test]
    fn a_call_was_refused_and_nobody_heard_what_would_be_taken() {
        let manifest = manifest();
        let (awake, asleep) = manifest.rules.split_at(1);
        let check = |refused: &Refused, path: &str, reason: &str, remedy: &str| {
            let awake: Vec<&HookRule> = awake.iter().collect();
            let rules = Rules { awake: &awake, asleep };
            assert!(why(refused).unwrap().contains(reason), "{:?}", why(refused));
            let found = instead(refused, rules, path).unwrap_or_default();
            assert!(found.contains(remedy), "{found}");
        };
        let unsigned = Refused::Unverified {
            rule: "do".into(),
            refusal: Refusal::MissingHeader("x-sum".into()),
        };
        let wanted = "the rule do wants x-sum: sha256=hex of the HMAC-SHA256 of {body} with the secret key; /post BODY";
        check(&unsigned, "/do", "header `x-sum` is missing", wanted);
        check(
            &Refused::Unknown,
            "/other",
            "no rule in force has this path",
            "has rules for: /do",
        );
        check(
            &Refused::Unknown,
            "/later",
            "no rule in force",
            "sleeps without the secret key",
        );
        check(
            &Refused::Method,
            "/do",
            "takes other methods",
            "says for this path: POST",
        );
        check(&Refused::Replayed, "/do", "taken before", "a time or an id");
        check(&Refused::TooLarge, "/do", "more than 1048576 bytes", "");
        check(&Refused::Misdirected, "/do", "another host", "hosts = [\"NAME\"]");
        check(&Refused::Busy, "/do", "wait already", "");
    }
}
