//! Grafana's alerts, by the example in JavaScript: what is signed and fresh becomes events, once each.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{SystemTime, UNIX_EPOCH};

use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::languages::{Added, Example};
use lockgate_tests::load::Hook;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

const CALL: &str = r#"{"receiver":"lockgate","status":"firing","alerts":[
    {"status":"firing","labels":{"alertname":"DiskFull","team":"ops"},"annotations":{"summary":"db-1 is full"},
     "startsAt":"2026-05-01T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"c6eadffa33fcdf37"}]}"#;

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Posts a body as Grafana would at this time; the status of the answer.
fn post(home: &Home, body: &str, time: u64) -> u16 {
    let address = home.wait_status("it listens", |status| status.listen).unwrap();
    let hook = Hook::new(address, "/grafana/", SECRET);
    let signed = hook.signature(format!("{time}:{body}").as_bytes());
    let time = time.to_string();
    let headers = [
        ("X-Grafana-Alerting-Signature", signed.trim_start_matches("sha256=")),
        ("X-Grafana-Alerting-Timestamp", time.as_str()),
    ];
    hook.post(&hook.request(&headers, body.as_bytes())).unwrap().status
}

fn texts(serve: &Serve) -> Vec<String> {
    let seen = serve.client.record().seen();
    seen.events.iter().map(|line| line.parse().unwrap().content).collect()
}

#[test]
fn an_alert_is_told_once_and_a_stale_or_wrong_call_is_refused() {
    let example = Example::open("grafana", "js").unwrap();
    let built = example.built(&["npm", "test", "--silent"]).unwrap();
    let added = Added {
        secret: ("key", SECRET),
        grants: &[],
        upstream: None,
        then: &[],
    };
    let (home, serve) = example.serve(&built, &added).unwrap();
    let now = seconds();
    assert_eq!(post(&home, CALL, now), 200);
    // Grafana says it again after a while: signed anew, and so no repeated call.
    assert_eq!(post(&home, CALL, now + 1), 200);
    assert_eq!(post(&home, &CALL.replace("firing", "resolved"), now + 2), 200);
    assert_eq!(post(&home, "{}", now + 3), 400);
    assert_eq!(post(&home, CALL, now - 1_000), 401);
    serve.client.record().wait_events(2, PATIENCE).unwrap();
    let texts = texts(&serve);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("Firing: DiskFull\ndb-1 is full"), "{texts:?}");
    assert!(texts[1].contains("Resolved: DiskFull"), "{texts:?}");
}
