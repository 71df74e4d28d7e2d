//! Where a channel may send to, and what is put in for it on the way: rules, the one reading of a URL, and the one rule
//! that a request has to match. Pure: nothing here resolves a name, opens a connection or knows a secret's bytes longer
//! than a call.

mod account;
pub mod address;
mod explain;
mod fill;
mod find;
mod header;
mod host;
mod json;
mod label;
mod media;
mod path;
mod place;
mod rule;
mod target;
#[cfg(test)]
mod tests;

pub use explain::{Considered, Explanation, Verdict, Warning, behind, explain};
pub use fill::{Draft, FillRefusal, Filled, check_credential, encoded, fill_frame};
pub use find::{Match, Refusal, Step, find};
pub use header::is_forbidden_header;
pub use host::HostRefusal;
pub use json::JsonRefusal;
pub use label::{LabelRefusal, check_label};
pub use path::{PathRefusal, PatternRefusal};
pub use place::{is_pointer, is_query_key};
pub use rule::{
    Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, PathPiece, Scheme, Segment, When, Withheld,
    WithheldBecause,
};
pub use target::{Target, UrlRefusal};

use crate::limits;

/// The head of somebody's text, for a refusal; what could move a cursor or turn a line around is escaped.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(limits::SHOWN_CHARS) {
        if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown
}
