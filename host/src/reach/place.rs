//! Places of credentials: which texts name one, and which two are the same.

use super::header::folded;
use super::path::is_unreserved;
use super::{CredentialPlace, When};

/// Whether a text is a pointer into a JSON document (RFC 6901) that names a key: not the document itself.
pub fn is_pointer(text: &str) -> bool {
    let escaped = |after: &str| after.starts_with(['0', '1']);
    text.starts_with('/') && text.split('~').skip(1).all(escaped)
}

/// Whether a text can be a credential's key in a query: what needs no encoding, so that it is written in one way.
pub fn is_query_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_unreserved)
}

/// A key of a query as the loosest server would read it: up to a bracket, and without regard to case, to blanks before
/// it, or to the characters that can't stand in a variable's name.
pub(super) fn folded_key(decoded: &[u8]) -> Vec<u8> {
    let trimmed = decoded.trim_ascii_start();
    let nested = trimmed.iter().position(|byte| *byte == b'[');
    // One at the begin, and one that is never closed, is a part of the name.
    let nested = nested.filter(|at| *at > 0 && trimmed[*at..].contains(&b']'));
    let name = &trimmed[..nested.unwrap_or(trimmed.len())];
    let fold = |byte: &u8| match byte {
        b'.' | b' ' | b'[' | b'+' | b'-' => b'_',
        other => other.to_ascii_lowercase(),
    };
    name.iter().map(fold).collect()
}

impl CredentialPlace {
    /// Whether both could be meant in one request.
    pub fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header { name: one, .. }, Self::Header { name: two, .. }) => folded(one) == folded(two),
            (Self::Query(one), Self::Query(two)) => folded_key(one.as_bytes()) == folded_key(two.as_bytes()),
            (
                Self::Json { pointer: one, when },
                Self::Json {
                    pointer: two,
                    when: then,
                },
            ) => {
                let inside = |outer: &str, inner: &str| {
                    let rest = inner.strip_prefix(outer);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                (inside(one, two) || inside(two, one)) && !exclude(when.as_ref(), then.as_ref())
            }
            _ => false,
        }
    }
}

/// Whether no document has both: another value at the same place.
fn exclude(one: Option<&When>, two: Option<&When>) -> bool {
    matches!((one, two), (Some(one), Some(two)) if one.pointer == two.pointer && one.equals != two.equals)
}
