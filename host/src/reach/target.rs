//! The one reading of a URL. It is strict instead of helpful: of each request there is exactly one text, and every other
//! way to write it is refused, so that no two programs can disagree about where it goes. Decisions: a default port is
//! left out, not written; a path is there, at least `/`; in a path only what has to be encoded is, and the braces of a
//! placeholder may be; a query holds only what RFC 3986 allows, and no encoded NUL; international names are written as `xn--…`.

use std::net::IpAddr;

use super::host::{self, HostRefusal};
use super::path::{self, PathRefusal};
use super::{PathPiece, Scheme};
use crate::limits;

/// A URL, read. What it says is what will be sent, but for the placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    scheme: Scheme,
    host: String,
    port: u16,
    path: String,
    query: Option<String>,
    segments: Vec<Vec<PathPiece>>,
}

/// Why a text is no URL that is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Too long.
    #[error("the url has more than {} bytes: shorten it", limits::URL_BYTES)]
    Long,
    /// A blank, a control character, another letter: some programs drop it, some encode it.
    #[error("the url holds {0:?}: percent-encode it, or take it out")]
    Character(char),
    /// Another scheme, or one in upper case.
    #[error("the url begins with no scheme that is known: write `https://`, `http://`, `wss://` or `ws://`")]
    Scheme,
    /// Somebody before the host.
    #[error("the url names a user before the host: take out everything up to `@`")]
    Userinfo,
    /// No host.
    #[error(transparent)]
    Host(#[from] HostRefusal),
    /// No port.
    #[error("the url has no port after `:`: write 1 to 65535 without leading zeros, or leave `:` out")]
    Port,
    /// A port that is meant anyway.
    #[error("the url names the usual port: leave `:{0}` out")]
    UsualPort(u16),
    /// Nothing after the host.
    #[error("the url has no path: write at least `/` after the host")]
    NoPath,
    /// A fragment.
    #[error("the url has a fragment, which is never sent: take out `#` and what follows")]
    Fragment,
    /// No path that is sent.
    #[error(transparent)]
    Path(#[from] PathRefusal),
    /// A byte that no query can hold.
    #[error("the query holds {0:?}: percent-encode it")]
    Query(char),
    /// A percent sign without two hexadecimal digits, or a NUL, at which some programs stop reading.
    #[error("the query has a `%` without two hexadecimal digits, or %00: write a percent sign as %25")]
    QueryPercent,
}

impl Target {
    /// Reads a URL of at most `limits::URL_BYTES`. Placeholders may stand in its path, as `{name}` or
    /// `%7Bname%7D`.
    pub fn parse(url: &str) -> Result<Self, UrlRefusal> {
        if url.len() > limits::URL_BYTES {
            return Err(UrlRefusal::Long);
        }
        if let Some(other) = url.chars().find(|c| !c.is_ascii_graphic() || *c == '\\') {
            return Err(UrlRefusal::Character(other));
        }
        if url.contains('#') {
            return Err(UrlRefusal::Fragment);
        }
        let (scheme, rest) = url.split_once("://").ok_or(UrlRefusal::Scheme)?;
        let scheme = Scheme::parse(scheme).ok_or(UrlRefusal::Scheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = split_authority(authority)?;
        host::check(host)?;
        if port == Some(scheme.default_port()) {
            return Err(UrlRefusal::UsualPort(scheme.default_port()));
        }
        if !rest.starts_with('/') {
            return Err(UrlRefusal::NoPath);
        }
        let (path, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        let path = path::canonical(path);
        let segments = path::segments(&path)?;
        query.map_or(Ok(()), check_query)?;
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port: port.unwrap_or(scheme.default_port()),
            path,
            query: query.map(str::to_owned),
            segments,
        })
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Who is spoken to; brackets stand around an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address that the host is, if it is no name.
    pub fn address(&self) -> Option<IpAddr> {
        host::address(&self.host)
    }

    /// Never 0.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As it will be sent, but with the placeholders as `{name}`, however their braces were written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands after `?`, if there is one; it may be empty.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The path, decoded.
    pub fn segments(&self) -> &[Vec<PathPiece>] {
        &self.segments
    }
}

impl Scheme {
    /// A scheme in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Https, Self::Http, Self::Wss, Self::Ws];
        all.into_iter().find(|scheme| scheme.as_str() == text)
    }
}

/// Host and port, if one is written; the host is still to be checked.
pub(super) fn split_authority(authority: &str) -> Result<(&str, Option<u16>), UrlRefusal> {
    if authority.contains('@') {
        return Err(UrlRefusal::Userinfo);
    }
    let host_end = authority.find(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = authority[host_end..].find(':').map(|at| at + host_end) else {
        return Ok((authority, None));
    };
    let port = &authority[colon + 1..];
    let number = port
        .parse()
        .ok()
        .filter(|number: &u16| *number > 0 && number.to_string() == port);
    Ok((&authority[..colon], Some(number.ok_or(UrlRefusal::Port)?)))
}

/// A single quote would be allowed, but is encoded by some programs and sent by others.
fn check_query(query: &str) -> Result<(), UrlRefusal> {
    let form = |byte: u8| byte == b'%' || byte == b'/' || byte == b'?' || (path::is_path_byte(byte) && byte != b'\'');
    if let Some(other) = query.bytes().find(|byte| !form(*byte)) {
        return Err(UrlRefusal::Query(char::from(other)));
    }
    let mut escapes = query.split('%').skip(1);
    if escapes.any(|after| path::percent(after.as_bytes()).is_none_or(|byte| byte == 0)) {
        return Err(UrlRefusal::QueryPercent);
    }
    Ok(())
}
