//! Quarantines as rows: set, kept over a restart, lifted by a person or with the instance; and the layout before them.

use super::*;
use crate::model::Digest;

fn quarantine(why: &str) -> Quarantine {
    Quarantine {
        component: Digest::of(b"component"),
        since: at(7),
        call: "source.poll".into(),
        why: why.into(),
    }
}

#[tokio::test]
async fn a_quarantine_is_kept_until_it_is_lifted() {
    let house = House::new();
    assert_eq!(house.journal.quarantined(house.ci).unwrap(), None);
    house.journal.quarantine(house.ci, quarantine("one")).await.unwrap();
    house.journal.quarantine(house.ci, quarantine("two")).await.unwrap();
    let again = Journal::open(&house.path()).unwrap();
    assert_eq!(again.quarantined(house.ci).unwrap(), Some(quarantine("two")));
    // Another process lifts it, and this one sees it.
    assert_eq!(again.resume(house.ci).unwrap(), Resumed::Lifted);
    assert_eq!(house.journal.quarantined(house.ci).unwrap(), None);
    assert_eq!(again.resume(house.ci).unwrap(), Resumed::WasFree);
}

#[tokio::test]
async fn what_serves_in_its_place_does_not_put_its_own_there() {
    let house = House::new();
    let others = Quarantine {
        component: Digest::of(b"another"),
        since: at(9),
        ..quarantine("its own")
    };
    house.journal.quarantine(house.ci, quarantine("one")).await.unwrap();
    house.journal.quarantine(house.ci, others.clone()).await.unwrap();
    assert_eq!(house.journal.quarantined(house.ci).unwrap(), Some(quarantine("one")));
    // Those who approve the other bytes lift it before these are tried.
    assert_eq!(house.journal.resume(house.ci).unwrap(), Resumed::Lifted);
    house.journal.quarantine(house.ci, others.clone()).await.unwrap();
    assert_eq!(house.journal.quarantined(house.ci).unwrap(), Some(others));
}

#[tokio::test]
async fn it_ends_with_its_instance_and_a_new_one_starts_free() {
    let house = House::new();
    house.journal.quarantine(house.ci, quarantine("old")).await.unwrap();
    let new = house.journal.add_instance(&name("ci"), at(9)).unwrap();
    assert_eq!(house.journal.quarantined(house.ci).unwrap(), None);
    house.journal.quarantine(house.ci, quarantine("late")).await.unwrap();
    assert_eq!(
        (
            house.journal.quarantined(house.ci).unwrap(),
            house.journal.quarantined(new).unwrap()
        ),
        (None, None),
        "a life that has ended is not put into quarantine"
    );
}

#[tokio::test]
async fn a_journal_of_the_layout_before_is_brought_up_and_keeps_what_it_holds() {
    let house = House::new();
    let held = house.bring(&["one"]).await;
    house
        .sql("DROP TABLE quarantine; DROP TABLE document; PRAGMA user_version=2")
        .await;
    assert!(matches!(Journal::peek(&house.path()), Err(JournalError::Older { .. })));
    let again = Journal::open(&house.path()).unwrap();
    again.quarantine(house.ci, quarantine("new")).await.unwrap();
    assert_eq!(ids(&again.held(None, 9).unwrap()), held);
    again.check().unwrap();
}
