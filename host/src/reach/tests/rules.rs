//! Rules, and the one that a request falls under.

use super::*;

/// A rule without credentials: `https` and its port.
fn rule(host: &str, methods: &[&str], paths: &[&str]) -> HttpRule {
    HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::parse(host).unwrap(),
        port: 443,
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        paths: paths.iter().map(|path| PathPattern::parse(path).unwrap()).collect(),
        credentials: Vec::new(),
    }
}

fn rules() -> Vec<HttpRule> {
    let mut ported = rule("ported.example.org", &["GET"], &["/**"]);
    ported.port = 8443;
    vec![
        rule(
            "api.example.org",
            &["GET", "POST"],
            &[
                "/bot{bot_token}/getUpdates",
                "/v1/*/items",
                "/file/bot{bot_token}/**",
                "/dir/",
                "/a%20b/100%25",
            ],
        ),
        rule("*.files.example.org", &["GET"], &["/**"]),
        ported,
    ]
}

/// Expects the pattern that covers a request, or the reason of the refusal.
#[track_caller]
fn check(method: &str, url: &str, expected: Result<&str, &str>) {
    let rules = rules();
    let target = Target::parse(url).unwrap();
    let found = find(&rules, method, &target);
    let found = found
        .as_ref()
        .map(|found| found.path.text.as_str())
        .map_err(Refusal::reason);
    assert_eq!(found, expected, "{method} {url}");
}

#[test]
fn a_request_is_covered_by_all_of_a_rule() {
    let api = "https://api.example.org";
    check(
        "GET",
        &format!("{api}/bot{{bot_token}}/getUpdates?offset=1"),
        Ok("/bot{bot_token}/getUpdates"),
    );
    check(
        "GET",
        &format!("{api}/bot%7Bbot_token%7d/getUpdates?offset=1"),
        Ok("/bot{bot_token}/getUpdates"),
    );
    check("POST", &format!("{api}/v1/a%2Cb/items"), Ok("/v1/*/items"));
    check(
        "GET",
        &format!("{api}/file/bot{{bot_token}}/a/b.jpg"),
        Ok("/file/bot{bot_token}/**"),
    );
    check("GET", &format!("{api}/dir/"), Ok("/dir/"));
    check("GET", &format!("{api}/a%20b/100%25"), Ok("/a%20b/100%25"));
    check("GET", "https://x1.files.example.org/", Ok("/**"));
    check("GET", "https://ported.example.org:8443/a/b/", Ok("/**"));
}

#[test]
fn whatever_differs_is_refused_with_the_nearest_rule() {
    let api = "https://api.example.org";
    check("GET", "https://other.example.org/v1/a/items", Err("host"));
    check("GET", "https://api.example.org.evil.example/v1/a/items", Err("host"));
    check("GET", "https://evilapi.example.org/v1/a/items", Err("host"));
    check("GET", "https://files.example.org/", Err("host"));
    check("GET", "https://a.b.files.example.org/", Err("host"));
    check("GET", "https://afiles.example.org/", Err("host"));
    check("GET", "http://api.example.org/v1/a/items", Err("scheme"));
    check("GET", "wss://api.example.org/v1/a/items", Err("scheme"));
    check("GET", "https://api.example.org:8443/v1/a/items", Err("port"));
    check("GET", "https://ported.example.org/", Err("port"));
    for method in ["DELETE", "get", "Get", "", "GET ", "HEAD"] {
        check(method, &format!("{api}/v1/a/items"), Err("method"));
    }
    for path in [
        "/",
        "/v1/items",
        "/v1/a/items/",
        "/v1/a/b/items",
        "/v1/a/itemsX",
        "/V1/a/items",
        "/dir",
        "/dir/x",
        "/v1/{bot_token}/items",
        "/bot{bot_token}/setWebhook",
        "/bot{bot_token}/getUpdates/",
        "/botX/getUpdates",
        "/bot/getUpdates",
        "/bot{other}/getUpdates",
        "/bot%7BX%7D%7Bbot_token%7D/getUpdates",
        "/bot{bot_token}x/getUpdates",
        "/file/bot{bot_token}",
        "/file/bot{bot_token}/{bot_token}",
        "/file/bot{bot_token}/a/{bot_token}",
    ] {
        check("GET", &format!("{api}{path}"), Err("path"));
    }
}

#[test]
fn refusals_say_what_to_add_and_nothing_of_secrets() {
    let rules = rules();
    let say = |method: &str, url: &str| {
        find(&rules, method, &Target::parse(url).unwrap())
            .unwrap_err()
            .to_string()
    };
    let host = say("GET", "https://other.example.org/");
    assert!(
        host.contains("`host` of an [[asks.http]]") && host.contains("`hosts` of the channel"),
        "{host}"
    );
    assert!(say("GET", "http://api.example.org/").contains("add `scheme = \"http\"`"));
    assert!(say("GET", "https://api.example.org:1/").contains("add it as `port`"));
    assert!(say("PUT", "https://api.example.org/").contains("not covered for this method: add it to `methods`"));
    // Whether a secret exists can't be learned from what is said.
    let path = |name: &str| say("GET", &format!("https://api.example.org/x{{{name}}}"));
    assert_eq!(path("bot_token"), path("nosuch"));
    let escaped = say("G\u{1b}[2J\n\u{202e}T", "https://api.example.org/");
    assert!(!escaped.contains(['\u{1b}', '\n', '\u{202e}']), "{escaped}");
    let long = say("GET", &format!("https://api.example.org/{}", "x".repeat(4_000)));
    assert!(long.len() < 400, "{long}");
    // Nor whether a guess is right, by its being covered in what is repeated.
    for (method, url) in [
        ("GET", "https://hunter2.example.org/"),
        ("GET", "https://hunter2.files.example.org/?a"),
        ("GET", "http://hunter2.files.example.org/"),
        ("GET", "https://api.example.org:2222/hunter2"),
        ("hunter2", "https://api.example.org/v1/a/items"),
        ("GET", "https://api.example.org/hunter2"),
        ("GET", "https://api.example.org/{hunter2}"),
        ("GET", "https://api.example.org/v1/hunter2/no?hunter2"),
    ] {
        let refusal = find(&rules, method, &Target::parse(url).unwrap());
        let said = refusal.map_or_else(|refusal| refusal.to_string(), |_| String::new());
        assert!(!said.contains("hunter2") && !said.contains("2222"), "{said}");
    }
    assert_eq!(
        find(&[], "GET", &Target::parse("https://a/").unwrap())
            .unwrap_err()
            .reason(),
        "host"
    );
}

#[test]
fn two_rules_for_one_request_are_none() {
    let pair = [
        rule("a.b.c", &["GET"], &["/v1/*"]),
        rule("*.b.c", &["GET", "POST"], &["/v1/x", "/v2"]),
    ];
    let target = |url: &str| Target::parse(url).unwrap();
    assert_eq!(
        find(&pair, "GET", &target("https://a.b.c/v1/x")).unwrap_err().reason(),
        "ambiguous"
    );
    assert_eq!(
        find(&pair, "GET", &target("https://a.b.c/v1/y")).unwrap().rule,
        &pair[0]
    );
    assert_eq!(
        find(&pair, "POST", &target("https://a.b.c/v1/x")).unwrap().rule,
        &pair[1]
    );
    assert!(pair[0].overlaps(&pair[1]) && pair[1].overlaps(&pair[0]));
    // Two paths of one rule are one rule.
    let one = [rule("a.b.c", &["GET"], &["/v1/*", "/v1/x"])];
    assert!(find(&one, "GET", &target("https://a.b.c/v1/x")).is_ok());
}

/// Whether two rules overlap that differ in these.
#[track_caller]
fn overlap(one: (&str, &str, &str), two: (&str, &str, &str), expected: bool) {
    let rule = |(host, method, path): (&str, &str, &str)| rule(host, &[method], &[path]);
    assert_eq!(rule(one).overlaps(&rule(two)), expected, "{one:?} {two:?}");
    assert_eq!(rule(two).overlaps(&rule(one)), expected, "{two:?} {one:?}");
}

#[test]
fn overlaps_are_seen_before_a_request_is_made() {
    overlap(("a.b.c", "GET", "/x"), ("a.b.c", "GET", "/x"), true);
    overlap(("a.b.c", "GET", "/x"), ("d.b.c", "GET", "/x"), false);
    overlap(("*.b.c", "GET", "/x"), ("*.b.c", "GET", "/**"), true);
    overlap(("*.b.c", "GET", "/x"), ("*.a.b.c", "GET", "/x"), false);
    overlap(("a.b.c", "GET", "/x"), ("a.b.c", "PUT", "/x"), false);
    overlap(("a.b.c", "GET", "/*"), ("a.b.c", "GET", "/{s}"), false);
    overlap(("a.b.c", "GET", "/**"), ("a.b.c", "GET", "/x/{s}"), false);
    overlap(("a.b.c", "GET", "/x/**"), ("a.b.c", "GET", "/x/y/z"), true);
    overlap(("a.b.c", "GET", "/x/**"), ("a.b.c", "GET", "/x"), false);
    overlap(("a.b.c", "GET", "/x/**"), ("a.b.c", "GET", "/x/"), true);
    overlap(("a.b.c", "GET", "/x/*"), ("a.b.c", "GET", "/x/"), false);
    let (mut one, two) = (rule("a.b.c", &["GET"], &["/"]), rule("a.b.c", &["GET"], &["/"]));
    one.port = 1;
    assert!(!one.overlaps(&two));
    one.port = 443;
    one.scheme = Scheme::Wss;
    assert!(!one.overlaps(&two));
}

#[test]
fn a_pattern_is_a_path_with_stars() {
    let check = |text: &str, expected: &str| {
        let refusal = PathPattern::parse(text).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{text}: {refusal}");
    };
    for form in ["", "a", "*", "https://a/", "/\u{e9}"] {
        check(form, "is no pattern for paths");
    }
    check(
        &format!("/{}", "x".repeat(limits::RULE_PATH_BYTES)),
        "is no pattern for paths",
    );
    assert!(PathPattern::parse(&format!("/{}", "x".repeat(limits::RULE_PATH_BYTES - 1))).is_ok());
    check("/**/a", "as the last segment");
    check("/a*", "stands for a whole segment");
    check("/***", "stands for a whole segment");
    check("/a//b", "empty segment");
    check("/a/../b", "segment `.` or `..`");
    check("/a?b", "holds '?'");
    check("/a#b", "holds '#'");
    check("/a b", "holds ' '");
    check("/{A}", "belongs to no");
    check("/%2e", "stands for itself");
    let pattern = PathPattern::parse("/a%2Ab{s}/*/**").unwrap();
    let pieces = vec![PathPiece::Literal("a*b".into()), PathPiece::Secret("s".into())];
    assert_eq!(pattern.segments, [Segment::Text(pieces), Segment::Any, Segment::Rest]);
}
