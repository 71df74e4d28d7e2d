//! Pages of a real house over raw connections: who gets in, and what gets out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read, Write};
use std::net::TcpStream;

use lockgate_tests::client::text_of;
use lockgate_tests::page::{Page, Scene, raw};
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::json;

type Headers<'a> = &'a [(&'a str, &'a str)];

/// The text of an answer with the token.
fn text(page: &Page, target: &str) -> String {
    let answer = page.get(target).unwrap();
    assert_eq!(answer.status, 200, "{target}");
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn without_the_token_there_is_only_the_hosts_own_door() {
    let scene = Scene::set(&["a", "b"]).unwrap();
    let (a, b) = (scene.page("a").unwrap(), scene.page("b").unwrap());
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
    let tries: [(&str, &str, Headers<'_>); 8] = [
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
    assert_eq!(
        (scene.calls("a").unwrap(), scene.calls("b").unwrap()),
        (0, 0),
        "the guest was called"
    );
    scene.wait_tally("page-unverified", 8).unwrap();
    assert!(text(&a, "/").contains("A hostile page"));
    assert_eq!(scene.calls("a").unwrap(), 1);
}

#[test]
fn other_hosts_and_sites_do_not_get_in_even_with_the_token() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let (port, token) = (page.addr.port(), page.token.as_str());
    let own = page.addr.to_string();
    let ip = page.addr.ip().to_string();
    let key = ("x-lockgate-token", token);
    let [rebound, other, localhost] =
        ["rebound.example", "127.0.0.2", "localhost"].map(|name| format!("{name}:{port}"));
    let origin = |host: &str| format!("http://{host}");
    let (own_origin, far, neighbour) = (origin(&own), "https://a.example", origin("127.0.0.1:1"));
    let tries: [(u16, Vec<(&str, &str)>); 12] = [
        (421, vec![key]),
        (421, vec![("Host", &rebound), key]),
        (421, vec![("Host", &other), key]),
        (421, vec![("Host", &ip), key]),
        (421, vec![("Host", &own), ("Host", &rebound), key]),
        (403, vec![("Host", &own), ("Origin", far), key]),
        (403, vec![("Host", &own), ("Origin", "null"), key]),
        (403, vec![("Host", &own), ("Origin", &neighbour), key]),
        (403, vec![("Host", &own), ("Sec-Fetch-Site", "cross-site"), key]),
        (403, vec![("Host", &own), ("Sec-Fetch-Site", "same-site")]),
        // That name is for pages at a fixed port, which have the usual address.
        (421, vec![("Host", &localhost), key, ("Sec-Fetch-Site", "same-origin")]),
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
    assert_eq!(scene.calls("a").unwrap(), 2);
}

#[test]
fn the_guest_sees_the_request_but_nothing_that_opens_anything() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
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
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let hidden = page.request("POST", "/publish?live", &[], b"smuggled");
    let mut events = page.listen("/events?live").unwrap();
    let before = scene.calls("a").unwrap();
    let lengths: [Headers<'_>; 4] = [
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
    assert_eq!(scene.calls("a").unwrap(), before + 1);
}

#[test]
fn a_guest_chooses_the_type_and_no_other_header() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
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
        ("/file?/inbox/none", 500),
        ("/file?/inbox/../../journal.sqlite", 500),
        ("/file?/data/none", 500),
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
fn neither_the_model_nor_the_log_sees_a_link() {
    let mut scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
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

/// What lies in the folders of calls.
fn scratch(scene: &Scene) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(scene.home.state().join("scratch")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_large_body_is_a_file_of_the_call_and_can_be_sent_back() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let body: Vec<u8> = (0..2_u32 << 20).map(|number| (number % 251) as u8).collect();
    for (length, expected) in [
        (1 << 20, "bytes 1048576"),
        ((1 << 20) + 1, "file /inbox/body Ok(1048577)"),
        (2 << 20, "file /inbox/body Ok(2097152)"),
    ] {
        let answer = page.post("/echo", &body[..length]).unwrap();
        let said = String::from_utf8(answer.body).unwrap();
        assert_eq!(said.lines().nth(2), Some(expected));
    }
    let back = page.post("/file?/inbox/body", &body).unwrap();
    assert_eq!((back.status, back.header("content-length")), (200, Some("2097152")));
    assert!(back.body == body, "other bytes came back");
    // In chunks, as a sender does that does not know the length.
    let mut chunked = page.request("POST", "/file?/inbox/body", &[("Transfer-Encoding", "chunked")], b"");
    for piece in body.chunks(100_000) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    let [mut whole, mut over] = [chunked.clone(), chunked];
    whole.extend_from_slice(b"0\r\n\r\n");
    assert!(page.send(&whole).unwrap().body == body, "other bytes came back");
    over.extend_from_slice(b"1\r\nx\r\n0\r\n\r\n");
    assert_eq!(page.send(&over).unwrap().status, 413);
    assert_eq!(
        page.send(&page.request("POST", "/echo", &[("Content-Length", "2097153")], b""))
            .unwrap()
            .status,
        413
    );
    scene.wait_tally("page-too-large", 2).unwrap();
    let gone = until(PATIENCE, "no call leaves a folder", || {
        scratch(&scene).is_empty().then_some(())
    });
    gone.unwrap_or_else(|error| panic!("{error}: {:?}", scratch(&scene)));
}

#[test]
fn who_stops_in_the_middle_is_cut_off() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let before = scene.calls("a").unwrap();
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
    assert_eq!(scene.calls("a").unwrap(), before);
}
