//! Questions for permission: which channels carry them.

use super::*;

const SINK: &str = "[sink]\ntext-limit=100\n";

#[test]
fn a_channel_relays_only_if_it_can_speak_and_names_accounts() {
    let relays = |asks: &str, lines: &str| {
        let grant = compute(asks, &format!("secrets.one={{env='A'}}\n{lines}")).unwrap();
        assert_eq!(grant.relay(), grant.relays("Bash"));
        assert_eq!(grant.relay(), grant.relays_all());
        grant.relay()
    };
    assert!(relays(SINK, "network='chat'\nrelay=true"));
    assert!(!relays(SINK, "network='chat'"));
    assert!(!relays(SINK, "network='chat'\nrelay=false"));
    assert!(!relays(SINK, "relay=true"));
    assert!(!relays("", "network='chat'\nrelay=true"));
}

#[test]
fn only_the_bytes_that_were_allowed_to_carry_approvals_do() {
    let text = "[channel.chat]\ncomponent='/w.wasm'\nnetwork='chat'\nrelay=true\nsecrets.one={env='A'}";
    let config = Config::parse(text, Path::new("lockgate.toml")).unwrap();
    let (name, channel) = config.channels.first_key_value().unwrap();
    let manifest = Manifest::parse(&format!("{MANIFEST}{SINK}")).unwrap();
    let relays = |pin| Grant::compute(name, &manifest, channel, pin).unwrap().relay();
    assert!(relays(RelayPin::Held));
    assert!(!relays(RelayPin::Stale) && !relays(RelayPin::Absent));
}

#[test]
fn only_the_named_tools_may_be_answered_for() {
    let some = compute(
        SINK,
        "secrets.one={env='A'}\nnetwork='chat'\nrelay=true\nrelay-tools=['Edit']",
    )
    .unwrap();
    assert!(some.relay() && some.relays("Edit"));
    assert!(
        !some.relays_all(),
        "whoever may be asked about few tools decides about no approver"
    );
    assert!(!some.relays("Bash") && !some.relays("edit"));
    let none = compute(SINK, "secrets.one={env='A'}\nnetwork='chat'\nrelay-tools=['Edit']").unwrap();
    assert!(!none.relays("Edit"));
}

#[test]
fn what_is_under_development_carries_none() {
    let text = "[channel.dev-x]\ncomponent='/w.wasm'\nnetwork='dev:x'\ndev=true\nsecrets.one={env='A'}";
    let config = Config::parse(text, Path::new("lockgate.toml")).unwrap();
    let (name, channel) = config.channels.first_key_value().unwrap();
    let manifest = Manifest::parse(&format!("{MANIFEST}{SINK}")).unwrap();
    // lockgate.toml takes no `relay` beside `dev`; whoever made this value by hand gets none either.
    let relays = |dev| {
        let config = ChannelConfig {
            relay: true,
            dev,
            ..channel.clone()
        };
        Grant::compute(name, &manifest, &config, RelayPin::Held)
            .unwrap()
            .relay()
    };
    assert!(relays(false) && !relays(true));
}
