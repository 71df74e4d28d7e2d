//! What a call leaves behind to be read and done again: timers, connections, keys.

use super::*;
use crate::model::Effect;

#[tokio::test]
async fn a_served_timer_goes_and_one_that_was_set_anew_stays() {
    let house = House::new();
    let wake = |now, after| CallCommit {
        now: at(now),
        effects: vec![Effect::Wake {
            name: "t".into(),
            after,
        }],
        ..house.call()
    };
    house.commit(wake(0, 10)).await.unwrap();
    let first = house.journal.timers(house.ci).unwrap().remove(0);
    house
        .journal
        .timer_failed(house.ci, first.clone(), at(50))
        .await
        .unwrap();
    let second = Timer {
        name: "t".into(),
        due: at(50),
        failures: 1,
    };
    assert_eq!(house.journal.timers(house.ci).unwrap(), vec![second.clone()]);
    house.commit(wake(50, 100)).await.unwrap();
    // The call that served the second one ends after a hook has set the timer anew.
    house
        .commit(CallCommit {
            fired: Some(second.clone()),
            ..house.call()
        })
        .await
        .unwrap();
    house.journal.timer_failed(house.ci, second, at(60)).await.unwrap();
    let third = Timer {
        name: "t".into(),
        due: at(150),
        failures: 0,
    };
    assert_eq!(house.journal.timers(house.ci).unwrap(), vec![third.clone()]);
    house
        .commit(CallCommit {
            fired: Some(third),
            ..house.call()
        })
        .await
        .unwrap();
    assert_eq!(house.journal.timers(house.ci).unwrap(), []);
}

#[tokio::test]
async fn a_connection_is_replaced_and_closed_by_name() {
    let house = House::new();
    let connect = |url: &str| Effect::Connect {
        name: "feed".into(),
        url: url.into(),
        headers: vec![],
    };
    house
        .commit(CallCommit {
            effects: vec![connect("wss://a"), connect("wss://b")],
            ..house.call()
        })
        .await
        .unwrap();
    assert_eq!(house.journal.connections(house.ci).unwrap()[0].url, "wss://b");
    let effects = vec![Effect::Disconnect("feed".into()), Effect::Disconnect("none".into())];
    house
        .commit(CallCommit {
            effects,
            ..house.call()
        })
        .await
        .unwrap();
    assert_eq!(house.journal.connections(house.ci).unwrap(), []);
}

#[tokio::test]
async fn keys_are_listed_by_prefix_and_by_instance() {
    let house = House::new();
    let other = house.journal.add_instance(&name("other"), at(0)).unwrap();
    let writes = ["a", "b", "b/1", "b/é", "c"].map(|key| write(key, "v")).to_vec();
    house.commit(CallCommit { writes, ..house.call() }).await.unwrap();
    house
        .commit(CallCommit {
            writes: vec![write("b/2", "secret")],
            ..call(other)
        })
        .await
        .unwrap();
    let check = |prefix, expected: &[&str]| assert_eq!(house.journal.store_keys(house.ci, prefix).unwrap(), expected);
    check("", &["a", "b", "b/1", "b/é", "c"]);
    check("b", &["b", "b/1", "b/é"]);
    check("b/", &["b/1", "b/é"]);
    check("z", &[]);
    assert_eq!(house.journal.store_get(house.ci, "b/2").unwrap(), None);
}
