//! What somebody who watches a channel sees of it, as it happens: for the terminal of who develops it, never for a model.

use serde::{Deserialize, Serialize};

use super::Digest;

/// Where is logged what whoever watches a channel, and its session, are told as well.
pub const TOLD: &str = "lockgate::told";

/// One thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
pub enum Seen {
    /// A call ended.
    Call {
        /// Which export.
        call: String,
        /// Microseconds that it took.
        took: u64,
        /// Bytes of memory that the guest held in the end; none of a call that failed.
        memory: Option<u64>,
        /// Why it brought nothing.
        failure: Option<String>,
    },
    /// An event of it was pushed into a session.
    Event {
        /// What stands in its tag, by name.
        attributes: Vec<(String, String)>,
        /// What the model reads.
        body: String,
    },
    /// The guest logged a line.
    Log {
        /// How grave it is.
        level: String,
        /// Clipped, with the channel's secrets covered.
        text: String,
    },
    /// A request outward was refused.
    Refused {
        /// Its method.
        method: String,
        /// Where to, with the channel's secrets covered.
        url: String,
        /// Why.
        why: String,
    },
    /// A call of its hook was refused before its code.
    Knock {
        /// One word, as `status` counts it.
        reason: String,
        /// Its method and path, clipped.
        request: String,
        /// Why.
        why: String,
        /// What would be taken, as far as that can be said.
        instead: Option<String>,
    },
    /// So many more were, after one that was shown.
    Knocks {
        /// For this reason.
        reason: String,
        /// How many.
        count: u64,
    },
    /// It is in another phase, or other bytes serve.
    Phase {
        /// One word.
        phase: String,
        /// Why.
        detail: String,
        /// Of the bytes that serve, if any do.
        digest: Option<Digest>,
        /// Whether these bytes are new and no call of them has ended yet: the ones before come back if that breaks.
        #[serde(default)]
        on_trial: bool,
    },
    /// So many things were left out, because nobody took them in time.
    Missed {
        /// How many.
        count: u64,
    },
}
