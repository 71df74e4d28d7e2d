//! Hostile guests in the real sandbox: what each of them gets, and that the next call does not notice.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lockgate::limits;
use lockgate::model::{Inbound, Outcome, Trouble};
use lockgate::sandbox::{
    Allocation, Call, CallError, ChannelContext, Fault, FaultKind, Folders, HookAnswer, HookBody, Prepared,
};
use lockgate_tests::room::{Room, guest, post};

struct Evil {
    _room: Room,
    prepared: Arc<Prepared>,
    channel: Arc<ChannelContext>,
}

async fn evil(settings: &[(&str, &str)]) -> Evil {
    let room = Room::new(Allocation::Pooling).unwrap();
    let prepared = Arc::new(room.prepare(guest("evil").unwrap()).await.unwrap());
    let channel = room.channel("evil", settings).unwrap();
    Evil {
        _room: room,
        prepared,
        channel,
    }
}

impl Evil {
    async fn does(&self, path: &str) -> Result<(HookAnswer, Outcome), CallError> {
        self.prepared
            .receive(&self.channel, post(path, ""), &Folders::default())
            .await
            .map(|done| done.value)
    }

    async fn breaks(&self, path: &str) -> Fault {
        match self.does(path).await {
            Err(CallError::Fault(fault)) => fault,
            other => panic!("{path}: a fault expected, got {other:?}"),
        }
    }

    /// The next call is another instance, and works.
    async fn still_works(&self) {
        let (answer, outcome) = self.does("/say?text=hello").await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(text(&outcome), "hello");
    }
}

fn text(outcome: &Outcome) -> String {
    match outcome.inbound.first() {
        Some(Inbound::Message(message)) => message.text.clone(),
        other => panic!("one message expected, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop_ends_at_the_deadline_and_others_are_served_meanwhile() {
    let evil = evil(&[]).await;
    let begun = Instant::now();
    let spinning = {
        let (prepared, channel) = (Arc::clone(&evil.prepared), Arc::clone(&evil.channel));
        tokio::spawn(async move {
            prepared
                .receive(&channel, post("/spin", ""), &Folders::default())
                .await
                .map(drop)
        })
    };
    let mut worst = Duration::ZERO;
    while !spinning.is_finished() {
        let asked = Instant::now();
        evil.still_works().await;
        worst = worst.max(asked.elapsed());
    }
    let took = begun.elapsed();
    let fault = match spinning.await.unwrap() {
        Err(CallError::Fault(fault)) => fault,
        other => panic!("a fault expected, got {other:?}"),
    };
    let limit = limits::CALL_DEADLINE;
    // It is its own fault: it was at work.
    assert!(
        matches!(fault.kind, FaultKind::Deadline { limit: had, ran } if had == limit && ran >= limit / limits::FAULT_AT_WORK_PART),
        "{fault}"
    );
    assert_eq!((fault.channel.as_str(), fault.call), ("evil", Call::Receive));
    assert!(took >= limits::CALL_DEADLINE, "{took:?}");
    assert!(took < limits::CALL_DEADLINE + Duration::from_secs(1), "{took:?}");
    assert!(worst < Duration::from_secs(1), "another call waited {worst:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_has_the_time_that_it_was_granted() {
    let spinning = evil(&[("poll", "spin")]).await;
    let limit = Duration::from_millis(300);
    let poll = |evil: Evil| async move {
        let begun = Instant::now();
        let polled = evil.prepared.poll(&evil.channel, 0, limit, &Folders::default()).await;
        (polled.map(drop), begun.elapsed())
    };
    let (polled, took) = poll(spinning).await;
    let Err(CallError::Fault(fault)) = polled else {
        panic!("{polled:?}")
    };
    assert_eq!((fault.kind, fault.call), (FaultKind::Deadline { limit }, Call::Poll));
    assert!(took >= limit && took < limit + Duration::from_secs(1), "{took:?}");
    // One that ends before is not touched.
    assert!(poll(evil(&[]).await).await.0.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_memory_bomb_is_an_over_limit_and_not_the_hosts_memory() {
    let evil = evil(&[]).await;
    let fault = evil.breaks("/grow").await;
    let most = limits::GUEST_MEMORY as u64;
    assert_eq!(
        fault.kind,
        FaultKind::OverLimit {
            what: "bytes of memory",
            most
        }
    );
    evil.still_works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traps_name_channel_call_and_function_and_keep_the_last_words() {
    let evil = evil(&[]).await;
    let fault = evil.breaks("/trap").await;
    let FaultKind::Trap { reason, .. } = &fault.kind else {
        panic!("{fault:?}")
    };
    assert!(reason.contains("unreachable"), "{reason}");
    assert!(fault.function.is_some(), "{fault:?}");
    assert!(fault.to_string().starts_with("channel evil: hook.receive "), "{fault}");

    let fault = evil.breaks("/panic?why=oh").await;
    let FaultKind::Trap {
        last_words: Some(words),
        ..
    } = &fault.kind
    else {
        panic!("{fault:?}")
    };
    assert!(words.contains("panicked as asked"), "{words}");

    let fault = evil.breaks("/recurse").await;
    let FaultKind::Trap { reason, .. } = &fault.kind else {
        panic!("{fault:?}")
    };
    // The guest's own stack ends at the edge of its memory, the engine's at its bound.
    assert!(reason.contains("stack") || reason.contains("out of bounds"), "{reason}");
    evil.still_works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_refuses_what_is_too_much_and_random_bytes_are_bounded() {
    let evil = evil(&[]).await;
    let trouble = evil.does("/store-flood").await.unwrap_err();
    assert!(matches!(trouble, CallError::Trouble(_)), "{trouble:?}");
    let (_, outcome) = evil.does("/store-big").await.unwrap();
    assert!(text(&outcome).contains("TooLarge"), "{}", text(&outcome));
    let fault = evil.breaks("/random-too-much").await;
    assert!(matches!(fault.kind, FaultKind::Unusable { .. }), "{fault}");
    evil.still_works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_done_call_leaves_no_drafts() {
    let evil = evil(&[]).await;
    assert!(matches!(
        evil.does("/half").await,
        Err(CallError::Trouble(Trouble::Rejected(_)))
    ));
    evil.breaks("/half-trap").await;
    let (_, outcome) = evil.does("/get?key=half").await.unwrap();
    assert_eq!(text(&outcome), "None");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_sees_its_own_writes_and_its_drafts_are_handed_over() {
    let evil = evil(&[]).await;
    let done = evil
        .prepared
        .receive(&evil.channel, post("/set?x=a%20b", ""), &Folders::default())
        .await
        .unwrap();
    assert_eq!(done.written.writes.len(), 1);
    let done = evil
        .prepared
        .receive(&evil.channel, post("/check-conflict", ""), &Folders::default())
        .await
        .unwrap();
    assert_eq!(done.written.checks, [("checked".to_owned(), None)]);
    assert!(done.memory > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_answers_come_out_as_they_are_for_the_door_to_judge() {
    let evil = evil(&[]).await;
    let (answer, _) = evil.does("/bad-answer").await.unwrap();
    assert_eq!(answer.status, 99);
    let (answer, _) = evil.does("/file-answer").await.unwrap();
    assert_eq!(answer.body, HookBody::File("/etc/passwd".into()));
    let (_, outcome) = evil.does("/many-inbound").await.unwrap();
    assert_eq!(outcome.inbound.len(), 10_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_larger_than_a_call_may_lift_is_a_fault() {
    let evil = evil(&[]).await;
    let fault = evil
        .breaks(&format!("/big-text?bytes={}", 2 * limits::HOSTCALL_BYTES))
        .await;
    assert!(
        matches!(fault.kind, FaultKind::Unusable { .. } | FaultKind::Trap { .. }),
        "{fault}"
    );
    evil.still_works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_flood_is_cut_and_counted() {
    let evil = evil(&[]).await;
    evil.does("/log-flood").await.unwrap();
    assert!(evil.channel.log.cut() > 900, "{}", evil.channel.log.cut());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ticker_sleeps_while_no_guest_runs() {
    let evil = evil(&[]).await;
    evil.still_works().await;
    lockgate_tests::wait::until(lockgate_tests::wait::PATIENCE, "the ticker to sleep", || {
        evil._room.sandbox.is_idle().then_some(())
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wasi_is_whole_and_empty() {
    let room = Room::new(Allocation::Pooling).unwrap();
    let prepared = room.prepare(guest("wasi").unwrap()).await.unwrap();
    let channel = room.channel("wasi", &[]).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let done = prepared
        .receive(&channel, post("/", &port.to_string()), &Folders::default())
        .await
        .unwrap();
    let report = text(&done.value.1);
    let line = |name: &str| {
        let found = report
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("no {name} in {report}")).to_owned()
    };
    assert_eq!([line("stdout"), line("stderr")], ["ok", "ok"]);
    assert_eq!(
        [line("environment"), line("arguments"), line("cwd"), line("preopens")],
        ["[]", "[]", "None", "0"]
    );
    for name in ["connect", "udp", "lookup"] {
        assert!(line(name).starts_with("refused"), "{name}: {}", line(name));
    }
    assert!(line("clock").parse::<u64>().unwrap() > 1_700_000_000);
    assert!(listener.accept().is_err(), "the guest reached a socket");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_memories_are_refused() {
    let room = Room::new(Allocation::Pooling).unwrap();
    let refused = match room.prepare(guest("many-memories").unwrap()).await {
        Err(error) => format!("{error:#}"),
        Ok(prepared) => {
            let channel = room.channel("many", &[]).unwrap();
            prepared
                .receive(&channel, post("/", "x"), &Folders::default())
                .await
                .map(drop)
                .unwrap_err()
                .to_string()
        }
    };
    assert!(refused.contains("memor"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compiled_code_that_was_changed_is_not_loaded() {
    let room = Room::new(Allocation::Pooling).unwrap();
    let examined = room.compile(guest("evil").unwrap()).await.unwrap();
    let folder = room.path().join("state/compiled");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut code = std::fs::read(&file).unwrap();
    let middle = code.len() / 2;
    code[middle] ^= 1;
    std::fs::write(&file, code).unwrap();
    let refusal = room.load(&examined).map(drop).unwrap_err();
    assert!(format!("{refusal:#}").contains("was changed"), "{refusal:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_compiling_child_refuses_what_is_damaged() {
    let room = Room::new(Allocation::Pooling).unwrap();
    for name in [
        "cut-off",
        "not-a-component",
        "other-contract",
        "liar",
        "no-manifest",
        "bad-manifest",
        "two-manifests",
    ] {
        let refusal = room.compile(guest(name).unwrap()).await.map(drop).unwrap_err();
        assert!(!refusal.to_string().is_empty(), "{name}");
    }
}
