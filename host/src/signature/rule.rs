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

    /// Whether it lets in nothing that this older one of its name kept out: the same path and methods, the same signature or
    /// a stronger one over the same bytes, and a time at least as narrow. What can't be compared lets in something.
    pub fn is_within(&self, old: &Self) -> bool {
        let alike = Self {
            methods: old.methods.clone(),
            algorithm: old.algorithm,
            timestamp: old.timestamp.clone(),
            ..self.clone()
        };
        alike == *old
            && self.methods.iter().all(|method| old.methods.contains(method))
            && self.algorithm.is_as_strong_as(old.algorithm)
            && TimestampRule::is_within(self.timestamp.as_ref(), old.timestamp.as_ref())
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

    /// Whether what it proves, the other proves as well. A sum and a signature are made with other keys: a public key is no
    /// secret, so that neither stands for the other.
    fn is_as_strong_as(self, old: Self) -> bool {
        let strength = |algorithm: Self| match algorithm {
            Self::HmacSha1 => Some(1),
            Self::HmacSha256 => Some(2),
            Self::HmacSha384 => Some(3),
            Self::HmacSha512 => Some(4),
            Self::Ed25519 => None,
        };
        match (strength(self), strength(old)) {
            (Some(new), Some(old)) => new >= old,
            (new, old) => new == old,
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

impl TimestampRule {
    /// Whether no message is let in that the older rule found too old, or too early.
    fn is_within(new: Option<&Self>, old: Option<&Self>) -> bool {
        match (new, old) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(new), Some(old)) => {
                let same = Self {
                    window: old.window,
                    ..new.clone()
                };
                same == *old && new.window <= old.window
            }
        }
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rule() -> HookRule {
        HookRule {
            name: "a".into(),
            path: "/a".into(),
            methods: vec!["POST".into(), "PUT".into()],
            secret: "key".into(),
            secret_form: SecretForm::default(),
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            header: "x-signature".into(),
            separator: None,
            prefix: "v1=".into(),
            message: Template::parse("{header:x-id}.{body}").unwrap(),
            timestamp: Some(TimestampRule {
                header: "x-time".into(),
                separator: None,
                prefix: String::new(),
                unit: Unit::Seconds,
                window: Duration::from_secs(300),
            }),
        }
    }

    #[test]
    fn only_what_keeps_out_at_least_as_much_is_within_the_rule_before() {
        #[track_caller]
        fn check(change: impl Fn(&mut HookRule), expected: bool) {
            let (old, mut new) = (rule(), rule());
            change(&mut new);
            assert_eq!(new.is_within(&old), expected, "{new:?}");
        }
        let window = |rule: &mut HookRule, seconds| {
            rule.timestamp.as_mut().unwrap().window = Duration::from_secs(seconds);
        };
        check(|_| {}, true);
        check(|new| new.methods = vec!["PUT".into()], true);
        check(|new| new.algorithm = Algorithm::HmacSha512, true);
        check(|new| window(new, 299), true);
        check(|new| new.path = "/b".into(), false);
        check(|new| new.methods.push("GET".into()), false);
        check(|new| new.algorithm = Algorithm::HmacSha1, false);
        check(|new| new.algorithm = Algorithm::Ed25519, false);
        check(|new| window(new, 301), false);
        check(|new| new.timestamp = None, false);
        check(|new| new.timestamp.as_mut().unwrap().unit = Unit::Millis, false);
        check(|new| new.secret = "other".into(), false);
        check(|new| new.secret_form.prefix = "whsec_".into(), false);
        check(|new| new.message = Template::parse("{body}").unwrap(), false);
        check(|new| new.header = "x-other".into(), false);
        check(|new| new.prefix.clear(), false);
        check(|new| new.encoding = Encoding::Base64, false);
        // A key that everybody may know proves nothing in a sum.
        let mut public = rule();
        public.algorithm = Algorithm::Ed25519;
        assert!(!rule().is_within(&public));
        let mut timeless = rule();
        timeless.timestamp = None;
        assert!(rule().is_within(&timeless));
    }
}
