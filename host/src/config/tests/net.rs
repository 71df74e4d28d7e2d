//! What is written about the net: what is read, where each error points, and what an edit leaves alone.

use super::*;
use crate::reach::Scheme;

const NET: &str = r#"hosts = ["hooks.example.org", "10.0.0.7"]
certificates = "/etc/my-ca.pem"
[channel.a]
component = "/a.wasm"
hosts = [
    "api.example.org", # the API
    "*.files.example.org",
    "http://printer.example.org:8080",
]
upstream."api.example.org" = "http://127.0.0.1:8081" # our own server
upstream."*.files.example.org" = "https://[::1]:8443"
"#;

/// Changes one text, and expects an error at the change that says this.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let at = NET.find(from).unwrap();
    let text = NET.replacen(from, to, 1);
    let Place { line, column } = Place::of(&text, at);
    let error = parse(&text).unwrap_err().to_string();
    let expected = format!("lockgate.toml:{line}:{column}: {expected}");
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

#[test]
fn all_that_can_be_written_is_read() {
    let config = parse(NET).unwrap();
    assert_eq!(Vec::from_iter(&config.hosts), ["10.0.0.7", "hooks.example.org"]);
    assert_eq!(config.certificates, Some("/etc/my-ca.pem".into()));
    let channel = &config.channels[&name("a")];
    assert_eq!(
        Vec::from_iter(&channel.hosts),
        [
            "*.files.example.org",
            "api.example.org",
            "http://printer.example.org:8080"
        ]
    );
    let upstream = |scheme, address: &str| Upstream {
        scheme,
        address: address.parse().unwrap(),
    };
    assert_eq!(
        channel.upstreams["api.example.org"],
        upstream(Scheme::Http, "127.0.0.1:8081")
    );
    assert_eq!(
        channel.upstreams["*.files.example.org"],
        upstream(Scheme::Https, "[::1]:8443")
    );
}

#[test]
fn errors_name_the_place_and_what_to_write() {
    check(
        "\"hooks.example.org\"",
        "\"Hooks.example.org\"",
        "the host has upper case",
    );
    check(
        "\"hooks.example.org\"",
        "\"hooks.example.org:80\"",
        "the host is no name",
    );
    check(
        "\"hooks.example.org\"",
        "\"*.example.org\"",
        "a wildcard would let any name below",
    );
    check("\"10.0.0.7\"", "\"10.7\"", "the host looks like an address");
    check("\"/etc/my-ca.pem\"", "\"my-ca.pem\"", "`my-ca.pem` is no absolute path");
    check(
        "\"api.example.org\",",
        "\"https://api.example.org\",",
        "write it as `api.example.org`",
    );
    check(
        "\"api.example.org\",",
        "\"api.example.org/v1\",",
        "`api.example.org/v1` is no place to send to",
    );
    check(
        "\"http://printer",
        "\"gopher://printer",
        "`gopher://printer.example.org:8080` is no place",
    );
    check(
        "\"api.example.org\" =",
        "\"api.example.org.\" =",
        "the host ends with a dot",
    );
    for odd in [
        "127.0.0.1:8081",
        "ws://127.0.0.1:1",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.1:80",
    ] {
        check(
            "\"http://127.0.0.1:8081\"",
            &format!("\"{odd}\""),
            "an upstream is `http://` or",
        );
    }
    for odd in [
        "http://localhost:80",
        "http://127.0.0.1:80/",
        "http://me@127.0.0.1:80",
        "HTTP://127.0.0.1:80",
        "",
    ] {
        check(
            "\"http://127.0.0.1:8081\"",
            &format!("\"{odd}\""),
            "an upstream is `http://` or",
        );
    }
    for elsewhere in [
        "10.0.0.1:80",
        "0.0.0.0:80",
        "169.254.169.254:80",
        "[::]:80",
        "[::ffff:127.0.0.1]:80",
    ] {
        let expected = format!("{elsewhere} is not on this machine");
        check(
            "\"http://127.0.0.1:8081\"",
            &format!("\"http://{elsewhere}\""),
            &expected,
        );
    }
}

#[test]
fn lists_of_hosts_are_bounded() {
    let list = |count: usize| (0..count).map(|n| format!("\"a{n}.b\",")).collect::<String>();
    let channel = |count| format!("[channel.a]\ncomponent='/a'\nhosts=[{}]", list(count));
    let top = |count| format!("hosts=[{}]", list(count));
    assert!(parse(&channel(limits::HOSTS)).is_ok() && parse(&top(limits::HOSTS)).is_ok());
    for many in [channel(limits::HOSTS + 1), top(limits::HOSTS + 1)] {
        let error = parse(&many).unwrap_err().to_string();
        assert!(error.contains("there are more than 256 hosts"), "{error}");
    }
}

#[test]
fn what_is_put_is_read_and_comments_stay() {
    let mut channel = parse(NET).unwrap().channels[&name("a")].clone();
    assert_eq!(put_channel(NET, &name("a"), &channel), Ok(NET.to_owned()));
    let fresh = put_channel("", &name("a"), &channel).unwrap();
    assert_eq!(parse(&fresh).unwrap().channels[&name("a")], channel, "{fresh}");
    assert!(
        fresh.contains("upstream.\"api.example.org\" = \"http://127.0.0.1:8081\"\n"),
        "{fresh}"
    );

    channel.upstreams.remove("*.files.example.org");
    let less = put_channel(NET, &name("a"), &channel).unwrap();
    assert!(
        less.contains("# our own server") && less.contains("# the API"),
        "{less}"
    );
    assert_eq!(parse(&less).unwrap().channels[&name("a")], channel, "{less}");

    channel.hosts.remove("*.files.example.org");
    channel.upstreams.clear();
    let none = put_channel(NET, &name("a"), &channel).unwrap();
    assert_eq!(parse(&none).unwrap().channels[&name("a")], channel, "{none}");
    assert!(!none.contains("upstream"), "{none}");
}
