//! Guests that wait in the host: they cost no thread, and end at their deadline. Alone in its process, whose threads it
//! counts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lockgate::limits;
use lockgate::sandbox::{Allocation, CallError, FaultKind, Folders};
use lockgate_tests::room::{Room, guest, post};

/// Channels whose guests sleep; each may have a few calls at once.
const CHANNELS: usize = 8;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sleepers_take_no_threads_and_end_at_the_deadline() {
    let room = Room::new(Allocation::Pooling).unwrap();
    let prepared = Arc::new(room.prepare(guest("wasi").unwrap()).await.unwrap());
    let awake = room.channel("awake", &[]).unwrap();
    let wakes = || async {
        prepared
            .receive(&awake, post("/", "sleep 0"), &Folders::default())
            .await
            .unwrap()
    };
    // The first call starts the ticker's thread, and whatever else there is once.
    wakes().await;
    let before = threads();
    let begun = Instant::now();
    let mut sleepers = tokio::task::JoinSet::new();
    for nth in 0..CHANNELS {
        let channel = room.channel(&format!("asleep-{nth}"), &[]).unwrap();
        for _ in 0..limits::CALLS_AT_ONCE_PER_CHANNEL {
            let (prepared, channel) = (Arc::clone(&prepared), Arc::clone(&channel));
            sleepers.spawn(async move {
                let slept = prepared
                    .receive(&channel, post("/", "sleep 3600"), &Folders::default())
                    .await;
                slept.map(drop)
            });
        }
    }
    // While they sleep, another one is served, again and again.
    let (mut most, mut worst) = (before, Duration::ZERO);
    while begun.elapsed() < limits::CALL_DEADLINE / 2 {
        let asked = Instant::now();
        wakes().await;
        worst = worst.max(asked.elapsed());
        most = most.max(threads());
    }
    assert!(most <= before + 1, "{before} threads became {most}");
    assert!(worst < Duration::from_secs(1), "another call waited {worst:?}");
    while let Some(ended) = sleepers.join_next().await {
        let Err(CallError::Fault(fault)) = ended.unwrap() else {
            panic!("a fault expected")
        };
        let limit = limits::CALL_DEADLINE;
        // It waited, and was hardly at work.
        assert!(
            matches!(fault.kind, FaultKind::Deadline { limit: had, ran } if had == limit && ran < limit / limits::FAULT_AT_WORK_PART),
            "{fault}"
        );
    }
    assert!(
        begun.elapsed() < limits::CALL_DEADLINE + Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}
