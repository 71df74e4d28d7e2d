//! What a server may do to its client, and what becomes of it: nothing but one failed request.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockgate::egress::{Failure, Line};
use lockgate::limits;
use lockgate::reach::{HostPattern, HttpRule};
use lockgate_tests::platform::net::{Net, bearer, fetch, get, read, rule, within};
use lockgate_tests::platform::{Answer, Platform, Step};

/// A line to a platform that answers everything so.
fn against(answer: Answer) -> (Platform, Net, Arc<Line>) {
    let platform = Platform::plain(move |_| answer.clone()).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/", "/**"]).unwrap()], &[]).unwrap();
    (platform, net, line)
}

async fn whole(line: &Line, most: usize) -> Result<Vec<u8>, Failure> {
    fetch(line, get("/")).await?.body.whole(most).await
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let location = "http://127.0.0.1:1/inside";
    let (platform, net, line) = against(Answer::with(302, &[("Location", location)], "moved"));
    let (status, headers, body) = read(&line, get("/")).await.unwrap();
    assert_eq!((status, body.as_str()), (302, "moved"));
    assert!(headers.contains(&format!("location: {location}\n")), "{headers}");
    assert_eq!(
        (
            platform.seen().len(),
            net.names.asked().len(),
            net.wires.dialled().len()
        ),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn an_encoded_answer_is_not_taken() {
    for header in [
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "identity, br"),
        ("Transfer-Encoding", "gzip, chunked"),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{}: {}\r\n", header.0, header.1);
        let rest = match header.0 {
            "Transfer-Encoding" => "\r\n0\r\n\r\n",
            _ => "content-length: 0\r\n\r\n",
        };
        let (_platform, _net, line) = against(Answer::raw(head + rest));
        let failure = fetch(&line, get("/")).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Unreachable(text) if text.contains(header.1)),
            "{failure}"
        );
        assert_eq!(line.take_tallies(), BTreeMap::from([("egress-encoded", 1)]));
    }
    let (_platform, _net, line) = against(Answer::with(200, &[("content-encoding", "Identity")], "plain"));
    assert_eq!(read(&line, get("/")).await.unwrap().2, "plain");
}

#[tokio::test]
async fn a_head_without_end_is_cut() {
    let many: Vec<_> = (0..=limits::RESPONSE_HEADERS).map(|_| ("x-a", "b")).collect();
    let long = "a".repeat(limits::RESPONSE_HEAD_BYTES);
    let drip = Answer::raw("HTTP/1.1 200 OK\r\n").then(Step::Drip(b"x-a: b\r\n".repeat(100), Duration::ZERO));
    for answer in [
        Answer::with(200, &many, ""),
        Answer::with(200, &[("x-a", &long)], ""),
        drip,
    ] {
        let (_platform, _net, line) = against(answer);
        let failure = fetch(&line, get("/")).await.err().unwrap();
        assert!(matches!(failure, Failure::TooLarge), "{failure}");
        assert_eq!(line.take_tallies(), BTreeMap::from([("egress-too-large", 1)]));
    }
}

#[tokio::test]
async fn a_body_in_memory_ends_at_its_bound() {
    let most = 64 << 10;
    for (bytes, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
        let body = vec![b'.'; bytes];
        for answer in [Answer::ok(&body), Answer::chunked(body.chunks(1000))] {
            let (_platform, _net, line) = against(answer);
            match whole(&line, most).await {
                Ok(all) => assert!(fits && all == body),
                Err(failure) => assert!(!fits && failure == Failure::TooLarge, "{failure}"),
            }
        }
    }
}

#[tokio::test]
async fn an_endless_body_ends_at_its_bound_and_the_connection_with_it() {
    let (_platform, _net, line) = against(Answer::endless(&[b'.'; 16 << 10], Duration::ZERO));
    assert_eq!(whole(&line, limits::RESPONSE_BYTES).await, Err(Failure::TooLarge));
    assert!(line.counts().received < 2 * limits::RESPONSE_BYTES as u64);
    let mut body = fetch(&line, get("/")).await.unwrap().body;
    let (mut received, mut end) = (0, None);
    while let Some(piece) = body.chunk().await {
        match piece {
            Ok(piece) => received += piece.len() as u64,
            Err(failure) => end = Some(failure),
        }
    }
    assert_eq!(end, Some(Failure::TooLarge));
    assert!(received <= limits::FILE_BYTES);
    assert_eq!(line.take_tallies(), BTreeMap::from([("egress-too-large", 2)]));
}

#[tokio::test]
async fn whoever_drips_or_says_nothing_is_left_when_the_time_is_over() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    let drip = Answer::raw(head).then(Step::Drip(b".".to_vec(), Duration::from_millis(1)));
    let slow_head = Answer::raw("HTTP/1.1 200 OK\r\n").then(Step::Drip(b"x".to_vec(), Duration::from_millis(1)));
    let silent = Answer::raw("").then(Step::Silence);
    let silent_body = Answer::raw(head).then(Step::Silence);
    for answer in [drip, slow_head, silent, silent_body] {
        let (_platform, _net, line) = against(answer);
        let begun = Instant::now();
        let failure = match fetch(&line, within(get("/"), Duration::from_millis(200))).await {
            Ok(response) => response.body.whole(limits::RESPONSE_BYTES).await.err().unwrap(),
            Err(failure) => failure,
        };
        assert!(
            matches!(&failure, Failure::Unreachable(text) if text.contains("in time")),
            "{failure}"
        );
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(line.take_tallies(), BTreeMap::from([("egress-late", 1)]));
    }
}

#[tokio::test]
async fn the_calls_own_deadline_comes_first() {
    let (_platform, _net, line) = against(Answer::raw("").then(Step::Silence));
    let mut request = within(get("/"), Duration::from_secs(60));
    request.deadline = Instant::now() + Duration::from_millis(100);
    let begun = Instant::now();
    fetch(&line, request).await.err().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_no_http_is_said_to_be_none_and_never_sent_twice() {
    let odd: &[&[u8]] = &[
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx y: z\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: z\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    ];
    for bytes in odd {
        let (platform, _net, line) = against(Answer::raw(*bytes).then(Step::Close));
        let failure = fetch(&line, get("/")).await.err();
        let shown = String::from_utf8_lossy(bytes);
        assert!(
            matches!(&failure, Some(Failure::Unreachable(_))),
            "{shown}: {failure:?}"
        );
        assert_eq!((platform.seen().len(), platform.connections()), (1, 1), "{shown}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_whole_one() {
    let short = Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").then(Step::Close);
    let chunks = Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").then(Step::Close);
    let odd = Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n").then(Step::Close);
    for answer in [short, chunks, odd] {
        let (_platform, _net, line) = against(answer);
        let failure = whole(&line, 100).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Unreachable(text) if text.contains("broke")),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn what_a_server_sends_after_its_answer_is_no_answer_to_the_next_request() {
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst";
    let (platform, _net, line) = against(Answer::raw(format!(
        "{smuggled}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond"
    )));
    for _ in 0..3 {
        assert_eq!(read(&line, get("/")).await.unwrap().2, "first");
    }
    assert_eq!(platform.connections(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_costs_nobody_a_request() {
    let (platform, net, line) = against(Answer::ok("hello"));
    for round in 0..5 {
        assert_eq!(read(&line, get("/")).await.unwrap().2, "hello");
        platform.hang_up();
        // Whoever hears this answer has heard before that the other connection was closed.
        let other = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
        assert_eq!(read(&other, get("/")).await.unwrap().2, "hello");
        assert_eq!(platform.seen().len(), 2 * (round + 1));
    }
}

#[tokio::test]
async fn trailers_and_marks_of_the_connection_are_left_out() {
    let bytes = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nkeep-alive: timeout=5\r\ntrailer: x-t\r\nx-a: b\r\n\r\n\
                 5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n";
    let (_platform, _net, line) = against(Answer::raw(bytes));
    assert_eq!(
        read(&line, get("/")).await.unwrap(),
        (200, "x-a: b\n".to_owned(), "hello".to_owned())
    );
}

#[tokio::test]
async fn so_many_requests_at_a_time_and_the_next_waits() {
    let (platform, _net, line) =
        against(Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").then(Step::Silence));
    let mut open = Vec::new();
    for _ in 0..limits::FETCHES_AT_ONCE_PER_CHANNEL {
        open.push(fetch(&line, get("/")).await.unwrap());
    }
    fetch(&line, within(get("/"), Duration::from_millis(50)))
        .await
        .err()
        .unwrap();
    assert_eq!(platform.seen().len(), limits::FETCHES_AT_ONCE_PER_CHANNEL);
    open.pop();
    fetch(&line, get("/")).await.unwrap();
}

/// A channel that has a secret, under a wildcard, and asks a host for which no credential is named.
fn beside_a_wildcard(status: u16) -> (Platform, Net, Arc<Line>) {
    let platform = Platform::plain(move |_| Answer::with(status, &[], "hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let wild = HttpRule {
        host: HostPattern::parse("*.example.org").unwrap(),
        ..bearer(rule(&["/in"]).unwrap(), "key")
    };
    let rules = vec![wild, rule(&["/out"]).unwrap()];
    let line = net.line(rules, &[("key", "another-secret-0001")]).unwrap();
    (platform, net, line)
}

#[tokio::test]
async fn a_part_of_an_answer_is_not_asked_for_where_there_is_a_secret() {
    let (platform, net, line) = beside_a_wildcard(200);
    for path in ["/in", "/out"] {
        for name in ["Range", "request_range", "Request-Range", "x-ms-range", "A-IM"] {
            let mut request = get(path);
            request.headers.push((name.to_owned(), b"bytes=0-5".to_vec()));
            let failure = fetch(&line, request).await.err();
            assert!(
                matches!(failure, Some(Failure::Refused(_))),
                "{name} {path}: {failure:?}"
            );
        }
    }
    assert_eq!(platform.connections(), 0);
    let other = net.line(vec![rule(&["/out"]).unwrap()], &[]).unwrap();
    let mut request = get("/out");
    request.headers.push(("range".to_owned(), b"bytes=0-5".to_vec()));
    assert_eq!(read(&other, request).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_part_of_an_answer_is_not_taken_where_there_is_a_secret() {
    for status in [206, 226] {
        let (_platform, net, line) = beside_a_wildcard(status);
        for path in ["/in", "/out"] {
            let failure = fetch(&line, get(path)).await.err();
            assert!(
                matches!(&failure, Some(Failure::Unreachable(text)) if text.contains("a part")),
                "{failure:?}"
            );
        }
        assert_eq!(line.take_tallies(), BTreeMap::from([("egress-encoded", 2)]));
        let other = net.line(vec![rule(&["/out"]).unwrap()], &[]).unwrap();
        assert_eq!(read(&other, get("/out")).await.unwrap().0, status);
    }
}
