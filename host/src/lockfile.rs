//! `lockgate.lock`: which bytes run under which name. Written by the program, read strictly. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::manifest::Place;
use crate::model::{ChannelName, Digest, InstanceId};

/// What the file says above its entries.
const HEAD: &str =
    "# Written by lockgate: the bytes that the operator approved. `lockgate review` and `lockgate add` change them.\n";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The pinned channels, by name.
    #[serde(rename = "channel", default)]
    pub channels: BTreeMap<ChannelName, Pin>,
}

/// What was approved under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The stored component, its manifest embedded: what runs.
    pub digest: Digest,
    /// The file as the operator named it; other bytes there wait for review.
    pub file: Digest,
    /// Whose state it has.
    pub instance: InstanceId,
    /// The manifest's name.
    pub name: String,
    /// The manifest's version.
    pub version: String,
    /// The stored bytes that may carry approvals: others under this name may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay: Option<Digest>,
    /// Stored bytes that run in their place while `lockgate dev` does, without a review; they carry no approvals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<Digest>,
}

/// Whether the operator let the very bytes that run carry approvals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayPin {
    /// These and no others.
    Held,
    /// Never any.
    Absent,
    /// Other bytes, which were approved before these.
    Stale,
}

impl Pin {
    /// Whether the bytes that run may carry approvals.
    pub fn relay_pin(&self) -> RelayPin {
        RelayPin::of(self.relay, self.digest)
    }
}

impl RelayPin {
    /// Of bytes under a name under which `allowed` may.
    pub fn of(allowed: Option<Digest>, bytes: Digest) -> Self {
        match allowed {
            None => Self::Absent,
            Some(allowed) if allowed == bytes => Self::Held,
            Some(_) => Self::Stale,
        }
    }
}

/// Why a text is no lock file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Too long to be read.
    #[error(
        "lockgate.lock has {bytes} bytes, more than {}: restore it, or add the channels again",
        limits::CONFIG_BYTES
    )]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not as the program writes it.
    #[error("lockgate.lock:{}:{}: {message}; restore it, or add the channels again", place.line, place.column)]
    Unreadable {
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// A value that TOML can't hold.
    #[error("lockgate.lock can't be written: {0}; nothing was changed")]
    Unwritable(String),
}

impl Lock {
    /// Reads a lock file; an empty text is an empty one.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if text.len() > limits::CONFIG_BYTES {
            return Err(LockError::TooLarge { bytes: text.len() });
        }
        toml::from_str(text).map_err(|error| LockError::Unreadable {
            place: Place::of_error(text, &error),
            message: error.message().to_owned(),
        })
    }

    /// Whether some channel needs these stored bytes.
    pub fn names(&self, digest: &Digest) -> bool {
        let mut pins = self.channels.values();
        pins.any(|pin| pin.digest == *digest || pin.dev == Some(*digest))
    }

    /// The file's text, sorted by name: the same pins are the same bytes.
    pub fn to_text(&self) -> Result<String, LockError> {
        let body = toml::to_string(self).map_err(|error| LockError::Unwritable(error.to_string()))?;
        Ok(format!("{HEAD}\n{body}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let pin = |instance| Pin {
            digest: Digest::of(b"stored"),
            file: Digest::of(b"file"),
            instance: InstanceId(instance),
            name: "webhook".into(),
            version: "0.1.0".into(),
            relay: (instance == 4).then(|| Digest::of(b"stored")),
            dev: (instance == 3).then(|| Digest::of(b"built")),
        };
        Lock {
            channels: [("ci".parse().unwrap(), pin(3)), ("a-b".parse().unwrap(), pin(4))].into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = lock().to_text().unwrap();
        assert!(text.find("[channel.a-b]").unwrap() < text.find("[channel.ci]").unwrap());
        assert!(text.contains(&format!("digest = \"{}\"\n", Digest::of(b"stored"))));
        assert!(text.contains("instance = 3\n"));
        assert_eq!(Lock::parse(&text), Ok(lock()));
        assert_eq!(Lock::parse(""), Ok(Lock::default()));
        assert_eq!(Lock::parse(&Lock::default().to_text().unwrap()), Ok(Lock::default()));
    }

    #[test]
    fn what_is_pinned_in_any_way_is_needed() {
        for (bytes, expected) in [
            (&b"stored"[..], true),
            (b"built", true),
            (b"file", false),
            (b"other", false),
        ] {
            assert_eq!(lock().names(&Digest::of(bytes)), expected);
        }
    }

    #[test]
    fn approvals_are_carried_by_the_very_bytes_that_were_allowed_to() {
        let text = lock().to_text().unwrap();
        assert_eq!(text.matches("relay = ").count(), 1, "{text}");
        let mut pin = lock().channels[&"a-b".parse().unwrap()].clone();
        assert_eq!(pin.relay_pin(), RelayPin::Held);
        pin.digest = Digest::of(b"other");
        assert_eq!(pin.relay_pin(), RelayPin::Stale);
        pin.relay = None;
        assert_eq!(pin.relay_pin(), RelayPin::Absent);
    }

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let text = lock().to_text().unwrap();
        assert!(text.contains(from), "{text}");
        let error = Lock::parse(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn errors_name_the_place() {
        check(
            "digest = \"sha256:",
            "digest = \"md5:",
            "lockgate.lock:4:10: a digest is written",
        );
        check("instance = 4", "instance = \"4\"", "lockgate.lock:6:12: invalid type");
        check("name =", "nome =", "lockgate.lock:7:1: unknown field `nome`");
        check(
            "[channel.a-b]",
            "[channel.A]",
            "lockgate.lock:3:10: `A` is no channel name",
        );
        check(
            "[channel.a-b]",
            "[channel.host]",
            "lockgate.lock:3:10: `host` is a name that lockgate keeps",
        );
    }
}
