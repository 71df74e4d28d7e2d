//! What hostile calls cost the host at their worst: the memory that a guest may have, and little more. Alone in its
//! process, whose memory it measures.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(target_os = "linux")]

use lockgate::limits;
use lockgate::sandbox::{Allocation, Folders, HookRequest, Prepared};
use lockgate_tests::room::{Room, guest, post};

/// Bytes that the host may need beyond what the guest may have.
const BEYOND: usize = 64 << 20;

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib: usize = line.unwrap().trim().trim_end_matches(" kB").parse().unwrap();
    kib << 10
}

/// How much more memory the process had at the worst moment of a call than before it.
async fn peak(room: &Room, prepared: &Prepared, request: HookRequest) -> usize {
    let channel = room.channel("peak", &[]).unwrap();
    // "5" forgets the highest memory so far.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS");
    drop(prepared.receive(&channel, request, &Folders::default()).await);
    status("VmHWM").saturating_sub(before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hostile_call_costs_more_than_a_guest_may_have() {
    let room = Room::new(Allocation::Pooling).unwrap();
    let evil = room.prepare(guest("evil").unwrap()).await.unwrap();
    let wasi = room.prepare(guest("wasi").unwrap()).await.unwrap();
    let deeds = [
        "grow",
        "alias",
        "log-big",
        "big-text?bytes=33554432",
        "random-too-much",
        "many-inbound",
        "many-effects",
        "store-flood",
        "store-alias",
        "log-flood",
        "odd-ids",
        "bad-meta",
        "recurse",
    ];
    let mut peaks = Vec::new();
    for deed in deeds {
        peaks.push((deed, peak(&room, &evil, post(&format!("/{deed}"), "")).await));
    }
    peaks.push(("handles", peak(&room, &wasi, post("/", "handles")).await));
    for (deed, bytes) in &peaks {
        println!("{deed}: {} KiB", bytes >> 10);
    }
    // Otherwise nothing was measured.
    assert!(peaks[0].1 > limits::GUEST_MEMORY / 2, "{peaks:?}");
    let most = limits::GUEST_MEMORY + BEYOND;
    let over: Vec<_> = peaks.iter().filter(|(_, bytes)| *bytes > most).collect();
    assert!(over.is_empty(), "{over:?}");
}
