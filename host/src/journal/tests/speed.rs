//! What a call costs. Run by hand: `cargo test --release -p lockgate --lib journal::tests::speed -- --ignored --nocapture`.

use std::time::Instant;

use super::*;

/// Calls of one run.
const CALLS: usize = 50_000;

/// Processor time of this process and of its threads, in seconds.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let own: f64 = text.split(' ').next().unwrap().parse().unwrap();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let all: f64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next().and_then(|own| own.parse::<f64>().ok()))
        .sum();
    all.max(own) / 1e9
}

/// The writer's processor time, in seconds.
fn writer_processor() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    tasks
        .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "journal"))
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next().and_then(|own| own.parse::<f64>().ok()))
        .sum::<f64>()
        / 1e9
}

async fn run(house: &House, callers: usize, per_caller: usize) -> Vec<EventId> {
    let ci = house.ci;
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let journal = house.journal.clone();
            tokio::spawn(async move {
                let mut events = Vec::new();
                for number in 0..per_caller {
                    let id = format!("delivery-{caller}-{number}");
                    let mut message = message(&id);
                    message.message.text = "x".repeat(400);
                    let replay = Some(ReplayKey {
                        digest: Digest::of(id.as_bytes()),
                        until: at(u64::MAX),
                    });
                    let call = CallCommit {
                        admitted: vec![message],
                        replay,
                        ..call(ci)
                    };
                    events.extend(journal.commit(call).await.unwrap().events);
                }
                events
            })
        })
        .collect();
    let mut events = Vec::new();
    for task in tasks {
        events.extend(task.await.unwrap());
    }
    events.sort();
    events
}

#[test]
#[ignore = "a measurement"]
fn calls_per_second() {
    for callers in [1, 8, 16, 64] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        runtime.block_on(measure(callers));
    }
}

async fn measure(callers: usize) {
    let house = House::new();
    let calls = if callers == 1 { 2_000 } else { CALLS };
    let mut lines = Vec::new();
    let mut totals = [0.0; 5];
    let mut left = calls;
    while left > 0 {
        let round = left.min(10_000);
        left -= round;
        let (start, before, writer) = (Instant::now(), processor(), writer_processor());
        // Ids repeat between the rounds unless their callers differ.
        house.sql("DELETE FROM dedup WHERE at < 0").await;
        let events = run(
            &House {
                folder: tempfile::tempdir().unwrap(),
                journal: house.journal.clone(),
                ci: fresh(&house, left),
            },
            callers,
            round / callers,
        )
        .await;
        let (commit, commit_cpu, writer_cpu) = (start.elapsed(), processor() - before, writer_processor() - writer);
        let (start, before) = (Instant::now(), processor());
        for ids in events.chunks(crate::limits::PUSH_BATCH) {
            house
                .journal
                .sent(&session("s"), Proof::Proven, ids.to_vec(), at(2))
                .await
                .unwrap();
        }
        let (sent, sent_cpu) = (start.elapsed(), processor() - before);
        let counts = events.len() as f64;
        for (total, value) in totals
            .iter_mut()
            .zip([counts, commit.as_secs_f64(), commit_cpu, writer_cpu, sent_cpu])
        {
            *total += value;
        }
        lines.push(sent.as_secs_f64() / counts);
    }
    let [counts, wall, cpu, writer, sent] = totals;
    println!(
        "{callers:>3} callers: {:>7.0} calls/s, {:>5.1} us CPU a call (writer {:>5.1}); sent: {:>4.1} us CPU an event",
        counts / wall,
        cpu / counts * 1e6,
        writer / counts * 1e6,
        sent / counts * 1e6,
    );
    house.journal.check().unwrap();
}

fn fresh(house: &House, number: usize) -> InstanceId {
    house.journal.add_instance(&name(&format!("c{number}")), at(0)).unwrap()
}
