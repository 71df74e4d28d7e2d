//! Memory under SQL attacks, measured: the host's own, and that of the children that answer queries. In a process of its own, so
//! that nothing else is measured.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lockgate::database::{Databases, Value};
use lockgate::limits;
use lockgate::paths::OffLimits;
use lockgate_tests::home::binary;

/// What may be used beyond a bound.
const SLACK: u64 = 64 << 20;

/// Bytes that a process's status names, if it is there.
fn bytes(process: &str, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}

/// Notes the highest peak of all children until it is told to stop.
fn watch(stop: &AtomicBool, peak: &AtomicU64) {
    let own = format!("{}", std::process::id());
    let is_child = |process: &str| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status
            .lines()
            .any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == own))
    };
    while !stop.load(Ordering::Relaxed) {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        for name in processes.map(|entry| entry.file_name().to_string_lossy().into_owned()) {
            if name.starts_with(|c: char| c.is_ascii_digit()) && is_child(&name) {
                peak.fetch_max(bytes(&name, "VmHWM").unwrap_or(0), Ordering::Relaxed);
            }
        }
        std::thread::yield_now();
    }
}

#[test]
fn no_statement_takes_more_memory_than_its_bound() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap().join("d.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t(x)")
        .unwrap();
    let granted = BTreeMap::from([("d".to_owned(), path)]);
    let databases = Databases::new(granted, OffLimits::default(), binary("lockgate"));
    let endless = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c)";
    let bombs = [
        format!("{endless} SELECT randomblob(900000) AS r FROM c ORDER BY r"),
        format!("{endless} SELECT randomblob(9000) AS r FROM c GROUP BY r"),
        format!("{endless} SELECT DISTINCT randomblob(90000) FROM c LIMIT 1000000 OFFSET 999999"),
        format!("{endless}, w AS MATERIALIZED (SELECT zeroblob(500000) FROM c) SELECT count(*) FROM w a, w b"),
        format!("{endless} SELECT json_group_array(hex(randomblob(9))) FROM c"),
        format!("{endless} SELECT x, sum(x) OVER (ORDER BY x DESC) FROM c"),
        "WITH RECURSIVE c(x) AS (VALUES(zeroblob(9)) UNION SELECT randomblob(500000) FROM c) SELECT count(*) FROM c"
            .to_owned(),
        "SELECT replace(hex(zeroblob(400000)), '00', hex(zeroblob(500000)))".to_owned(),
        format!("{endless} SELECT zeroblob(1000000) FROM c LIMIT 4"),
        "SELECT ?1".to_owned(),
    ];
    let (stop, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let before = bytes("self", "VmHWM").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| watch(&stop, &peak));
        for sql in &bombs {
            let parameters = if sql.contains('?') {
                vec![Value::Blob(vec![1; limits::QUERY_PARAMETER_BYTES])]
            } else {
                Vec::new()
            };
            let deadline = Instant::now() + Duration::from_secs(4);
            let _ = runtime.block_on(databases.query("d", sql.clone(), parameters, deadline));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (child, host) = (peak.load(Ordering::Relaxed), bytes("self", "VmHWM").unwrap() - before);
    println!("children: {} MiB at most, host: {} MiB more", child >> 20, host >> 20);
    // What is not measured can't be too much.
    assert!(child > limits::QUERY_HEAP / 2, "{child}");
    assert!(child < limits::QUERY_MEMORY + SLACK, "{child}");
    assert!(host < SLACK, "{host}");
}
