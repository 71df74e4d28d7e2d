//! Files that are no journal, broken ones, shared ones, and disks that refuse.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

fn check(bytes: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    fs::write(&path, bytes).unwrap();
    let said = Journal::open(&path)
        .map(|_| "opened")
        .map_err(|error| format!("{error:?}"));
    let said = said.map_or_else(|error| error, str::to_owned);
    assert!(said.starts_with(expected), "{said} is not {expected}");
    if expected != "opened" {
        assert_eq!(fs::read(&path).unwrap(), bytes, "a file that was refused was changed");
    }
}

fn database(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    fs::read(path).unwrap()
}

#[test]
fn only_a_journal_is_opened() {
    check(b"", "opened");
    check(b"x", "NotAJournal");
    check(b"hello, this is no database at all", "NotAJournal");
    check(&[0; 8192], "NotAJournal");
    check(
        &[b"SQLite format 3\0".as_slice(), &[0xff; 9000]].concat(),
        "NotAJournal",
    );
    check(&database("CREATE TABLE theirs (x)"), "NotAJournal");
    check(
        &database("CREATE TABLE theirs (x); PRAGMA user_version=1"),
        "NotAJournal",
    );
    check(
        &database("CREATE TABLE house (x); PRAGMA application_id=1818978164; PRAGMA user_version=0"),
        "NotAJournal",
    );
    check(
        &database("CREATE TABLE house (x); PRAGMA application_id=1818978164; PRAGMA user_version=1"),
        "NotAJournal",
    );
    check(
        &database("CREATE TABLE x (x); PRAGMA application_id=1818978164; PRAGMA user_version=6"),
        "Newer",
    );
}

#[test]
fn a_newer_journal_is_named_with_what_to_do() {
    let house = House::new();
    wait(house.sql("PRAGMA user_version=7"));
    let said = Journal::open(&house.path()).err().unwrap().to_string();
    assert!(
        said.contains("layout 7") && said.contains("knows 5") && said.contains("use the newer lockgate"),
        "{said}"
    );
    assert!(matches!(
        Journal::peek(&house.path()),
        Err(JournalError::Newer { found: 7, known: 5, .. })
    ));
}

#[test]
fn places_that_hold_no_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    drop(Journal::open(&real).unwrap());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    assert!(matches!(Journal::open(&link), Err(JournalError::NotAJournal { .. })));
    assert!(matches!(
        Journal::open(folder.path()),
        Err(JournalError::NotAJournal { .. })
    ));
    assert!(matches!(
        Journal::open(&folder.path().join("no/journal")),
        Err(JournalError::Unwritable { .. })
    ));
    assert!(Journal::peek(&folder.path().join("none")).is_err());
    assert!(!folder.path().join("none").exists());
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let house = House::new();
    house.bring(&["1"]).await;
    fs::set_permissions(house.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let _again = Journal::open(&house.path()).unwrap();
    for companion in ["", "-wal", "-shm"] {
        let path = house.folder.path().join(format!("journal.sqlite{companion}"));
        assert_eq!(mode(&path), 0o600, "{companion}");
    }
}

#[tokio::test]
async fn a_second_process_sees_and_changes_the_same_rows() {
    let house = House::new();
    let other = Journal::open(&house.path()).unwrap();
    let mut ids = Vec::new();
    for number in 0..20 {
        let journal = if number % 2 == 0 { &house.journal } else { &other };
        let call = CallCommit {
            admitted: vec![message(&(number / 2).to_string())],
            ..house.call()
        };
        ids.extend(journal.commit(call).await.unwrap().events);
    }
    // The second of each pair is a duplicate of what the other process has committed.
    assert_eq!(ids.len(), 10);
    let peek = Journal::peek(&house.path()).unwrap();
    assert_eq!(super::ids(&peek.held(None, 99).unwrap()), ids);
    house
        .journal
        .sent(&session("s"), Proof::Unproven, ids.clone(), at(2))
        .await
        .unwrap();
    assert_eq!(other.acknowledge(ids[..4].to_vec(), at(3)).await.unwrap().newly, 4);
    assert_eq!(house.journal.release(Released::All, at(3)).await.unwrap(), 6);
    assert_eq!(house.count().seen, 4);
    other.end_instance(house.ci, at(4)).unwrap();
    assert!(matches!(
        house.commit(house.call()).await,
        Err(CommitError::Ended { .. })
    ));
    other.check().unwrap();
}

#[tokio::test]
async fn a_torn_log_loses_its_end_and_nothing_else() {
    let house = House::new();
    let mut brought = Vec::new();
    for number in 0..30 {
        brought.extend(house.bring(&[&number.to_string()]).await);
    }
    let log = fs::read(house.folder.path().join("journal.sqlite-wal")).unwrap();
    let mut counts = std::collections::BTreeSet::new();
    for tenth in 0..=10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        fs::copy(house.path(), &path).unwrap();
        // Not at a frame's edge, as a crash would have it.
        fs::write(folder.path().join("journal.sqlite-wal"), &log[..log.len() * tenth / 10]).unwrap();
        let torn = Journal::open(&path).unwrap();
        let left = super::ids(&torn.held(None, 99).unwrap());
        assert_eq!(left, brought[..left.len()]);
        torn.check().unwrap();
        counts.insert(left.len());
    }
    assert!(counts.contains(&30) && counts.len() > 5, "{counts:?}");
}

/// A call with a message that does not fit into what is left.
fn big(house: &House, number: u32) -> CallCommit {
    let mut long = message(&format!("{number}"));
    long.message.text = "x".repeat(60_000);
    CallCommit {
        admitted: vec![long],
        ..house.call()
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_group_and_the_next_one_goes_on() {
    let house = House::new();
    let before = house.bring(&["before"]).await;
    house.sql("PRAGMA max_page_count=20").await;
    for result in house.in_one_group((0..12).map(|number| big(&house, number))).await {
        assert!(
            matches!(&result, Err(CommitError::Disk(disk)) if disk.kind == DiskKind::Full),
            "{result:?}"
        );
    }
    assert_eq!(house.held(), before);
    house.sql("PRAGMA max_page_count=100000").await;
    let after = house.in_one_group((0..12).map(|number| big(&house, number))).await;
    assert!(after.iter().all(Result::is_ok), "{after:?}");
    assert_eq!(house.held().len(), 13);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn a_disk_that_became_read_only_is_told_and_can_be_read() {
    let house = House::new();
    let before = house.bring(&["before"]).await;
    let refuse = |group: &mut Group<'_>| Ok(group.connection().execute_batch("PRAGMA query_only=1")?);
    house.journal.change(refuse).await.unwrap();
    for result in house.in_one_group((0..3).map(|number| big(&house, number))).await {
        assert!(
            matches!(&result, Err(CommitError::Disk(disk)) if disk.kind == DiskKind::ReadOnly),
            "{result:?}"
        );
    }
    assert_eq!(house.held(), before);
    house.journal.check().unwrap();
}

#[tokio::test]
async fn a_writer_that_broke_leaves_nobody_waiting() {
    let house = House::new();
    let broken: Result<(), _> = house.journal.change(|_| panic!("on purpose")).await;
    assert!(matches!(broken, Err(JournalError::Closed)));
    assert!(matches!(house.commit(house.call()).await, Err(CommitError::Closed)));
    assert!(matches!(
        house.journal.add_instance(&name("x"), at(1)),
        Err(JournalError::Closed)
    ));
    assert_eq!(house.held(), vec![]);
}

#[tokio::test]
async fn the_last_handle_ends_the_writer() {
    let house = House::new();
    let (clone, mut arrivals) = (house.journal.clone(), house.journal.arrivals());
    drop(house.journal);
    clone.commit(call(house.ci)).await.unwrap();
    drop(clone);
    // The writer holds the sending half: that it is gone shows that the thread has ended.
    assert!(arrivals.changed().await.is_err());
}
