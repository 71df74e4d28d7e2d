//! Headers that no guest sets and no credential stands in: those that say where a request ends, to whom it goes and
//! what it really means. Names are compared as the loosest server would: case is nothing, and `_` is `-`.

/// Names that the host sets itself, or that turn a request into another one on the way.
const FORBIDDEN: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-method",
    "x-original-url",
    "x-rewrite-url",
];

/// Beginnings of such names.
const FORBIDDEN_FAMILIES: &[&str] = &["proxy-", "x-forwarded-"];

/// The rest of a websocket's handshake; the protocol is the guest's to choose.
const FORBIDDEN_HANDSHAKE: &[&str] = &[
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
];

/// Whether no guest may set a header of this name, whatever rule covers the request.
pub fn is_forbidden_header(name: &str) -> bool {
    forbidden(name).is_some()
}

/// The forbidden name, or the beginning of such names, that a header's name is.
pub(super) fn forbidden(name: &str) -> Option<&'static str> {
    let name = folded(name);
    let mut all = FORBIDDEN.iter().chain(FORBIDDEN_HANDSHAKE).copied();
    let family = |start: &&'static str| name.starts_with(start);
    all.find(|own| *own == name)
        .or_else(|| FORBIDDEN_FAMILIES.iter().copied().find(family))
}

/// A name as a server sees it that makes a variable of it.
pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
