//! Documents of the host's own state: changed as a whole, kept over a restart, never begun anew by mistake.

use super::*;

type Names = std::collections::BTreeSet<String>;

#[tokio::test]
async fn a_document_is_what_the_last_change_made_of_it_also_after_a_restart() {
    let house = House::new();
    assert_eq!(house.journal.document::<Names>("people").unwrap(), Names::new());
    let added = house
        .journal
        .revise("people", |names: &mut Names| names.insert("ann".into()));
    assert!(added.await.unwrap());
    let again = Journal::open(&house.path()).unwrap();
    let both = again.revise("people", |names: &mut Names| {
        names.insert("ben".into());
        names.len()
    });
    assert_eq!(both.await.unwrap(), 2);
    // Another process sees it, and a document of another name is another one.
    assert_eq!(house.journal.document::<Names>("people").unwrap().len(), 2);
    assert_eq!(house.journal.document::<Names>("others").unwrap().len(), 0);
}

#[tokio::test]
async fn a_document_that_cant_be_read_is_not_begun_anew() {
    let house = House::new();
    house.sql("INSERT INTO document VALUES ('people', x'7b')").await;
    let changed = house
        .journal
        .revise("people", |names: &mut Names| names.insert("ann".into()));
    assert!(matches!(
        changed.await,
        Err(JournalError::Document { name: "people", .. })
    ));
    assert!(house.journal.document::<Names>("people").is_err());
}

#[tokio::test]
async fn a_document_is_bounded() {
    let house = House::new();
    let fill = |bytes: usize| move |names: &mut Names| names.insert("x".repeat(bytes));
    let brackets = r#"[""]"#.len();
    house
        .journal
        .revise("people", fill(limits::DOCUMENT_BYTES - brackets))
        .await
        .unwrap();
    let over = house.journal.revise("people", fill(1)).await;
    assert!(matches!(over, Err(JournalError::DocumentTooLarge { .. })));
    assert_eq!(house.journal.document::<Names>("people").unwrap().len(), 1);
}
