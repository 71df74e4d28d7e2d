//! Every kind of project in TypeScript: from an empty folder to a component that passes the conformance suite.

#[test]
fn every_kind_builds_and_passes() {
    lockgate_tests::languages::prove_scaffolds("ts", &["npm", "test", "--silent"]);
}
