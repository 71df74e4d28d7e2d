//! What holds for any text: what is read here, everybody else reads in the same way.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Mostly what is allowed, and now and then something odd at every place, so that both are met often.
fn url() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![12 => "https|http|wss|ws", 1 => "HTTPS|ftp|https:|"];
    let host = prop_oneof![
        6 => "[a-z0-9]{1,4}([.-][a-z]{1,3}){0,3}",
        2 => "(1?[0-9]{1,2}\\.){3}[1-9][0-9]?",
        1 => "\\[([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\\]|\\[([0-9a-f]{0,2}:){1,3}:[0-9a-f]{1,2}\\]",
        1 => "xn--[a-z0-9]{1,6}(\\.org)?",
        2 => "[a-z0-9A-Z.@%_*:-]{0,8}|0x[0-9a-f]{1,3}|[0-9.x]{1,9}|\\PC{1,3}",
    ];
    let port = prop_oneof![6 => Just(String::new()), 3 => ":[1-9][0-9]{1,3}", 1 => ":[0-9]{0,6}|:.{1,3}"];
    let segment = prop_oneof![
        12 => "[a-zA-Z0-9._~!$&'()*+,;=:@-]{1,5}",
        3 => "[a-z]{0,2}(%2[0-9]|%3[a-f]|%C3%A9|%7[BCD])",
        2 => "[a-z]{0,2}\\{[a-z]{1,3}\\}[a-z.]{0,2}",
        2 => "[a-z]{0,2}%7[Bb][a-z0-9_]{1,3}%7[Dd][a-z.]{0,2}",
        1 => "|\\.|\\.\\.|%2e|%2F|%[0-9a-f]{0,2}|[{}<>\"^`|\\[\\]\\\\ #]|\\PC",
    ];
    let path = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let query = prop_oneof![
        4 => Just(String::new()),
        4 => "\\?[a-z0-9=&;/?:@!$()*+,._~-]{0,8}(%[0-9a-f]{2})?",
        1 => "\\?[a-z'\"<>\\[\\]{}|^`]{0,3}|#.{0,3}|\\?%.{0,2}|\\?\\PC",
    ];
    (scheme, host, port, path, query)
        .prop_map(|(scheme, host, port, path, query)| format!("{scheme}://{host}{port}{path}{query}"))
}

/// The text with every placeholder in its path replaced by what a secret could be.
fn filled(url: &str) -> String {
    let (path, query) = url
        .split_once('?')
        .map_or((url, None), |(path, query)| (path, Some(query)));
    let placeholder = regex_lite::Regex::new(r"(\{|%7[Bb])[a-z][a-z0-9_-]*(\}|%7[Dd])").unwrap();
    let path = placeholder.replace_all(path, "S3cret");
    query.map_or(path.to_string(), |query| format!("{path}?{query}"))
}

/// Whoever reads the text with the usual library finds the same parts and would write the same text. An invented
/// `xn--…` may be no name at all for it; then nobody is misled.
fn read_alike(url: &str, target: &Target) {
    let text = filled(url);
    let other = match url::Url::parse(&text) {
        Ok(other) => other,
        Err(_) if target.host().contains("xn--") => return,
        Err(error) => panic!("{text}: {error}"),
    };
    assert_eq!(other.scheme(), target.scheme().as_str(), "{text}");
    assert_eq!(other.host_str(), Some(target.host()), "{text}");
    assert_eq!(other.port_or_known_default(), Some(target.port()), "{text}");
    assert_eq!(other.path(), filled(target.path()), "{text}");
    assert_eq!(other.query(), target.query(), "{text}");
    assert_eq!(
        (other.username(), other.password(), other.fragment()),
        ("", None, None),
        "{text}"
    );
    assert_eq!(other.as_str(), text);
    let plain = filled(target.path());
    assert!(!plain.contains(['{', '}']), "{text}");
    rewritten_alike(url, target);
    let segments: Vec<_> = other.path_segments().unwrap().collect();
    assert_eq!(segments.len(), target.segments().len(), "{text}");
    let address = match other.host() {
        Some(url::Host::Ipv4(ip)) => Some(ip.into()),
        Some(url::Host::Ipv6(ip)) => Some(ip.into()),
        _ => None,
    };
    assert_eq!(address, target.address(), "{text}");
}

/// A library that writes the braces of a placeholder in its own way changes nothing of what is meant.
fn rewritten_alike(url: &str, target: &Target) {
    let other = url::Url::parse(url).unwrap();
    assert_eq!(Target::parse(other.as_str()).as_ref(), Ok(target), "{url}");
}

#[test]
fn what_is_read_everybody_reads_alike() {
    let (read, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config::with_cases(4_000));
    let outcome = runner.run(&url(), |url| {
        match Target::parse(&url) {
            Ok(target) => {
                read_alike(&url, &target);
                read.set(read.get() + 1);
            }
            Err(_) => refused.set(refused.get() + 1),
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(
        read.get() > 400 && refused.get() > 400,
        "{read:?} read, {refused:?} refused"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", tail in "[ -~]{0,60}") {
        for url in [text.clone(), format!("https://{text}"), format!("https://a/{tail}"), format!("https://{tail}")] {
            if let Ok(target) = Target::parse(&url) {
                read_alike(&url, &target);
            }
            let _ = (check_label(&url), HostPattern::parse(&url), PathPattern::parse(&url));
        }
    }

    /// A path that is read covers itself as a pattern, unless it has a star in it.
    #[test]
    fn a_path_is_its_own_pattern(path in "(/[a-z.;=]{1,3}(\\{[a-z]\\})?(%20)?){1,4}/?") {
        let target = Target::parse(&format!("https://a{path}"));
        prop_assume!(target.is_ok());
        let pattern = PathPattern::parse(&path).unwrap();
        prop_assert!(pattern.covers(target.unwrap().segments()));
    }

    /// If one path is covered by two patterns, they are said to overlap.
    #[test]
    fn what_two_patterns_cover_is_overlap(
        one in "(/([ab]|\\*|\\{s\\})){1,3}(/\\*\\*|/)?",
        two in "(/([ab]|\\*|\\{s\\})){1,3}(/\\*\\*|/)?",
        path in "(/([ab]|\\{s\\})){1,4}/?",
    ) {
        let (one, two) = (PathPattern::parse(&one).unwrap(), PathPattern::parse(&two).unwrap());
        let target = Target::parse(&format!("https://a{path}")).unwrap();
        let both = one.covers(target.segments()) && two.covers(target.segments());
        prop_assert!(!both || one.overlaps(&two));
        prop_assert_eq!(one.overlaps(&two), two.overlaps(&one));
        prop_assert!(one.overlaps(&one));
    }
}
