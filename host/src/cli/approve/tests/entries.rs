//! Which entry of secrets.toml a typed secret gets: never one that another channel uses.

use super::*;
use crate::config::Config;

const CONFIG: &str = "[channel.ci]\ncomponent='/w.wasm'\nsecrets.prod-token={secret='ci-prod-token'}\n\
    [channel.chat]\ncomponent='/w.wasm'\nsecrets.a={secret='shared'}\nsecrets.b={secret='x-y-2'}\n\
    secrets.c={secret='x-y'}\nsecrets.d={env='FREE'}\n";

/// The manifest of a channel with these secrets.
fn manifest(names: &[&str]) -> Manifest {
    let secrets = names.iter().map(|name| format!("[secrets.{name}]\ntitle='T'\n"));
    let text = format!(
        "[channel]\nname='c'\nversion='1'\nsummary='s'\n[life]\n{}",
        secrets.collect::<String>()
    );
    Manifest::parse(&text).unwrap()
}

/// Channel `ci` has a secret `prod-token`; a new channel `ci-prod` with a secret `token` would overwrite it.
#[test]
fn what_is_typed_for_one_channel_overwrites_no_other_channels_secret() {
    let before = Config::parse(CONFIG, "lockgate.toml".as_ref()).unwrap();
    let check = |channel: &str, secrets: &[&str], expected: &str| {
        let channel = channel.parse().unwrap();
        let entries = secrets::Entries {
            channel: &channel,
            manifest: &manifest(secrets),
            before: &before,
        };
        assert_eq!(entries.of(secrets[0]), expected, "{channel} {secrets:?}");
    };
    check("ci", &["prod-token"], "ci-prod-token");
    check("ci-prod", &["token"], "ci-prod-token-2");
    check("ci", &["free"], "ci-free");
    check("chat", &["a"], "chat-a");
    // Nor one of its own others, or one that a number was added to before.
    check("ci-prod", &["token", "token-2"], "ci-prod-token-3");
    check("x", &["y"], "x-y-3");
}

/// What the question shows, where the secret is kept, and what the configuration says are one entry.
#[test]
fn the_entry_that_is_shown_is_the_one_that_is_written() {
    let house = House::new();
    house.home.open_config().unwrap();
    let other = "[channel.c]\ncomponent='/w.wasm'\nsecrets.i-one={secret='ci-one'}\n";
    std::fs::write(house.home.config_file(), other).unwrap();
    let needed = MANIFEST.replace("required=false", "");
    let (refused, talk) = house.decide(&["--network", "forge", "--secret", "one=ask"], &needed);
    assert!(refused.is_err());
    assert!(talk.contains("one (in secrets.toml as ci-one-2): First"), "{talk}");
}
