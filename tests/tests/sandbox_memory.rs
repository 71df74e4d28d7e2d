//! The memory of one call: what an ordinary one does not need to ask for.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use lockgate::sandbox::{Allocation, Folders, HookRequest};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::room::{Room, example, post};
use wasmparser::{Parser, Payload};

/// Bytes of memory that an instance of this component begins with.
fn first_memory(component: &[u8]) -> usize {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::MemorySection(memories) = payload.unwrap() {
            let pages = memories.into_iter().next().unwrap().unwrap().initial;
            return usize::try_from(pages).unwrap() << 16;
        }
    }
    panic!("a memory expected");
}

/// Bytes of memory before this call of an example, and after it.
async fn memory(name: &str, request: HookRequest) -> (usize, usize) {
    let room = Room::new(Allocation::Pooling).unwrap();
    let component = example(name).unwrap();
    let first = first_memory(&component);
    let prepared = room.prepare(component).await.unwrap();
    let channel = room.channel(name, &[]).unwrap();
    let done = prepared.receive(&channel, request, &Folders::default()).await.unwrap();
    (first, done.memory)
}

#[tokio::test]
async fn an_ordinary_call_does_not_grow_its_memory() {
    let mut run = post("/github", &String::from_utf8(workflow_run(1)).unwrap());
    run.headers.push(("x-github-event".into(), "workflow_run".into()));
    run.rule = "github".into();
    for (name, request) in [("hello", post("/", &"a".repeat(4 << 10))), ("webhook", run)] {
        let (first, last) = memory(name, request).await;
        assert_eq!(first, last, "{name}");
    }
}

#[tokio::test]
async fn a_call_that_needs_more_gets_more() {
    // Around the sizes at which a page is just full, and far beyond the first memory.
    for bytes in [32 << 10, (64 << 10) - 80, (64 << 10) - 8, 64 << 10, 200 << 10, 1 << 20] {
        let (first, last) = memory("hello", post("/", &"a".repeat(bytes))).await;
        assert!(last >= first && last >= bytes, "{bytes}: {first}, {last}");
        // A body is copied a few times on its way; whole pages are given.
        assert!(last - first <= 4 * bytes + (64 << 10), "{bytes}: {first}, {last}");
        assert!(bytes <= 64 << 10 || last > first, "{bytes}: {first}, {last}");
    }
}
