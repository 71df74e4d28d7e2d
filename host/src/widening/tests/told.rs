//! Who is owed what, and what of it is kept.

use super::fresh;
use super::snapshot::{NOW, book, granted, people, person};
use crate::access::{Account, Role};
use crate::limits;
use crate::widening::{Approvers, Snapshot, Told, Urgency};

#[test]
fn who_is_told_is_who_could_approve_before() {
    const BOTH: [Role; 2] = [Role::Chat, Role::Approve];
    let (ann, eve) = (person("ann", &BOTH, &["1"]), person("eve", &BOTH, &["6"]));
    let (mut approvers, mut told) = (fresh(), Told::default());
    let first = people(&mut approvers, std::slice::from_ref(&ann));
    assert_eq!(
        told.look(first.clone(), &approvers, NOW),
        0,
        "the first moment is silent"
    );
    assert_eq!((told.to_session(), told.to_approvers()), (None, Vec::new()));
    // Who puts himself in the place of the only approver does not keep him from hearing of it.
    let second = people(&mut approvers, std::slice::from_ref(&eve));
    assert_eq!(told.look(second, &approvers, NOW), 3);
    let owed = told.to_approvers();
    let names: Vec<String> = owed.iter().map(|(account, _)| account.to_string()).collect();
    assert_eq!(names, ["talk:1"]);
    let (account, news) = &owed[0];
    assert!(news.lines[0].starts_with("eve may approve now") && news.lost == 0);
    told.told(account, news.upto);
    assert_eq!(told.to_approvers(), []);
    assert_eq!(told.to_session().as_ref(), Some(news));
    told.told_session(news.upto);
    assert_eq!(told.to_session(), None);
    let kept: Told = serde_json::from_slice(&serde_json::to_vec(&told).unwrap()).unwrap();
    assert_eq!(kept, told);
}

#[test]
fn an_empty_list_for_one_look_keeps_nobody_from_hearing_who_comes_next() {
    const BOTH: [Role; 2] = [Role::Chat, Role::Approve];
    let (ann, mallory) = (person("ann", &BOTH, &["1"]), person("mallory", &BOTH, &["6"]));
    let (mut approvers, mut told) = (fresh(), Told::default());
    for list in [&[ann.clone()][..], &[], &[ann, mallory]] {
        let moment = people(&mut approvers, list);
        told.look(moment, &approvers, NOW);
    }
    let owed = told.to_approvers();
    let (account, news) = &owed[0];
    assert_eq!((owed.len(), account.to_string()), (1, "talk:1".to_owned()));
    assert!(
        news.lines
            .iter()
            .any(|line| line.starts_with("mallory may approve now")),
        "{news:?}"
    );
}

#[test]
fn a_file_that_flaps_is_summed_and_nothing_of_it_is_lost_without_a_number() {
    const BOTH: [Role; 2] = [Role::Chat, Role::Approve];
    let ann = person("ann", &BOTH, &["1"]);
    let (mut approvers, mut told) = (fresh(), Told::default());
    let first = people(&mut approvers, std::slice::from_ref(&ann));
    told.look(first.clone(), &approvers, NOW);
    let mut lines = 0;
    for _ in 0..limits::TOLD_LINES {
        let wide = people(&mut approvers, &[ann.clone(), person("eve", &BOTH, &["6"])]);
        lines += told.look(wide, &approvers, NOW);
        lines += told.look(people(&mut approvers, std::slice::from_ref(&ann)), &approvers, NOW);
    }
    let (_, news) = &told.to_approvers()[0];
    // Of who may approve only the last word is kept: that he is gone. The others tell that he could write.
    assert!(
        news.lines.iter().filter(|line| line.contains("approve")).count() == 1,
        "{news:?}"
    );
    assert_eq!(news.lost, (lines - news.lines.len()) as u64);
}

#[test]
fn a_crowd_of_groups_hides_no_new_approver() {
    const BOTH: [Role; 2] = [Role::Chat, Role::Approve];
    let (ann, mallory) = (person("ann", &BOTH, &["1"]), person("mallory", &BOTH, &["6"]));
    let (mut approvers, mut told) = (fresh(), Told::default());
    told.look(people(&mut approvers, std::slice::from_ref(&ann)), &approvers, NOW);
    told.look(people(&mut approvers, &[ann.clone(), mallory.clone()]), &approvers, NOW);
    let book = book(&[ann, mallory]);
    for nth in 0..2 * limits::TOLD_LINES {
        let wide = granted(&format!("network='talk'\ngroups.g{nth}={{}}"), b"one");
        told.look(Snapshot::of(&book, &approvers, wide), &approvers, NOW);
    }
    let news = told.to_session().unwrap();
    assert!(news.lines[0].starts_with("mallory may approve now"), "{news:?}");
    assert_eq!(
        (news.lines.len(), news.urgency),
        (limits::TOLD_LINES + 1, Urgency::Approvers)
    );
}

/// Whoever can take the journal away while nothing runs, and has written himself into the list, would count at once and
/// nobody would hear of it.
#[test]
fn what_was_lost_with_the_journal_makes_all_wait_and_is_told_to_all() {
    const BOTH: [Role; 2] = [Role::Chat, Role::Approve];
    let list = [person("ann", &BOTH, &["1"]), person("mallory", &BOTH, &["6"])];
    let (mut approvers, mut told) = (Approvers::default(), Told::default());
    let moment = people(&mut approvers, &list);
    assert!(approvers.is_forgotten());
    let account = |id: &str| Account {
        network: "talk".to_owned(),
        id: id.to_owned(),
    };
    for id in ["1", "6"] {
        assert!(!approvers.counts(&account(id), NOW) && approvers.must_wait(&account(id), NOW));
        assert!(approvers.counts(&account(id), NOW.after(limits::APPROVER_WAIT)));
    }
    assert!(
        told.look(moment.clone(), &approvers, NOW) > 0,
        "this first moment is not silent"
    );
    let lines = told.to_session().unwrap().lines.join("\n");
    assert!(
        lines.contains("mallory may approve") && lines.contains("ann may approve"),
        "{lines}"
    );
    let names: Vec<String> = told.to_approvers().iter().map(|(to, _)| to.to_string()).collect();
    assert_eq!(names, ["talk:1", "talk:6"]);
    // It is told once.
    assert_eq!(told.look(moment, &approvers, NOW), 0);
    // A word at the terminal ends the wait for one of them, and only for him.
    approvers.confirm(&account("1"));
    people(&mut approvers, &list);
    assert!(approvers.counts(&account("1"), NOW) && !approvers.counts(&account("6"), NOW));
}
