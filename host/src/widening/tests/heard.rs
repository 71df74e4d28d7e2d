//! Whom more is heard of: by other words, under another name, or because nobody denies him any more.

use super::fresh;
use super::snapshot::{check, moment, people, person};
use crate::access::{AccessBook, Account, Role};
use crate::widening::{Granted, Snapshot, diff};

/// `["(?s)."]` makes every word in every group one to us.
#[test]
fn a_pattern_that_makes_more_said_to_us_is_told() {
    let net = "network='talk'\ngroups.g={}\n";
    check(
        net,
        &format!("{net}mention-patterns=['(?s).']"),
        "chat may now: take as said to us, in each group, what has /(?s)./",
    );
    let group = |what: &str| format!("network='talk'\ngroups.g={{{what}}}");
    check(
        &group(""),
        &group("patterns=['(?s).']"),
        "chat may now: take as said to us, in the group g, what has /(?s)./",
    );
    check(
        &group("patterns=['bot']"),
        &format!("{}\nmention-patterns=['bot']", group("")),
        "chat may now: take as said to us, in each group, what has /bot/",
    );
    check(
        &group("patterns=['bot']"),
        &group("mention=false"),
        "chat may now: hear everything that is said in the group g",
    );
}

/// `fixed = ["/.*/"]` is one word, and `arguments = [".*"]` is any.
#[test]
fn a_word_that_looks_like_a_pattern_hides_no_pattern() {
    let run = |what: &str| format!("commands.run={{program='/p',{what}}}");
    check_both(&run("fixed=['/.*/']"), &run("arguments=['.*']"), "run /p /.*/ as run");
    check_both(
        &run("fixed=['with','dashes']"),
        &run("dashes=true"),
        "run /p (with dashes) as run",
    );
}

/// Each is wider than the other one; told is this of the second.
#[track_caller]
fn check_both(one: &str, other: &str, words: &str) {
    let [one, other] = [one, other].map(moment);
    assert_eq!(diff(&one, &other), [format!("chat may now: {words}")]);
    assert_eq!(diff(&other, &one).len(), 1);
}

/// An account that is moved takes another's groups and name.
#[test]
fn an_account_that_is_somebody_elses_now_is_told() {
    let mut approvers = fresh();
    let [ann, ben] = [["1", "7"].as_slice(), &["2"]];
    let mut moment = |ann: &[&str], ben: &[&str]| {
        let all = [person("ann", &[Role::Chat], ann), person("ben", &[Role::Chat], ben)];
        people(&mut approvers, &all)
    };
    let (before, after) = (moment(ann, ben), moment(&["1"], &["2", "7"]));
    assert_eq!(diff(&before, &after), ["talk:7 is ben's now and was ann's"]);
    assert_eq!(diff(&after, &before), ["talk:7 is ann's now and was ben's"]);
    let ids: Vec<String> = (10..30).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (before, after) = (moment(&ids, ben), moment(&["1"], &ids));
    assert_eq!(
        diff(&before, &after),
        [
            "ann may write now, as talk:1",
            "20 accounts are somebody else's now; run `lockgate access list`"
        ]
    );
}

#[test]
fn who_is_denied_no_more_is_told() {
    let moment = |denied: &[&str], listed: &[&str]| {
        let mut book = AccessBook::default();
        if !listed.is_empty() {
            book.add(person("eve", &[Role::Chat], listed)).unwrap();
        }
        for id in denied {
            let (network, id) = ("talk".into(), (*id).into());
            book.deny(Account { network, id });
        }
        Snapshot::of(&book, &fresh(), Granted::default())
    };
    assert_eq!(
        diff(&moment(&["9"], &[]), &moment(&[], &[])),
        ["talk:9 is denied no more"]
    );
    assert_eq!(diff(&moment(&[], &[]), &moment(&["9"], &[])), [""; 0]);
    assert_eq!(
        diff(&moment(&["9"], &["9"]), &moment(&[], &["9"])),
        ["eve may write now, as talk:9"]
    );
}
