//! Requests that no rule of the manifest covers, by name: every one of them must be refused before anybody is asked.

use crate::Asked;

/// The names of all of them, one a line.
pub fn names() -> String {
    let places = PLACES.iter().map(|(name, _)| *name);
    let headers = HEADERS.iter().map(|(name, ..)| *name);
    let others = OTHERS.iter().copied();
    places.chain(headers).chain(others).collect::<Vec<_>>().join("\n")
}

/// The request of this name.
pub fn named(name: &str) -> Option<Asked> {
    let place = PLACES.iter().find(|(known, _)| *known == name);
    let header = HEADERS.iter().find(|(known, ..)| *known == name);
    match (place, header) {
        (Some((_, url)), _) => Some(Asked::get(*url)),
        (_, Some((_, header, value))) => Some(Asked {
            headers: vec![(header, value)],
            ..Asked::get("https://api.example.org/header/x")
        }),
        _ => other(name),
    }
}

/// Where no rule leads.
const PLACES: &[(&str, &str)] = &[
    ("other-host", "https://other.example.org/header/x"),
    ("host-below", "https://x.api.example.org/header/x"),
    ("host-above", "https://example.org/header/x"),
    ("host-that-begins-so", "https://api.example.org.evil.example/header/x"),
    ("other-port", "https://api.example.org:8443/header/x"),
    ("other-scheme", "http://api.example.org/header/x"),
    ("user-before-host", "https://api.example.org@evil.example/header/x"),
    ("user-and-word", "https://user:word@api.example.org/header/x"),
    ("backslash", "https://evil.example\\@api.example.org/header/x"),
    ("loopback", "https://127.0.0.1/header/x"),
    ("loopback-as-number", "https://2130706433/header/x"),
    ("loopback-in-hex", "https://0x7f.1/header/x"),
    ("loopback-in-six", "https://[::1]/header/x"),
    ("loopback-mapped", "https://[::ffff:127.0.0.1]/header/x"),
    ("metadata", "http://169.254.169.254/latest/meta-data"),
    ("path-beside", "https://api.example.org/admin"),
    ("path-that-begins-so", "https://api.example.org/headers/x"),
    ("path-dots", "https://api.example.org/header/../admin"),
    ("path-encoded-dots", "https://api.example.org/header/%2e%2e/admin"),
    (
        "path-encoded-slash",
        "https://api.example.org/header/x%2f..%2f..%2fadmin",
    ),
    (
        "path-encoded-backslash",
        "https://api.example.org/header/x%5c..%5cadmin",
    ),
    ("path-double-slash", "https://api.example.org//admin"),
    ("path-empty-segment", "https://api.example.org/header//x"),
    ("path-semicolon", "https://api.example.org/header/..;/admin"),
    ("path-nul", "https://api.example.org/header/x%00"),
    ("path-line", "https://api.example.org/header/x%0d%0ax-evil:%201"),
    ("own-account", "https://api.example.org/bot12345:mine/items"),
    ("no-account", "https://api.example.org/bot/items"),
    ("account-and-more", "https://api.example.org/bot{token}x/items"),
    (
        "other-method-of-the-api",
        "https://api.example.org/bot{token}/setWebhook",
    ),
    ("other-secret", "https://api.example.org/bot{key}/items"),
    ("key-in-query", "https://api.example.org/query/x?key=mine"),
    ("key-in-query-encoded", "https://api.example.org/query/x?k%65y=mine"),
];

/// Headers that are the host's, in a request that would else be sent.
const HEADERS: &[(&str, &str, &str)] = &[
    ("set-credential", "authorization", "Bearer mine"),
    ("set-credential-in-capitals", "AUTHORIZATION", "Bearer mine"),
    ("set-host", "host", "evil.example"),
    ("set-connection", "connection", "x-forwarded-for, authorization"),
    ("set-keep-alive", "keep-alive", "timeout=100"),
    ("set-transfer-encoding", "transfer-encoding", "chunked"),
    ("set-te", "te", "trailers"),
    ("set-trailer", "trailer", "authorization"),
    ("set-upgrade", "upgrade", "websocket"),
    ("set-expect", "expect", "100-continue"),
    ("set-proxy", "proxy-authorization", "Basic eDp5"),
    ("set-proxy-connection", "proxy-connection", "keep-alive"),
    ("set-method", "x-http-method-override", "DELETE"),
    ("set-method-again", "x-http-method", "DELETE"),
    ("set-method-once-more", "x-method-override", "DELETE"),
    ("set-range", "range", "bytes=3-9"),
    ("set-lines", "x-a", "1\r\nx-evil: 1"),
    ("set-odd-name", "x a", "1"),
];

const OTHERS: &[&str] = &["other-method", "odd-method", "credential-in-body"];

fn other(name: &str) -> Option<Asked> {
    let asked = Asked::get("https://api.example.org/header/x");
    Some(match name {
        "other-method" => Asked {
            method: "DELETE",
            ..asked
        },
        "odd-method" => Asked {
            method: "PROPFIND",
            ..asked
        },
        "credential-in-body" => Asked {
            method: "POST",
            body: r#"{"d":{"token":"mine"}}"#,
            headers: vec![("content-type", "application/json")],
            ..Asked::get("https://api.example.org/json")
        },
        _ => return None,
    })
}
