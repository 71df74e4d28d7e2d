//! What the log says of a request, and what it never says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::reach::{HostPattern, PathPattern, WithheldBecause};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A channel that may send its token to a server of its own on this machine, which answers once.
fn line() -> Arc<Line> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let rule = HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::Exact("api.example.org".to_owned()),
        port: 443,
        methods: vec!["GET".to_owned()],
        paths: vec![PathPattern::parse("/bot{token}/me").unwrap()],
        credentials: Vec::new(),
    };
    let upstream = Upstream {
        scheme: Scheme::Http,
        address,
    };
    let upstreams = BTreeMap::from([(rule.label(), upstream)]);
    let secrets = BTreeMap::from([("token".to_owned(), Secret::new("s3cr3t/credential"))]);
    let egress = Egress::system(None).unwrap();
    egress.line("probe".parse().unwrap(), vec![rule], upstreams, secrets)
}

fn get(url: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Body::Empty,
        timeout: None,
        deadline: std::time::Instant::now() + Duration::from_secs(20),
    }
}

#[tokio::test]
async fn every_request_leaves_a_line_in_the_log_and_no_line_holds_a_path() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let call = CallBudget::default();
    let both = async || {
        let line = line();
        let response = line
            .fetch(get("https://api.example.org/bot{token}/me"), &call)
            .await
            .unwrap();
        assert_eq!(response.status, 204);
        line.fetch(get("https://evil.example/me"), &call).await.err().unwrap();
    };
    // Who logs for the first time on a thread without a subscriber has the line taken for one that nobody wants: other
    // tests must not be the first.
    both().await;
    let guard = tracing::subscriber::set_default(subscriber);
    both().await;
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let own: Vec<&str> = text.lines().filter(|line| line.contains("lockgate::egress")).collect();
    let [fetched, refused] = own.as_slice() else {
        panic!("{text}");
    };
    assert!(
        fetched.contains(r#"channel=probe method="GET" label="api.example.org" status=204"#),
        "{fetched}"
    );
    assert!(
        refused.contains(r#"channel=probe method="GET" label="" reason="egress-refused-host""#),
        "{refused}"
    );
    for words in ["bot", "s3cr3t", "/me"] {
        assert!(!own.concat().contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_guest_is_told_what_the_operator_withheld() {
    let rule = |host: &str| HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::Exact(host.to_owned()),
        port: 443,
        methods: vec!["GET".to_owned()],
        paths: vec![PathPattern::parse("/v1").unwrap()],
        credentials: Vec::new(),
    };
    let rules = Rules {
        granted: vec![rule("api.example.org")],
        withheld: vec![Withheld {
            rule: rule("cdn.example.org"),
            because: WithheldBecause::Host,
        }],
    };
    let egress = Egress::system(None).unwrap();
    let line = egress.line("probe".parse().unwrap(), rules, BTreeMap::new(), BTreeMap::new());
    let withheld = "cdn.example.org is asked for and not granted by the operator";
    for (url, expected) in [
        ("https://cdn.example.org/v1", withheld),
        ("https://cdn.example.org/v2", withheld),
        (
            "https://api.example.org/v2",
            "api.example.org is not covered for this path",
        ),
        ("https://example.org/v1", "no rule covers this host"),
    ] {
        let failure = line.fetch(get(url), &CallBudget::default()).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Refused(words) if words.contains(expected)),
            "{url}: {failure}"
        );
    }
    assert_eq!(line.take_tallies()["egress-refused-host"], 3);
}
