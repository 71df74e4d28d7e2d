//! A key as a rule makes it of its secret's text, and the message as it is fed in to be checked with it.

use ring::signature::{ED25519, ED25519_PUBLIC_KEY_LEN, UnparsedPublicKey};
use ring::{digest, hmac};

use super::Refusal;
use super::rule::{HookRule, SecretEncoding, decode_base64, decode_hex};
use crate::model::{Digest, Secret};

/// What checks a signature.
pub(super) enum Key {
    /// Shared with the sender.
    Hmac(hmac::Key),
    /// The sender's public one.
    Ed25519(Vec<u8>),
}

impl Key {
    /// The key of a rule. An empty one is refused: everybody has it.
    pub(super) fn of(rule: &HookRule, secret: &Secret) -> Result<Self, Refusal> {
        let text = secret.expose();
        let text = text.strip_prefix(rule.secret_form.prefix.as_bytes()).unwrap_or(text);
        let bytes = match rule.secret_form.encoding {
            SecretEncoding::Text => Some(text.to_vec()),
            SecretEncoding::Base64 => decode_base64(text),
            SecretEncoding::Hex => decode_hex(text),
        };
        match (rule.algorithm.of_ring(), bytes) {
            (Some(algorithm), Some(bytes)) if !bytes.is_empty() => Ok(Self::Hmac(hmac::Key::new(algorithm, &bytes))),
            (Some(_), _) => Err(Refusal::UnusableSecret(rule.secret.clone())),
            (None, Some(bytes)) if bytes.len() == ED25519_PUBLIC_KEY_LEN => Ok(Self::Ed25519(bytes)),
            (None, _) => Err(Refusal::NoPublicKey(rule.secret.clone())),
        }
    }

    /// Begins a message that is to be checked with this key.
    ///
    /// The replay key covers secret and message, not the rule: one secret in two rules makes no second message of one.
    pub(super) fn message(&self, secret: &Secret) -> Message<'_> {
        let mut replay = digest::Context::new(&digest::SHA256);
        replay.update(digest::digest(&digest::SHA256, secret.expose()).as_ref());
        let check = match self {
            Self::Hmac(key) => Check::Sum(key, hmac::Context::with_key(key)),
            Self::Ed25519(key) => Check::Whole(key, Vec::new()),
        };
        Message { check, replay }
    }
}

/// A message as far as it was fed in.
pub(super) struct Message<'k> {
    check: Check<'k>,
    replay: digest::Context,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one stands on the stack for a moment; a box would cost each request more"
)]
enum Check<'k> {
    /// Summed up on the way.
    Sum(&'k hmac::Key, hmac::Context),
    /// Kept, because such a signature is checked over the message in one piece.
    Whole(&'k [u8], Vec<u8>),
}

impl Message<'_> {
    /// Adds a piece.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.check {
            Check::Sum(_, sum) => sum.update(bytes),
            Check::Whole(_, whole) => whole.extend_from_slice(bytes),
        }
        self.replay.update(bytes);
    }

    /// The message's replay key, if one of these is its signature.
    pub(super) fn signed(self, candidates: &[Vec<u8>]) -> Option<Digest> {
        let good = match self.check {
            Check::Sum(key, sum) => {
                let tag = sum.sign();
                candidates.iter().any(|candidate| equal(key, candidate, tag.as_ref()))
            }
            Check::Whole(key, whole) => {
                let key = UnparsedPublicKey::new(&ED25519, key);
                candidates.iter().any(|candidate| key.verify(&whole, candidate).is_ok())
            }
        };
        let mut replay = [0; 32];
        replay.copy_from_slice(self.replay.finish().as_ref());
        good.then(|| Digest::from(replay))
    }
}

/// Compares in constant time: `ring` compares tags only as part of checking data, so the signature under test is the
/// data, and the sum over it is compared with the sum over the right one.
fn equal(key: &hmac::Key, candidate: &[u8], tag: &[u8]) -> bool {
    hmac::verify(key, candidate, hmac::sign(key, tag).as_ref()).is_ok()
}
