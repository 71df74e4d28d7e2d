//! Every kind of project in Rust: from an empty folder to a component that passes the conformance suite.

#[test]
fn every_kind_builds_and_passes() {
    lockgate_tests::languages::prove_scaffolds("rust", &["cargo", "test", "--offline", "--quiet"]);
}
