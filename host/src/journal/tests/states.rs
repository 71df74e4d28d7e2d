//! An event's way from held to seen or dead, by hand. `model.rs` goes it at random.

use super::*;
use crate::limits;

#[tokio::test]
async fn a_proven_session_has_seen_what_it_was_sent() {
    let house = House::new();
    let brought = house.bring(&["1", "2", "3"]).await;
    assert_eq!(house.journal.held(Some(brought[0]), 1).unwrap()[0].id, brought[1]);
    house
        .journal
        .sent(&session("s"), Proof::Proven, brought[..2].to_vec(), at(2))
        .await
        .unwrap();
    assert_eq!(house.held(), brought[2..]);
    assert_eq!((house.count().seen, house.count().held, house.count().sent), (2, 1, 0));
    assert_eq!(house.count().oldest_held, Some(at(1)));
    assert_eq!(house.journal.release(Released::All, at(3)).await.unwrap(), 0);
}

#[tokio::test]
async fn an_unproven_session_gives_back_what_it_was_sent() {
    let house = House::new();
    let brought = house.bring(&["1", "2"]).await;
    house
        .journal
        .sent(&session("a"), Proof::Unproven, vec![brought[0]], at(2))
        .await
        .unwrap();
    house
        .journal
        .sent(&session("b"), Proof::Unproven, vec![brought[1]], at(2))
        .await
        .unwrap();
    assert_eq!(
        house.journal.release(Released::One(session("a")), at(3)).await.unwrap(),
        1
    );
    let held = house.journal.held(None, 9).unwrap();
    assert_eq!((ids(&held), held[0].replay), (vec![brought[0]], true));
    assert_eq!(house.journal.prove(&session("b"), at(4)).await.unwrap(), 1);
    assert_eq!(house.count().seen, 1);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn an_event_that_comes_back_too_often_is_dead_and_can_still_be_acknowledged() {
    let house = House::new();
    let brought = house.bring(&["1"]).await;
    for round in 1..=limits::REFUSALS {
        assert_eq!(house.held(), brought, "round {round}");
        house
            .journal
            .sent(&session("s"), Proof::Unproven, brought.clone(), at(2))
            .await
            .unwrap();
        house.journal.release(Released::All, at(3)).await.unwrap();
    }
    assert_eq!((house.held().len(), house.count().dead), (0, 1));
    let ids = vec![brought[0], brought[0], EventId(999)];
    let found = house.journal.acknowledge(ids, at(4)).await.unwrap();
    assert_eq!(
        found,
        Acknowledged {
            newly: 1,
            unknown: vec![EventId(999)]
        }
    );
    assert_eq!((house.count().seen, house.count().dead), (1, 0));
    house.journal.check().unwrap();
}

#[tokio::test]
async fn a_collected_event_is_in_the_inbox_only() {
    let house = House::new();
    let brought = house.bring(&["1", "2"]).await;
    house.journal.collect(brought[..1].to_vec()).await.unwrap();
    assert_eq!((house.held(), house.inbox()), (brought[1..].to_vec(), brought.clone()));
    assert_eq!((house.count().held, house.count().collected), (1, 1));
    house
        .journal
        .sent(&session("s"), Proof::Unproven, brought[..1].to_vec(), at(2))
        .await
        .unwrap();
    house.journal.release(Released::One(session("s")), at(3)).await.unwrap();
    assert_eq!(house.held(), brought);
}

#[tokio::test]
async fn arrivals_change_when_there_is_something_to_push() {
    let house = House::new();
    let mut arrivals = house.journal.arrivals();
    arrivals.mark_unchanged();
    house
        .commit(CallCommit {
            writes: vec![write("k", "v")],
            ..house.call()
        })
        .await
        .unwrap();
    assert!(!arrivals.has_changed().unwrap());
    let brought = house.bring(&["1"]).await;
    arrivals.changed().await.unwrap();
    house.bring(&["1"]).await;
    house
        .journal
        .sent(&session("s"), Proof::Unproven, brought, at(2))
        .await
        .unwrap();
    assert!(!arrivals.has_changed().unwrap());
    house.journal.release(Released::All, at(3)).await.unwrap();
    arrivals.changed().await.unwrap();
}

#[tokio::test]
async fn a_name_used_again_inherits_nothing() {
    let house = House::new();
    let effects = vec![crate::model::Effect::Wake {
        name: "t".into(),
        after: 1,
    }];
    let replay = Some(ReplayKey {
        digest: Digest::of(b"x"),
        until: at(1000),
    });
    let writes = vec![write("cursor", "7")];
    let admitted = vec![message("1")];
    let old = CallCommit {
        effects,
        replay,
        writes,
        admitted,
        ..house.call()
    };
    house.commit(old.clone()).await.unwrap();
    house.journal.end_instance(house.ci, at(2)).unwrap();
    assert!(matches!(
        house.journal.end_instance(house.ci, at(2)),
        Err(JournalError::NoInstance(_))
    ));
    assert!(matches!(
        house.commit(old.clone()).await,
        Err(CommitError::Ended { .. })
    ));
    let new = house.journal.add_instance(&name("ci"), at(3)).unwrap();
    assert_ne!(new, house.ci);
    assert_eq!((house.held(), house.inbox()), (vec![], vec![]));
    assert_eq!(house.journal.store_keys(new, "").unwrap(), Vec::<String>::new());
    assert_eq!(house.journal.timers(house.ci).unwrap(), []);
    let done = house.commit(CallCommit { instance: new, ..old }).await.unwrap();
    assert_eq!(done.events.len(), 1);
    // A life that was left over ends when its name is given again.
    house.journal.add_instance(&name("ci"), at(4)).unwrap();
    assert_eq!(house.held(), vec![]);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn compiled_code_is_known_by_component_and_engine() {
    let house = House::new();
    let (component, first, second) = (Digest::of(b"c"), Digest::of(b"1"), Digest::of(b"2"));
    house.journal.put_compiled(&component, "48", &first).unwrap();
    house.journal.put_compiled(&component, "49", &second).unwrap();
    assert_eq!(house.journal.compiled(&component, "48").unwrap(), Some(first));
    house.journal.put_compiled(&component, "48", &second).unwrap();
    assert_eq!(house.journal.compiled(&component, "48").unwrap(), Some(second));
    assert_eq!(house.journal.compiled(&first, "48").unwrap(), None);
}
