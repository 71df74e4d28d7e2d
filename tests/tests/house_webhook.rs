//! A signed body goes in as a forge sends it, and comes out as an event of the session; nothing else does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::client::Pushed;
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::load::payload::{issue_opened, number_in, workflow_run};
use lockgate_tests::load::{Answer, Connection, Hook};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

/// A home with one channel, a session and the place to post to.
struct Scene {
    home: Home,
    serve: Serve,
    hook: Hook,
    sentinels: u64,
}

impl Scene {
    fn set() -> Scene {
        let home = Home::with_webhook("ci").unwrap();
        let serve = Serve::channel(&home).unwrap();
        let hook = home.hook("ci").unwrap();
        Scene {
            home,
            serve,
            hook,
            sentinels: 1_000,
        }
    }

    fn post(&self, kind: &str, body: &[u8]) -> Answer {
        self.hook.post(&self.hook.signed(kind, body)).unwrap()
    }

    /// Everything that has been pushed before a body that is posted now: events come in order.
    fn pushed(&mut self) -> Vec<Pushed> {
        self.sentinels += 1;
        let sentinel = self.sentinels;
        assert_eq!(self.post("workflow_run", &workflow_run(sentinel)).status / 100, 2);
        let record = self.serve.client.record();
        let events = record.wait(PATIENCE, "the sentinel", |seen| {
            let events: Vec<Pushed> = seen.events.iter().map(|line| line.parse().unwrap()).collect();
            (events.last().and_then(|last| number_in(&last.content)) == Some(sentinel)).then_some(events)
        });
        let mut events = events.unwrap_or_else(|error| panic!("{error}\n{}", self.serve.stderr()));
        assert!(
            record.seen().stray.is_empty(),
            "not JSON-RPC: {:?}",
            record.seen().stray
        );
        events.retain(|event| number_in(&event.content).is_none_or(|number| number < 1_000));
        events
    }

    fn tally(&self, reason: &str) -> u64 {
        let status = self.home.status().unwrap();
        status.channel("ci").unwrap().tallies.get(reason).copied().unwrap_or(0)
    }
}

#[test]
fn a_finished_build_arrives() {
    let mut scene = Scene::set();
    assert_eq!(scene.post("workflow_run", &workflow_run(7)).status / 100, 2);
    let events = scene.pushed();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    assert_eq!(event.content.trim(), "octocat/Hello-World: house-7. failure");
    assert_eq!(event.meta["channel"], "ci");
    assert!(event.meta["chat_id"].starts_with("ci:"), "{:?}", event.meta);
    assert!(event.meta["user"].starts_with("ci/"), "{:?}", event.meta);
    assert_eq!(event.meta["role"], "service");
    for key in ["message_id", "event_id", "ts"] {
        assert!(!event.meta[key].is_empty(), "{key} is empty");
    }
    assert!(
        !event.meta.contains_key("source"),
        "a second source would stand in the tag"
    );
    let key = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_ascii_digit())
    };
    assert!(event.meta.keys().all(|name| key(name)), "{:?}", event.meta);
}

/// The forge's own documentation gives this secret, this body and this signature.
#[test]
fn the_documented_body_with_the_documented_signature_arrives() {
    let mut scene = Scene::set();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("X-GitHub-Event", "ping"), ("X-Hub-Signature-256", signature)];
    let answer = scene
        .hook
        .post(&scene.hook.request(&headers, b"Hello, World!"))
        .unwrap();
    assert_eq!(answer.status / 100, 2, "{answer:?}");
    let events = scene.pushed();
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].content.contains("Hello, World!"), "{events:?}");
}

#[test]
fn a_body_without_a_good_signature_is_refused() {
    let mut scene = Scene::set();
    let body = workflow_run(8);
    let good = scene.hook.signature(&body);
    let other = Hook::new(scene.hook.addr, "/ci/github", "another secret").signature(&body);
    let tables: [(&str, Vec<(&str, &str)>); 6] = [
        ("none", vec![]),
        ("another secret", vec![("X-Hub-Signature-256", &other)]),
        ("no prefix", vec![("X-Hub-Signature-256", &good["sha256=".len()..])]),
        ("cut off", vec![("X-Hub-Signature-256", &good[..good.len() - 2])]),
        ("another header", vec![("X-Hub-Signature", &good)]),
        (
            "given twice",
            vec![("X-Hub-Signature-256", &other), ("X-Hub-Signature-256", &good)],
        ),
    ];
    for (case, headers) in tables {
        let answer = scene.hook.post(&scene.hook.request(&headers, &body)).unwrap();
        assert_eq!(answer.status, 401, "{case}");
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!said.contains(SECRET) && !said.contains("house-8"), "{case}: {said}");
    }
    let mut changed = scene.hook.request(&[("X-Hub-Signature-256", &good)], &body);
    *changed.last_mut().unwrap() = b' ';
    assert_eq!(scene.hook.post(&changed).unwrap().status, 401, "a changed body");
    assert!(scene.pushed().is_empty());
}

#[test]
fn a_replayed_body_is_answered_but_comes_once() {
    let mut scene = Scene::set();
    let body = workflow_run(9);
    let signature = scene.hook.signature(&body);
    for delivery in ["one", "one", "two"] {
        let headers = [
            ("X-GitHub-Event", "workflow_run"),
            ("X-GitHub-Delivery", delivery),
            ("X-Hub-Signature-256", &*signature),
        ];
        assert_eq!(
            scene.hook.post(&scene.hook.request(&headers, &body)).unwrap().status,
            200
        );
    }
    assert_eq!(
        scene.pushed().len(),
        1,
        "a new delivery id, which nobody signed, makes no new event"
    );
    // For a moment on its way to the disk a count is not there.
    let counted = |status: &Status| (status.channel("ci")?.tallies.values().sum::<u64>() >= 2).then_some(());
    scene.home.wait_status("the replays are counted", counted).unwrap();
}

#[test]
fn a_replay_is_known_after_a_restart() {
    let mut scene = Scene::set();
    scene.post("workflow_run", &workflow_run(10));
    assert_eq!(scene.pushed().len(), 1);
    // Both, the sentinel with it, are known to have been written to a session.
    let sent = |status: &Status| (status.channel("ci")?.sent == 2).then_some(());
    scene.home.wait_status("both are marked as sent", sent).unwrap();
    scene.serve.kill().unwrap();
    scene.serve = Serve::channel(&scene.home).unwrap();
    scene.hook = scene.home.hook("ci").unwrap();
    assert_eq!(scene.post("workflow_run", &workflow_run(10)).status, 200);
    scene.pushed();
    let seen = scene.serve.client.record().seen();
    let fresh = seen.events.iter().filter(|line| {
        let event = line.parse().unwrap();
        number_in(&event.content) == Some(10) && !event.meta.contains_key("replay")
    });
    assert_eq!(fresh.count(), 0);
}

/// Whoever signed the delivery is not who wrote the issue.
#[test]
fn what_a_stranger_wrote_is_withheld() {
    let mut scene = Scene::set();
    assert_eq!(scene.post("issues", &issue_opened()).status / 100, 2);
    assert!(scene.pushed().is_empty());
    // Not even the place is one where people are heard.
    assert_eq!(scene.tally("group-not-granted"), 1);
}

#[test]
fn a_body_over_the_bound_is_refused_and_the_process_lives() {
    let mut scene = Scene::set();
    let bound = lockgate::limits::HOOK_BODY_BYTES;
    let mut body = workflow_run(11);
    body.resize(bound + 1, b' ');
    let mut connection = Connection::open(scene.hook.addr).unwrap();
    // The listener may answer and close before it has read everything.
    let _ = connection.send(&scene.hook.signed("workflow_run", &body));
    let status = connection.answer().map(|answer| answer.status);
    assert!(status.is_err() || status.is_ok_and(|status| status == 413));
    body.pop();
    assert_eq!(
        scene.post("workflow_run", &body).status / 100,
        2,
        "a body of just the bound"
    );
    assert_eq!(scene.pushed().len(), 1);
}

#[test]
fn other_paths_and_methods_lead_nowhere() {
    let mut scene = Scene::set();
    for path in [
        "/",
        "/ci",
        "/ci/",
        "/ci/nowhere",
        "/nobody/github",
        "/ci/../ci/github",
        "//ci/github",
        "/ci/github/",
    ] {
        let hook = scene.hook.at(path);
        let answer = hook.post(&hook.signed("workflow_run", &workflow_run(12))).unwrap();
        assert_eq!(answer.status, 404, "{path}");
    }
    let mut get = scene.hook.signed("workflow_run", &workflow_run(12));
    get.splice(..4, *b"GET");
    assert!(matches!(scene.hook.post(&get).unwrap().status, 404 | 405), "GET");
    assert!(scene.pushed().is_empty());
}

#[test]
fn nonsense_on_a_connection_harms_only_that_connection() {
    let mut scene = Scene::set();
    for nonsense in [
        &b"\0\xff\x16\x03\x01"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /ci/github HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut connection = Connection::open(scene.hook.addr).unwrap();
        connection.send(nonsense).unwrap();
        let status = connection.answer().map(|answer| answer.status / 100);
        assert!(status.is_err() || status.is_ok_and(|class| class == 4), "{nonsense:?}");
    }
    scene.post("workflow_run", &workflow_run(13));
    assert_eq!(scene.pushed().len(), 1);
}

#[test]
fn requests_that_were_sent_ahead_are_all_answered() {
    let mut scene = Scene::set();
    let mut connection = Connection::open(scene.hook.addr).unwrap();
    let requests: Vec<u8> = (20..40)
        .flat_map(|number| scene.hook.signed("workflow_run", &workflow_run(number)))
        .collect();
    connection.send(&requests).unwrap();
    for number in 20..40 {
        assert_eq!(connection.answer().unwrap().status / 100, 2, "{number}");
    }
    let numbers: Vec<_> = scene
        .pushed()
        .iter()
        .filter_map(|event| number_in(&event.content))
        .collect();
    assert_eq!(numbers, (20..40).collect::<Vec<_>>());
}
