//! Every kind of project in JavaScript: from an empty folder to a component that passes the conformance suite.

#[test]
fn every_kind_builds_and_passes() {
    lockgate_tests::languages::prove_scaffolds("js", &["npm", "test", "--silent"]);
}
