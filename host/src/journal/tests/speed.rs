//! What a call costs. Run by hand: `cargo test --release -p lockgate --lib journal::tests::speed -- --ignored --nocapture`.

use std::time::Instant;

use super::*;
use crate::limits;

/// Calls of one run.
const CALLS: usize = 50_000;

/// Processor time of this process, its ended threads included, in microseconds. Linux counts it in hundredths of a second.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = text.rsplit(')').next().unwrap();
    after_name
        .split(' ')
        .skip(12)
        .take(2)
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        * 1e4
}

/// One new message of half a kilobyte and one replay key a call, as a signed webhook brings them.
async fn bring(journal: Journal, instance: InstanceId, caller: usize, calls: usize) -> Vec<EventId> {
    let mut events = Vec::new();
    for number in 0..calls {
        let id = format!("delivery-{caller}-{number}");
        let mut message = message(&id);
        message.message.text = "x".repeat(400);
        let replay = Some(ReplayKey {
            digest: Digest::of(id.as_bytes()),
            until: at(1 << 40),
        });
        let call = CallCommit {
            now: at(1 << 40),
            admitted: vec![message],
            replay,
            ..call(instance)
        };
        events.extend(journal.commit(call).await.unwrap().events);
    }
    events
}

#[test]
#[ignore = "a measurement"]
fn calls_per_second() {
    for callers in [1, 8, 16, 64, 256] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        runtime.block_on(measure(callers, if callers == 1 { 2_000 } else { CALLS }));
    }
}

async fn measure(callers: usize, calls: usize) {
    let house = House::new();
    let (start, before) = (Instant::now(), processor());
    let mut events = Vec::new();
    // A new channel for each part that a spool can hold.
    for part in 0..calls.div_ceil(10_000) {
        let ci = house.journal.add_instance(&name(&format!("c{part}")), at(0)).unwrap();
        let each = calls.min(10_000) / callers;
        let bring = |caller| tokio::spawn(bring(house.journal.clone(), ci, caller, each));
        for task in (0..callers).map(bring).collect::<Vec<_>>() {
            events.extend(task.await.unwrap());
        }
    }
    let number = events.len() as f64;
    let (rate, call) = (number / start.elapsed().as_secs_f64(), (processor() - before) / number);
    events.sort();
    let before = processor();
    for ids in events.chunks(limits::PUSH_BATCH) {
        house
            .journal
            .sent(&session("s"), Proof::Proven, ids.to_vec(), at(2))
            .await
            .unwrap();
    }
    let sent = (processor() - before) / number;
    println!("{callers:>3} callers: {rate:>6.0} calls/s, {call:>5.1} us CPU a call; sent: {sent:>4.1} us CPU an event");
    assert_eq!(house.held(), vec![]);
    house.journal.check().unwrap();
}

/// Frames in the write-ahead log, which only grows in these tests.
fn frames(house: &House) -> u64 {
    let log = house.folder.path().join("journal.sqlite-wal");
    (std::fs::metadata(log).unwrap().len() - 32) / (24 + 4096)
}

/// One signed call after the other, each read and marked as a pump does it. Gives frames for each call and for each mark.
async fn alone(house: &House, calls: std::ops::Range<usize>) -> (f64, f64) {
    let number = calls.len() as f64;
    let (mut cursor, mut called, mut marked) = (None, 0, 0);
    for caller in calls {
        let before = frames(house);
        let digest = Digest::of(format!("delivery-{caller}-0").as_bytes());
        assert!(!house.journal.replayed(house.ci, &digest).unwrap());
        let brought = bring(house.journal.clone(), house.ci, caller, 1).await;
        let between = frames(house);
        if cursor.is_none() {
            cursor = Some(EventId(brought[0].0 - 1));
        }
        assert_eq!(ids(&house.journal.held(cursor, limits::PUSH_BATCH).unwrap()), brought);
        cursor = brought.last().copied();
        let session = session("s");
        house
            .journal
            .sent(&session, Proof::Proven, brought, at(2))
            .await
            .unwrap();
        called += between - before;
        marked += frames(house) - between;
    }
    (called as f64 / number, marked as f64 / number)
}

/// Each frame costs two writes and a checksum over a page, and the pages of one commit are what its sync waits for.
#[tokio::test]
async fn a_lone_call_writes_few_pages() {
    let house = House::new();
    house.sql("PRAGMA wal_autocheckpoint=0").await;
    alone(&house, 0..1_000).await;
    let (called, marked) = alone(&house, 1_000..1_300).await;
    println!("{called} frames a call, {marked} frames a mark");
    // The event, its place in the spool, its mark as a message and as a request; and new pages for a fifth of them.
    assert!(called < 5.4, "{called}");
    // From among the held to among the seen.
    assert!(marked < 2.4, "{marked}");
}
