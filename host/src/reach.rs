//! Where a channel may send to, and what is put in for it on the way: rules, the one reading of a URL, and the one rule
//! that a request has to match. Pure: nothing here resolves a name, opens a connection or knows a secret's bytes longer
//! than a call.

pub mod address;
mod find;
mod host;
mod label;
mod path;
mod rule;
mod target;
#[cfg(test)]
mod tests;

pub use find::{Match, Refusal, Step, find};
pub use host::HostRefusal;
pub use label::{LabelRefusal, check_label};
pub use path::{PathRefusal, PatternRefusal};
pub use rule::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, PathPiece, Scheme, Segment, When};
pub use target::{Target, UrlRefusal};

use crate::limits;

/// The head of somebody's text, for a refusal.
fn shown(text: &str) -> String {
    text.chars().take(limits::SHOWN_CHARS).collect()
}
