//! The one way to write a host: a lower-case ASCII name, an IPv4 address as four plain numbers, or an IPv6 address in
//! brackets in its shortest form. Whatever two programs could read differently is refused. Nothing is looked up here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::HostPattern;

/// Bytes of a name, and of one of its labels, as DNS bounds them.
const NAME_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;

/// Why a text names no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostRefusal {
    /// Nothing.
    #[error("the host is empty: write one")]
    Empty,
    /// Upper case.
    #[error("the host has upper case: write it in lower case")]
    Case,
    /// A name of the root.
    #[error("the host ends with a dot: leave it out")]
    FinalDot,
    /// Other letters.
    #[error("the host has a letter beyond ASCII: write it as `xn--…`")]
    NotAscii,
    /// No name.
    #[error("the host is no name: use labels of a to z, 0 to 9 and inner `-`, with dots between them")]
    Name,
    /// Too long.
    #[error("the host is longer than a name can be: shorten it")]
    Long,
    /// A number that programs read in different ways.
    #[error("the host looks like an address, but is none: write four numbers from 0 to 255 without leading zeros")]
    Ipv4,
    /// The same for version 6.
    #[error("the host is no IPv6 address in its shortest form: write it like `[2001:db8::1]`, without a zone")]
    Ipv6,
    /// A wildcard elsewhere, or of too much.
    #[error("a wildcard is `*.` before a name of at least two labels: write something like `*.example.org`")]
    Wildcard,
}

/// Whether the text is a host in its one form; brackets stand around IPv6.
pub(super) fn check(host: &str) -> Result<(), HostRefusal> {
    if host.is_empty() {
        return Err(HostRefusal::Empty);
    }
    if !host.is_ascii() {
        return Err(HostRefusal::NotAscii);
    }
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(HostRefusal::Case);
    }
    if host.starts_with('[') {
        return check_v6(host);
    }
    if host.ends_with('.') {
        return Err(HostRefusal::FinalDot);
    }
    match host.rsplit('.').next() {
        Some(last) if is_number(last) => check_v4(host),
        _ => check_name(host),
    }
}

/// The address that a checked host is, if it is no name.
pub(super) fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

/// A last label like this makes other programs read the whole as an IPv4 address, in one of many old forms.
fn is_number(label: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = label.strip_prefix("0x");
    (!label.is_empty() && digits(label)) || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn check_v4(host: &str) -> Result<(), HostRefusal> {
    let parsed: Result<Ipv4Addr, _> = host.parse();
    parsed
        .is_ok_and(|address| address.to_string() == host)
        .then_some(())
        .ok_or(HostRefusal::Ipv4)
}

/// An IPv4 address inside is refused in either form: one is printed with dots, the other is read without.
fn check_v6(host: &str) -> Result<(), HostRefusal> {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let plain = inner.filter(|inner| !inner.contains('.'));
    let parsed = plain.and_then(|plain| Some((plain, plain.parse::<Ipv6Addr>().ok()?)));
    parsed
        .is_some_and(|(plain, address)| address.to_string() == plain)
        .then_some(())
        .ok_or(HostRefusal::Ipv6)
}

fn check_name(host: &str) -> Result<(), HostRefusal> {
    let form = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label =
        |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(form);
    if !host.split('.').all(label) {
        return Err(HostRefusal::Name);
    }
    if host.len() > NAME_BYTES || host.split('.').any(|label| label.len() > LABEL_BYTES) {
        return Err(HostRefusal::Long);
    }
    Ok(())
}

impl HostPattern {
    /// Reads a host or `*.name`. The name below a wildcard has two labels or more, so that nobody asks for all of
    /// `*.org`; which longer names belong to many people is not known here.
    pub fn parse(text: &str) -> Result<Self, HostRefusal> {
        let Some(name) = text.strip_prefix("*.") else {
            if text.contains('*') {
                return Err(HostRefusal::Wildcard);
            }
            return check(text).map(|()| Self::Exact(text.to_owned()));
        };
        check(name)?;
        if address(name).is_some() || !name.contains('.') {
            return Err(HostRefusal::Wildcard);
        }
        Ok(Self::Below(name.to_owned()))
    }

    /// Whether a checked host is meant.
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == host,
            Self::Below(name) => {
                let label = host.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('.'));
                label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
            }
        }
    }

    /// Whether some host is meant by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Below(one), Self::Below(two)) => one == two,
            (pattern, Self::Exact(host)) | (Self::Exact(host), pattern) => pattern.covers(host),
        }
    }
}
