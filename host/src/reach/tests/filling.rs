//! Credentials in paths, headers and queries: what is put in, and what a guest tries instead.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::Secret;

/// `token`, `key`, and some that fit nowhere.
pub(super) fn secrets() -> BTreeMap<String, Secret> {
    let all: [(&str, &[u8]); 10] = [
        ("token", b"12:Ab/c d"),
        ("key", b"k-e_y"),
        ("dots", b".."),
        ("dot", b"."),
        ("empty", b""),
        ("lines", b"a\r\nhost: b"),
        ("bytes", b"\xff\xfe"),
        ("after", b"k-e_y "),
        ("before", b" k-e_y"),
        ("tabbed", b"k-e_y\t"),
    ];
    let all = all
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), Secret::new(*bytes)));
    all.collect()
}

pub(super) fn at(secret: &str, place: CredentialPlace) -> Credential {
    Credential {
        secret: secret.into(),
        place,
    }
}

fn header(name: &str, prefix: &str) -> CredentialPlace {
    CredentialPlace::Header {
        name: name.into(),
        prefix: prefix.into(),
    }
}

/// A rule for any path of `a.b`, and for these.
pub(super) fn rule(paths: &[&str], credentials: Vec<Credential>) -> HttpRule {
    HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::parse("a.b").unwrap(),
        port: 443,
        methods: vec!["POST".into()],
        paths: paths.iter().map(|path| PathPattern::parse(path).unwrap()).collect(),
        credentials,
    }
}

pub(super) fn fill(
    rule: &HttpRule,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Filled, FillRefusal> {
    let target = Target::parse(&format!("https://a.b{path}")).unwrap();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let draft = Draft {
        target: &target,
        headers: &headers,
        body,
        fields: None,
    };
    let rules = std::slice::from_ref(rule);
    find(rules, "POST", &target).unwrap().fill(&draft, &secrets())
}

/// Expects this request line.
#[track_caller]
fn line(rule: &HttpRule, path: &str, expected: &str) {
    let filled = fill(rule, path, &[], Some(b"")).unwrap();
    assert_eq!(filled.path_and_query, expected);
    assert_eq!(format!("{filled:?}"), "[a request with secrets]");
}

/// Expects a refusal that says this, and nothing of a secret's bytes.
#[track_caller]
fn refused(outcome: Result<Filled, FillRefusal>, expected: &str) {
    let refusal = outcome.unwrap_err();
    let text = refusal.to_string();
    assert!(text.contains(expected), "{text}");
    for secret in ["12:Ab", "k-e_y", "host: b"] {
        assert!(
            !text.contains(secret) && !format!("{refusal:?}").contains(secret),
            "{text}"
        );
    }
}

#[test]
fn a_secret_in_a_path_is_a_part_of_its_segment() {
    let paths = [
        "/bot{token}/x",
        "/{token}{key}-{token}/y",
        "/v1/{key}",
        "/plain/*",
        "/{dots}",
        "/{dot}.",
        "/{dots};a",
        "/a{dots}",
        "/{empty}",
        "/a{empty}",
        "/{lines}",
        "/{bytes}",
        "/{missing}",
    ];
    let rule = rule(&paths, Vec::new());
    line(&rule, "/bot{token}/x?a=b", "/bot12%3AAb%2Fc%20d/x?a=b");
    line(
        &rule,
        "/{token}{key}-{token}/y",
        "/12%3AAb%2Fc%20dk-e_y-12%3AAb%2Fc%20d/y",
    );
    line(&rule, "/v1/{key}?", "/v1/k-e_y?");
    line(&rule, "/v1/%7Bkey%7D", "/v1/k-e_y");
    line(&rule, "/bot%7btoken%7D/x", "/bot12%3AAb%2Fc%20d/x");
    line(&rule, "/plain/%C3%BC", "/plain/%C3%BC");
    line(&rule, "/a{dots}", "/a..");
    line(&rule, "/{bytes}", "/%FF%FE");
    for path in ["/{dots}", "/{dot}.", "/{dots};a", "/{empty}", "/a{empty}", "/{lines}"] {
        refused(fill(&rule, path, &[], None), "can't stand in a path");
    }
    refused(
        fill(&rule, "/{missing}", &[], None),
        "the secret `missing` is not there: grant it",
    );
}

#[test]
fn a_secret_between_blanks_is_not_sent_as_another_one() {
    let json = CredentialPlace::Json {
        pointer: "/k".into(),
        when: None,
    };
    let places = [
        header("x-key", ""),
        header("x-key", "Bearer "),
        CredentialPlace::Query("k".into()),
        json,
    ];
    for secret in ["after", "before", "tabbed"] {
        let expected = format!("the secret `{secret}` begins or ends with a blank");
        for place in &places {
            let rule = rule(&["/"], vec![at(secret, place.clone())]);
            let is_json = matches!(place, CredentialPlace::Json { .. });
            let headers: &[_] = if is_json {
                &[("content-type", "application/json")]
            } else {
                &[]
            };
            refused(
                fill(&rule, "/", headers, Some(if is_json { b"{}" } else { b"" })),
                &expected,
            );
        }
        let path = format!("/a{{{secret}}}b");
        let rules = [rule(&[&path], Vec::new())];
        refused(fill(&rules[0], &path, &[], None), &expected);
        let early = check_credential(&rules, secret, &secrets()[secret]).unwrap_err();
        assert!(early.to_string().contains(&expected), "{early}");
        assert_eq!(check_credential(&rules, "unused", &secrets()[secret]), Ok(()));
    }
    let rules = [rule(&["/{token}"], Vec::new())];
    assert_eq!(check_credential(&rules, "token", &secrets()["token"]), Ok(()));
}

#[test]
fn what_is_filled_is_read_as_it_was_meant() {
    let rule = rule(
        &["/bot{token}/x"],
        vec![at("key", CredentialPlace::Query("key".into()))],
    );
    let filled = fill(&rule, "/bot{token}/x?a=b", &[], Some(b"")).unwrap();
    let read = url::Url::parse(&format!("https://a.b{}", filled.path_and_query)).unwrap();
    assert_eq!(read.path_segments().unwrap().count(), 2);
    let pairs: Vec<_> = read
        .query_pairs()
        .map(|(key, value)| format!("{key}:{value}"))
        .collect();
    assert_eq!(pairs, ["a:b", "key:k-e_y"]);
}

#[test]
fn a_secret_in_a_header_is_the_only_one_of_its_name() {
    let rule = rule(
        &["/"],
        vec![
            at("token", header("authorization", "Bearer ")),
            at("bytes", header("x-key", "")),
        ],
    );
    let filled = fill(&rule, "/", &[("X-Other", "a\tb \u{e9}"), ("x-other", "")], None).unwrap();
    let names: Vec<_> = filled.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-other", "x-other", "authorization", "x-key"]);
    assert_eq!(filled.headers[2].1, b"Bearer 12:Ab/c d");
    assert_eq!(filled.headers[3].1, b"\xff\xfe");
    assert!(filled.body.is_none());
    for name in [
        "authorization",
        "Authorization",
        "AUTHORIZATION",
        "x-key",
        "X_Key",
        "x_key",
    ] {
        let own = format!(
            "the header `{}` is put in by lockgate",
            name.to_lowercase().replace('_', "-")
        );
        refused(fill(&rule, "/", &[(name, "mine")], None), &own);
    }
    for name in ["range", "Range", "Request-Range", "if-range"] {
        refused(fill(&rule, "/", &[(name, "bytes=0-1")], None), "asks for the whole");
    }
    for secret in ["lines", "empty"] {
        let rule = super::filling::rule(&["/"], vec![at(secret, header("x-key", "Bearer "))]);
        refused(fill(&rule, "/", &[], None), "can't stand in a header");
    }
}

#[test]
fn no_header_ends_a_request_or_makes_it_another() {
    let rule = rule(&["/"], Vec::new());
    assert!(
        fill(
            &rule,
            "/",
            &[("range", "bytes=0-1"), ("sec-websocket-protocol", "a")],
            None
        )
        .is_ok()
    );
    for name in [
        "Host",
        "Connection",
        "Transfer-Encoding",
        "content-length",
        "Content_Length",
        "TE",
        "Trailer",
        "Upgrade",
        "Keep-Alive",
        "Expect",
        "Proxy-Authorization",
        "proxy-x",
        "X-HTTP-Method-Override",
        "X-Method-Override",
        "x_http_method",
        "X-Original-URL",
        "X-Rewrite-Url",
        "X-Forwarded-Host",
        "Forwarded",
        "Accept-Encoding",
        "Sec-WebSocket-Key",
        "HTTP2-Settings",
        "Via",
    ] {
        refused(fill(&rule, "/", &[(name, "a")], None), "is set by lockgate itself");
    }
    for name in ["", "a b", "a:b", "a\r\nb", "\u{e9}", "a\0"] {
        refused(fill(&rule, "/", &[(name, "a")], None), "is no header's name");
    }
    for value in ["a\r\nhost: b", "a\nb", "a\rb", "a\0b", "\u{7f}", "\u{1b}[2J"] {
        refused(fill(&rule, "/", &[("x-a", value)], None), "holds a control character");
    }
}

#[test]
fn headers_are_bounded() {
    let rule = rule(&["/"], Vec::new());
    let many = |count: usize| vec![("x-a", "b"); count];
    assert!(fill(&rule, "/", &many(limits::FETCH_HEADERS), None).is_ok());
    refused(
        fill(&rule, "/", &many(limits::FETCH_HEADERS + 1), None),
        "more than 64 headers",
    );
    let long = "b".repeat(limits::FETCH_HEADER_BYTES - 3);
    assert!(fill(&rule, "/", &[("x-a", &long)], None).is_ok());
    refused(fill(&rule, "/", &[("x-ab", &long)], None), "or 32768 bytes");
}

#[test]
fn a_secret_in_a_query_is_the_only_one_of_its_key() {
    let rule = rule(&["/"], vec![at("token", CredentialPlace::Query("api.key".into()))]);
    line(&rule, "/", "/?api.key=12%3AAb%2Fc%20d");
    line(&rule, "/?", "/?api.key=12%3AAb%2Fc%20d");
    line(
        &rule,
        "/?a=b&api.keys=c&xapi.key",
        "/?a=b&api.keys=c&xapi.key&api.key=12%3AAb%2Fc%20d",
    );
    for own in [
        "api.key=a",
        "api.key",
        "a=b&api.key=c",
        "API.Key=a",
        "api%2Ekey=a",
        "%61pi.key=a",
        "api_key=a",
        "api+key=a",
        "api%20key=a",
        "+api.key=a",
        "%20api.key=a",
        "api.key%5B%5D=a",
        "api.key%5bx%5D=a",
        "a;api.key=b",
        "a=b;api.key",
        "&&api.key=a",
        "api.key=",
        "api.key==a",
        "api-key=a",
        "api%5Bkey=a",
    ] {
        refused(
            fill(&rule, &format!("/?{own}"), &[], Some(b"")),
            "the key `api.key` of the query is put in",
        );
    }
    for secret in ["lines", "empty"] {
        let rule = super::filling::rule(&["/"], vec![at(secret, CredentialPlace::Query("k".into()))]);
        refused(fill(&rule, "/", &[], Some(b"")), "can't stand in a query");
    }
}

#[test]
fn a_request_line_is_bounded_with_its_secrets() {
    let key = rule(&["/**"], vec![at("key", CredentialPlace::Query("k".into()))]);
    let token = rule(&["/**"], vec![at("token", CredentialPlace::Query("k".into()))]);
    // The URL of the draft has the same bound, which counts its scheme and host, too.
    let path = format!("/{}", "a".repeat(limits::URL_BYTES - "https://a.b/".len()));
    let line = fill(&key, &path, &[], Some(b"")).unwrap().path_and_query;
    assert!(line.len() <= limits::URL_BYTES, "{}", line.len());
    refused(fill(&token, &path, &[], Some(b"")), "too long");
}

#[test]
fn whether_a_secret_is_put_in_is_known_before() {
    let target = Target::parse("https://a.b/x").unwrap();
    let check = |rule: &HttpRule, credential: bool, whole: bool| {
        let rules = std::slice::from_ref(rule);
        let found = find(rules, "POST", &target).unwrap();
        assert_eq!((found.has_credential(), found.needs_whole_body()), (credential, whole));
    };
    check(&rule(&["/x", "/{key}"], Vec::new()), false, false);
    check(&rule(&["/x"], vec![at("key", header("x-key", ""))]), true, false);
    let json = CredentialPlace::Json {
        pointer: "/a".into(),
        when: None,
    };
    check(&rule(&["/x"], vec![at("key", json)]), true, true);
}

proptest! {
    /// Whatever the secret's bytes are: if the path is sent, everybody finds it in the one segment.
    #[test]
    fn any_secret_is_one_piece(bytes in prop::collection::vec(any::<u8>(), 0..8), text in "[./;%?#{}a\\\\ ]{0,4}") {
        for bytes in [bytes, text.into_bytes()] {
            let rule = rule(&["/a/{s}/b{s}"], Vec::new());
            let target = Target::parse("https://a.b/a/{s}/b{s}?q").unwrap();
            let draft = Draft { target: &target, headers: &[], body: None, fields: None };
            let secrets = BTreeMap::from([("s".to_owned(), Secret::new(bytes.clone()))]);
            let found = find(std::slice::from_ref(&rule), "POST", &target).unwrap();
            let Ok(filled) = found.fill(&draft, &secrets) else {
                continue;
            };
            let read = url::Url::parse(&format!("https://a.b{}", filled.path_and_query)).unwrap();
            let segments: Vec<_> = read.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 3, "{}", read);
            prop_assert_eq!(super::super::fill::decoded(segments[1].replace('+', "%2B").as_bytes()), bytes);
            prop_assert_eq!(read.query(), Some("q"));
        }
    }
}
