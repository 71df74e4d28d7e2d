//! A signature scheme as data: what the caller signs, with what, and where the signature stands. Whatever a sender
//! does is one of these values; the code knows none of them by name.

use std::time::Duration;

use ring::hmac;
use serde::Deserialize;

use super::Template;
use crate::limits;

/// One way to call a channel's hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRule {
    /// The rule's name, unique in the manifest; the guest is told which rule a call fulfilled.
    pub name: String,
    /// The path after the channel's own prefix; begins with `/`.
    pub path: String,
    /// The methods, in upper case.
    pub methods: Vec<String>,
    /// The name of the secret.
    pub secret: String,
    /// How the secret's text becomes a key.
    pub secret_form: SecretForm,
    /// What makes the signature.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// The header that carries it; lower case.
    pub header: String,
    /// What separates the items of that header, if it is a list.
    pub separator: Option<String>,
    /// What a candidate begins with.
    pub prefix: String,
    /// What is signed.
    pub message: Template,
    /// The signed timestamp, if there is one.
    pub timestamp: Option<TimestampRule>,
}

impl HookRule {
    /// Whether a call of this method and path falls under this rule.
    pub fn covers(&self, method: &str, path: &str) -> bool {
        self.path == path && self.methods.iter().any(|own| own == method)
    }
}

/// How the text of a secret becomes the bytes of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretForm {
    /// As it stands, or base64.
    pub encoding: SecretEncoding,
    /// Taken away first, if the secret begins with it.
    pub prefix: String,
}

/// How a secret is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretEncoding {
    /// Its bytes are the key.
    #[default]
    Text,
    /// It is the key in base64.
    Base64,
    /// It is the key in hex digits, upper or lower case.
    Hex,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Hex digits, upper or lower case.
    #[default]
    Hex,
    /// Base64 in the standard alphabet, with or without padding.
    Base64,
}

impl Encoding {
    /// The signature's bytes, if the text is written in this way.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => decode_hex(text.as_bytes()),
            Self::Base64 => decode_base64(text.as_bytes()),
        }
    }
}

/// Upper or lower case.
pub(super) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text).ok()
}

/// Standard alphabet; padding may be left out.
pub(super) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let padded = text.ends_with(b"=");
    let encoding = if padded {
        data_encoding::BASE64
    } else {
        data_encoding::BASE64_NOPAD
    };
    encoding.decode(text).ok()
}

/// What makes the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Still used by some senders; sound as HMAC, if not as a hash.
    HmacSha1,
    /// The usual one.
    HmacSha256,
    /// Its longer sister.
    HmacSha384,
    /// The longest.
    HmacSha512,
    /// Signed with a key that only the sender has; the rule's secret is his public one.
    Ed25519,
}

impl Algorithm {
    /// How many signatures of one request are checked. A sum is made once and compared with each; of a message that only the
    /// sender can sign, each signature has the whole read again.
    pub(super) fn tried(self) -> usize {
        match self {
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha384 | Self::HmacSha512 => limits::SIGNATURES_TRIED,
            Self::Ed25519 => limits::WHOLE_SIGNATURES_TRIED,
        }
    }

    /// The sum that both sides make; `None` where only the sender can sign.
    pub(super) fn of_ring(self) -> Option<hmac::Algorithm> {
        match self {
            Self::HmacSha1 => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Self::HmacSha256 => Some(hmac::HMAC_SHA256),
            Self::HmacSha384 => Some(hmac::HMAC_SHA384),
            Self::HmacSha512 => Some(hmac::HMAC_SHA512),
            Self::Ed25519 => None,
        }
    }
}

/// Where the signed timestamp stands, and how far it may be from the host's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRule {
    /// The header that carries it; lower case.
    pub header: String,
    /// What separates the items of that header, if it is a list.
    pub separator: Option<String>,
    /// What the item begins with.
    pub prefix: String,
    /// What its number counts.
    pub unit: Unit,
    /// How old, and how far ahead, it may be; both ends included.
    pub window: Duration,
}

/// What the number of a timestamp counts since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millis,
}

impl Unit {
    /// Milliseconds in one of these.
    pub fn millis(self) -> u64 {
        match self {
            Self::Seconds => 1000,
            Self::Millis => 1,
        }
    }
}

/// Whether a text can be a header's name: a token of RFC 9110, at most `limits::HEADER_NAME_BYTES`.
pub fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.len() <= limits::HEADER_NAME_BYTES && name.bytes().all(token)
}
