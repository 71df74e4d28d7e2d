//! A platform that accepts and says nothing, or never ends what it says, is the platform's fault: the guest lives to say
//! so. What the host lacks is the host's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use lockgate::limits;
use lockgate::model::Trouble;
use lockgate::sandbox::{Call, CallError, Shortage};
use lockgate_tests::platform::{Answer, Step};
use lockgate_tests::web::Web;

/// An answer of which nothing comes.
fn silence() -> Answer {
    Answer::raw("").then(Step::Silence)
}

/// The guest answered, and what it said is that nobody spoke to it.
#[track_caller]
fn check(ended: Result<(), CallError>) {
    match ended {
        Err(CallError::Trouble(Trouble::Unavailable(words))) => assert!(!words.starts_with("refused"), "{words}"),
        other => panic!("the guest's own word was expected, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_of_a_silent_platform_was_cut_off_as_if_the_guest_were_at_fault() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    let drip = || Answer::raw(head).then(Step::Drip(b".".to_vec(), Duration::from_millis(10)));
    for answer in [silence(), Answer::raw(head).then(Step::Silence), drip()] {
        let web = Web::new(move |_| answer.clone()).await.unwrap();
        for failures in 0..2 {
            check(web.polls(failures, Duration::from_secs(2)).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_against_a_silent_platform_was_cut_off_as_if_the_guest_were_at_fault() {
    let web = Web::new(|_| silence()).await.unwrap();
    check(web.fires().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_got_no_place_was_its_guests_fault() {
    let web = Arc::new(Web::new(|_| silence()).await.unwrap());
    let mut others = tokio::task::JoinSet::new();
    for _ in 0..limits::CALLS_AT_ONCE {
        let web = Arc::clone(&web);
        // One that gave up its place, because the machine was slow, takes it again.
        others.spawn(async move {
            loop {
                let _ = web.fires().await;
            }
        });
    }
    let limit = Duration::from_millis(200);
    let asked = async {
        loop {
            if let Err(CallError::Host { call, shortage, .. }) = web.polls(0, limit).await {
                break (call, shortage);
            }
            tokio::task::yield_now().await;
        }
    };
    let short = tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    assert_eq!(short, (Call::Poll, Shortage::Places { limit }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_folder_the_host_can_not_open_was_its_guests_fault() {
    let web = Web::new(|_| silence()).await.unwrap();
    std::fs::remove_dir(web.folder.path().join("data")).unwrap();
    let ended = web.polls(0, Duration::from_secs(2)).await;
    let is_the_hosts = matches!(
        &ended,
        Err(CallError::Host {
            shortage: Shortage::System { .. },
            ..
        })
    );
    assert!(is_the_hosts, "{ended:?}");
}
