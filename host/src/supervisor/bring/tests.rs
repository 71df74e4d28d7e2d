use super::*;
use crate::lockfile::RelayPin;
use crate::model::InstanceId;
use crate::organisation::{Policy, Text, Texts};
use crate::supervisor::{Replacement, replacement};

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::find(Some(dir.path()), &|_| None).unwrap();
    (dir, home)
}

/// A channel that relays, and what stands in for it while it is developed.
fn relaying() -> (ChannelConfig, Pin) {
    let digest = Digest::of(b"approved");
    let pin = Pin {
        digest,
        file: digest,
        instance: InstanceId(1),
        name: "w".into(),
        version: "1".into(),
        relay: Some(digest),
        dev: Some(Digest::of(b"built")),
    };
    let config = ChannelConfig {
        relay: true,
        network: Some("chat".into()),
        ..ChannelConfig::of("/w.wasm".into())
    };
    (config, pin)
}

#[test]
fn what_stands_in_for_others_ends_with_its_lock_and_carries_no_approvals() {
    let (_dir, home) = home();
    let (state, name) = (home.open_state(None).unwrap(), "ci".parse().unwrap());
    let ((config, pin), digest) = (relaying(), Digest::of(b"approved"));
    let now = || {
        let spec = spec(&home, &name, config.clone(), &pin, None);
        assert_eq!(spec.pin.dev, None);
        let relays = spec.config.relay && spec.pin.relay_pin() == RelayPin::Held;
        (spec.pin.digest, relays, spec.review)
    };
    let approved = (digest, true, Review::Done);
    assert_eq!(now(), approved);
    let lock = state.develop(&name).unwrap();
    assert_eq!(now(), (Digest::of(b"built"), false, Review::Waived));
    drop(lock);
    assert_eq!(now(), approved);
}

/// An organisation that admits both components, and says this of relay to all.
fn policy(relay: bool) -> Policy {
    let entry = |bytes: &[u8]| format!("[[channel]]\ndigest = \"{}\"\n", Digest::of(bytes));
    let text = format!("{}{}[defaults]\nrelay = {relay}\n", entry(b"approved"), entry(b"built"));
    let texts = Texts {
        settings: Vec::new(),
        policy: Some(Text {
            file: "/m/policy.toml".into(),
            text,
        }),
        place: "/m/policy.toml".into(),
    };
    Policy::read(&texts).unwrap()
}

#[test]
fn what_was_approved_loses_relay_to_the_organisation_also_while_another_stands_in_for_it() {
    use Replacement::{Anew, Aside, Nothing};
    let (_dir, home) = home();
    let (state, name) = (home.open_state(None).unwrap(), "ci".parse::<ChannelName>().unwrap());
    let (config, pin) = relaying();
    let read_now = || spec(&home, &name, config.clone(), &pin, None);
    let approved = read_now();
    let _lock = state.develop(&name).unwrap();
    let built = read_now();
    let under = |spec: &Spec, relay: bool| {
        let mut wanted = read(&home).unwrap();
        wanted.specs.insert(name.clone(), spec.clone());
        wanted.under(&policy(relay)).specs.remove(&name).unwrap()
    };
    let check = |serving: &Spec, last: &Spec, wanted: &Spec, expected| {
        let found = replacement(serving, Some(serving), Some(last), wanted);
        assert_eq!(found, expected, "{serving:?}\n{wanted:?}");
    };
    let (relays, beside) = (under(&approved, true), under(&built, true));
    assert!(relays.config.relay && !beside.config.relay);
    check(&relays, &relays, &beside, Aside);
    // The one that stands in for it broke, so that it serves on.
    check(&relays, &beside, &beside, Nothing);
    // Relay is taken from all: from what serves, and from what comes back if what is on trial breaks.
    let (quiet, beside_quiet) = (under(&approved, false), under(&built, false));
    assert!(!quiet.config.relay);
    check(&relays, &beside, &beside_quiet, Anew);
    check(&beside, &beside, &beside_quiet, Anew);
    // It never had it: that is no reason to stop it.
    check(&quiet, &quiet, &beside_quiet, Aside);
    check(&quiet, &beside_quiet, &beside_quiet, Nothing);
}
