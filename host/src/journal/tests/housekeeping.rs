//! What goes with time, and what stays.

use super::*;
use crate::limits;

/// So long after the beginning.
fn after(age: std::time::Duration, millis: u64) -> UnixMillis {
    at(1).after(age).after(std::time::Duration::from_millis(millis))
}

async fn bring_at(house: &House, id: &str, now: UnixMillis) -> Vec<EventId> {
    house
        .commit(CallCommit {
            now,
            admitted: vec![message(id)],
            ..house.call()
        })
        .await
        .unwrap()
        .events
}

/// Whether a text stands anywhere in the journal's files.
fn found(house: &House, text: &str) -> bool {
    std::fs::read_dir(house.folder.path()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn a_seen_payload_goes_after_a_day_and_leaves_no_byte() {
    let house = House::new();
    let old = bring_at(&house, "first-secret", at(1)).await;
    house
        .journal
        .sent(&session("s"), Proof::Proven, old, at(1))
        .await
        .unwrap();
    let young = bring_at(&house, "second-secret", at(1)).await;
    house
        .journal
        .sent(&session("s"), Proof::Proven, young, at(5))
        .await
        .unwrap();
    assert_eq!(
        house
            .journal
            .housekeep(after(limits::SEEN_PAYLOAD_AGE, 0))
            .await
            .unwrap(),
        Swept::default()
    );
    assert!(found(&house, "first-secret"));
    let swept = house
        .journal
        .housekeep(after(limits::SEEN_PAYLOAD_AGE, 1))
        .await
        .unwrap();
    assert_eq!(
        swept,
        Swept {
            erased: 1,
            ..Swept::default()
        }
    );
    assert!(!found(&house, "first-secret") && found(&house, "second-secret"));
    assert_eq!(house.count().seen, 2);
    // It is still known, and its id is not given again.
    assert_eq!(bring_at(&house, "first-secret", at(9)).await, []);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn what_nobody_takes_is_dead_after_a_week_and_gone_in_the_end() {
    let house = House::new();
    let held = bring_at(&house, "1", at(1)).await;
    let collected = bring_at(&house, "2", at(1)).await;
    house.journal.collect(collected).await.unwrap();
    let sent = bring_at(&house, "3", at(1)).await;
    house
        .journal
        .sent(&session("s"), Proof::Unproven, sent, at(2))
        .await
        .unwrap();
    let now = after(limits::KEEP, 1);
    assert_eq!(
        house.journal.housekeep(now).await.unwrap(),
        Swept {
            died: 2,
            ..Swept::default()
        }
    );
    assert_eq!((house.count().dead, house.count().sent, house.inbox()), (2, 1, vec![]));
    assert_eq!(house.journal.acknowledge(held, now).await.unwrap().newly, 1);
    let swept = house
        .journal
        .housekeep(after(limits::KEEP + limits::DEAD_AGE, 2))
        .await
        .unwrap();
    assert_eq!(swept.erased, 2);
    assert_eq!(house.count().dead, 0);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn marks_are_forgotten_with_time() {
    let house = House::new();
    let replay = |text: &str, until| {
        Some(ReplayKey {
            digest: Digest::of(text.as_bytes()),
            until: at(until),
        })
    };
    let many = usize::from(u8::MAX) + 50;
    for number in 0..many {
        let replay = replay(&number.to_string(), 100);
        house.commit(CallCommit { replay, ..house.call() }).await.unwrap();
    }
    house
        .commit(CallCommit {
            replay: replay("young", 101),
            ..house.call()
        })
        .await
        .unwrap();
    assert_eq!(house.journal.housekeep(at(100)).await.unwrap().forgotten, many as u64);
    assert!(house.journal.replayed(house.ci, &Digest::of(b"young")).unwrap());
    bring_at(&house, "m", at(1)).await;
    let known = house.journal.acknowledge(house.held(), at(2)).await.unwrap();
    assert_eq!(known.newly, 1);
    house.journal.housekeep(after(limits::DEDUP_AGE, 0)).await.unwrap();
    assert_eq!(bring_at(&house, "m", at(3)).await, []);
    house.journal.housekeep(after(limits::DEDUP_AGE, 1)).await.unwrap();
    assert_eq!(bring_at(&house, "m", at(3)).await.len(), 1);
}

#[tokio::test]
async fn the_oldest_marks_go_beyond_the_bound() {
    let house = House::new();
    let batch = usize::try_from(limits::DEDUP_EVENTS).unwrap() + 3;
    // Written at once, because a hundred thousand calls would say no more.
    let fill = move |group: &mut Group<'_>| {
        let mut insert = group.prepare("INSERT INTO dedup VALUES (1, ?1, ?2)")?;
        for number in 0..batch as i64 {
            insert.execute((Digest::of(&number.to_le_bytes()).as_bytes()[..16].to_vec(), number))?;
        }
        Ok(())
    };
    house.journal.change(fill).await.unwrap();
    assert_eq!(house.journal.housekeep(at(10)).await.unwrap().forgotten, 3);
    assert_eq!(house.journal.housekeep(at(10)).await.unwrap().forgotten, 0);
}

#[tokio::test]
async fn more_seen_payload_than_a_spool_is_not_kept() {
    let house = House::new();
    let mut long = message("");
    long.message.text = "x".repeat(limits::TEXT_BYTES);
    let each = serde_json::to_vec(&long).unwrap().len() as u64;
    let count = limits::SPOOL_BYTES / each + 5;
    for number in 0..count {
        long.message.id = number.to_string();
        let events = house
            .commit(CallCommit {
                admitted: vec![long.clone()],
                ..house.call()
            })
            .await
            .unwrap()
            .events;
        house
            .journal
            .sent(&session("s"), Proof::Proven, events, at(1))
            .await
            .unwrap();
    }
    assert!(house.journal.housekeep(at(2)).await.unwrap().erased >= 5);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn an_ended_life_is_gone_after_a_week() {
    let house = House::new();
    let writes = vec![write("key-of-the-dead", "v")];
    let replay = Some(ReplayKey {
        digest: Digest::of(b"x"),
        until: at(u64::MAX),
    });
    house
        .commit(CallCommit {
            writes,
            replay,
            admitted: vec![message("a")],
            ..house.call()
        })
        .await
        .unwrap();
    house.journal.end_instance(house.ci, at(1)).unwrap();
    house.journal.housekeep(after(limits::KEEP, 0)).await.unwrap();
    assert!(found(&house, "key-of-the-dead"));
    house.journal.housekeep(after(limits::KEEP, 1)).await.unwrap();
    assert!(!found(&house, "key-of-the-dead"));
    assert_ne!(house.journal.add_instance(&name("ci"), at(2)).unwrap(), house.ci);
    house.journal.check().unwrap();
}
