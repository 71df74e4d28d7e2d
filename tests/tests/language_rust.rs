//! A channel in Rust does what the same one does in every other language.

#[test]
fn the_probe_does_what_it_is_told() {
    lockgate_tests::languages::prove("rust");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("rust");
}
