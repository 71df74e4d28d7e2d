//! What a channel may keep, below, at and above each bound. The sums are set, so that nothing large has to be written.

use super::*;
use crate::limits;
use crate::model::Effect;

/// A house whose channel has these bytes already, of payload that waits and in its store.
async fn holding(spool: u64, store: u64) -> House {
    let house = House::new();
    let ci = house.ci;
    let fill = move |group: &mut Group<'_>| {
        let account = group.account(ci).unwrap();
        (account.spool_bytes, account.store_bytes) = (spool, store);
        Ok(())
    };
    house.journal.change(fill).await.unwrap();
    house
}

#[tokio::test]
async fn the_bytes_that_wait_are_bounded_and_what_is_over_is_not_committed() {
    let payload = serde_json::to_vec(&message("1")).unwrap().len() as u64;
    for (room, fits) in [(payload + 1, true), (payload, true), (payload - 1, false), (0, false)] {
        let house = holding(limits::SPOOL_BYTES - room, 0).await;
        let call = CallCommit {
            admitted: vec![message("1")],
            writes: vec![write("cursor", "6")],
            ..house.call()
        };
        let done = house.commit(call).await;
        let full = matches!(done, Err(CommitError::SpoolFull { events: 0, .. }));
        assert_eq!((done.is_ok(), full), (fits, !fits), "{room}: {done:?}");
        // The channel's cursor is where it was, so that nothing is skipped.
        let cursor = house.journal.store_get(house.ci, "cursor").unwrap();
        assert_eq!((cursor.is_some(), house.held().len()), (fits, usize::from(fits)));
    }
}

#[tokio::test]
async fn the_store_takes_what_fits_and_lets_go_of_what_does_not() {
    let row = (limits::STORE_ROW_BYTES + "kv".len()) as u64;
    for (room, fits) in [(row + 1, true), (row, true), (row - 1, false), (0, false)] {
        let house = holding(0, limits::STORE_BYTES - room).await;
        let put = CallCommit {
            writes: vec![write("k", "v")],
            ..house.call()
        };
        let done = house.commit(put).await;
        let full = matches!(done, Err(CommitError::StoreFull { .. }));
        assert_eq!((done.is_ok(), full), (fits, !fits), "{room}: {done:?}");
        assert_eq!(house.journal.store_get(house.ci, "k").unwrap().is_some(), fits);
    }
    // A store that is full can be changed and emptied, and does not grow.
    let house = holding(0, limits::STORE_BYTES - row).await;
    for (value, fits) in [(Some("v"), true), (Some("w"), true), (Some("ww"), false), (None, true)] {
        let writes = vec![("k".to_owned(), value.map(|value| value.as_bytes().to_vec()))];
        let done = house.commit(CallCommit { writes, ..house.call() }).await;
        assert_eq!(done.is_ok(), fits, "{value:?}: {done:?}");
    }
}

/// So many of these effects fit, and one more does not.
async fn check(most: usize, effect: impl Fn(usize) -> Effect) {
    for (count, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
        let house = House::new();
        let effects = (0..count).map(&effect).collect();
        let done = house
            .commit(CallCommit {
                effects,
                ..house.call()
            })
            .await;
        assert_eq!(done.is_ok(), fits, "{count}: {done:?}");
    }
}

#[tokio::test]
async fn timers_and_connections_are_counted() {
    let wake = |number: usize| Effect::Wake {
        name: number.to_string(),
        after: 1,
    };
    check(limits::TIMERS, wake).await;
    let connect = |number: usize| Effect::Connect {
        name: number.to_string(),
        url: "wss://a".into(),
        headers: vec![],
    };
    check(limits::CONNECTIONS, connect).await;
}
