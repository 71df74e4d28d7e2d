//! What goes out: bodies in memory and as streams, byte for byte as long as was said, within the channel's budget, and by
//! no other way.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::process::Command;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame};
use lockgate::config::Upstream;
use lockgate::egress::{Body, Egress, Failure};
use lockgate::limits;
use lockgate::reach::Scheme;
use lockgate_tests::platform::net::{HOST, Net, get, read, request, rule};
use lockgate_tests::platform::{Answer, Platform};

/// So many pieces of so many bytes each.
struct Pieces(usize, usize);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(left) = self.0.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.0 = left;
        Poll::Ready(Some(Ok(Frame::data(vec![b'.'; self.1].into()))))
    }
}

fn stream(pieces: usize, bytes: usize, length: Option<u64>) -> Body {
    Body::Stream {
        length,
        stream: Pieces(pieces, bytes).boxed_unsync(),
    }
}

fn post(body: Body) -> lockgate::egress::Request {
    request("POST", &format!("http://{HOST}/"), body)
}

#[tokio::test]
async fn a_body_arrives_as_it_is() {
    let platform = Platform::plain(|seen| Answer::ok(seen.body.len().to_string())).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let bodies = [
        (Body::Empty, 0, vec!["0"], vec![]),
        (Body::Bytes("hello".into()), 5, vec!["5"], vec![]),
        (stream(100, 1000, Some(100_000)), 100_000, vec!["100000"], vec![]),
        (stream(100, 1000, None), 100_000, vec![], vec!["chunked"]),
    ];
    for (body, bytes, length, encoding) in bodies {
        let before = line.counts().sent;
        assert_eq!(read(&line, post(body)).await.unwrap().2, bytes.to_string());
        let seen = platform.seen().pop().unwrap();
        assert_eq!(seen.header("content-length"), length);
        assert_eq!(seen.header("transfer-encoding"), encoding);
        assert!((bytes..bytes + 100).contains(&(line.counts().sent - before)));
    }
}

#[tokio::test]
async fn a_stream_that_is_not_as_long_as_was_said_is_broken_off() {
    for (pieces, said) in [(2, 2001), (3, 2001)] {
        let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
        let net = Net::new().unwrap();
        net.place(&platform);
        let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
        let failure = read(&line, post(stream(pieces, 1000, Some(said)))).await.err().unwrap();
        assert!(matches!(&failure, Failure::Unreachable(_)), "{failure}");
        assert_eq!(platform.seen().len(), 0);
    }
}

#[tokio::test]
async fn the_minutes_bytes_are_a_bound_whether_they_are_announced_or_not() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let most = usize::try_from(limits::SENT_PER_MINUTE).unwrap();
    let announced = read(&line, post(stream(most, 1, Some(limits::SENT_PER_MINUTE)))).await;
    let failure = announced.err().unwrap();
    assert!(
        matches!(&failure, Failure::Refused(text) if text.contains("MiB")),
        "{failure}"
    );
    assert_eq!((platform.connections(), net.names.asked().len()), (0, 0));
    let failure = read(&line, post(stream(most / (1 << 20) + 1, 1 << 20, None)))
        .await
        .err()
        .unwrap();
    assert!(matches!(&failure, Failure::Refused(_)), "{failure}");
    assert!(line.counts().sent <= limits::SENT_PER_MINUTE);
    assert_eq!(platform.seen().len(), 0);
    assert_eq!(line.take_tallies(), BTreeMap::from([("egress-refused-budget", 2)]));
}

#[tokio::test]
async fn pieces_without_a_byte_are_bounded_too() {
    for length in [None, Some(1)] {
        let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
        let net = Net::new().unwrap();
        let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
        // Nearly all of the minute is taken by what then finds nobody.
        let announced = stream(1, 1, Some(limits::SENT_PER_MINUTE - (1 << 20)));
        read(&line, post(announced)).await.err().unwrap();
        net.place(&platform);
        let failure = read(&line, post(stream(1 << 25, 0, length))).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Refused(text) if text.contains("no more for now")),
            "{failure}"
        );
        assert_eq!(platform.seen().len(), 0);
        assert_eq!(line.take_tallies().get("egress-refused-budget"), Some(&1));
    }
}

#[tokio::test]
async fn what_is_said_of_the_connection_is_said_by_the_host_alone() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let forbidden = [
        ("Host", "evil.example"),
        ("Connection", "x"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "1"),
        ("TE", "trailers"),
        ("Upgrade", "websocket"),
        ("Proxy-Authorization", "x"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Accept-Encoding", "gzip"),
        ("Expect", "100-continue"),
        ("x-a", "b\r\nHost: evil.example"),
        ("x a", "b"),
        ("x-a\r\nhost", "b"),
    ];
    for (name, value) in forbidden {
        let mut request = post(Body::Bytes("hello".into()));
        request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        let failure = read(&line, request).await.err();
        assert!(matches!(failure, Some(Failure::Refused(_))), "{name}: {failure:?}");
    }
    assert_eq!((platform.connections(), net.names.asked().len()), (0, 0));
    let mut request = post(Body::Bytes("hello".into()));
    request.headers.push(("X-A".to_owned(), b"b".to_vec()));
    request.headers.push(("user-agent".to_owned(), b"probe".to_vec()));
    read(&line, request).await.unwrap();
    let head = platform.seen()[0].head.clone();
    let expected = "POST / HTTP/1.1\r\nhost: api.example.org\r\nuser-agent: probe\r\nx-a: b\r\naccept-encoding: identity\r\n\
                    content-length: 5\r\n\r\n";
    assert_eq!(head, expected);
}

/// Over the system's own sockets.
#[tokio::test]
async fn the_systems_sockets_lead_to_an_upstream() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let rule = rule(&["/"]).unwrap();
    let upstream = Upstream {
        scheme: Scheme::Http,
        address: platform.address(),
    };
    let upstreams = BTreeMap::from([(rule.label(), upstream)]);
    let egress = Egress::system(None).unwrap();
    let line = egress.line("probe".parse().unwrap(), vec![rule], upstreams, BTreeMap::new());
    assert_eq!(read(&line, get("/")).await.unwrap().2, "hello");
}

#[test]
fn no_proxy_of_the_environment_is_asked() {
    let proxy = Platform::plain(|_| Answer::ok("by way of a proxy")).unwrap();
    let url = format!("http://{}", proxy.address());
    let mut tests = Command::new(std::env::current_exe().unwrap());
    tests.args(["--exact", "the_systems_sockets_lead_to_an_upstream"]);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        tests.env(name, &url);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        tests.env_remove(name);
    }
    let output = tests.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(proxy.connections(), 0);
}

/// Not a bound, a number to look at: `cargo test --release --test egress_send -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn how_long_one_takes() {
    let platform = Platform::plain(|_| Answer::ok(vec![b'a'; 4 << 10])).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net
        .line(vec![rule(&["/"]).unwrap()], &[("key", "s3cr3t/credential+with~chars")])
        .unwrap();
    let mut took = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        read(&line, get("/")).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    println!(
        "median {:?}, 99 % {:?}, connections {}",
        took[250],
        took[495],
        platform.connections()
    );
    let text = "The quick brown fox \\n jumps 100% over it. ".repeat(1 << 15);
    let begun = Instant::now();
    line.mask(&text);
    println!("{} bytes searched in {:?}", text.len(), begun.elapsed());
}
