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
