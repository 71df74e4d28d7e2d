//! Checks the signature of a hook's request over its raw bytes, before a guest sees any of them. Pure: the time and
//! the secret are arguments. Nothing here knows a sender; a scheme is a [`HookRule`].

mod key;
mod rule;
mod sign;
mod template;

pub use rule::{Algorithm, Encoding, HookRule, SecretEncoding, SecretForm, TimestampRule, Unit, is_header_name};
pub use sign::sign;
pub use template::{Piece, Template, TemplateError};

use key::{Key, Message};

use crate::model::{Digest, Secret, UnixMillis};

/// A request without its body.
#[derive(Debug, Clone, Copy)]
pub struct HookHead<'a> {
    /// In upper case.
    pub method: &'a str,
    /// The part after the channel's own prefix; begins with `/`.
    pub path: &'a str,
    /// All headers as they came: names in any case, repeated ones repeated.
    pub headers: &'a [(String, String)],
}

/// What a good signature tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The same for every request that carries the same signed message under the same rule, whatever its unsigned
    /// headers and its signature's spelling: a second one is a replay.
    pub replay: Digest,
    /// The last moment at which the message could be sent again: until then, this included, `replay` has to be
    /// remembered. `None` if the message never grows old by itself: remember it for `limits::DEDUP_AGE`.
    pub until: Option<UnixMillis>,
}

/// Why a request is not let in. No text here holds a byte of the secret, the body or a header's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The rule is for other calls.
    #[error("the rule `{0}` does not cover this method and path")]
    OtherCall(String),
    /// A header that the rule needs is not there.
    #[error("header `{0}` is missing")]
    MissingHeader(String),
    /// Which of two would count is a choice that nobody should have.
    #[error("header `{0}` is given more than once")]
    DuplicateHeader(String),
    /// Its value could be read as more of the message than it is.
    #[error("header `{0}` contains the text that ends it in the signed message")]
    AmbiguousHeader(String),
    /// Nothing in the header has the form of a signature.
    #[error("header `{0}` holds no signature of the rule's form")]
    NoCandidate(String),
    /// Signed by somebody else, or changed on the way.
    #[error("the signature does not match")]
    Mismatch,
    /// The timestamp is no number, or is given more than once.
    #[error("header `{0}` holds no timestamp of the rule's form")]
    BadTimestamp(String),
    /// Signed, but too long ago.
    #[error("the signed timestamp is older than the rule's window: check both clocks")]
    StaleTimestamp,
    /// Signed, but for later.
    #[error("the signed timestamp lies further ahead than the rule's window: check both clocks")]
    FutureTimestamp,
    /// The operator's secret makes no key: empty, or not written as the rule says.
    #[error("the secret `{0}` is empty or not written as the rule says: set it again")]
    UnusableSecret(String),
    /// The operator's secret is no public key.
    #[error(
        "`{0}` is no Ed25519 public key, which has 32 bytes (64 hex digits): copy it again from where the sender shows it"
    )]
    NoPublicKey(String),
}

impl Refusal {
    /// A stable name: the counter's in `status`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::OtherCall(_) => "other-call",
            Self::MissingHeader(_) => "missing-header",
            Self::DuplicateHeader(_) => "duplicate-header",
            Self::AmbiguousHeader(_) => "ambiguous-header",
            Self::NoCandidate(_) => "no-signature",
            Self::Mismatch => "mismatch",
            Self::BadTimestamp(_) => "bad-timestamp",
            Self::StaleTimestamp => "stale-timestamp",
            Self::FutureTimestamp => "future-timestamp",
            Self::UnusableSecret(_) => "unusable-secret",
            Self::NoPublicKey(_) => "no-public-key",
        }
    }
}

/// Checks one request against one rule.
///
/// The signature is compared before the window is looked at, so that a refusal for the time tells the operator of a
/// clock, not of a stranger. The comparison takes the same time wherever the bytes differ.
pub fn verify(
    rule: &HookRule,
    secret: &Secret,
    request: &HookHead<'_>,
    body: &[u8],
    now: UnixMillis,
) -> Result<Verified, Refusal> {
    if !rule.covers(request.method, request.path) {
        return Err(Refusal::OtherCall(rule.name.clone()));
    }
    let key = Key::of(rule, secret)?;
    let candidates = candidates(rule, request)?;
    let timestamp = rule
        .timestamp
        .as_ref()
        .map(|stamp| Stamp::read(stamp, request))
        .transpose()?;
    let mut message = key.message(secret);
    feed(&mut message, &rule.message, request, timestamp.as_ref(), body)?;
    let replay = message.signed(&candidates).ok_or(Refusal::Mismatch)?;
    let until = timestamp.map(|timestamp| timestamp.within(now)).transpose()?;
    Ok(Verified { replay, until })
}

/// Whether this secret can be the key of this rule; for `add`, before anybody calls.
pub fn check_secret(rule: &HookRule, secret: &Secret) -> Result<(), Refusal> {
    Key::of(rule, secret).map(drop)
}

/// The one value of a header.
fn header<'a>(request: &HookHead<'a>, name: &str) -> Result<&'a str, Refusal> {
    let mut values = request.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    let (_, value) = values.next().ok_or_else(|| Refusal::MissingHeader(name.to_owned()))?;
    match values.next() {
        None => Ok(value),
        Some(_) => Err(Refusal::DuplicateHeader(name.to_owned())),
    }
}

/// The items of a header that begin with the prefix, without it.
fn items<'a>(value: &'a str, separator: Option<&'a str>, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    // A header without a separator is a list of one: no header value can hold a line end.
    value
        .split(separator.unwrap_or("\n"))
        .map(str::trim)
        .filter_map(move |item| item.strip_prefix(prefix))
}

fn candidates(rule: &HookRule, request: &HookHead<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let value = header(request, &rule.header)?;
    let items = items(value, rule.separator.as_deref(), &rule.prefix).take(rule.algorithm.tried());
    let decoded: Vec<_> = items
        .filter_map(|item| rule.encoding.decode(item))
        .filter(|item| !item.is_empty())
        .collect();
    if decoded.is_empty() {
        Err(Refusal::NoCandidate(rule.header.clone()))
    } else {
        Ok(decoded)
    }
}

/// A timestamp as it was sent, and as a time.
struct Stamp<'a> {
    text: &'a str,
    at: UnixMillis,
    rule: &'a TimestampRule,
}

impl<'a> Stamp<'a> {
    fn read(rule: &'a TimestampRule, request: &HookHead<'a>) -> Result<Self, Refusal> {
        let bad = || Refusal::BadTimestamp(rule.header.clone());
        let mut found = items(header(request, &rule.header)?, rule.separator.as_deref(), &rule.prefix);
        let text = found.next().ok_or_else(bad)?;
        if found.next().is_some() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        let number: u64 = text.parse().map_err(|_| bad())?;
        let at = number.checked_mul(rule.unit.millis()).map(UnixMillis).ok_or_else(bad)?;
        Ok(Self { text, at, rule })
    }

    /// The last moment of the window, if now is inside.
    fn within(&self, now: UnixMillis) -> Result<UnixMillis, Refusal> {
        if now.since(self.at) > self.rule.window {
            return Err(Refusal::StaleTimestamp);
        }
        if self.at.since(now) > self.rule.window {
            return Err(Refusal::FutureTimestamp);
        }
        Ok(self.at.after(self.rule.window))
    }
}

/// Streams the message in.
fn feed(
    fed: &mut Message<'_>,
    message: &Template,
    request: &HookHead<'_>,
    timestamp: Option<&Stamp<'_>>,
    body: &[u8],
) -> Result<(), Refusal> {
    for (index, piece) in message.pieces().iter().enumerate() {
        match piece {
            Piece::Literal(text) => fed.update(text.as_bytes()),
            Piece::Body => fed.update(body),
            // A template has a timestamp only together with its rule, and its digits hold no boundary.
            Piece::Timestamp => fed.update(timestamp.map_or("", |timestamp| timestamp.text).as_bytes()),
            Piece::Header(name) => {
                let value = header(request, name)?;
                if message.boundary(index).is_some_and(|boundary| value.contains(boundary)) {
                    return Err(Refusal::AmbiguousHeader(name.clone()));
                }
                fed.update(value.as_bytes());
            }
        }
    }
    Ok(())
}
