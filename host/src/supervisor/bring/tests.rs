use super::*;
use crate::lockfile::RelayPin;
use crate::model::InstanceId;

#[test]
fn what_stands_in_for_others_ends_with_its_lock_and_carries_no_approvals() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::find(Some(dir.path()), &|_| None).unwrap();
    let (state, name) = (home.open_state(None).unwrap(), "ci".parse().unwrap());
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
