//! Pages of a real house over raw connections: who gets in, what gets out, and that no channel hears another.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lockgate_tests::client::text_of;
use lockgate_tests::guests::built_folder;
use lockgate_tests::home::{Home, status};
use lockgate_tests::load::Connection;
use lockgate_tests::page::{Page, raw};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::json;

/// A home with pages, and a session.
struct Scene {
    home: Home,
    serve: Serve,
}

impl Scene {
    fn set(channels: &[&str]) -> Scene {
        let home = Home::new().unwrap();
        for name in channels {
            add(&home, name, &[]);
        }
        home.unpace().unwrap();
        let serve = Serve::channel(&home).unwrap();
        Scene { home, serve }
    }

    fn page(&self, channel: &str) -> Page {
        Page::of(&self.home, channel).unwrap()
    }

    fn channel(&self, name: &str) -> status::Channel {
        self.home.status().unwrap().channel(name).unwrap().clone()
    }

    /// Calls of the guest so far, whatever came of them.
    fn calls(&self, name: &str) -> u64 {
        let channel = self.channel(name);
        channel.committed + channel.failed
    }

    fn tally(&self, reason: &str) -> u64 {
        self.channel("a").tallies.get(reason).copied().unwrap_or(0)
    }
}

fn add(home: &Home, name: &str, more: &[&str]) {
    let file = built_folder().join("page.wasm");
    let mut arguments = vec!["add", file.to_str().unwrap(), "--name", name, "--yes"];
    arguments.extend_from_slice(more);
    let ran = home.run(&arguments).unwrap();
    assert!(ran.ok(), "add said {}{}", ran.stdout, ran.stderr);
}

/// The text of an answer with the token.
fn text(page: &Page, target: &str) -> String {
    let answer = page.get(target).unwrap();
    assert_eq!(answer.status, 200, "{target}");
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn without_the_token_there_is_only_the_hosts_own_door() {
    let scene = Scene::set(&["a", "b"]);
    let (a, b) = (scene.page("a"), scene.page("b"));
    assert_ne!((a.addr, &a.token), (b.addr, &b.token));
    let door = a.send(&a.bare("GET", "/", &[], b"")).unwrap();
    let html = String::from_utf8(door.body.clone()).unwrap();
    assert_eq!(door.status, 401);
    assert!(html.contains("lockgate") && !html.contains("hostile") && !html.contains(&a.token));
    let policy = door.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(door.header("x-frame-options"), Some("DENY"));
    let token = a.token.as_str();
    let cookie = format!("x-lockgate-token={token}");
    let tries: [(&str, &str, &[(&str, &str)]); 8] = [
        ("GET", "/echo", &[]),
        ("POST", "/", &[]),
        ("POST", "/publish?live", &[]),
        ("GET", "/echo?x-lockgate-token", &[("cookie", &cookie)]),
        ("GET", "/echo", &[("x-lockgate-token", &b.token)]),
        ("GET", "/", &[("x-lockgate-token", &b.token)]),
        ("GET", "/", &[("x-lockgate-token", token), ("X-Lockgate-Token", token)]),
        ("GET", "/", &[("x-lockgate-token", &token[1..])]),
    ];
    for (method, target, headers) in tries {
        let answer = a.send(&a.bare(method, target, headers, b"")).unwrap();
        assert_eq!(answer.status, 401, "{method} {target} {headers:?}");
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(!String::from_utf8_lossy(&answer.body).contains(token));
    }
    assert_eq!((scene.calls("a"), scene.calls("b")), (0, 0), "the guest was called");
    assert_eq!(scene.tally("page-unverified"), 8);
    assert!(text(&a, "/").contains("A hostile page"));
    assert_eq!(scene.calls("a"), 1);
}

#[test]
fn other_hosts_and_sites_do_not_get_in_even_with_the_token() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let (port, token) = (page.addr.port(), page.token.as_str());
    let own = format!("127.0.0.1:{port}");
    let key = ("x-lockgate-token", token);
    let [rebound, other, localhost] =
        ["rebound.example", "127.0.0.2", "localhost"].map(|name| format!("{name}:{port}"));
    let origin = |host: &str| format!("http://{host}");
    let (own_origin, far, neighbour) = (origin(&own), "https://a.example", origin("127.0.0.1:1"));
    let tries: [(u16, Vec<(&str, &str)>); 13] = [
        (421, vec![key]),
        (421, vec![("Host", &rebound), key]),
        (421, vec![("Host", &other), key]),
        (421, vec![("Host", "127.0.0.1"), key]),
        (421, vec![("Host", &own), ("Host", &rebound), key]),
        (403, vec![("Host", &own), ("Origin", far), key]),
        (403, vec![("Host", &own), ("Origin", "null"), key]),
        (403, vec![("Host", &own), ("Origin", &neighbour), key]),
        (403, vec![("Host", &localhost), ("Origin", &own_origin), key]),
        (403, vec![("Host", &own), ("Sec-Fetch-Site", "cross-site"), key]),
        (403, vec![("Host", &own), ("Sec-Fetch-Site", "same-site")]),
        (200, vec![("Host", &localhost), key, ("Sec-Fetch-Site", "same-origin")]),
        (200, vec![("Host", &own), ("Origin", &own_origin), key]),
    ];
    for (expected, headers) in tries {
        for method in ["GET", "POST"] {
            let answer = page.send(&raw(method, "/echo", &headers, b"")).unwrap();
            assert_eq!(answer.status, expected, "{method} {headers:?}");
        }
    }
    let absolute = raw("GET", &format!("http://{rebound}/echo"), &[("Host", &own), key], b"");
    assert_eq!(page.send(&absolute).unwrap().status, 421);
    for method in ["OPTIONS", "PUT", "DELETE", "TRACE"] {
        let answer = page.send(&page.request(method, "/echo", &[], b"")).unwrap();
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, POST")),
            "{method}"
        );
    }
    assert_eq!(scene.calls("a"), 4);
}

#[test]
fn the_guest_sees_the_request_but_nothing_that_opens_anything() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    // As many cookies as a browser keeps for a host: any page on loopback can set them for all its ports.
    let cookies = "stuffed=".to_owned() + &"x".repeat(700_000);
    let headers = [
        ("Cookie", cookies.as_str()),
        ("Authorization", "Basic c2VjcmV0"),
        ("Accept", "text/x-test"),
    ];
    let answer = page
        .send(&page.request("POST", "/echo?a=%20b", &headers, b"12345"))
        .unwrap();
    let seen = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[..3], ["POST /echo a=%20b", "rule page", "bytes 5"]);
    assert!(lines.contains(&"accept: text/x-test"), "{seen}");
    for secret in [&page.token, "stuffed", "c2VjcmV0"] {
        assert!(!seen.contains(secret), "the guest sees {secret}");
    }
}

/// Two lengths, or a length and chunks: whatever is made of the first request, the second one is none of its body's.
#[test]
fn what_is_smuggled_behind_a_request_is_not_heard() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let hidden = page.request("POST", "/publish?live", &[], b"smuggled");
    let mut events = page.listen("/events?live").unwrap();
    let before = scene.calls("a");
    let lengths: [&[(&str, &str)]; 4] = [
        &[("Content-Length", "0"), ("Content-Length", "4")],
        &[("Content-Length", "4, 0")],
        &[("Transfer-Encoding", "chunked"), ("Content-Length", "4")],
        &[("Transfer-Encoding", "x, chunked, identity")],
    ];
    for headers in lengths {
        let mut bytes = page.bare("POST", "/echo", headers, b"");
        bytes.extend_from_slice(&hidden);
        // Refused at the first one, without the token: what follows on the connection is not read.
        assert!(matches!(page.send(&bytes).unwrap().status, 400 | 401), "{headers:?}");
    }
    page.post("/publish?live", b"honest").unwrap();
    assert_eq!(events.next_text().unwrap().as_deref(), Some("honest"));
    assert_eq!(scene.calls("a"), before + 1);
}

#[test]
fn a_guest_chooses_the_type_and_no_other_header() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let hostile =
        b"content-type: text/html\nset-cookie: a=b\nlocation: https://a.example/\naccess-control-allow-origin: \
        *\ncontent-security-policy: default-src *\nservice-worker-allowed: /\nx-y: a\\r\\nz: b\n\n<script>";
    let answer = page.post("/answer?302", hostile).unwrap();
    let mut names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "cache-control",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-resource-policy",
        "date",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
    ];
    assert_eq!((answer.status, names.as_slice()), (302, &expected[..]));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(
        answer.header("content-security-policy"),
        Some("sandbox; default-src 'none'")
    );
    let split = page
        .post("/answer?200", b"content-type: text/html\\r\\nset-cookie: a=b")
        .unwrap();
    assert_eq!(split.header("content-type"), Some("application/octet-stream"));
    for (target, status) in [
        ("/answer?0", 500),
        ("/answer?100", 500),
        ("/answer?101", 500),
        ("/answer?600", 500),
        ("/answer?204", 204),
        ("/answer?599", 599),
        ("/large?4194304", 200),
        ("/large?4194305", 500),
        ("/file?/etc/passwd", 500),
        ("/trap", 500),
        ("/rejected", 400),
        ("/busy", 429),
        ("/nowhere", 404),
    ] {
        let answer = page.get(target).unwrap();
        assert_eq!(answer.status, status, "{target}");
        let said = String::from_utf8_lossy(&answer.body);
        assert!(
            !said.contains("own words") && !said.contains("root:"),
            "{target}: {said}"
        );
    }
    assert_eq!(
        text(&page, "/echo").lines().next(),
        Some("GET /echo "),
        "the next call does not notice"
    );
}

#[test]
fn events_come_in_order_to_the_page_of_their_channel_only() {
    let scene = Scene::set(&["a", "b"]);
    let (a, b) = (scene.page("a"), scene.page("b"));
    let mut live = a.listen("/events?live").unwrap();
    let mut other = a.listen("/events?other").unwrap();
    let mut foreign = b.listen("/events?live").unwrap();
    a.post("/publish?live", b"one\ntwo\nthree").unwrap();
    a.post("/publish?other", b"aside").unwrap();
    b.post("/publish?live", b"of b").unwrap();
    for expected in ["one", "two", "three"] {
        assert_eq!(live.next_text().unwrap().as_deref(), Some(expected));
    }
    assert_eq!(other.next_text().unwrap().as_deref(), Some("aside"));
    assert_eq!(foreign.next_text().unwrap().as_deref(), Some("of b"));
    // All that one call may publish fits, and a text is what it was.
    a.post("/publish-many?live", "ä\r\ndata: x".as_bytes()).unwrap();
    for _ in 0..100 {
        assert_eq!(live.next_text().unwrap().as_deref(), Some("ä\ndata: x"));
    }
    assert_eq!(scene.tally("publication-without-page"), 0);
}

#[test]
fn so_many_may_listen_and_who_is_slow_is_let_go() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let mut all: Vec<_> = (0..16).map(|_| page.listen("/events?live").unwrap()).collect();
    assert_eq!(page.get("/events?live").unwrap().status, 503);
    assert_eq!(scene.tally("page-crowded"), 1);
    all.truncate(1);
    let free = until(PATIENCE, "a place", || page.listen("/events?quick").ok());
    let mut quick = free.unwrap();
    // One of 16 reads nothing.
    let mut slow = all.remove(0);
    let large = vec![b'x'; 60_000];
    until(PATIENCE, "the slow one is let go", || {
        page.post("/publish-many?live", &large).unwrap();
        (scene.tally("page-subscriber-slow") > 0).then_some(())
    })
    .unwrap();
    page.post("/publish?quick", b"still here").unwrap();
    assert_eq!(quick.next_text().unwrap().as_deref(), Some("still here"));
    // It has what waited, and then the end.
    while let Some(text) = slow.next_text().unwrap() {
        assert_eq!(text.len(), large.len());
    }
}

#[test]
fn a_page_outlives_its_channels_replacement_and_not_its_removal() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let mut events = page.listen("/events?live").unwrap();
    add(&scene.home, "a", &["--set", "other=1"]);
    assert_eq!(
        events.next_text().unwrap(),
        None,
        "the old channel's streams end with it"
    );
    // The same link goes on, and there is no moment at which it seems to be an old one.
    until(PATIENCE, "the new channel answers", || {
        let status = page.get("/echo").ok()?.status;
        assert!(matches!(status, 200 | 503), "{status}");
        (status == 200).then_some(())
    })
    .unwrap();
    assert_eq!(scene.page("a").token, page.token);
    assert!(scene.home.run(&["remove", "a", "--yes"]).unwrap().ok());
    until(PATIENCE, "nobody listens", || {
        TcpStream::connect(page.addr).is_err().then_some(())
    })
    .unwrap();
}

#[test]
fn a_new_start_has_new_tokens() {
    let mut scene = Scene::set(&["a"]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    add(&scene.home, "a", &["--page", &port.to_string()]);
    let moved = |page: &Page| (page.addr.port() == port).then_some(());
    let page = until(PATIENCE, "the page moves", || {
        Page::of(&scene.home, "a").ok().filter(|page| moved(page).is_some())
    });
    let old = page.unwrap();
    scene.serve.kill().unwrap();
    scene.serve = Serve::channel(&scene.home).unwrap();
    let new = scene.page("a");
    assert_eq!(new.addr, old.addr);
    assert_eq!(
        (old.get("/echo").unwrap().status, new.get("/echo").unwrap().status),
        (401, 200)
    );
}

#[test]
fn a_port_that_is_taken_is_told_and_comes_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let home = Home::new().unwrap();
    add(&home, "a", &["--page", &port.to_string()]);
    let _serve = Serve::channel(&home).unwrap();
    let problem = home
        .wait_status("the problem", |status| status.channel("a")?.page_problem.clone())
        .unwrap();
    assert!(
        problem.contains(&format!("127.0.0.1:{port}")) && problem.contains("[channel.a]"),
        "{problem}"
    );
    let ran = home.run(&["status"]).unwrap();
    assert!(
        ran.stdout.contains("another program may have the port"),
        "{}",
        ran.stdout
    );
    drop(taken);
    assert_eq!(Page::of(&home, "a").unwrap().addr.port(), port);
}

#[test]
fn neither_the_model_nor_the_log_sees_a_link() {
    let mut scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let terminal = scene.home.run(&["status"]).unwrap().stdout;
    assert!(
        terminal.contains(&format!("http://{}/#{}", page.addr, page.token)),
        "{terminal}"
    );
    page.post("/say", b"from the page").unwrap();
    page.get("/trap").unwrap();
    page.send(&page.bare("GET", "/echo", &[("x-lockgate-token", "wrong")], b""))
        .unwrap();
    scene.serve.client.record().wait_events(1, PATIENCE).unwrap();
    let told = scene.serve.client.call("channels", &json!({"name": "a"})).unwrap();
    let seen = scene.serve.client.record().seen();
    let pushed: Vec<String> = seen.events.iter().map(|line| format!("{line:?}")).collect();
    assert!(text_of(&told).contains('a'));
    for (what, text) in [
        ("tool", told.to_string()),
        ("log", scene.serve.stderr()),
        ("event", pushed.concat()),
    ] {
        assert!(!text.contains(&page.token), "the {what} shows the token");
        assert!(
            !text.contains(&page.addr.port().to_string()) || what == "event",
            "the {what} shows the port"
        );
    }
}

#[test]
fn bodies_are_bounded_and_slow_ones_are_cut() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let bound = lockgate::limits::HOOK_BODY_BYTES;
    let most = page.post("/echo", &vec![b'x'; bound]).unwrap();
    assert!(
        String::from_utf8(most.body)
            .unwrap()
            .contains(&format!("bytes {bound}\n"))
    );
    let stated = page.request("POST", "/echo", &[("Content-Length", "52428800")], b"");
    assert_eq!(page.send(&stated).unwrap().status, 413);
    assert_eq!(scene.tally("page-too-large"), 1);
    let before = scene.calls("a");
    // One says half a head and then nothing, the other half a body.
    let head = b"GET /echo HTTP/1.1\r\nHost: ".to_vec();
    let body = page.request("POST", "/echo", &[("Content-Length", "10")], b"");
    let halves = [head, [body, b"12345".to_vec()].concat()].map(|half| {
        let mut stream = TcpStream::connect(page.addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&half).unwrap();
        stream
    });
    let answers = halves.map(|mut stream| {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    });
    assert!(
        answers[0].is_empty() || answers[0].starts_with("HTTP/1.1 408 "),
        "{}",
        answers[0]
    );
    assert!(answers[1].starts_with("HTTP/1.1 408 "), "{}", answers[1]);
    assert_eq!(scene.calls("a"), before);
}

#[test]
fn a_publication_is_there_at_once() {
    let scene = Scene::set(&["a"]);
    let page = scene.page("a");
    let mut events = page.listen("/events?live").unwrap();
    let mut connection = Connection::open(page.addr).unwrap();
    let mut took: Vec<Duration> = (0..100)
        .map(|number| {
            let begun = Instant::now();
            let request = page.request("POST", "/publish?live", &[], number.to_string().as_bytes());
            connection.send(&request).unwrap();
            assert_eq!(events.next_text().unwrap(), Some(number.to_string()));
            let took = begun.elapsed();
            assert_eq!(connection.answer().unwrap().status, 200);
            took
        })
        .collect();
    took.sort_unstable();
    println!(
        "from a POST to its event's bytes: median {:?}, worst {:?}",
        took[50], took[99]
    );
    assert!(took[50] < Duration::from_millis(500), "{:?}", took[50]);
}
