//! A server that repeats a credential in every way, and the guest's side of it, where none is left.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use lockgate::egress::Failure;
use lockgate_tests::platform::net::{Net, bearer, fetch, get, read, rule};
use lockgate_tests::platform::{Answer, Platform, Seen, Step};

const KEY: &str = "s3cr3t/credential+with\"odd~chars";
const OTHER: &str = "key-of-a-hook-0123456789";

/// The credential as the server got it.
fn got(seen: &Seen) -> String {
    seen.header("authorization")[0]
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned()
}

/// The seven ways in which servers repeat what they were sent.
fn writings(secret: &str) -> Vec<String> {
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = secret.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    vec![
        secret.to_owned(),
        percent.to_lowercase(),
        BASE64.encode(format!("user:{secret}").as_bytes()),
        BASE64URL_NOPAD.encode(secret.as_bytes()),
        HEXLOWER.encode(secret.as_bytes()),
        HEXUPPER.encode(secret.as_bytes()),
        unicode,
        secret.replace('"', "\\\"").replace('/', "\\/"),
        percent,
    ]
}

fn net(
    script: impl Fn(&Seen) -> Answer + Send + Sync + 'static,
) -> (Platform, Net, std::sync::Arc<lockgate::egress::Line>) {
    let platform = Platform::plain(script).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let rules = vec![bearer(rule(&["/in"]).unwrap(), "key"), rule(&["/out"]).unwrap()];
    let line = net.line(rules, &[("key", KEY), ("other", OTHER)]).unwrap();
    (platform, net, line)
}

/// Nothing of a secret stands there, and all around it does.
fn check(text: &str, length: usize) {
    assert_eq!(text.len(), length, "{text}");
    for secret in [KEY, OTHER] {
        for writing in writings(secret) {
            let middle = &writing[4..writing.len() - 4];
            assert!(!text.contains(middle), "{middle} in {text}");
        }
    }
    assert!(text.contains("****************"), "{text}");
}

#[tokio::test]
async fn no_header_and_no_body_shows_a_credential() {
    for way in 0..writings(KEY).len() {
        let (_platform, _net, line) = net(move |seen| {
            let echo = writings(&got(seen)).swap_remove(way);
            Answer::with(200, &[("x-echo", &echo)], format!("<<{echo}>>"))
        });
        let (_, headers, body) = read(&line, get("/in")).await.unwrap();
        let length = writings(KEY)[way].len();
        check(&body, length + 4);
        let header = headers.lines().find_map(|line| line.strip_prefix("x-echo: ")).unwrap();
        check(header, length);
        assert_eq!(
            line.take_tallies().into_keys().collect::<Vec<_>>(),
            ["egress-secret-covered"]
        );
    }
}

#[tokio::test]
async fn no_way_of_cutting_the_answer_shows_it() {
    for way in 0..writings(KEY).len() {
        for size in [1, 2, 3, 7] {
            let (_platform, _net, line) = net(move |seen| {
                let echo = writings(&got(seen)).swap_remove(way);
                Answer::chunked(format!("<<{echo}>>").as_bytes().chunks(size))
            });
            check(&read(&line, get("/in")).await.unwrap().2, writings(KEY)[way].len() + 4);
        }
    }
}

#[tokio::test]
async fn another_rule_shows_it_neither_nor_a_key_that_never_goes_out() {
    for secret in [KEY, OTHER] {
        for echo in writings(secret) {
            let length = echo.len();
            let (_platform, _net, line) = net(move |_| Answer::ok(&echo));
            check(&read(&line, get("/out")).await.unwrap().2, length);
        }
    }
}

#[tokio::test]
async fn no_error_shows_it() {
    let answers = [
        Answer::with(200, &[("content-encoding", KEY)], ""),
        Answer::raw(format!("HTTP/1.1 200 OK\r\n{KEY}: x\r\n\r\n")).then(Step::Close),
        Answer::raw(format!("HTTP/1.1 {KEY}\r\n\r\n")).then(Step::Close),
        Answer::raw(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{KEY}\r\n"
        ))
        .then(Step::Close),
    ];
    for answer in answers {
        let (_platform, _net, line) = net(move |_| answer.clone());
        let failure = match fetch(&line, get("/in")).await {
            Ok(response) => response.body.whole(100).await.err().unwrap(),
            Err(failure) => failure,
        };
        assert!(
            matches!(&failure, Failure::Unreachable(text) if !text.contains("cr3t")),
            "{failure}"
        );
    }
    let (_platform, _net, line) = net(|_| Answer::ok(""));
    let url = format!("/{OTHER}");
    let failure = fetch(&line, get(&url)).await.err().unwrap();
    assert!(
        matches!(&failure, Failure::Refused(text) if text.contains("/****")),
        "{failure}"
    );
}

#[test]
fn what_is_too_short_is_named() {
    let net = Net::new().unwrap();
    let secrets = [("a", "123"), ("b", "12345678901"), ("c", "123456789012")];
    let line = net.line(vec![], &secrets).unwrap();
    assert_eq!(line.short_secrets(), ["a", "b"]);
    assert_eq!(line.mask("123 12345678901 "), "123 *********** ");
}
