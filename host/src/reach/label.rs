//! What an operator writes to grant the rules of one place: the same text as [`HttpRule::label`] gives, and no other way
//! to write it, so that a line either grants what it says or is an error.
//!
//! [`HttpRule::label`]: super::HttpRule::label

use super::rule::label;
use super::target::{UrlRefusal, split_authority};
use super::{HostPattern, HostRefusal, Scheme, shown};

/// Why a text is no label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelRefusal {
    /// Another form.
    #[error("`{0}` is no place to send to: write `host`, or `scheme://host` or `scheme://host:port`, without a path")]
    Form(String),
    /// The host is none.
    #[error(transparent)]
    Host(#[from] HostRefusal),
    /// The port is none.
    #[error(transparent)]
    Port(UrlRefusal),
    /// The right place, written in another way.
    #[error("write it as `{0}`")]
    Another(String),
}

/// Whether the text is some rule's label.
pub fn check_label(text: &str) -> Result<(), LabelRefusal> {
    let form = || LabelRefusal::Form(shown(text));
    let (scheme, authority) = match text.split_once("://") {
        Some((scheme, rest)) => (Scheme::parse(scheme).ok_or_else(form)?, rest),
        None => (Scheme::Https, text),
    };
    if authority.contains(['/', '?', '#', '\\', '@']) {
        return Err(form());
    }
    let (host, port) = split_authority(authority).map_err(LabelRefusal::Port)?;
    let host = HostPattern::parse(host)?;
    let usual = label(scheme, &host, port.unwrap_or(scheme.default_port()));
    if usual != text {
        return Err(LabelRefusal::Another(usual));
    }
    Ok(())
}
