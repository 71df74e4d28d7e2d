//! One call: all of it or nothing, and within the bounds.

use super::*;
use crate::limits;
use crate::model::Effect;

#[tokio::test]
async fn a_call_commits_all_that_it_brought() {
    let house = House::new();
    let effects = vec![
        Effect::Wake {
            name: "again".into(),
            after: 500,
        },
        Effect::Connect {
            name: "feed".into(),
            url: "wss://a".into(),
            headers: vec![("x".into(), "y".into())],
        },
        Effect::Publish {
            topic: "t".into(),
            text: "not kept".into(),
        },
    ];
    let writes = vec![write("cursor", "6"), write("cursor", "7"), ("gone".into(), None)];
    let admitted = vec![message("1"), message("2")];
    let tallies = vec![("dropped", 3)];
    let done = house
        .commit(CallCommit {
            admitted,
            effects,
            writes,
            tallies,
            ..house.call()
        })
        .await
        .unwrap();
    let held = house.journal.held(None, 9).unwrap();
    assert_eq!(ids(&held), done.events);
    assert_eq!(held[0].admitted, message("1"));
    assert_eq!(
        (held[0].channel.as_str(), held[0].received, held[0].replay),
        ("ci", at(1), false)
    );
    assert_eq!(house.journal.store_get(house.ci, "cursor").unwrap().unwrap(), b"7");
    let stored = (limits::STORE_ROW_BYTES + "cursor7".len()) as u64;
    assert_eq!(house.journal.store_size(house.ci).unwrap(), stored);
    let timer = Timer {
        name: "again".into(),
        due: at(501),
        failures: 0,
    };
    assert_eq!(house.journal.timers(house.ci).unwrap(), [timer]);
    assert_eq!(
        house.journal.connections(house.ci).unwrap()[0].headers,
        [("x".into(), "y".into())]
    );
    let tallies = house.journal.tallies().unwrap();
    assert_eq!(
        (tallies[0].reason.as_str(), tallies[0].count, tallies[0].last),
        ("dropped", 3, at(1))
    );
    house.journal.check().unwrap();
}

/// A call that fails for `expected`'s reason leaves no trace, whatever else it brought.
async fn refused(house: &House, bad: CallCommit, expected: &str) {
    let before = (
        house.inbox(),
        house.count(),
        house.journal.store_keys(house.ci, "").unwrap(),
    );
    let mut call = bad;
    call.admitted.insert(0, message("of a failed call"));
    call.writes.insert(0, write("of a failed call", "x"));
    let error = house.commit(call).await.unwrap_err();
    assert!(
        format!("{error:?}").starts_with(expected),
        "{error:?} is not {expected}"
    );
    assert_eq!(
        before,
        (
            house.inbox(),
            house.count(),
            house.journal.store_keys(house.ci, "").unwrap()
        )
    );
    house.journal.check().unwrap();
}

#[tokio::test]
async fn a_refused_call_leaves_no_trace() {
    let house = House::new();
    let replay = Some(ReplayKey {
        digest: Digest::of(b"signed"),
        until: at(100),
    });
    house
        .commit(CallCommit {
            replay,
            writes: vec![write("k", "v")],
            ..house.call()
        })
        .await
        .unwrap();
    let wake = |number: usize| Effect::Wake {
        name: number.to_string(),
        after: 1,
    };
    let connect = |number: usize| Effect::Connect {
        name: number.to_string(),
        url: "wss://a".into(),
        headers: vec![],
    };
    let big = |key: &str| (key.to_owned(), Some(vec![0; 5 << 20]));
    refused(&house, CallCommit { replay, ..house.call() }, "Replayed").await;
    refused(
        &house,
        CallCommit {
            checks: vec![("k".into(), None)],
            ..house.call()
        },
        "Changed",
    )
    .await;
    refused(
        &house,
        CallCommit {
            checks: vec![write("nothing", "")],
            ..house.call()
        },
        "Changed",
    )
    .await;
    let effects = (0..=limits::TIMERS).map(wake).collect();
    refused(
        &house,
        CallCommit {
            effects,
            ..house.call()
        },
        "TooManyTimers",
    )
    .await;
    let effects = (0..=limits::CONNECTIONS).map(connect).collect();
    refused(
        &house,
        CallCommit {
            effects,
            ..house.call()
        },
        "TooManyConnections",
    )
    .await;
    let writes = vec![big("a"), big("b"), big("c"), big("d")];
    refused(&house, CallCommit { writes, ..house.call() }, "StoreFull").await;
    let unknown = CallCommit {
        instance: InstanceId(99),
        ..house.call()
    };
    assert!(matches!(house.commit(unknown).await, Err(CommitError::Ended { .. })));
    assert_eq!(house.journal.timers(house.ci).unwrap(), []);
    // The same message in a call that is right is no duplicate of the failed ones.
    assert_eq!(house.bring(&["of a failed call"]).await.len(), 1);
}

#[tokio::test]
async fn a_failing_call_in_a_group_leaves_the_others() {
    let house = House::new();
    let calls = |number: u32| {
        let checks = if number.is_multiple_of(3) {
            vec![write("never", "x")]
        } else {
            Vec::new()
        };
        let writes = vec![write(&number.to_string(), "v")];
        CallCommit {
            admitted: vec![message(&number.to_string())],
            checks,
            writes,
            ..house.call()
        }
    };
    let results = house.in_one_group((0..40).map(calls)).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), number.is_multiple_of(3), "{number}: {result:?}");
    }
    let good = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(
        (
            house.held().len(),
            house.journal.store_keys(house.ci, "").unwrap().len()
        ),
        (good, good)
    );
    house.journal.check().unwrap();
}

#[tokio::test]
async fn known_messages_are_counted_and_not_kept_again() {
    let house = House::new();
    let edited = |revision: &str| Admitted {
        revision: Some(revision.into()),
        ..message("1")
    };
    let elsewhere = || {
        let mut other = message("1");
        other.message.conversation.id = "other".into();
        other
    };
    let admitted = vec![
        message("1"),
        message("1"),
        edited("a"),
        edited("b"),
        edited("a"),
        elsewhere(),
    ];
    let done = house
        .commit(CallCommit {
            admitted,
            ..house.call()
        })
        .await
        .unwrap();
    assert_eq!((done.events.len(), done.duplicates), (4, 2));
    let again = CallCommit {
        admitted: vec![message("1")],
        writes: vec![write("cursor", "9")],
        ..house.call()
    };
    let done = house.commit(again).await.unwrap();
    assert_eq!((done.events.len(), done.duplicates), (0, 1));
    assert_eq!(house.journal.store_get(house.ci, "cursor").unwrap().unwrap(), b"9");
    assert_eq!(house.journal.tallies().unwrap()[0].count, 3);
    let other = house.journal.add_instance(&name("other"), at(2)).unwrap();
    let done = house
        .commit(CallCommit {
            admitted: vec![message("1")],
            ..call(other)
        })
        .await
        .unwrap();
    assert_eq!(done.duplicates, 0);
}

#[tokio::test]
async fn a_full_spool_refuses_the_call_until_something_is_seen() {
    let house = House::new();
    let mut number = 0;
    let mut hundred = || -> Vec<Admitted> {
        number += 100;
        (number - 100..number)
            .map(|number| message(&number.to_string()))
            .collect()
    };
    for _ in 0..limits::SPOOL_EVENTS / 100 {
        house
            .commit(CallCommit {
                admitted: hundred(),
                ..house.call()
            })
            .await
            .unwrap();
    }
    let over = hundred();
    let result = house
        .commit(CallCommit {
            admitted: over.clone(),
            ..house.call()
        })
        .await;
    assert!(
        matches!(
            result,
            Err(CommitError::SpoolFull {
                events: limits::SPOOL_EVENTS,
                ..
            })
        ),
        "{result:?}"
    );
    // A call that brings nothing new goes on.
    house
        .commit(CallCommit {
            admitted: vec![message("1")],
            ..house.call()
        })
        .await
        .unwrap();
    let oldest = ids(&house.journal.held(None, 100).unwrap());
    house
        .journal
        .sent(&session("s"), Proof::Unproven, oldest.clone(), at(2))
        .await
        .unwrap();
    assert!(
        house
            .commit(CallCommit {
                admitted: over.clone(),
                ..house.call()
            })
            .await
            .is_err()
    );
    house.journal.prove(&session("s"), at(3)).await.unwrap();
    house
        .commit(CallCommit {
            admitted: over,
            ..house.call()
        })
        .await
        .unwrap();
    house.journal.check().unwrap();
}

/// A request may be verified at the last moment of its window and wait for its guest beyond it.
#[tokio::test]
async fn a_mark_counts_until_the_sweep_has_taken_it_away() {
    let house = House::new();
    let digest = Digest::of(b"signed");
    let signed = |now| CallCommit {
        now: at(now),
        replay: Some(ReplayKey { digest, until: at(10) }),
        ..house.call()
    };
    house.commit(signed(1)).await.unwrap();
    for late in [9, 10, 11, 4_000] {
        assert!(
            matches!(house.commit(signed(late)).await, Err(CommitError::Replayed)),
            "{late}"
        );
    }
    assert!(house.journal.replayed(house.ci, &digest).unwrap());
    house.journal.housekeep(at(11)).await.unwrap();
    assert!(!house.journal.replayed(house.ci, &digest).unwrap());
    house.commit(signed(12)).await.unwrap();
}
