//! Where a request goes, and where it doesn't: judged before anyone is asked, resolved once, dialled where it was judged.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lockgate::config::Upstream;
use lockgate::egress::{Body, CallBudget, Failure};
use lockgate::limits;
use lockgate::reach::{HostPattern, HttpRule, Scheme};
use lockgate_tests::platform::net::{HOST, Net, PUBLIC, bearer, fetch, get, read, request, rule, within};
use lockgate_tests::platform::{Answer, Authority, Platform, Step};

const TOKEN: &str = "412587349:AAFx9d-Zk_77";

fn refused(failure: Failure, words: &str) {
    match failure {
        Failure::Refused(text) => assert!(text.contains(words), "{text}"),
        other => panic!("{other}"),
    }
}

fn unreachable(failure: Failure, words: &str) {
    match failure {
        Failure::Unreachable(text) => assert!(text.contains(words), "{text}"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_granted_request_arrives_with_its_credential_and_the_host_that_the_rule_names() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net
        .line(
            vec![bearer(rule(&["/bot{token}/me"]).unwrap(), "key")],
            &[("token", TOKEN), ("key", "another-secret-0001")],
        )
        .unwrap();
    let (status, _, body) = read(&line, get("/bot{token}/me?a=b")).await.unwrap();
    assert_eq!((status, body.as_str()), (200, "hello"));
    let seen = platform.seen().remove(0);
    assert_eq!(seen.line(), "GET /bot412587349%3AAAFx9d-Zk_77/me?a=b HTTP/1.1");
    assert_eq!(seen.header("host"), [HOST]);
    assert_eq!(seen.header("authorization"), ["Bearer another-secret-0001"]);
    assert_eq!(seen.header("accept-encoding"), ["identity"]);
    assert_eq!(
        net.wires.dialled(),
        [format!("{PUBLIC}:80").parse::<SocketAddr>().unwrap()]
    );
}

#[tokio::test]
async fn what_no_rule_covers_is_refused_before_anyone_is_asked() {
    let net = Net::new().unwrap();
    let line = net.line(vec![rule(&["/v1/items"]).unwrap()], &[]).unwrap();
    let cases = [
        (
            "GET",
            "http://other.example.org/v1/items",
            "no rule covers this host",
            "egress-refused-host",
        ),
        (
            "GET",
            "https://api.example.org/v1/items",
            "https",
            "egress-refused-scheme",
        ),
        (
            "GET",
            "http://api.example.org:8443/v1/items",
            "not covered at this port",
            "egress-refused-port",
        ),
        (
            "DELETE",
            "http://api.example.org/v1/items",
            "not covered for this method",
            "egress-refused-method",
        ),
        (
            "GET",
            "http://api.example.org/v1/admin",
            "not covered for this path",
            "egress-refused-path",
        ),
        ("GET", "http://api.example.org/v1/../v1/items", "", "egress-refused-url"),
        (
            "GET",
            "http://api.example.org@evil.example/v1/items",
            "user",
            "egress-refused-url",
        ),
        ("GET", "http://2130706433/v1/items", "", "egress-refused-url"),
    ];
    for (method, url, words, reason) in cases {
        let failure = fetch(&line, request(method, url, Body::Empty)).await.err().unwrap();
        refused(failure, words);
        assert_eq!(line.take_tallies(), BTreeMap::from([(reason, 1)]), "{url}");
    }
    assert_eq!(net.names.asked(), Vec::<String>::new());
    assert_eq!(net.wires.dialled(), []);
    assert_eq!(line.counts().requests, 0);
}

#[tokio::test]
async fn one_blocked_address_among_the_answers_refuses_them_all() {
    let net = Net::new().unwrap();
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let blocked = [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00:ec2::254",
    ];
    for address in blocked {
        net.names.set(HOST, &[&[PUBLIC, address]]);
        refused(fetch(&line, get("/")).await.err().unwrap(), "not public");
        net.names.set(HOST, &[&[address]]);
        refused(fetch(&line, get("/")).await.err().unwrap(), "not public");
    }
    assert_eq!(net.wires.dialled(), []);
    assert_eq!(
        line.take_tallies(),
        BTreeMap::from([("egress-refused-address", 2 * blocked.len() as u64)])
    );
}

#[tokio::test]
async fn an_address_in_the_place_of_a_name_is_judged_like_any_other() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.wires.lead(&format!("{PUBLIC}:80"), platform.address());
    let of = |host: &str| HttpRule {
        host: HostPattern::Exact(host.to_owned()),
        ..rule(&["/"]).unwrap()
    };
    let hosts = ["127.0.0.1", "10.0.0.1", "[::1]", "[fe80::1]", PUBLIC];
    let line = net.line(hosts.iter().map(|host| of(host)).collect(), &[]).unwrap();
    for host in &hosts[..4] {
        let request = request("GET", &format!("http://{host}/"), Body::Empty);
        refused(fetch(&line, request).await.err().unwrap(), "not public");
    }
    let public = request("GET", &format!("http://{PUBLIC}/"), Body::Empty);
    assert_eq!(read(&line, public).await.unwrap().0, 200);
    assert_eq!(net.names.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_turns_into_loopback_after_the_check_reaches_nobody() {
    let platform = Platform::plain(|_| Answer::ok("outside").then(Step::Close)).unwrap();
    let inside = Platform::plain(|_| Answer::ok("inside")).unwrap();
    let net = Net::new().unwrap();
    net.names.set(HOST, &[&[PUBLIC], &["127.0.0.1"]]);
    net.wires.lead(&format!("{PUBLIC}:80"), platform.address());
    net.wires.lead("127.0.0.1:80", inside.address());
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    assert_eq!(read(&line, get("/")).await.unwrap().2, "outside");
    assert_eq!(net.names.asked().len(), 1);
    // The connection is gone, so the name is resolved anew, and its new answer is judged.
    loop {
        match read(&line, get("/")).await {
            Ok((_, _, body)) => assert_eq!(body, "outside"),
            Err(Failure::Unreachable(_)) => {}
            Err(failure) => break refused(failure, "not public"),
        }
    }
    assert_eq!(inside.connections(), 0);
    assert!(
        net.wires
            .dialled()
            .iter()
            .all(|address| address.ip().to_string() == PUBLIC)
    );
}

#[tokio::test]
async fn the_operators_upstream_is_the_one_way_to_loopback_and_keeps_the_hosts_name() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.wires.lead(&platform.address().to_string(), platform.address());
    let upstream = Upstream {
        scheme: Scheme::Http,
        address: platform.address(),
    };
    let rule = HttpRule {
        scheme: Scheme::Https,
        port: 443,
        ..rule(&["/"]).unwrap()
    };
    let upstreams = BTreeMap::from([(rule.label(), upstream)]);
    let line = net.line_with(vec![rule], upstreams, &[]).unwrap();
    let url = format!("https://{HOST}/");
    assert_eq!(read(&line, request("GET", &url, Body::Empty)).await.unwrap().2, "hello");
    assert_eq!(platform.seen()[0].header("host"), [HOST]);
    assert_eq!(net.names.asked(), Vec::<String>::new());
    assert_eq!(net.wires.dialled(), [platform.address()]);
}

#[tokio::test]
async fn tls_is_checked_against_the_name_and_the_operators_roots() {
    let net = Net::new().unwrap();
    let rule = HttpRule {
        scheme: Scheme::Https,
        port: 443,
        ..rule(&["/"]).unwrap()
    };
    let line = net.line(vec![rule], &[]).unwrap();
    let (right, wrong) = (&net.authority, &Authority::new().unwrap());
    let cases = [
        (right, HOST, true),
        (right, "other.example.org", false),
        (wrong, HOST, false),
    ];
    net.names.set(HOST, &[&[PUBLIC]]);
    for (authority, name, trusted) in cases {
        let platform = Platform::tls(authority, name, |_| Answer::ok("hello").then(Step::Close)).unwrap();
        net.wires.lead(&format!("{PUBLIC}:443"), platform.address());
        let result = read(&line, request("GET", &format!("https://{HOST}/"), Body::Empty)).await;
        match result {
            Ok((_, _, body)) => assert_eq!((body.as_str(), trusted), ("hello", true)),
            Err(failure) => {
                assert!(!trusted, "{failure}");
                unreachable(failure, "certificate");
                assert_eq!(platform.seen().len(), 0);
            }
        }
    }
}

#[tokio::test]
async fn a_silent_address_does_not_keep_the_next_one_waiting() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.names.set(HOST, &[&["2606:2800:220:1::1", "93.184.216.35", PUBLIC]]);
    net.wires.deaden("[2606:2800:220:1::1]:80");
    net.wires.lead(&format!("{PUBLIC}:80"), platform.address());
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    assert_eq!(read(&line, get("/")).await.unwrap().2, "hello");
    assert_eq!(net.wires.dialled().len(), 3);
}

#[tokio::test]
async fn names_that_nobody_answers_for_take_no_more_than_the_channels_own_turns() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    net.names.silence("slow.example.org");
    let slow = HttpRule {
        host: HostPattern::Exact("slow.example.org".to_owned()),
        ..rule(&["/"]).unwrap()
    };
    let rules = vec![rule(&["/"]).unwrap(), slow];
    let line = net.line(rules.clone(), &[]).unwrap();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for _ in 0..2 * limits::LOOKUPS_AT_ONCE_PER_CHANNEL {
        let request = request("GET", "http://slow.example.org/", Body::Empty);
        let failure = fetch(&line, within(request, Duration::from_millis(10)))
            .await
            .err()
            .unwrap();
        unreachable(failure, "in time");
    }
    assert_eq!(net.names.asked().len(), limits::LOOKUPS_AT_ONCE_PER_CHANNEL);
    let failure = fetch(&line, within(get("/"), Duration::from_millis(10)))
        .await
        .err()
        .unwrap();
    unreachable(failure, "in time");
    // Nobody waits for a turn any more: there are the lookups that can't be stopped, and nothing else.
    assert_eq!(tasks() - before, limits::LOOKUPS_AT_ONCE_PER_CHANNEL);
    let other = net.line(rules, &[]).unwrap();
    assert_eq!(read(&other, get("/")).await.unwrap().2, "hello");
}

#[tokio::test]
async fn nobody_there_is_said_and_counted() {
    let net = Net::new().unwrap();
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    unreachable(fetch(&line, get("/")).await.err().unwrap(), "can't be resolved");
    net.names.set(HOST, &[&[]]);
    unreachable(fetch(&line, get("/")).await.err().unwrap(), "no address");
    net.names.set(HOST, &[&[PUBLIC]]);
    unreachable(fetch(&line, get("/")).await.err().unwrap(), "no connection");
    net.wires.deaden(&format!("{PUBLIC}:80"));
    let begun = Instant::now();
    let failure = fetch(&line, within(get("/"), Duration::from_millis(50)))
        .await
        .err()
        .unwrap();
    unreachable(failure, "in time");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(
        line.take_tallies(),
        BTreeMap::from([("egress-unreachable", 3), ("egress-late", 1)])
    );
}

#[tokio::test]
async fn two_channels_and_two_rules_never_share_a_connection() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let rules = vec![rule(&["/a"]).unwrap(), bearer(rule(&["/b"]).unwrap(), "key")];
    let secrets = [("key", "another-secret-0001")];
    let one = net.line(rules.clone(), &secrets).unwrap();
    let two = net.line(rules, &secrets).unwrap();
    for line in [&one, &two] {
        for path in ["/a", "/b", "/a", "/b"] {
            read(line, get(path)).await.unwrap();
        }
    }
    let by: Vec<usize> = platform.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(by, [1, 2, 1, 2, 3, 4, 3, 4]);
    assert_eq!(net.names.asked().len(), 4);
}

#[tokio::test]
async fn a_credential_goes_to_the_host_of_its_rule_and_to_no_other() {
    let right = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let other = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&right);
    net.names.set("b.example.org", &[&["93.184.216.35"]]);
    net.wires.lead("93.184.216.35:80", other.address());
    let second = HttpRule {
        host: HostPattern::Exact("b.example.org".to_owned()),
        ..rule(&["/**"]).unwrap()
    };
    let first = bearer(rule(&["/bot{token}/me"]).unwrap(), "key");
    let secrets = [("token", TOKEN), ("key", "another-secret-0001")];
    let line = net.line(vec![first, second], &secrets).unwrap();
    read(&line, get("/bot{token}/me")).await.unwrap();
    let to = |path: &str| request("GET", &format!("http://b.example.org{path}"), Body::Empty);
    refused(fetch(&line, to("/bot{token}/me")).await.err().unwrap(), "b.example.org");
    read(&line, to("/me?token=token")).await.unwrap();
    let heads: Vec<String> = other.seen().into_iter().map(|seen| seen.head).collect();
    let expected = "GET /me?token=token HTTP/1.1\r\nhost: b.example.org\r\n";
    assert!(heads.len() == 1 && heads[0].starts_with(expected), "{heads:?}");
    assert!(!heads[0].contains("authorization"), "{heads:?}");
}

#[tokio::test]
async fn a_guest_can_neither_leave_a_credential_out_nor_send_its_own() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let secrets = [("token", TOKEN), ("key", "another-secret-0001")];
    let line = net
        .line(vec![bearer(rule(&["/bot{token}/me"]).unwrap(), "key")], &secrets)
        .unwrap();
    for path in ["/bot1:mine/me", "/bot/me", "/bot{key}/me"] {
        refused(fetch(&line, get(path)).await.err().unwrap(), "not covered");
    }
    for name in ["Authorization", "authorization", "AUTHORIZATION"] {
        let mut request = get("/bot{token}/me");
        request.headers.push((name.to_owned(), b"Bearer mine".to_vec()));
        refused(fetch(&line, request).await.err().unwrap(), "put in by lockgate");
    }
    assert_eq!(platform.connections(), 0);
}

#[tokio::test]
async fn a_call_has_so_many_requests_and_no_more() {
    let platform = Platform::plain(|_| Answer::ok("")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let call = CallBudget::default();
    for _ in 0..64 {
        line.fetch(get("/"), &call).await.unwrap().body.whole(0).await.unwrap();
    }
    refused(line.fetch(get("/"), &call).await.err().unwrap(), "64 requests");
    assert_eq!(platform.seen().len(), 64);
    line.fetch(get("/"), &CallBudget::default()).await.unwrap();
    assert_eq!(line.take_tallies(), BTreeMap::from([("egress-refused-budget", 1)]));
}
