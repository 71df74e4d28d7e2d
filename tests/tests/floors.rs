//! The house is in order: floors, single homes, lengths. The rules stand in `tests/src/floors`, with tests of their own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::floors::violations;
use lockgate_tests::home::repository;

#[test]
fn the_house_is_in_order() {
    let found = violations(&repository()).unwrap();
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}
