//! The example in Zig, in a home: it hears beats, and says when one does not come.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use lockgate_tests::guests::root;
use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::languages::{COMPILING, build};
use lockgate_tests::load::Hook;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};

struct Watch {
    serve: Serve,
    hook: Hook,
}

impl Watch {
    fn begin() -> (Home, Self) {
        let built = build(&root().join("examples/heartbeat")).unwrap();
        let home = Home::new().unwrap();
        let key = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
        let component = built.path.to_str().unwrap();
        let added = home
            .run(&["add", component, "--name", "heartbeat", "--yes", "--secret", &key])
            .unwrap();
        assert!(added.ok(), "{}{}", added.stdout, added.stderr);
        home.unpace().unwrap();
        let serve = Serve::channel(&home).unwrap();
        let addr: SocketAddr = until(COMPILING, "it is ready", || {
            let status = home.status().ok()?;
            let ready = status.channel("heartbeat")?.phase == "ready";
            status.listen.filter(|_| ready)
        })
        .unwrap_or_else(|error| panic!("{error:#}\n{}", serve.stderr()));
        let hook = Hook::new(addr, "/heartbeat/", SECRET);
        (home, Self { serve, hook })
    }

    #[track_caller]
    fn beat(&self, body: &str, status: u16) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
            .to_string();
        let signature = self.hook.signature(format!("{now}:{body}").as_bytes());
        let headers = [("x-beat-timestamp", now.as_str()), ("x-hub-signature-256", &signature)];
        let answer = self.hook.post(&self.hook.request(&headers, body.as_bytes())).unwrap();
        assert_eq!(answer.status, status, "{body}\n{}", self.serve.stderr());
    }

    /// The text of the event of this number, from 0.
    fn said(&self, nth: usize) -> String {
        let record = self.serve.client.record();
        let waited = record.wait_events(nth + 1, PATIENCE);
        waited.unwrap_or_else(|error| panic!("{error:#}\n{}", self.serve.stderr()));
        let pushed = record.seen().events[nth].parse().unwrap();
        assert_eq!(pushed.meta["x_name"], "backup");
        pushed.content
    }
}

#[test]
fn what_does_not_beat_is_said_once_and_so_is_that_it_beats_again() {
    let (_home, watch) = Watch::begin();
    watch.beat("backup 1", 200);
    assert!(watch.said(0).contains("no beat of backup"));
    watch.beat("backup 600", 200);
    assert!(watch.said(1).contains("backup beats again"));
    // A beat in time and one that was stopped say nothing: what comes third is of the watch that comes after them.
    watch.beat("backup 600", 200);
    watch.beat("other 1", 200);
    watch.beat("other stop", 200);
    // The very body of the first beat, and none the less a beat of its own.
    watch.beat("backup 1", 200);
    assert!(watch.said(2).contains("no beat of backup"));
}

#[test]
fn what_is_no_beat_is_refused() {
    let (_home, watch) = Watch::begin();
    for body in [
        "",
        "backup",
        "backup soon",
        "backup 0",
        "backup 604801",
        "backup 1 2",
        "ba\u{fc}ckup 5",
        "backup -1",
    ] {
        watch.beat(body, 400);
    }
    watch.beat(&format!("{} 5", "x".repeat(65)), 400);
    for nth in 0..50 {
        watch.beat(&format!("thing-{nth} 600"), 200);
    }
    watch.beat("one-more 600", 507);
    watch.beat("thing-0 stop", 200);
    watch.beat("one-more 600", 200);
}
