//! What a guest could keep in the host's memory by wasi:http, measured: header sets, request lines, and bodies of a thousand
//! requests that nobody sends, and of a hundred whose answers nobody reads. One test, since its memory is the process's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use lockgate::limits;
use lockgate::sandbox::CallError;
use lockgate_tests::platform::{Answer, Seen};
use lockgate_tests::web::Web;

/// Bytes that a call may take beside its own memory.
const SPARE: u64 = 64 << 20;

/// Headers without a value that fit into one set: each costs two words of the engine's and its name.
const HEADERS: usize = limits::WASI_FIELDS_BYTES / 76;

/// Bytes of the process: now, and at most since the last reset.
fn resident(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    let kibibytes: u64 = line
        .trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kibibytes << 10
}

/// What a deed took at its peak, and what came of it.
async fn peak(web: &Web, deed: &str) -> (u64, Result<String, CallError>) {
    let before = resident("VmRSS");
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let report = web.calls(deed).await;
    (resident("VmHWM").saturating_sub(before), report)
}

fn script(seen: &Seen) -> Answer {
    match seen.target() {
        "/large" => Answer::ok(vec![b'x'; 4 << 20]),
        "/drip" => Answer::endless(b"x", Duration::from_secs(60)),
        _ => Answer::ok("fine"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_keeps_little_in_the_hosts_memory() {
    let web = Web::new(script).await.unwrap();
    web.does("names").await;
    let most = limits::GUEST_MEMORY as u64 + SPARE;

    let long = format!("field wasi {}", limits::WASI_FIELDS_BYTES);
    assert!(matches!(web.calls(&long).await, Err(CallError::Fault(_))));
    let short = format!("field wasi {}", limits::WASI_FIELDS_BYTES - 100);
    assert_eq!(web.does(&short).await, "Ok(())");
    // Rows run out, and the call with them.
    for deed in ["bodies wasi", "requests wasi", "fields wasi"] {
        let (took, report) = peak(&web, &format!("{deed} {HEADERS}")).await;
        assert!(matches!(report, Err(CallError::Fault(_))), "{deed}: {report:?}");
        assert!(took < most, "{deed} took {took} bytes");
    }
    let (took, report) = peak(&web, "lines wasi").await;
    assert_eq!(report.unwrap(), "Err(()) Err(()) Err(())");
    assert!(took < most, "long lines took {took} bytes");

    let (took, report) = peak(&web, "held wasi https://open.example.org/x").await;
    assert_eq!(report.unwrap(), "[(200, 64), (403, 36)]");
    assert!(took < most, "held answers took {took} bytes");
    // Large ones that nobody reads hold their places until the call ends, and no more than those.
    let begun = Instant::now();
    let (took, report) = peak(&web, "held wasi https://open.example.org/large").await;
    assert!(took < most, "held large answers took {took} bytes");
    assert!(
        begun.elapsed() < limits::CALL_DEADLINE + Duration::from_secs(3),
        "{report:?}"
    );

    let report = web.does("trailers wasi").await;
    assert!(report.starts_with("Ok(()) Ok(()) Err("), "{report}");
    let (took, report) = peak(&web, "unfinished wasi").await;
    assert!(
        !report.as_ref().is_ok_and(|report| report.contains("Ok(200)")),
        "{report:?}"
    );
    assert!(took < most, "an unfinished body took {took} bytes");
    let report = web.does("between wasi https://open.example.org/drip").await;
    assert!(report.starts_with("200, then 1 bytes and "), "{report}");

    // And the next call notices nothing.
    let report = web.does("get wasi https://open.example.org/x").await;
    assert!(report.starts_with("200 ["), "{report}");
}
