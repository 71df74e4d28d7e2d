//! The sender's side of a rule: what `demo` shows a person to type, and what tests send.

use ring::hmac;

use super::key::Key;
use super::rule::Encoding;
use super::{HookRule, Piece, Refusal};
use crate::model::Secret;

/// The header that makes a body fulfil a rule, if the rule signs nothing but body and fixed text, and its secret is what
/// the sender signs with; `None` for the others.
///
/// # Errors
/// The secret makes no key.
pub fn sign(rule: &HookRule, secret: &Secret, body: &[u8]) -> Result<Option<(String, String)>, Refusal> {
    let Key::Hmac(key) = Key::of(rule, secret)? else {
        return Ok(None);
    };
    let mut tag = hmac::Context::with_key(&key);
    for piece in rule.message.pieces() {
        match piece {
            Piece::Literal(text) => tag.update(text.as_bytes()),
            Piece::Body => tag.update(body),
            _ => return Ok(None),
        }
    }
    let tag = tag.sign();
    let signature = match rule.encoding {
        Encoding::Hex => data_encoding::HEXLOWER.encode(tag.as_ref()),
        Encoding::Base64 => data_encoding::BASE64.encode(tag.as_ref()),
    };
    Ok(Some((rule.header.clone(), format!("{}{signature}", rule.prefix))))
}
