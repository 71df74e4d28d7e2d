//! Who may write to a new channel directly, and that nothing changes for one that is there.

use super::*;

const SINK: &str = "[sink]\ntext-limit=100\n";

/// What a channel is given that was added without a word about it; `before`: how it stood until then.
#[track_caller]
fn check(manifest: &str, flags: &[&str], before: Option<DirectPolicy>, expected: DirectPolicy) {
    let manifest = Manifest::parse(manifest).unwrap();
    let known = before.map(|direct| ChannelConfig {
        direct,
        network: Some("forge".to_owned()),
        ..ChannelConfig::of("/w.wasm".into())
    });
    let mut merged = choose::merge(&args(flags).choices, &manifest, &"/w.wasm".into(), known.as_ref());
    choose::open_to_strangers(known.as_ref(), &manifest, &mut merged);
    assert_eq!(merged.direct, expected, "{flags:?} {before:?}");
}

#[test]
fn a_new_channel_that_can_answer_gives_strangers_a_code() {
    let both = MANIFEST.replacen("[hook]", &format!("{SINK}[hook]"), 1);
    let no_network = both.replacen("network='forge'\n", "", 1);
    let (pairing, list) = (DirectPolicy::Pairing, DirectPolicy::Allowlist);
    check(&both, &["--grant", "network:forge"], None, pairing);
    check(&both, &[], None, list);
    check(&both, &["--network", "none"], None, list);
    check(MANIFEST, &["--network", "forge"], None, list);
    check(&no_network, &["--network", "forge"], None, pairing);
    for before in [list, pairing, DirectPolicy::Disabled] {
        check(&both, &[], Some(before), before);
    }
}

#[test]
fn it_is_shown_before_the_question() {
    let both = MANIFEST.replacen("[hook]", &format!("{SINK}[hook]"), 1);
    let shown = House::new().decide(&[], &both).1.replace('\n', " ");
    assert!(
        shown.contains("who write to it directly are answered with a code"),
        "{shown}"
    );
    let shown = House::new().decide(&[], MANIFEST).1;
    assert!(!shown.contains("a stranger"), "{shown}");
}
