//! Who may carry approvals: only bytes for which that was said by itself.

use super::*;

const CHAT: &str = "[channel]\nname='chat'\nversion='1'\nsummary='s'\nnetwork='chat'\n[sink]\ntext-limit=100\n";
const YES: [&str; 3] = ["--yes", "--grant", "network:chat"];

fn newer() -> String {
    CHAT.replace("version='1'", "version='2'")
}

fn pinned(files: &Files) -> (bool, Option<Digest>) {
    let (name, config) = files.config.channels.first_key_value().unwrap();
    (config.relay, files.lock.channels[name].relay)
}

#[test]
fn a_yes_lets_nobody_carry_approvals_and_a_flag_lets_these_bytes() {
    let house = House::new();
    assert_eq!(pinned(&house.add(&YES, CHAT)), (false, None));
    let granted = house.add(&["--yes", "--grant", "relay"], CHAT);
    assert_eq!(pinned(&granted), (true, Some(examined(CHAT).digest)));
}

#[test]
fn other_bytes_begin_without_and_the_table_says_so() {
    let house = House::new();
    house.add(&[&YES[..], &["--grant", "relay"]].concat(), CHAT);
    let old = examined(CHAT).digest;
    assert_eq!(pinned(&house.add(&["--yes"], &newer())), (true, None));
    // Nor do the bytes that once could, when they come back.
    let back = house.add(&["--yes"], CHAT);
    assert_eq!(
        (back.lock.channels[&"ci".parse().unwrap()].digest, pinned(&back)),
        (old, (true, None))
    );
    house.add(&["--yes"], &newer());
    let (decision, _) = house.decide(&[], &newer());
    let decision = decision.unwrap().unwrap();
    assert!(!decision.grant.relay(), "the pin stands for other bytes");
    let granted = house.add(&["--yes", "--grant", "relay"], &newer());
    assert_eq!(pinned(&granted), (true, Some(examined(&newer()).digest)));

    let carrier = |flags: &[&str], text: &str| {
        let pin = &granted.lock.channels[&"ci".parse().unwrap()];
        let args = args(flags);
        relay::Carrier::of(&candidate(text), Some(pin), &args.choices)
    };
    let shown = |flags: &[&str], text: &str| {
        let (old, new) = (examined(CHAT), examined(text));
        changes::table(&old, &new, carrier(flags, text).change()).layout(100, Colour::Never)
    };
    let lost = "-  carries approvals: these bytes would only with --grant relay";
    assert!(shown(&[], CHAT).contains(lost));
    assert!(shown(&["--grant", "relay"], CHAT).contains("+  carries approvals\n"));
    assert!(!shown(&[], &newer()).contains("approvals"));
}

#[test]
fn what_could_never_carry_approvals_is_not_let() {
    #[track_caller]
    fn check(flags: &[&str], manifest: &str, words: &str) {
        let all = [&["--yes", "--grant", "relay"], flags].concat();
        let error = House::new().decide(&all, manifest).0.map(|_| ()).unwrap_err();
        assert!(error.is::<Refusal>() && error.to_string().contains(words), "{error}");
    }
    check(&["--network", "none"], CHAT, "it has no network");
    check(
        &["--network", "forge", "--secret", "one=env:X"],
        MANIFEST,
        "it can't speak to anybody",
    );
}
