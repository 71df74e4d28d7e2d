//! Every attack of tests/ATTACKS.md, every bound of tests/BOUNDS.md and every row of tests/PARITY.md has a test that exists,
//! or a reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::attacks::{Known, bounds, parity, violations};
use lockgate_tests::home::repository;

#[test]
fn every_attack_has_a_test_or_a_reason() {
    let found = violations(&repository()).unwrap();
    assert!(found.is_empty(), "{} flaws:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_bound_has_tests_within_and_beyond_it_or_a_reason() {
    let found = bounds::violations(&repository()).unwrap();
    assert!(found.is_empty(), "{} flaws:\n{}", found.len(), found.join("\n"));
}

#[test]
fn everything_that_others_have_has_a_test_or_a_reason() {
    let found = parity::violations(&repository()).unwrap();
    assert!(found.is_empty(), "{} flaws:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_bounds_of_this_repository_are_found() {
    let declared = bounds::declared(&repository()).unwrap();
    assert!(declared.len() > 150, "{}", declared.len());
    // One of the file, and one of a file below it.
    assert!(declared.contains("STORE_BYTES") && declared.contains("FETCHES_PER_CALL"));
}

#[test]
fn the_tests_of_this_repository_are_found() {
    let known = Known::read(&repository()).unwrap();
    assert!(known.count() > 500, "{}", known.count());
    assert!(known.has("tests/tests/attacks.rs::the_tests_of_this_repository_are_found"));
    assert!(!known.has("tests/tests/attacks.rs::no_such_test"));
}
