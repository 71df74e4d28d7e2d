//! Tables of URLs, labels, patterns and rules: what is read, what is refused, and which rule a request falls under.

#![allow(clippy::unwrap_used)]

mod account;
mod documents;
mod explained;
mod filling;
mod properties;
mod rules;

use super::*;

/// Expects the URL to be read as these parts.
#[track_caller]
fn read(url: &str, scheme: Scheme, host: &str, port: u16, path: &str, query: Option<&str>) {
    let target = Target::parse(url).unwrap();
    let found = (
        target.scheme(),
        target.host(),
        target.port(),
        target.path(),
        target.query(),
    );
    assert_eq!(found, (scheme, host, port, path, query), "{url}");
}

/// Expects the URL to be refused with words that contain this.
#[track_caller]
fn refused(url: &str, expected: &str) {
    match Target::parse(url) {
        Ok(target) => panic!("{url} was read as {target:?}"),
        Err(refusal) => assert!(refusal.to_string().contains(expected), "{url}: {refusal}"),
    }
}

#[test]
fn a_plain_url_is_read() {
    use Scheme::{Http, Https, Ws, Wss};
    read("https://api.example.org/", Https, "api.example.org", 443, "/", None);
    read("http://a.b:8080/x?", Http, "a.b", 8080, "/x", Some(""));
    read(
        "wss://a:1/s?v=10&e=%2F%0a?/",
        Wss,
        "a",
        1,
        "/s",
        Some("v=10&e=%2F%0a?/"),
    );
    read("ws://127.0.0.1:65535/", Ws, "127.0.0.1", 65535, "/", None);
    read("https://[2001:db8::1]:8443/a", Https, "[2001:db8::1]", 8443, "/a", None);
    read(
        "https://xn--bcher-kva.example/",
        Https,
        "xn--bcher-kva.example",
        443,
        "/",
        None,
    );
    read("http://x:443/", Http, "x", 443, "/", None);
    read("https://1a.2b/", Https, "1a.2b", 443, "/", None);
    read("https://a/bot{bot_token}/x", Https, "a", 443, "/bot{bot_token}/x", None);
    read(
        "https://a/%C3%BC/~!$&'()*+,;=:@-._/",
        Https,
        "a",
        443,
        "/%C3%BC/~!$&'()*+,;=:@-._/",
        None,
    );
    let address = |url: &str| Target::parse(url).unwrap().address();
    assert_eq!(address("http://127.0.0.1/"), Some([127, 0, 0, 1].into()));
    assert_eq!(address("http://[::1]/"), Some(std::net::Ipv6Addr::LOCALHOST.into()));
    assert_eq!(address("http://a.b/"), None);
}

#[test]
fn schemes_and_what_surrounds_the_host_are_refused_if_they_are_odd() {
    for url in [
        "",
        "/",
        "a.b/c",
        "https:/a/",
        "https:a/",
        "HTTPS://a/",
        "Http://a/",
        "ftp://a/",
        "file:///a",
        "//a/",
    ] {
        refused(url, "begins with no scheme");
    }
    refused("https://me@a/", "names a user");
    refused("https://me:you@a/", "names a user");
    refused("https://a.org@b.org/", "names a user");
    refused("https://@a/", "names a user");
    refused("https://a", "no path");
    refused("https://a?b", "no path");
    refused("https://a#b", "fragment");
    refused("https://a/#", "fragment");
    refused("https://a\\@b/", "holds '\\\\'");
    refused("https:\\\\a/", "holds '\\\\'");
    refused("https://a/\\b", "holds '\\\\'");
    for odd in [
        '\t', '\n', '\r', ' ', '\0', '\u{7f}', '\u{e9}', '\u{2024}', '\u{3002}', '\u{ff0e}', '\u{200b}',
    ] {
        refused(&format!("https://a{odd}b/"), "percent-encode it, or take it out");
        refused(&format!("https://a/{odd}"), "percent-encode it, or take it out");
        refused(&format!("https://a/?{odd}"), "percent-encode it, or take it out");
        refused(&format!("{odd}https://a/"), "percent-encode it, or take it out");
    }
    refused(
        &format!("https://a/{}", "x".repeat(limits::URL_BYTES)),
        "more than 8192 bytes",
    );
    let most = format!("https://a/{}", "x".repeat(limits::URL_BYTES - "https://a/".len()));
    assert!(Target::parse(&most).is_ok());
    refused(&format!("{most}x"), "more than 8192 bytes");
}

#[test]
fn hosts_are_refused_if_they_are_odd() {
    refused("https:///a", "the host is empty");
    refused("https://:1/a", "the host is empty");
    refused("https://A.org/", "upper case");
    refused("https://a.oRg/", "upper case");
    refused("https://a.org./", "ends with a dot");
    refused("https://127.0.0.1./", "ends with a dot");
    for host in [
        ".", "..", "a..b", ".a", "-a.b", "a-.b", "a_b", "a*b", "*.a", "a%62", "a,b", "a!b", "a]", "::1", "a|b",
    ] {
        assert!(Target::parse(&format!("https://{host}/")).is_err(), "{host}");
    }
    let long = "a".repeat(63);
    assert!(Target::parse(&format!("https://{long}.org/")).is_ok());
    refused(&format!("https://{long}a.org/"), "longer than a name can be");
    refused(
        &format!("https://{long}.{long}.{long}.{long}/"),
        "longer than a name can be",
    );
}

#[test]
fn addresses_are_refused_unless_they_are_written_in_the_one_form() {
    let numbers = [
        "2130706433",
        "017700000001",
        "0x7f000001",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0x7f.0.0.1",
        "127.0.0.0x1",
        "127.0.0.256",
        "1.2.3.4.5",
        "256",
        "0",
        "0x",
        "a.0x",
        "a.1",
        "1.2.3",
        "a.b.0xff",
        "999999999999",
        "00.0.0.0",
    ];
    for host in numbers {
        refused(&format!("http://{host}/"), "looks like an address");
    }
    let v6 = [
        "[",
        "[]",
        "[1]",
        "[::1",
        "[::1]x",
        "[::1%25eth0]",
        "[::1%eth0]",
        "[fe80::1%1]",
        "[0:0:0:0:0:0:0:1]",
        "[::0001]",
        "[2001:db8:0:0::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[v1.a]",
        "[[::1]]",
        "[1:2:3:4:5:6:7::]",
    ];
    for host in v6 {
        assert!(Target::parse(&format!("http://{host}/")).is_err(), "{host}");
    }
    refused("http://[2001:DB8::1]/", "upper case");
    for host in [
        "0.0.0.0",
        "255.255.255.255",
        "[::]",
        "[1:2:3:4:5:6:7:8]",
        "[1:0:2:3:4:5:6:7]",
    ] {
        assert!(Target::parse(&format!("http://{host}/")).is_ok(), "{host}");
    }
}

#[test]
fn ports_are_written_in_one_way() {
    for port in [
        "",
        "0",
        "00",
        "080",
        "65536",
        "-1",
        "+80",
        "8 0",
        "80a",
        "0x50",
        "1:2",
        "99999999999999999999",
    ] {
        assert!(Target::parse(&format!("https://a:{port}/")).is_err(), "{port}");
        assert!(Target::parse(&format!("https://[::1]:{port}/")).is_err(), "{port}");
    }
    refused("https://a:/", "no port after `:`");
    refused("https://a:443/", "leave `:443` out");
    refused("wss://a:443/", "leave `:443` out");
    refused("http://a:80/", "leave `:80` out");
    refused("ws://[::1]:80/", "leave `:80` out");
}

#[test]
fn paths_have_one_reading() {
    for path in ["//", "//a", "/a//b", "/a//"] {
        refused(&format!("https://a{path}"), "empty segment");
    }
    for path in [
        "/.", "/..", "/a/../b", "/a/./b", "/a/..", "/..;x/b", "/.;", "/..;", "/;", "/;a=b", "/a/;b", "/..%3bx",
    ] {
        refused(&format!("https://a{path}"), "segment `.` or `..`");
    }
    for path in ["/%2e", "/%2E%2e", "/.%2e/", "/%61", "/%7E", "/%5f"] {
        refused(&format!("https://a{path}"), "stands for itself");
    }
    for path in [
        "/%2f",
        "/%2F..",
        "/%5c",
        "/%5C",
        "/%00",
        "/a%0d%0aHost:b",
        "/%7f",
        "/%1f",
    ] {
        refused(&format!("https://a{path}"), "encoded slash, backslash or control");
    }
    for path in ["/%", "/%2", "/%zz", "/%%", "/a%2/b", "/%+2"] {
        refused(&format!("https://a{path}"), "without two hexadecimal digits");
    }
    for path in ["/%252e", "/%252f", "/a%2541"] {
        refused(&format!("https://a{path}"), "encoded twice");
    }
    for path in ["/%ff", "/%c0%af", "/%c0%ae", "/%ed%a0%80", "/%c3"] {
        refused(&format!("https://a{path}"), "no UTF-8");
    }
    for path in ["/\"", "/<", "/>", "/^", "/`", "/|", "/[", "/]"] {
        refused(&format!("https://a{path}"), "the path holds");
    }
    for path in [
        "/{", "/}", "/{}", "/{a", "/a}", "/{A}", "/{{a}}", "/{1}", "/{a/b}", "/{a%62}", "/{a}}",
    ] {
        assert!(
            matches!(Target::parse(&format!("https://a{path}")), Err(UrlRefusal::Path(_))),
            "{path}"
        );
    }
    for path in [
        "/...",
        "/.a",
        "/a..",
        "/a;b",
        "/a;..",
        "/100%25",
        "/%7Bx%7D",
        "/{a}{b}.{a}",
        "/.{a}",
    ] {
        assert!(Target::parse(&format!("https://a{path}")).is_ok(), "{path}");
    }
}

#[test]
fn a_placeholder_that_a_library_encoded_is_the_same_placeholder() {
    let check = |url: &str, path: &str| {
        let target = Target::parse(&format!("https://a{url}")).unwrap();
        assert_eq!(target.path(), path, "{url}");
        assert_eq!(Ok(target), Target::parse(&format!("https://a{path}")), "{url}");
    };
    check("/bot%7Bbot_token%7D/x", "/bot{bot_token}/x");
    check("/bot%7bbot_token%7d/x", "/bot{bot_token}/x");
    check("/%7Ba%7D%7bb-2%7D.%7Ba%7d", "/{a}{b-2}.{a}");
    check("/%7B%7Ba%7D%7D", "/%7B{a}%7D");
    for text in [
        "/%7B",
        "/%7D",
        "/%7B%7D",
        "/%7BA%7D",
        "/%7B1%7D",
        "/%7Ba",
        "/a%7D",
        "/%7Ba%20b%7D",
        "/%7Ba/b%7D",
    ] {
        check(text, text);
        let secret = Target::parse(&format!("https://a{text}")).unwrap();
        let mut pieces = secret.segments().iter().flatten();
        assert!(pieces.all(|piece| matches!(piece, PathPiece::Literal(_))), "{text}");
    }
    for path in ["/%257Ba%257D", "/{a%7D", "/%7Ba}"] {
        assert!(Target::parse(&format!("https://a{path}")).is_err(), "{path}");
    }
    let target = Target::parse("https://a/bot%7Btoken%7D/x?%7Btoken%7D").unwrap();
    assert_eq!(target.query(), Some("%7Btoken%7D"));
    let covers = |pattern: &str| PathPattern::parse(pattern).unwrap().covers(target.segments());
    assert!(covers("/bot{token}/x") && covers("/bot%7Btoken%7d/x"));
    assert!(!covers("/*/x") && !covers("/**") && !covers("/bot{other}/x"));
    assert_eq!(PathPattern::parse("/%7Ba%7d").unwrap().text, "/{a}");
}

#[test]
fn queries_hold_what_the_grammar_allows() {
    for odd in ["\"", "<", ">", "'", "`", "[", "]", "{", "}", "{token}", "|", "^"] {
        refused(&format!("https://a/?{odd}"), "the query holds");
    }
    for odd in ["%", "%1", "%zz", "a=%", "%00", "a%00=b"] {
        refused(&format!("https://a/?{odd}"), "or %00");
    }
    for fine in [
        "",
        "a",
        "a=b&c",
        "a=%41%2e%2f%0A%ff",
        "/../",
        "a=/?b",
        "a:@!$()*,;",
        "a=b%27",
    ] {
        assert!(Target::parse(&format!("https://a/?{fine}")).is_ok(), "{fine}");
    }
}

#[test]
fn a_label_is_written_in_one_way() {
    for label in [
        "api.example.org",
        "*.example.org",
        "http://api.example.org",
        "https://api.example.org:8443",
        "ws://a:8080",
        "wss://a",
        "127.0.0.1",
        "http://[::1]:8080",
        "[::1]",
    ] {
        assert_eq!(check_label(label), Ok(()), "{label}");
    }
    let check = |label: &str, expected: &str| {
        let refusal = check_label(label).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{label}: {refusal}");
    };
    check("https://api.example.org", "write it as `api.example.org`");
    check("a:443", "write it as `a`");
    check("a:8443", "write it as `https://a:8443`");
    check("http://a:80", "write it as `http://a`");
    check("https://a/", "is no place to send to");
    check("ftp://a", "is no place to send to");
    check("me@a", "is no place to send to");
    check("", "the host is empty");
    check("A.org", "upper case");
    check("a.org.", "ends with a dot");
    check("*", "a wildcard is");
    check("*.org", "a wildcard is");
    check("*.*.example.org", "is no name");
    check("a.*.org", "a wildcard is");
    check("*.1.2.3.4", "a wildcard is");
    check("*.1.2.3", "looks like an address");
    check("127.1", "looks like an address");
    check("a:0", "no port");
}
