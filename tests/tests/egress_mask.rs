//! A server that repeats a credential in every way, and the guest's side of it, where none is left.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use lockgate::egress::Failure;
use lockgate_tests::platform::net::{Net, bearer, fetch, get, read, rule};
use lockgate_tests::platform::{Answer, Platform, Seen};

const KEY: &str = "s3cr3t/credential+with\"odd~chars";
const OTHER: &str = "key-of-a-hook-0123456789";

/// The credential as the server got it.
fn got(seen: &Seen) -> String {
    seen.header("authorization")[0]
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned()
}

/// The ways in which servers repeat what they were sent.
fn writings(secret: &str) -> Vec<String> {
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    // As the host itself encodes what goes into a path, and a server again.
    let once: String = secret.bytes().map(encoded).collect();
    let twice = once.replace('%', "%25");
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
        once.replace("%2F", "%2f").replace('%', "%25"),
        twice,
        HEXLOWER.encode(once.as_bytes()),
        BASE64.encode(once.as_bytes()),
    ]
}

fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
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
    let charset = format!("text/plain; charset={KEY}");
    let answers = [
        Answer::with(200, &[("content-encoding", KEY)], ""),
        Answer::with(200, &[("content-type", &charset)], ""),
        Answer::raw(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: {KEY}, chunked\r\n\r\n0\r\n\r\n"
        )),
    ];
    for answer in answers {
        let (_platform, _net, line) = net(move |_| answer.clone());
        let failure = fetch(&line, get("/in")).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Unreachable(text) if text.contains("****************") && !text.contains("cr3t")),
            "{failure}"
        );
    }
    let (_platform, _net, line) = net(|_| Answer::ok(""));
    let url = format!("/{OTHER}");
    let failure = fetch(&line, get(&url)).await.err().unwrap();
    // Neither the guess nor asterisks over it, which would say that it is right.
    assert!(
        matches!(&failure, Failure::Refused(text) if !text.contains(OTHER) && !text.contains("**")),
        "{failure}"
    );
}

#[tokio::test]
async fn no_name_of_a_header_shows_it_in_lower_case() {
    for secret in ["Mixed-Case-Secret-0123", "6Yf7dGq2Lw9-Zk_x"] {
        let names = [
            secret.to_owned(),
            format!("x-{secret}-y"),
            format!("x-{}", BASE64URL_NOPAD.encode(secret.as_bytes())),
            format!("x-{}", HEXUPPER.encode(secret.as_bytes())),
            secret.replace('-', "%2D"),
        ];
        for name in names {
            let platform = Platform::plain(move |_| Answer::with(200, &[("x-a", "b"), (&name, "x")], "")).unwrap();
            let net = Net::new().unwrap();
            net.place(&platform);
            let line = net.line(vec![rule(&["/"]).unwrap()], &[("key", secret)]).unwrap();
            let (_, headers, _) = read(&line, get("/")).await.unwrap();
            assert_eq!(headers, "x-a: b\ncontent-length: 0\n");
            assert_eq!(
                line.take_tallies().into_keys().collect::<Vec<_>>(),
                ["egress-secret-covered"]
            );
        }
    }
}

#[tokio::test]
async fn a_password_in_a_pair_that_is_sent_as_base64_is_covered_as_text() {
    for pair in ["somebody:a-password", "somebody:pässword"] {
        let secret = BASE64.encode(pair.as_bytes());
        let net = Net::new().unwrap();
        let line = net.line(vec![], &[("pair", &format!(" {secret}\n"))]).unwrap();
        let covered = "*".repeat(pair.len());
        assert_eq!(line.mask(&format!("<{pair}>")), format!("<{covered}>"));
        let trimmed = line.mask(&format!("<{secret}>"));
        assert!(!trimmed.contains(&secret[..8]), "{trimmed}");
    }
}

#[tokio::test]
async fn no_alphabet_that_the_guest_asked_for_hides_it() {
    for charset in ["utf-16", "UTF-7", "ibm037", "\"utf-16le\"", "utf-8, utf-16", ""] {
        for name in ["charset", "Charset", " charset "] {
            let kind = format!("text/plain; a=b;{name}={charset}");
            let (_platform, net, line) = net(move |_| Answer::with(200, &[("content-type", &kind)], "x"));
            let failure = fetch(&line, get("/out")).await.err();
            let said = matches!(&failure, Some(Failure::Unreachable(text)) if text.contains("charset"));
            assert!(said, "{charset}: {failure:?}");
            assert_eq!(line.take_tallies().into_keys().collect::<Vec<_>>(), ["egress-encoded"]);
            let other = net.line(vec![rule(&["/out"]).unwrap()], &[]).unwrap();
            assert_eq!(read(&other, get("/out")).await.unwrap().0, 200);
        }
    }
    for charset in ["utf-8", "UTF-8", "\"utf-8\"", "us-ascii", "iso-8859-1", "Windows-1252"] {
        let kind = format!("text/plain;charset={charset}");
        let (_platform, _net, line) = net(move |_| Answer::with(200, &[("content-type", &kind)], "x"));
        assert_eq!(read(&line, get("/out")).await.unwrap().2, "x");
    }
    for wide in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = KEY.encode_utf16().flat_map(wide).collect();
        let length = bytes.len();
        let (_platform, _net, line) = net(move |_| Answer::ok(&bytes));
        assert_eq!(read(&line, get("/out")).await.unwrap().2, "*".repeat(length));
    }
}

#[test]
fn what_is_too_short_is_named() {
    let net = Net::new().unwrap();
    let secrets = [("a", "123"), ("b", "12345678901"), ("c", "123456789012")];
    let line = net.line(vec![], &secrets).unwrap();
    assert_eq!(line.short_secrets(), ["a", "b"]);
    assert_eq!(line.mask("123 12345678901 "), "123 *********** ");
}
