//! A channel in Zig does what the same one does in every other language.

use lockgate_tests::languages::{prove, prove_scaffolds};

#[test]
fn the_probe_does_what_it_is_told() {
    prove("zig");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("zig");
}

#[test]
fn each_scaffold_builds_and_passes() {
    prove_scaffolds("zig", &[]);
}
