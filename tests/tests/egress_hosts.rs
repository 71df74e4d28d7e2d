//! A credential belongs to the host of its rule: another granted host never gets it, whoever asks for what.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate::egress::Body;
use lockgate::reach::{HostPattern, HttpRule};
use lockgate_tests::platform::net::{HOST, Net, bearer, fetch, get, request, rule};
use lockgate_tests::platform::{Answer, Platform};

const KEY: &str = "a-key-for-one-host-only";
const TOKEN: &str = "a-token-for-one-host-only";
/// Another host, at an address of its own.
const OTHER: (&str, &str) = ("files.example.org", "93.184.216.35");

/// The same rule for the other host.
fn other(rule: HttpRule) -> HttpRule {
    let host = HostPattern::Exact(OTHER.0.to_owned());
    HttpRule { host, ..rule }
}

#[tokio::test]
async fn a_second_granted_host_gets_nothing_of_the_firsts_credentials() {
    let (first, second) = (
        Platform::plain(|_| Answer::ok("one")),
        Platform::plain(|_| Answer::ok("two")),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    let net = Net::new().unwrap();
    net.place(&first);
    net.names.set(OTHER.0, &[&[OTHER.1]]);
    net.wires.lead(&format!("{}:80", OTHER.1), second.address());
    let rules = vec![
        bearer(rule(&["/bot{token}/me"]).unwrap(), "key"),
        other(rule(&["/me", "/bot/**"]).unwrap()),
    ];
    let line = net.line(rules, &[("key", KEY), ("token", TOKEN)]).unwrap();
    fetch(&line, get("/bot{token}/me")).await.unwrap();
    let to_other = |path: &str| request("GET", &format!("http://{}{path}", OTHER.0), Body::Empty);
    fetch(&line, to_other("/me")).await.unwrap();
    // A placeholder where the rule has none, and a header that says who is meant.
    assert!(fetch(&line, to_other("/bot{token}/me")).await.is_err());
    assert!(fetch(&line, to_other("/bot/{token}")).await.is_err());
    let mut named = to_other("/me");
    named.headers.push(("host".to_owned(), HOST.into()));
    assert!(fetch(&line, named).await.is_err());
    assert_eq!(first.seen().len(), 1);
    let seen = second.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].header("authorization").is_empty() && seen[0].header("host") == [OTHER.0]);
    assert!(!seen[0].line().contains("token"), "{}", seen[0].line());
}
