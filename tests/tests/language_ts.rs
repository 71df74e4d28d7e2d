//! A channel in TypeScript, on StarlingMonkey, does what the same one does in every other language.

#[test]
fn the_probe_does_what_it_is_told() {
    lockgate_tests::languages::prove("ts");
}

#[test]
fn the_smallest_channel_of_the_sdk_greets_and_counts() {
    lockgate_tests::languages::prove_hello("ts");
}
