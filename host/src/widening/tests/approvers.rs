//! Since when an approver counts, and who may say so.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fresh;
use crate::access::Account;
use crate::limits;
use crate::model::{ChannelName, Digest, UnixMillis};
use crate::widening::{Approvers, Offer, Pressed, Word};

const MINUTE: u64 = 60_000;

fn account(id: &str) -> Account {
    let (network, id) = ("chat".to_owned(), id.to_owned());
    Account { network, id }
}

fn list(ids: &[&str]) -> BTreeSet<Account> {
    ids.iter().map(|id| account(id)).collect()
}

fn at(minutes: u64) -> UnixMillis {
    UnixMillis((1_000 + minutes) * MINUTE)
}

/// `old` stood there from the first, `new` was added at minute 0.
fn two() -> Approvers {
    let mut approvers = fresh();
    approvers.observe(&list(&["old"]), UnixMillis(1));
    approvers.observe(&list(&["old", "new"]), at(0));
    approvers
}

fn channel() -> ChannelName {
    "chat".parse().unwrap()
}

fn offer(token: &str, to: &str, about: &str, word: Word, approvers: &mut Approvers) {
    let offer = Offer {
        to: account(to),
        channel: channel(),
        conversation: Digest::of(format!("d-{to}").as_bytes()),
        about: account(about),
        word,
    };
    approvers.offer(token, offer);
}

fn press(approvers: &mut Approvers, token: &str, by: &str) -> Option<Pressed> {
    let by_account = account(by);
    approvers.press(token, (&by_account, Some(by)), (&channel(), &format!("d-{by}")), at(1))
}

#[test]
fn who_stood_there_first_counts_and_who_comes_later_waits() {
    let mut approvers = two();
    let counts = |approvers: &Approvers, id: &str, minutes| approvers.counts(&account(id), at(minutes));
    assert!(counts(&approvers, "old", 0) && !counts(&approvers, "new", 0));
    assert!(!counts(&approvers, "new", 9) && counts(&approvers, "new", 10));
    assert!(!counts(&approvers, "never", 99));
    assert_eq!(approvers.waiting(at(0)), [(account("new"), at(10))]);
    assert_eq!(approvers.waiting(at(10)), []);
    // Looking again changes nothing, and whoever was away for more than a minute waits anew.
    approvers.observe(&list(&["old", "new"]), at(8));
    assert!(counts(&approvers, "new", 10));
    approvers.observe(&list(&["old"]), at(11));
    approvers.observe(&list(&["old", "new"]), at(12));
    assert!(!counts(&approvers, "new", 21) && counts(&approvers, "new", 22));
}

#[test]
fn who_is_off_the_list_for_a_moment_still_says_no() {
    let mut approvers = fresh();
    approvers.observe(&list(&["ann"]), UnixMillis(1));
    approvers.observe(&list(&[]), at(0));
    assert!(!approvers.counts(&account("ann"), at(0)) && approvers.may_object(&account("ann"), at(0)));
    // Back after more than a minute she waits herself, and is believed all the same.
    approvers.observe(&list(&["ann", "mallory"]), at(1));
    assert!(!approvers.counts(&account("ann"), at(1)));
    offer("yes", "ann", "mallory", Word::Confirm, &mut approvers);
    assert_eq!(press(&mut approvers, "yes", "ann"), Some(Pressed::NotYours));
    offer("no", "ann", "mallory", Word::NotMe, &mut approvers);
    assert_eq!(
        press(&mut approvers, "no", "ann"),
        Some(Pressed::Refused(account("mallory")))
    );
    // Also if she stands on no list at all, for a day.
    let mut approvers = two();
    approvers.observe(&list(&["new"]), at(0));
    assert_eq!(approvers.gone(at(0)), [account("old")]);
    offer("no", "old", "new", Word::NotMe, &mut approvers);
    let (old, here) = (account("old"), channel());
    assert!(!approvers.may_object(&old, at(24 * 60)) && approvers.gone(at(24 * 60)).is_empty());
    let pressed = approvers.press("no", (&old, None), (&here, "d-old"), at(1));
    assert_eq!(pressed, Some(Pressed::Refused(account("new"))));
}

#[test]
fn a_file_that_is_written_anew_makes_nobody_wait_who_counted() {
    let mut approvers = two();
    let soon = UnixMillis(at(1).0 + MINUTE - 1);
    approvers.observe(&list(&[]), at(1));
    approvers.observe(&list(&["old", "new"]), soon);
    assert!(approvers.counts(&account("old"), soon) && approvers.gone(soon).is_empty());
    // Who waited has counted for nobody, and begins again.
    assert!(!approvers.counts(&account("new"), at(10)) && approvers.counts(&account("new"), at(12)));
    // A refusal is not undone that way.
    offer("no", "old", "new", Word::NotMe, &mut approvers);
    press(&mut approvers, "no", "old");
    approvers.observe(&list(&[]), soon);
    approvers.observe(&list(&["old", "new"]), soon);
    assert!(!approvers.counts(&account("new"), at(99)) && !approvers.may_object(&account("new"), at(99)));
}

#[test]
fn a_crowd_takes_the_place_of_nobody_who_counts_or_waits() {
    let mut approvers = fresh();
    approvers.observe(&list(&["x-old"]), UnixMillis(1));
    approvers.observe(&list(&["x-old", "y-new"]), at(0));
    let ids: Vec<String> = (0..limits::APPROVERS).map(|nth| format!("{nth:04}")).collect();
    let mut all: BTreeSet<Account> = ids.iter().map(|id| account(id)).collect();
    all.extend(list(&["x-old", "y-new"]));
    approvers.observe(&all, at(1));
    assert!(approvers.counts(&account("x-old"), at(1)) && approvers.counts(&account("y-new"), at(10)));
    // Nor after a moment without any list.
    approvers.observe(&list(&[]), at(2));
    approvers.observe(&all, at(2));
    assert!(approvers.counts(&account("x-old"), at(2)));
}

#[test]
fn a_clock_that_goes_back_makes_nobody_count_sooner_and_nobody_wait_for_ever() {
    let mut approvers = two();
    assert!(!approvers.counts(&account("new"), UnixMillis(0)));
    let long_ago = UnixMillis(5 * MINUTE);
    approvers.observe(&list(&["old", "new"]), long_ago);
    assert!(!approvers.counts(&account("new"), long_ago.after(limits::APPROVER_WAIT / 2)));
    assert!(approvers.counts(&account("new"), long_ago.after(limits::APPROVER_WAIT)));
    // Set back for one look, or two, and right again.
    for back in [&[5][..], &[5, 2], &[2, 5], &[9]] {
        let mut approvers = fresh();
        approvers.observe(&list(&["old"]), at(0));
        approvers.observe(&list(&["old", "new"]), at(20));
        for minute in back {
            approvers.observe(&list(&["old", "new"]), at(*minute));
        }
        for minute in [20, 21, 29] {
            approvers.observe(&list(&["old", "new"]), at(minute));
            assert!(!approvers.counts(&account("new"), at(minute)), "{back:?} {minute}");
        }
        assert!(approvers.counts(&account("new"), at(30)), "{back:?}");
    }
}

#[test]
fn a_button_counts_once_and_only_in_the_right_hands() {
    let mut approvers = two();
    offer("yes", "old", "new", Word::Confirm, &mut approvers);
    let (old, new, here) = (account("old"), account("new"), channel());
    let tried = [
        ((&new, Some("new")), (&here, "d-old")),
        ((&old, Some("old")), (&here, "d-new")),
        ((&old, None), (&here, "d-old")),
        ((&old, Some("old")), (&"other".parse().unwrap(), "d-old")),
    ];
    for (by, place) in tried {
        assert_eq!(approvers.press("yes", by, place, at(1)), Some(Pressed::NotYours));
    }
    assert_eq!(press(&mut approvers, "no", "old"), None);
    assert!(!approvers.counts(&new, at(1)));
    assert_eq!(
        press(&mut approvers, "yes", "old"),
        Some(Pressed::Confirmed(new.clone()))
    );
    assert!(approvers.counts(&new, at(1)));
    assert_eq!(press(&mut approvers, "yes", "old"), None);
}

#[test]
fn who_waits_himself_confirms_nobody() {
    let mut approvers = two();
    approvers.observe(&list(&["old", "new", "third"]), at(0));
    offer("t", "new", "third", Word::Confirm, &mut approvers);
    assert_eq!(press(&mut approvers, "t", "new"), Some(Pressed::NotYours));
}

#[test]
fn not_me_lasts_until_somebody_at_a_terminal_says_otherwise() {
    let mut approvers = two();
    let new = account("new");
    offer("no", "old", "new", Word::NotMe, &mut approvers);
    assert_eq!(press(&mut approvers, "no", "old"), Some(Pressed::Refused(new.clone())));
    assert!(!approvers.counts(&new, at(99)));
    // Neither another approver nor a way off the list and back makes it count.
    offer("yes", "old", "new", Word::Confirm, &mut approvers);
    assert_eq!(press(&mut approvers, "yes", "old"), Some(Pressed::Over));
    approvers.observe(&list(&["old"]), at(2));
    approvers.observe(&list(&["old", "new"]), at(3));
    assert!(!approvers.counts(&new, at(99)));
    approvers.confirm(&new);
    assert!(approvers.counts(&new, at(3)));
    offer("late", "old", "new", Word::NotMe, &mut approvers);
    assert_eq!(press(&mut approvers, "late", "old"), Some(Pressed::Over));
}

#[test]
fn of_two_who_disagree_the_one_who_says_no_is_believed() {
    let mut approvers = fresh();
    approvers.observe(&list(&["a", "b"]), UnixMillis(1));
    approvers.observe(&list(&["a", "b", "new"]), at(0));
    offer("yes", "a", "new", Word::Confirm, &mut approvers);
    offer("no", "b", "new", Word::NotMe, &mut approvers);
    assert_eq!(
        press(&mut approvers, "yes", "a"),
        Some(Pressed::Confirmed(account("new")))
    );
    assert_eq!(press(&mut approvers, "no", "b"), Some(Pressed::Refused(account("new"))));
    assert!(!approvers.counts(&account("new"), at(99)));
}

#[test]
fn accounts_and_buttons_are_bounded() {
    let mut approvers = fresh();
    let ids: Vec<String> = (0..=limits::APPROVERS).map(|nth| format!("{nth:04}")).collect();
    let all: BTreeSet<Account> = ids.iter().map(|id| account(id)).collect();
    approvers.observe(&all, at(0));
    let counting = ids.iter().filter(|id| approvers.counts(&account(id), at(99)));
    assert_eq!(counting.count(), limits::APPROVERS);
    let mut approvers = fresh();
    approvers.observe(&list(&["0000"]), at(0));
    approvers.observe(&list(&["0000", "0001"]), at(0));
    for nth in 0..=limits::CONFIRMATIONS {
        offer(&nth.to_string(), "0000", "0001", Word::Confirm, &mut approvers);
    }
    assert_eq!(press(&mut approvers, "0", "0000"), None);
    assert_eq!(
        press(&mut approvers, "1", "0000"),
        Some(Pressed::Confirmed(account("0001")))
    );
}

#[test]
fn the_longest_ids_and_conversations_leave_room_in_the_document() {
    let mut approvers = fresh();
    let long = |kind: &str, nth: usize| format!("{kind}{nth:0width$}", width = limits::ACCOUNT_ID_BYTES - 1);
    let all = |kind: &str| -> Vec<String> { (0..limits::APPROVERS).map(|nth| long(kind, nth)).collect() };
    let listed = |ids: &[String]| -> BTreeSet<Account> { ids.iter().map(|id| account(id)).collect() };
    let here = all("h");
    approvers.observe(&BTreeSet::new(), at(0));
    approvers.observe(&listed(&here), at(0));
    for nth in 0..limits::CONFIRMATIONS {
        let offer = Offer {
            to: account(&here[0]),
            channel: "c".repeat(32).parse().unwrap(),
            conversation: Digest::of(&[b'x'; limits::SHORT_TEXT_BYTES]),
            about: account(&here[1]),
            word: Word::Confirm,
        };
        approvers.offer(&nth.to_string(), offer);
    }
    let text = serde_json::to_string(&approvers).unwrap();
    assert!(text.len() < limits::DOCUMENT_BYTES * 3 / 4, "{}", text.len());
    assert_eq!(serde_json::from_str::<Approvers>(&text).unwrap(), approvers);
}

#[test]
fn a_button_that_can_change_nothing_any_more_takes_no_place() {
    let mut approvers = two();
    offer("yes", "old", "new", Word::Confirm, &mut approvers);
    offer("no", "old", "new", Word::NotMe, &mut approvers);
    approvers.confirm(&account("new"));
    offer("other", "old", "third", Word::Confirm, &mut approvers);
    assert!(!approvers.has_offered("yes") && !approvers.has_offered("no"));
    assert!(approvers.has_offered("other"));
}

proptest! {
    /// Nobody but an approver who counts, or somebody at a terminal, makes a new account count before its time; and there
    /// is nobody of either kind here.
    #[test]
    fn no_way_of_listing_makes_an_account_count_early(
        steps in prop::collection::vec((prop::bool::ANY, prop::bool::ANY, 0_u64..4, 0_usize..3), 0..40)
    ) {
        let mut approvers = fresh();
        approvers.observe(&list(&["old"]), at(0));
        offer("0", "old", "new", Word::Confirm, &mut approvers);
        let (mut now, mut seen, mut gone) = (0, None, None);
        for (has_old, has_new, wait, token) in steps {
            now += wait;
            let listed: Vec<&str> = [("old", has_old), ("new", has_new)]
                .into_iter()
                .filter_map(|(id, has)| has.then_some(id))
                .collect();
            approvers.observe(&list(&listed), at(now));
            // Who counted and is back in the same minute was never away.
            if has_new {
                let back = gone.take().filter(|(_, went)| *went == now).map(|(seen, _)| seen);
                seen = seen.or(back).or(Some(now));
            } else if let Some(from) = seen.take() {
                gone = (now >= from + 10).then_some((from, now));
            }
            press(&mut approvers, &token.to_string(), "new");
            let early = seen.is_none_or(|seen| now < seen + 10);
            prop_assert!(!(early && approvers.counts(&account("new"), at(now))));
        }
    }
}
