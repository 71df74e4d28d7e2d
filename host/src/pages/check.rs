//! Who may have a page's answers: by Host, Origin and token, before a guest hears of a request. Pure.
//!
//! A browser is the deputy of every site that it shows. Another site's script can make it send requests here, but not
//! with a header of its own choice, nor without saying where they come from; a name that is rebound to loopback shows in
//! Host.

use std::net::{Ipv4Addr, SocketAddrV4};

use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Uri};

use super::token::Token;

/// The header that carries the token: no form, image or navigation can set it.
pub const TOKEN: HeaderName = HeaderName::from_static("x-lockgate-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// He has the token.
    Known,
    /// A browser that opens the page, and has sent no token yet: he gets the host's own document and nothing else.
    Opening,
}

/// Why nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// The request was meant for another host: a rebound name, or a proxy.
    Host,
    /// Another site's script, form or link.
    Site,
    /// A page is only read and posted to.
    Method,
    /// No token, two of them, or a wrong one.
    Token,
}

/// Judges a request's head.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(parts: &Parts, address: SocketAddrV4, token: &Token) -> Result<Visitor, Stranger> {
    let host = host(&parts.uri, &parts.headers, address).ok_or(Stranger::Host)?;
    if !is_own_site(&parts.headers, host) {
        return Err(Stranger::Site);
    }
    if ![Method::GET, Method::POST].contains(&parts.method) {
        return Err(Stranger::Method);
    }
    match single(&parts.headers, &TOKEN) {
        Ok(Some(given)) if token.is(given.as_bytes()) => Ok(Visitor::Known),
        Ok(None) if parts.method == Method::GET && parts.uri.path() == "/" => Ok(Visitor::Opening),
        _ => Err(Stranger::Token),
    }
}

/// The one Host of a request, if it is ours. A target with an authority of its own would count for more than Host.
fn host<'a>(uri: &Uri, headers: &'a HeaderMap, address: SocketAddrV4) -> Option<&'a str> {
    let host = single(headers, &HOST).ok()??.to_str().ok()?;
    let name = host.strip_suffix(&format!(":{}", address.port()))?;
    let named = *address.ip() == Ipv4Addr::LOCALHOST && name.eq_ignore_ascii_case("localhost");
    let ours = named || name == address.ip().to_string();
    (ours && uri.authority().is_none() && uri.path().starts_with('/')).then_some(host)
}

/// Whether neither header that names the asking site names another one. Programs that are no browsers send none.
fn is_own_site(headers: &HeaderMap, host: &str) -> bool {
    let own = |origin: &HeaderValue| {
        let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
        origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
    };
    // Pages on other ports of loopback are of the same "site", and other channels' pages are among them.
    let here = |site: &HeaderValue| site == "same-origin" || site == "none";
    headers.get_all(ORIGIN).iter().all(own) && headers.get_all(FETCH_SITE).iter().all(here)
}

/// The header, if there is one; two of a name are an error, since two readers could choose differently.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use hyper::Request;
    use ring::rand::SystemRandom;

    use super::*;

    const HERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4_321);
    const GOOD: (&str, &str) = ("host", "127.0.0.1:4321");

    fn judged(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Visitor, Stranger> {
        let token = Token::new(&SystemRandom::new()).unwrap();
        let link = token.link(HERE);
        let text = link.split_once('#').unwrap().1;
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, value.replace("TOKEN", text));
        }
        check(&request.body(()).unwrap().into_parts().0, HERE, &token)
    }

    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn table(cases: &[Case<'_>], expected: Result<Visitor, Stranger>) {
        for (method, target, headers) in cases {
            assert_eq!(
                judged(method, target, headers),
                expected,
                "{method} {target} {headers:?}"
            );
        }
    }

    #[test]
    fn who_has_the_token_is_known() {
        let key = ("x-lockgate-token", "TOKEN");
        table(
            &[
                ("GET", "/", &[GOOD, key]),
                ("POST", "/send?x=1", &[GOOD, key, ("origin", "http://127.0.0.1:4321")]),
                (
                    "GET",
                    "/a",
                    &[("host", "LocalHost:4321"), key, ("sec-fetch-site", "same-origin")],
                ),
                (
                    "POST",
                    "/",
                    &[("host", "localhost:4321"), ("origin", "http://localhost:4321"), key],
                ),
            ],
            Ok(Visitor::Known),
        );
    }

    #[test]
    fn who_opens_the_page_has_none_yet() {
        table(
            &[
                ("GET", "/", &[GOOD]),
                ("GET", "/?x", &[GOOD, ("sec-fetch-site", "none")]),
            ],
            Ok(Visitor::Opening),
        );
    }

    #[test]
    fn other_hosts_are_refused_before_all_else() {
        let key = ("x-lockgate-token", "TOKEN");
        table(
            &[
                ("GET", "/", &[key]),
                ("GET", "/", &[("host", "rebound.example:4321"), key]),
                // What the operator wrote for a tunnel to the listener opens no page.
                ("GET", "/", &[("host", "hooks.example.org"), key]),
                ("POST", "/", &[("host", "hooks.example.org:4321"), key]),
                ("GET", "/", &[("host", "127.0.0.1"), key]),
                ("GET", "/", &[("host", "127.0.0.1:4322"), key]),
                ("GET", "/", &[("host", "[::1]:4321"), key]),
                ("GET", "/", &[("host", "0.0.0.0:4321"), key]),
                ("GET", "/", &[("host", "localhost.:4321"), key]),
                ("GET", "/", &[("host", "x@127.0.0.1:4321"), key]),
                ("GET", "/", &[GOOD, GOOD, key]),
                ("GET", "/", &[GOOD, ("host", "rebound.example:4321"), key]),
                ("GET", "http://rebound.example:4321/", &[GOOD, key]),
                ("OPTIONS", "*", &[GOOD, key]),
                ("CONNECT", "127.0.0.1:4321", &[GOOD, key]),
            ],
            Err(Stranger::Host),
        );
    }

    #[test]
    fn other_sites_are_refused_with_and_without_the_token() {
        let key = ("x-lockgate-token", "TOKEN");
        table(
            &[
                ("POST", "/", &[GOOD, ("origin", "https://127.0.0.1:4321"), key]),
                ("POST", "/", &[GOOD, ("origin", "http://127.0.0.1:4322"), key]),
                ("POST", "/", &[GOOD, ("origin", "http://127.0.0.1"), key]),
                ("POST", "/", &[GOOD, ("origin", "null"), key]),
                ("POST", "/", &[GOOD, ("origin", "http://localhost:4321"), key]),
                (
                    "POST",
                    "/",
                    &[
                        GOOD,
                        ("origin", "http://127.0.0.1:4321"),
                        ("origin", "http://a.example"),
                        key,
                    ],
                ),
                ("OPTIONS", "/", &[GOOD, ("origin", "http://a.example")]),
                ("GET", "/", &[GOOD, ("sec-fetch-site", "cross-site"), key]),
                ("GET", "/", &[GOOD, ("sec-fetch-site", "same-site")]),
            ],
            Err(Stranger::Site),
        );
    }

    #[test]
    fn other_methods_are_refused() {
        let key = ("x-lockgate-token", "TOKEN");
        for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"] {
            table(&[(method, "/", &[GOOD, key])], Err(Stranger::Method));
        }
    }

    #[test]
    fn without_the_token_there_is_nothing_but_the_door() {
        table(
            &[
                ("GET", "/history", &[GOOD]),
                ("GET", "//", &[GOOD]),
                ("POST", "/", &[GOOD]),
                (
                    "GET",
                    "/?token=TOKEN",
                    &[GOOD, ("cookie", "token=TOKEN"), ("x-lockgate-token", "")],
                ),
                ("GET", "/", &[GOOD, ("x-lockgate-token", "TOKEN2")]),
                ("GET", "/", &[GOOD, ("x-lockgate-token", "TOKEN, TOKEN")]),
                (
                    "GET",
                    "/",
                    &[GOOD, ("x-lockgate-token", "TOKEN"), ("x-lockgate-token", "TOKEN")],
                ),
                ("GET", "/a", &[GOOD, ("authorization", "Bearer TOKEN")]),
            ],
            Err(Stranger::Token),
        );
    }
}
