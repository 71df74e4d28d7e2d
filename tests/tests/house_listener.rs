//! The door for hooks from outside: under which names it answers, who owns a path, and whom a hostile neighbour keeps
//! waiting.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lockgate_tests::guests;
use lockgate_tests::home::{Home, SECRET, Status, component::prebuilt};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::load::{Answer, Connection, Hook};
use lockgate_tests::page::{self, Page, raw};
use lockgate_tests::room::Running;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

/// The name of a tunnel, as the operator writes it.
const TUNNEL: &str = "hooks.example.org";

fn with_tunnel(home: &Home) {
    let hosts = toml::Value::Array(vec![TUNNEL.into()]);
    home.edit_config(|config| drop(config.insert("hosts".into(), hosts)))
        .unwrap();
}

/// A signed request with these Host lines, in place of the usual one.
fn with_hosts(hook: &Hook, hosts: &[&str], body: &[u8]) -> Vec<u8> {
    let request = String::from_utf8(hook.signed("workflow_run", body)).unwrap();
    let usual = format!("Host: {}\r\n", hook.addr);
    let lines: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
    request.replacen(&usual, &lines, 1).into_bytes()
}

fn send(addr: SocketAddr, request: &[u8]) -> Answer {
    let mut connection = Connection::open(addr).unwrap();
    connection.send(request).unwrap();
    connection.answer().unwrap()
}

/// Waits until this was counted so often. For a moment on their way to the disk counts are not there, or there twice.
#[track_caller]
fn counted(home: &Home, channel: &str, reason: &str, expected: u64) {
    let is_so = |status: &Status| {
        let tallies = &status.channel(channel)?.tallies;
        (tallies.get(reason) == Some(&expected)).then_some(())
    };
    home.wait_status(&format!("{expected} of {reason}"), is_so).unwrap();
}

#[test]
fn a_name_that_is_not_the_listeners_reaches_no_hook() {
    let home = Home::with_webhook("ci").unwrap();
    with_tunnel(&home);
    let serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let port = hook.addr.port();
    let refused: [&[&str]; 7] = [
        &[],
        &["rebound.example"],
        &[&format!("rebound.example:{port}")],
        &["x.hooks.example.org"],
        &["10.0.0.1"],
        &["localhost", "localhost"],
        &[TUNNEL, "rebound.example"],
    ];
    for hosts in refused {
        let answer = send(hook.addr, &with_hosts(&hook, hosts, &workflow_run(1)));
        assert_eq!((answer.status, &*answer.body), (421, b"".as_slice()), "{hosts:?}");
    }
    let absolute = hook.at(&format!("http://rebound.example:{port}/ci/github"));
    assert_eq!(
        send(hook.addr, &absolute.signed("workflow_run", &workflow_run(1))).status,
        421
    );
    counted(&home, "ci", "hook-other-host", 8);
    assert_eq!(
        home.status().unwrap().channel("ci").unwrap().committed,
        0,
        "no guest was called"
    );
    let taken = [
        format!("127.0.0.1:{port}"),
        "localhost".into(),
        "[::1]:1".into(),
        TUNNEL.into(),
        format!("{}:443", TUNNEL.to_uppercase()),
    ];
    for (number, host) in taken.iter().enumerate() {
        let request = with_hosts(&hook, &[host], &workflow_run(number as u64));
        assert_eq!(send(hook.addr, &request).status / 100, 2, "{host}");
    }
    serve.client.record().wait_events(taken.len(), PATIENCE).unwrap();
    // The same name without a signature: nothing but a refusal, whatever is asked for.
    for target in ["/", "/ci", "/ci/github", "/ci/page"] {
        let answer = send(hook.addr, &raw("GET", target, &[("Host", TUNNEL)], b""));
        assert!(
            [404, 405].contains(&answer.status) && answer.body.is_empty(),
            "{target}: {answer:?}"
        );
    }
}

#[test]
fn a_page_is_not_reached_by_the_name_of_a_tunnel() {
    let home = Home::new().unwrap();
    page::add(&home, "chat", &[]).unwrap();
    with_tunnel(&home);
    let _serve = Serve::channel(&home).unwrap();
    let page = Page::of(&home, "chat").unwrap();
    let key = ("x-lockgate-token", page.token.as_str());
    let port = page.addr.port();
    for host in [
        TUNNEL.to_owned(),
        format!("{TUNNEL}:{port}"),
        format!("localhost.:{port}"),
    ] {
        for target in ["/", "/echo"] {
            let answer = page.send(&raw("GET", target, &[("Host", &host), key], b"")).unwrap();
            assert_eq!(answer.status, 421, "{host} {target}");
        }
    }
    assert_eq!(page.get("/echo").unwrap().status, 200);
}

#[test]
fn a_path_has_one_owner() {
    let home = Home::with_webhook("ci").unwrap();
    // The same component, so the same paths; its own secret.
    let file = home.beside().join("other-secret");
    std::fs::write(&file, "another secret").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (component, secret) = (prebuilt("webhook"), format!("github=file:{}", file.display()));
    let add = [
        "add",
        component.to_str().unwrap(),
        "--name",
        "ci-2",
        "--yes",
        "--secret",
        &secret,
    ];
    assert!(home.run(&add).unwrap().ok());
    let _serve = Serve::channel(&home).unwrap();
    let (one, two) = (home.hook("ci").unwrap(), home.hook("ci-2").unwrap());
    let two = Hook::new(two.addr, "/ci-2/github", "another secret");
    let status = |hook: &Hook| send(hook.addr, &hook.signed("workflow_run", &workflow_run(1))).status;
    assert_eq!((status(&one), status(&two)), (200, 200));
    for (hook, path) in [(&one, "/ci-2/github"), (&two, "/ci/github")] {
        assert_eq!(status(&hook.at(path)), 401, "{path} is the other's");
    }
    for path in [
        "/ci-2/../ci/github",
        "/ci/../ci-2/github",
        "/ci%2fgithub",
        "/CI/github",
        "/ci-/github",
        "/c/github",
    ] {
        assert_eq!(status(&one.at(path)), 404, "{path}");
    }
}

#[test]
fn no_refusal_says_a_word() {
    let home = Home::with_webhook("ci").unwrap();
    let _serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let flood: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    let line = |text: &str| text.as_bytes().to_vec();
    let requests = [
        (404, hook.at("/nobody/github").signed("x", b"{}")),
        (404, hook.at("/ci/nothing").signed("x", b"{}")),
        (
            405,
            line(&format!("GET /ci/github HTTP/1.1\r\nHost: {}\r\n\r\n", hook.addr)),
        ),
        (401, hook.request(&[], b"{}")),
        (401, hook.request(&[("X-Hub-Signature-256", "sha256=00")], b"{}")),
        (
            421,
            line("POST /ci/github HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            431,
            line(&format!("POST /ci/github HTTP/1.1\r\nHost: localhost\r\n{flood}\r\n")),
        ),
        (
            400,
            line("POST /ci/github HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"),
        ),
        (413, {
            let head = "POST /ci/github HTTP/1.1\r\nHost: localhost\r\nX-Hub-Signature-256: sha256=00\r\n";
            line(&format!(
                "{head}Content-Length: {}\r\n\r\n",
                lockgate::limits::HOOK_BODY_BYTES + 1
            ))
        }),
    ];
    for (status, request) in requests {
        let answer = send(hook.addr, &request);
        assert_eq!((answer.status, &*answer.body), (status, b"".as_slice()));
        assert!(
            answer.header("content-type").is_none() && answer.header("server").is_none(),
            "{answer:?}"
        );
    }
    // What names the channel is counted for it, under a reason of its own.
    for reason in [
        "hook-other-path",
        "hook-other-method",
        "hook-other-host",
        "hook-too-large",
    ] {
        counted(&home, "ci", reason, 1);
    }
    counted(&home, "ci", "hook-unverified", 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn verified_calls_that_wait_for_their_guest_are_bounded() {
    let running = Running::new("evil").await.unwrap();
    let channel = &running.channel;
    let most = lockgate::limits::HOOKS_WAITING;
    let mut places: Vec<_> = (0..most).map(|_| channel.place().unwrap()).collect();
    assert!(channel.place().is_none(), "one more is told to come again");
    places.pop();
    assert!(channel.place().is_some());
}

/// A home with the hostile guest, which spins when it is polled and when it is called, and a webhook beside it.
fn beside_a_spinner() -> Home {
    let home = Home::with_webhook("ci").unwrap();
    let evil = guests::component("evil").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let add = [
        "add",
        evil.to_str().unwrap(),
        "--name",
        "evil",
        "--yes",
        "--secret",
        &secret,
        "--set",
        "poll=spin",
    ];
    let ran = home.run(&add).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    home.unpace().unwrap();
    home
}

/// Posts of one round.
const POSTS: u64 = 60;

/// Keeps the hostile guest spinning from this thread until it is over, or the test must have failed; gives how often it
/// was called.
fn spin(evil: &Hook, number: u32, over: &AtomicBool) -> u32 {
    let mut spun = 0;
    let begun = Instant::now();
    while !over.load(Ordering::Relaxed) && begun.elapsed() < 6 * PATIENCE {
        let body = format!("spin {number} {spun}");
        let signature = evil.signature(body.as_bytes());
        let request = evil.request(&[("X-Signature", &signature)], body.as_bytes());
        // It runs into its deadline.
        assert_eq!(evil.post(&request).unwrap().status, 500);
        spun += 1;
    }
    spun
}

/// The median of one round of posts, each sent when the one before was answered.
fn median(ci: &Hook, round: u64) -> Duration {
    let mut connection = Connection::open(ci.addr).unwrap();
    let mut one = |number| {
        let request = ci.signed("workflow_run", &workflow_run(round * POSTS + number));
        let begun = Instant::now();
        connection.send(&request).unwrap();
        assert_eq!(connection.answer().unwrap().status / 100, 2);
        begun.elapsed()
    };
    let mut took: Vec<Duration> = (0..POSTS).map(&mut one).collect();
    took.sort();
    println!(
        "{POSTS} posts beside a spinner: median {:?}, slowest {:?}",
        took[POSTS as usize / 2],
        took[POSTS as usize - 1]
    );
    took[POSTS as usize / 2]
}

/// A machine that is busy with other things may spoil a round, so there are three.
#[test]
fn while_a_hostile_guest_spins_another_channels_webhook_is_answered() {
    let home = beside_a_spinner();
    let _serve = Serve::channel(&home).unwrap();
    let (ci, evil) = (home.hook("ci").unwrap(), home.hook("evil").unwrap().at("/evil/do"));
    let over = AtomicBool::new(false);
    let (best, spun): (Duration, u32) = std::thread::scope(|scope| {
        let (evil, over) = (&evil, &over);
        let spinners: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || spin(evil, number, over)))
            .collect();
        let quick = |median: &Duration| *median < Duration::from_millis(50);
        let mut medians = Vec::new();
        for round in 0..3 {
            medians.push(median(&ci, round));
            if medians.last().is_some_and(quick) {
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        let spun = spinners.into_iter().map(|spinner| spinner.join().unwrap()).sum();
        (medians.into_iter().min().unwrap(), spun)
    });
    assert!(spun >= 8, "nothing spun");
    assert!(best < Duration::from_millis(50), "the median is {best:?}");
}
