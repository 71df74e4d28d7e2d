//! The Node channel that the bench compares with does the same work: otherwise the comparison would say nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::bench::rival::node;
use lockgate_tests::load::payload::{number_in, workflow_run};
use lockgate_tests::wait::{PATIENCE, until};

#[test]
fn it_checks_signatures_and_pushes_the_same_text() {
    let folder = tempfile::tempdir().unwrap();
    let (mut serve, hook) = node(folder.path()).unwrap();
    let greeting = serve.handshake().unwrap();
    assert_eq!(greeting.initialize["protocolVersion"], "2025-11-25");
    let unsigned = hook.request(&[], &workflow_run(1));
    let answer = until(PATIENCE, "its listener", || hook.post(&unsigned).ok()).unwrap();
    assert_eq!(answer.status, 401);
    let other = lockgate_tests::load::Hook::new(hook.addr, "/", "another secret");
    assert_eq!(
        other
            .post(&other.signed("workflow_run", &workflow_run(1)))
            .unwrap()
            .status,
        401
    );
    assert_eq!(
        hook.post(&hook.signed("workflow_run", &workflow_run(2)))
            .unwrap()
            .status,
        200
    );
    serve.client.record().wait_events(1, PATIENCE).unwrap();
    let seen = serve.client.record().seen();
    let event = seen.events[0].parse().unwrap();
    assert_eq!(event.content, "octocat/Hello-World: house-2. failure");
    assert_eq!((seen.events.len(), number_in(&event.content)), (1, Some(2)));
    assert!(seen.stray.is_empty());
}
