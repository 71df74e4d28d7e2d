//! A guest that is hostile with HTTP, by both interfaces: what it is refused, what it gets back, and what it never sees.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use lockgate::limits;
use lockgate::sandbox::CallError;
use lockgate_tests::platform::{Answer, Seen};
use lockgate_tests::web::{TOKEN, Web, answer, echo};

const BOTH: [&str; 2] = ["plain", "wasi"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_rule_covers_is_refused_before_anybody_is_asked() {
    let web = Web::new(answer).await.unwrap();
    let names = web.does("names").await;
    assert!(names.lines().count() > 50, "{names}");
    for name in names.lines() {
        for by in BOTH {
            let report = web.does(&format!("{name} {by}")).await;
            assert!(report.starts_with("refused: "), "{name} by {by}: {report}");
        }
    }
    assert_eq!((web.platform.connections(), web.line.counts().requests), (0, 0));
    let counted: u64 = web.line.take_tallies().into_values().sum();
    assert!(counted >= names.lines().count() as u64, "{counted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_rule_covers_arrives_with_its_credential() {
    let web = Web::new(answer).await.unwrap();
    let requests = [
        ("get", "https://api.example.org/bot{token}/items?page=2"),
        ("get", "https://api.example.org/header/x"),
        ("get", "https://api.example.org/query/x?a=b"),
        ("post", "https://api.example.org/json"),
        ("post", "https://open.example.org/any/thing"),
    ];
    for by in BOTH {
        for (deed, url) in requests {
            let report = web.does(&format!("{deed} {by} {url}")).await;
            assert!(report.starts_with("200 ["), "{url} by {by}: {report}");
            assert!(report.ends_with("] fine"), "{url} by {by}: {report}");
        }
        let seen: Vec<Seen> = web
            .platform
            .seen()
            .split_off(web.platform.seen().len() - requests.len());
        assert_eq!(seen[0].target(), format!("/bot{TOKEN}/items?page=2"));
        assert_eq!(seen[1].header("authorization"), [format!("Bearer {TOKEN}")]);
        assert_eq!(seen[2].target(), format!("/query/x?a=b&key={TOKEN}"));
        let body: serde_json::Value = serde_json::from_slice(&seen[3].body).unwrap();
        assert_eq!(body, serde_json::json!({ "d": { "a": 1, "token": TOKEN } }));
        assert_eq!(seen[4].header("host"), ["open.example.org"]);
        assert!(!seen[4].head.contains(TOKEN), "{}", seen[4].head);
        assert_eq!(seen[4].body, br#"{"d":{"a":1}}"#);
        for seen in seen {
            assert_eq!(seen.header("accept-encoding"), ["identity"], "{}", seen.head);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_repeats_the_credential_shows_it_in_no_writing() {
    let web = Web::new(echo).await.unwrap();
    for by in BOTH {
        for url in [
            "https://api.example.org/bot{token}/items",
            "https://api.example.org/header/x",
        ] {
            let report = web.does(&format!("get {by} {url}")).await;
            assert!(report.starts_with("200 ["), "{by}: {report}");
            // The echo itself is there, covered.
            assert!(
                report.contains("raw ****") && report.contains("x-echo: ****"),
                "{by}: {report}"
            );
            for writing in lockgate_tests::web::writings(TOKEN) {
                assert!(!report.contains(&writing), "{by} shows {writing}: {report}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_an_answer_like_any_other() {
    let web = Web::new(|_| Answer::with(302, &[("location", "http://169.254.169.254/latest")], "elsewhere"))
        .await
        .unwrap();
    for by in BOTH {
        let report = web.does(&format!("get {by} https://open.example.org/x")).await;
        assert!(
            report.starts_with("302 [") && report.contains("169.254.169.254"),
            "{report}"
        );
    }
    assert_eq!(web.platform.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoded_answer_is_no_answer() {
    // Ten megabytes of zeros would be ten kilobytes of this; nobody here unpacks either.
    let web = Web::new(|_| Answer::with(200, &[("content-encoding", "gzip")], [0x1f, 0x8b, 8, 0]))
        .await
        .unwrap();
    for by in BOTH {
        let report = web.does(&format!("get {by} https://open.example.org/x")).await;
        assert!(!report.starts_with("200"), "{by}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_sends_sixty_four_requests() {
    let web = Web::new(answer).await.unwrap();
    for by in BOTH {
        let report = web.does(&format!("many {by} https://open.example.org/x")).await;
        assert!(report.starts_with("64, then refused: "), "{by}: {report}");
    }
    assert_eq!(web.platform.seen().len(), 128);
    // The next call has its own.
    assert!(web.does("get wasi https://open.example.org/x").await.starts_with("200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_the_host_can_be_told_from_others() {
    let web = Web::new(|_| Answer::with(403, &[("x-lockgate", "refused")], "by the platform"))
        .await
        .unwrap();
    let report = web.does("get wasi https://open.example.org/x").await;
    assert!(
        report.starts_with("403 [") && report.ends_with("] by the platform"),
        "{report}"
    );
    assert!(!report.contains("x-lockgate"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_an_end_has_one_here() {
    let web = Web::new(|_| Answer::endless(&[b'x'; 64 << 10], Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(web.does("get plain https://open.example.org/x").await, "too large");
    // It is streamed, so its end is the line's bound on a file, or the guest's own.
    match web.calls("get wasi https://open.example.org/x").await {
        Ok(report) => assert!(report.starts_with("200, then "), "{}", &report[..100]),
        Err(CallError::Fault(_)) => {}
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_is_bounded_by_either_interface() {
    let web = Web::new(|seen| {
        let count: usize = seen
            .target()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .parse()
            .unwrap_or_default();
        let value = "v".repeat(8_000);
        let headers: Vec<(String, &str)> = (0..count).map(|n| (format!("x-{n}"), value.as_str())).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        Answer::with(200, &headers, "fine")
    })
    .await
    .unwrap();
    let fits = |by: &'static str, count: usize| {
        let deed = format!("get {by} https://open.example.org/{count}");
        let web = &web;
        async move { web.does(&deed).await }
    };
    let within = limits::WASI_HEAD_BYTES / 8_100;
    for (by, count) in [("plain", within), ("wasi", within), ("plain", within + 1)] {
        let report = fits(by, count).await;
        assert!(
            report.starts_with("200 [") && report.ends_with("] fine"),
            "{count} by {by}"
        );
    }
    assert!(fits("wasi", within + 1).await.starts_with("too-large: "));
    // Beyond its own bound the line takes no head at all.
    for by in BOTH {
        let report = fits(by, limits::RESPONSE_HEAD_BYTES / 8_000 + 1).await;
        assert!(!report.starts_with("200"), "{by}: {}", &report[..100]);
    }
}
