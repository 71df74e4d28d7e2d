//! A channel in Go does what the same one does in every other language.

use lockgate_tests::languages::{prove, prove_scaffolds};

#[test]
fn the_probe_does_what_it_is_told() {
    prove("go");
}

#[test]
fn what_new_makes_builds_and_passes_its_tests() {
    prove_scaffolds("go", &["go", "test", "./..."]);
}
