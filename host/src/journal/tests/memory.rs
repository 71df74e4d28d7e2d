//! What is known without the file is what the file says.

use std::time::{Duration, Instant};

use super::*;
use crate::limits;

/// What a reader behind `after` is given without the file, on a clock that stands still.
fn given(house: &House, after: EventId, then: Instant) -> Option<Vec<EventId>> {
    let events = house.journal.desk.fresh.held(after, 1000, then)?;
    Some(ids(&events))
}

#[tokio::test]
async fn what_was_just_committed_is_given_without_the_file() {
    let then = Instant::now();
    let house = House::new();
    let first = house.bring(&["1"]).await[0];
    let second = house.bring(&["2"]).await;
    house.sql("UPDATE event SET payload = x'00'").await;
    assert_eq!(ids(&house.journal.reader.held(Some(first), 9).unwrap()), []);
    let events = house.journal.desk.fresh.held(first, 9, then).unwrap();
    assert_eq!(
        (events[0].id, &events[0].admitted, events[0].received, events[0].replay),
        (second[0], &message("2"), at(1), false)
    );
    // It is given once; a reader that has not come so far reads the file.
    assert_eq!(given(&house, second[0], then), Some(vec![]));
    assert_eq!(given(&house, first, then), None);
}

/// After this nothing is given that the file would not give.
async fn check(change: impl AsyncFn(&House, Vec<EventId>)) {
    let then = Instant::now();
    let house = House::new();
    let first = house.bring(&["1"]).await[0];
    let second = house.bring(&["2"]).await;
    change(&house, second.clone()).await;
    let third = house.bring(&["3"]).await;
    if let Some(given) = given(&house, first, then) {
        assert_eq!(given, house.held());
    }
    let inside = third
        .first()
        .is_none_or(|&third| given(&house, EventId(third.0 - 1), then).is_some());
    assert!(inside, "what came after it is not known");
}

#[tokio::test]
async fn an_event_that_moved_is_not_given() {
    check(async |house, ids| {
        house
            .journal
            .sent(&session("s"), Proof::Unproven, ids, at(2))
            .await
            .unwrap()
    })
    .await;
    check(async |house, ids| house.journal.collect(ids).await.unwrap()).await;
    check(async |house, ids| drop(house.journal.acknowledge(ids, at(2)).await.unwrap())).await;
    check(async |house, ids| {
        let session = session("s");
        let sent = house.journal.sent(&session, Proof::Unproven, ids, at(2));
        sent.await.unwrap();
        house.journal.release(Released::All, at(3)).await.unwrap();
    })
    .await;
    check(async |house, ids| {
        let other = Journal::open(&house.path()).unwrap();
        other.acknowledge(ids, at(2)).await.unwrap();
    })
    .await;
    check(async |house, _| {
        let other = Journal::open(&house.path()).unwrap();
        let admitted = vec![message("of another process")];
        other
            .commit(CallCommit {
                admitted,
                ..house.call()
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_is_late_or_far_behind_reads_the_file() {
    let then = Instant::now();
    let house = House::new();
    let first = house.bring(&["1"]).await[0];
    house.bring(&["2"]).await;
    let late = Instant::now() + limits::FRESH_FOR + Duration::from_millis(1);
    assert_eq!(given(&house, first, late), None);
    assert_eq!(given(&house, EventId(first.0 + 2), then), None);
    for hundred in 0..=limits::FRESH_EVENTS / 100 {
        let ids: Vec<String> = (0..100).map(|number| format!("{hundred}-{number}")).collect();
        let admitted = ids.iter().map(|id| message(id)).collect();
        house
            .commit(CallCommit {
                admitted,
                ..house.call()
            })
            .await
            .unwrap();
    }
    assert_eq!(given(&house, first, then), None);
    assert_eq!(house.held().len(), 2 + 100 * (limits::FRESH_EVENTS / 100 + 1));
}

fn signed(house: &House, text: &str) -> CallCommit {
    CallCommit {
        replay: Some(ReplayKey {
            digest: Digest::of(text.as_bytes()),
            until: at(100),
        }),
        ..house.call()
    }
}

#[tokio::test]
async fn a_new_request_is_known_to_be_new_without_the_file() {
    let House { folder, journal, ci } = House::new();
    let house = House { folder, journal, ci };
    let ask = |house: &House, text: &str| house.journal.desk.known.ask(ci, &Digest::of(text.as_bytes()));
    let replayed = |house: &House, text: &str| house.journal.replayed(ci, &Digest::of(text.as_bytes())).unwrap();
    house.commit(signed(&house, "before")).await.unwrap();
    let journal = Journal::open(&house.path()).unwrap();
    let house = House { journal, ..house };
    assert!(replayed(&house, "before"));
    assert_eq!(ask(&house, "new"), Answer::Not);
    assert!(!replayed(&house, "new"));
    house.commit(signed(&house, "new")).await.unwrap();
    assert_eq!((ask(&house, "before"), ask(&house, "new")), (Answer::Ask, Answer::Ask));
    assert!(replayed(&house, "new") && !replayed(&house, "newer"));
    assert!(matches!(
        house.commit(signed(&house, "new")).await,
        Err(CommitError::Replayed)
    ));
}

#[tokio::test]
async fn what_is_committed_while_others_are_learned_is_known() {
    let house = House::new();
    let known = &house.journal.desk.known;
    let new = Digest::of(b"new");
    assert_eq!(known.ask(house.ci, &new), Answer::Learn);
    assert_eq!(known.ask(house.ci, &new), Answer::Ask);
    house.commit(signed(&house, "new")).await.unwrap();
    known.learn(house.ci, Vec::new());
    assert_eq!(known.ask(house.ci, &new), Answer::Ask);
    assert_eq!(known.ask(house.ci, &Digest::of(b"newer")), Answer::Not);
}

#[test]
fn a_channel_of_many_requests_has_them_in_the_file_only() {
    let known = Known::default();
    let digest = |number: usize| Digest::of(&number.to_le_bytes());
    let many = || (0..=limits::KNOWN_LEARNED).map(digest).collect::<Vec<_>>();
    let (first, second, new) = (InstanceId(1), InstanceId(2), Digest::of(b"new"));
    assert_eq!(known.ask(first, &new), Answer::Learn);
    known.learn(first, many());
    assert_eq!(known.ask(first, &new), Answer::Ask);
    assert_eq!(known.ask(second, &new), Answer::Learn);
    known.learn(second, Vec::new());
    assert_eq!(known.ask(second, &new), Answer::Not);
    let taken: Vec<_> = (0..=limits::KNOWN_KEPT)
        .map(|number| (second, digest(number)))
        .collect();
    known.note(&taken);
    // The sweep may have removed most of them from the file.
    assert_eq!(known.ask(second, &new), Answer::Learn);
}

#[tokio::test]
async fn an_erased_id_is_not_given_again() {
    let house = House::new();
    let seen = house.bring(&["1"]).await;
    house.journal.acknowledge(seen.clone(), at(1)).await.unwrap();
    let late = at(2).after(limits::SEEN_PAYLOAD_AGE);
    assert_eq!(house.journal.housekeep(late).await.unwrap().erased, 1);
    assert_eq!(house.count().seen, 1);
    let again = Journal::open(&house.path()).unwrap();
    let admitted = vec![message("2")];
    let done = again
        .commit(CallCommit {
            admitted,
            ..house.call()
        })
        .await
        .unwrap();
    assert!(done.events[0] > seen[0]);
    house.journal.check().unwrap();
}
