//! Pages of a real house while things happen: events as they come, channels that come and go, ports that are taken.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lockgate_tests::home::Home;
use lockgate_tests::load::Connection;
use lockgate_tests::page::{Page, Scene, add, raw};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};

#[test]
fn events_come_in_order_to_the_page_of_their_channel_only() {
    let scene = Scene::set(&["a", "b"]).unwrap();
    let (a, b) = (scene.page("a").unwrap(), scene.page("b").unwrap());
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
    assert_eq!(scene.tally("publication-without-page").unwrap(), 0);
}

#[test]
fn so_many_may_listen_and_who_is_slow_is_let_go() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let mut all: Vec<_> = (0..16).map(|_| page.listen("/events?live").unwrap()).collect();
    assert_eq!(page.get("/events?live").unwrap().status, 503);
    scene.wait_tally("page-crowded", 1).unwrap();
    all.truncate(1);
    let free = until(PATIENCE, "a place", || page.listen("/events?quick").ok());
    let mut quick = free.unwrap();
    // One of 16 reads nothing.
    let mut slow = all.remove(0);
    let large = vec![b'x'; 60_000];
    until(PATIENCE, "the slow one is let go", || {
        page.post("/publish-many?live", &large).unwrap();
        (scene.tally("page-subscriber-slow").unwrap() > 0).then_some(())
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
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
    let mut events = page.listen("/events?live").unwrap();
    add(&scene.home, "a", &["--set", "other=1"]).unwrap();
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
    assert_eq!(scene.page("a").unwrap().token, page.token);
    assert!(scene.home.run(&["remove", "a", "--yes"]).unwrap().ok());
    until(PATIENCE, "nobody listens", || {
        TcpStream::connect(page.addr).is_err().then_some(())
    })
    .unwrap();
}

#[test]
fn a_new_start_has_new_tokens() {
    let mut scene = Scene::set(&["a"]).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    add(&scene.home, "a", &["--page", &port.to_string()]).unwrap();
    let moved = |page: &Page| (page.addr.port() == port).then_some(());
    let page = until(PATIENCE, "the page moves", || {
        Page::of(&scene.home, "a").ok().filter(|page| moved(page).is_some())
    });
    let old = page.unwrap();
    scene.serve.kill().unwrap();
    scene.serve = Serve::channel(&scene.home).unwrap();
    let new = scene.page("a").unwrap();
    assert_eq!(new.addr, old.addr);
    let host = format!("localhost:{port}");
    let named = [("Host", host.as_str()), ("x-lockgate-token", new.token.as_str())];
    assert_eq!(new.send(&raw("GET", "/echo", &named, b"")).unwrap().status, 200);
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
    add(&home, "a", &["--page", &port.to_string()]).unwrap();
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
fn a_publication_is_there_at_once() {
    let scene = Scene::set(&["a"]).unwrap();
    let page = scene.page("a").unwrap();
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
