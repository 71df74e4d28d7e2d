//! Quarantines as rows: set, kept over a restart, lifted by a person or with the instance; and the layouts before them.

use super::*;
use crate::limits;
use crate::model::{Digest, Review};

fn quarantine(bytes: &[u8], review: Review) -> Quarantine {
    Quarantine {
        component: Digest::of(bytes),
        review,
        since: at(7),
        call: "source.poll".into(),
        why: "one".into(),
    }
}

fn approved() -> Quarantine {
    quarantine(b"approved", Review::Done)
}

fn built() -> Quarantine {
    quarantine(b"built", Review::Waived)
}

/// A house with these in quarantine, noted one after the other.
async fn with(all: &[Quarantine]) -> House {
    let house = House::new();
    for one in all {
        house.journal.quarantine(house.ci, one.clone()).await.unwrap();
    }
    house
}

/// Which of these are kept.
#[track_caller]
fn check(house: &House, among: &[Quarantine], expected: &[Quarantine]) {
    let kept = |one: &&Quarantine| house.journal.quarantined(house.ci, &one.component).unwrap().as_ref() == Some(*one);
    let kept: Vec<&Quarantine> = among.iter().filter(kept).collect();
    assert_eq!(kept, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_quarantine_is_kept_until_it_is_lifted() {
    let house = House::new();
    let component = approved().component;
    let now = |journal: &Journal| journal.quarantined(house.ci, &component).unwrap();
    assert_eq!(now(&house.journal), None);
    house.journal.quarantine(house.ci, approved()).await.unwrap();
    let again = Quarantine {
        since: at(9),
        why: "two".into(),
        ..approved()
    };
    house.journal.quarantine(house.ci, again.clone()).await.unwrap();
    let other = Journal::open(&house.path()).unwrap();
    assert_eq!(now(&other), Some(again));
    // Another process lifts it, and this one sees it.
    assert_eq!(other.resume(house.ci, &component).unwrap(), Resumed::Lifted);
    assert_eq!(now(&house.journal), None);
    assert_eq!(other.resume(house.ci, &component).unwrap(), Resumed::WasFree);
}

#[tokio::test]
async fn a_restart_forgot_the_quarantine_of_what_stands_in_for_bytes_that_have_their_own() {
    let all = [approved(), built()];
    let house = with(&all).await;
    check(&house, &all, &all);
    // Who lifts one lifts the one that he is shown.
    let lifted = house.journal.resume(house.ci, &built().component).unwrap();
    assert_eq!(lifted, Resumed::Lifted);
    check(&house, &all, &[approved()]);
}

#[tokio::test]
async fn an_approval_lifts_what_broke_before_it_and_no_more() {
    let other = quarantine(b"other", Review::Done);
    let all = [approved(), built(), other.clone()];
    // They come back, from before: as after a restart, or when nobody develops any more.
    let house = with(&[approved(), built()]).await;
    house.journal.approved(house.ci, &approved().component).unwrap();
    check(&house, &all, &[approved(), built()]);
    // Others are approved: those from before are tried again, if somebody approves them again.
    house.journal.approved(house.ci, &other.component).unwrap();
    check(&house, &all, &[built()]);
    // What was built is approved: whoever does that wants it tried.
    house.journal.approved(house.ci, &built().component).unwrap();
    check(&house, &all, &[]);
}

/// What stands in may be the very bytes in whose place it does, under another word for it.
#[tokio::test]
async fn bytes_that_were_approved_once_stay_so() {
    let same = Quarantine {
        review: Review::Waived,
        ..approved()
    };
    let house = with(&[approved(), same]).await;
    check(&house, &[approved()], &[approved()]);
}

#[tokio::test]
async fn builds_that_break_filled_the_journal() {
    let built: Vec<Quarantine> = (0..=limits::QUARANTINES)
        .map(|number| Quarantine {
            since: at(100 + u64::from(number)),
            ..quarantine(&number.to_le_bytes(), Review::Waived)
        })
        .collect();
    let all = [&[approved()], &built[..]].concat();
    let (fit, more) = all.split_at(limits::QUARANTINES as usize);
    let house = with(fit).await;
    check(&house, &all, fit);
    for one in more {
        house.journal.quarantine(house.ci, one.clone()).await.unwrap();
    }
    // The oldest build goes; what was approved stays, however old it is.
    check(&house, &all, &[&[approved()], &built[2..]].concat());
    // A clock that was set back makes none of them older than those that are kept.
    let late = Quarantine {
        since: at(1),
        ..quarantine(b"late", Review::Waived)
    };
    house.journal.quarantine(house.ci, late.clone()).await.unwrap();
    let late = std::slice::from_ref(&late);
    check(&house, late, late);
}

#[tokio::test]
async fn it_ends_with_its_instance_and_a_new_one_starts_free() {
    let house = with(&[approved(), built()]).await;
    let new = house.journal.add_instance(&name("ci"), at(9)).unwrap();
    check(&house, &[approved(), built()], &[]);
    house.journal.quarantine(house.ci, built()).await.unwrap();
    check(&house, &[approved(), built()], &[]);
    let found = house.journal.quarantined(new, &approved().component).unwrap();
    assert_eq!(found, None, "a life that has ended is not put into quarantine");
}

/// Opens the journal after this SQL has made it one of an older layout; what it held is still there.
async fn brought_up(house: &House, older: &'static str) -> Journal {
    let held = house.bring(&["one"]).await;
    house.sql(older).await;
    assert!(matches!(Journal::peek(&house.path()), Err(JournalError::Older { .. })));
    let again = Journal::open(&house.path()).unwrap();
    again.quarantine(house.ci, built()).await.unwrap();
    assert_eq!(ids(&again.held(None, 9).unwrap()), held);
    again.check().unwrap();
    again
}

#[tokio::test]
async fn a_journal_of_the_layout_before_is_brought_up_and_keeps_what_it_holds() {
    let house = House::new();
    brought_up(
        &house,
        "DROP TABLE quarantine; DROP TABLE document; PRAGMA user_version=2",
    )
    .await;
}

/// The earlier one keeps its quarantines in a table that is there no more.
#[tokio::test]
async fn what_an_earlier_lockgate_that_still_ran_put_into_quarantine_was_forgotten() {
    let house = House::new();
    house.sql("PRAGMA user_version=4").await;
    let mut lock = std::fs::File::create(house.folder.path().join("host.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    std::io::Write::write_all(&mut lock, br#"{"pid": 4711, "since": 1}"#).unwrap();
    let refused = Journal::open(&house.path()).map(drop).unwrap_err();
    assert!(
        matches!(refused, JournalError::OlderInUse { pid: 4711, .. }),
        "{refused}"
    );
    assert!(matches!(Journal::peek(&house.path()), Err(JournalError::Older { .. })));
    drop(lock);
    house
        .sql("PRAGMA user_version=2; DROP TABLE quarantine; DROP TABLE document")
        .await;
    Journal::open(&house.path()).map(drop).unwrap();
}

#[tokio::test]
async fn a_quarantine_of_the_layout_with_one_row_an_instance_was_lost_when_it_was_brought_up() {
    const ONE_ROW: &str = "
        CREATE TABLE before AS SELECT instance, component, since, call, why FROM quarantine;
        DROP TABLE quarantine;
        CREATE TABLE quarantine (
          instance INTEGER PRIMARY KEY,
          component BLOB NOT NULL,
          since INTEGER NOT NULL,
          call TEXT NOT NULL,
          why TEXT NOT NULL
        );
        INSERT INTO quarantine SELECT * FROM before;
        DROP TABLE before;";
    for rest in ["PRAGMA user_version=4", "DROP TABLE document; PRAGMA user_version=3"] {
        let house = with(&[approved()]).await;
        house.sql(ONE_ROW).await;
        let again = brought_up(&house, rest).await;
        check(&house, &[approved(), built()], &[approved(), built()]);
        // Whether it was approved nobody knows: approving others lifts it, as it did.
        again.approved(house.ci, &Digest::of(b"others")).unwrap();
        check(&house, &[approved(), built()], &[built()]);
        // The document's table is there as well.
        again.revise("x", |text: &mut String| text.push('a')).await.unwrap();
    }
}
