//! What a component hands over the border, or is made of, so that it costs the host more than it should: each is refused,
//! and the next call works.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lockgate::journal::CallCommit;
use lockgate::limits;
use lockgate::model::{Inbound, UnixMillis};
use lockgate::sandbox::{Allocation, CallError, ChannelContext, Fault, FaultKind, Folders, HookRequest, Prepared};
use lockgate_tests::room::{Room, guest, post};

struct Bench {
    room: Room,
    prepared: Arc<Prepared>,
    channel: Arc<ChannelContext>,
}

impl Bench {
    async fn of(name: &str) -> Bench {
        let room = Room::new(Allocation::Pooling).unwrap();
        let prepared = Arc::new(room.prepare(guest(name).unwrap()).await.unwrap());
        let channel = room.channel("bench", &[]).unwrap();
        Bench {
            room,
            prepared,
            channel,
        }
    }

    /// What the first message of this call says.
    async fn says(&self, request: HookRequest) -> Result<String, CallError> {
        said(&self.prepared, &self.channel, request).await
    }

    async fn breaks(&self, request: HookRequest) -> Fault {
        match self.says(request).await {
            Err(CallError::Fault(fault)) => fault,
            other => panic!("a fault expected, got {other:?}"),
        }
    }
}

async fn said(prepared: &Prepared, channel: &Arc<ChannelContext>, request: HookRequest) -> Result<String, CallError> {
    let done = prepared.receive(channel, request, &Folders::default()).await?;
    match done.value.1.inbound.first() {
        Some(Inbound::Message(message)) => Ok(message.text.clone()),
        other => panic!("one message expected, got {other:?}"),
    }
}

/// What was said of a component that does not get as far as a call, or whose first call is a fault.
async fn refused(name: &'static str) -> String {
    let room = Room::new(Allocation::Pooling).unwrap();
    let prepared = match room.prepare(guest(name).unwrap()).await {
        Ok(prepared) => prepared,
        Err(error) => return format!("{error:#}"),
    };
    let channel = room.channel("odd", &[]).unwrap();
    let called = prepared.receive(&channel, post("/", "x"), &Folders::default()).await;
    called.map(drop).expect_err(name).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_text_that_is_named_often_is_not_read_as_often() {
    let evil = Bench::of("evil").await;
    let fault = evil.breaks(post("/alias", "")).await;
    assert!(
        matches!(fault.kind, FaultKind::Unusable { .. } | FaultKind::Trap { .. }),
        "{fault}"
    );
    assert_eq!(evil.says(post("/say?text=hello", "")).await.unwrap(), "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_for_the_log_that_is_too_large_to_hand_over_ends_the_call() {
    let evil = Bench::of("evil").await;
    let fault = evil.breaks(post("/log-big", "")).await;
    assert!(
        matches!(fault.kind, FaultKind::Unusable { .. } | FaultKind::Trap { .. }),
        "{fault}"
    );
    assert_eq!(evil.says(post("/say?text=hello", "")).await.unwrap(), "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_call_writes_again_and_again_is_bounded_all_the_same() {
    let evil = Bench::of("evil").await;
    let said = evil.says(post("/store-alias", "")).await.unwrap();
    let refused: usize = said.strip_suffix(" refused").unwrap().parse().unwrap();
    let most = limits::STORE_WRITTEN_PER_CALL / limits::STORE_VALUE_BYTES;
    assert!(refused >= 100 - most, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_handles_are_a_few() {
    let wasi = Bench::of("wasi").await;
    let fault = wasi.breaks(post("/", "handles")).await;
    assert!(fault.to_string().contains("resource table"), "{fault}");
    assert!(wasi.says(post("/", "1")).await.unwrap().contains("stdout: ok"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_of_too_many_parts_is_refused() {
    for (name, part) in [
        ("many-memories", "memor"),
        ("many-tables", "table"),
        ("huge-table", "table"),
        ("many-instances", "instance"),
    ] {
        let said = refused(name).await;
        assert!(said.contains(part), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_function_that_never_ends_is_cut_off_as_a_call_is() {
    let odd = Bench::of("spin-at-start").await;
    let (begun, limit) = (Instant::now(), limits::CALL_DEADLINE);
    let fault = odd.breaks(post("/", "x")).await;
    assert!(
        matches!(fault.kind, FaultKind::Deadline { limit: had, .. } if had == limit),
        "{fault}"
    );
    assert!(
        begun.elapsed() < limit + Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_reads_nothing_of_anothers_store() {
    let evil = Bench::of("evil").await;
    let done = evil
        .prepared
        .receive(&evil.channel, post("/set?x=key%20value", ""), &Folders::default())
        .await
        .unwrap();
    let commit = CallCommit {
        instance: evil.channel.instance,
        channel: evil.channel.name.clone(),
        now: UnixMillis::now(),
        admitted: Vec::new(),
        effects: Vec::new(),
        checks: Vec::new(),
        writes: done.written.writes,
        replay: None,
        fired: None,
        tallies: Vec::new(),
    };
    evil.room.journal.commit(commit).await.unwrap();
    let other = evil.room.channel("other", &[]).unwrap();
    let mine = said(&evil.prepared, &evil.channel, post("/keys", "")).await.unwrap();
    assert!(mine.contains("key"), "{mine}");
    assert_eq!(said(&evil.prepared, &other, post("/keys", "")).await.unwrap(), "");
}
