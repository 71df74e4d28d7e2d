//! What is asked and what is granted, met.
#![allow(clippy::unwrap_used)]

mod net;
mod relay;

use std::path::Path;

use super::*;
use crate::config::Config;

const MANIFEST: &str = "[channel]\nname='w'\nversion='1'\nsummary='s'\nnetwork='suggested'\nevents='all'\n[hook]\n\
    [[hook.rule]]\nname='a'\npath='/a'\nsecret='one'\nalgorithm='hmac-sha256'\nheader='x'\nmessage='{body}'\n\
    [[hook.rule]]\nname='b'\npath='/b'\nsecret='two'\nalgorithm='hmac-sha256'\nheader='x'\nmessage='{body}'\n\
    [secrets.one]\ntitle='First'\n[secrets.two]\ntitle='Second'\nrequired=false\n";

fn compute(asks: &str, lines: &str) -> Result<Grant, GrantRefusal> {
    let text = format!("[channel.ci]\ncomponent='/w.wasm'\n{lines}");
    let config = Config::parse(&text, Path::new("lockgate.toml")).unwrap();
    let (name, channel) = config.channels.first_key_value().unwrap();
    Grant::compute(
        name,
        &Manifest::parse(&format!("{MANIFEST}{asks}")).unwrap(),
        channel,
        RelayPin::Held,
    )
}

#[test]
fn a_rule_is_active_if_its_secret_is_granted() {
    let names = |rules: &[HookRule]| rules.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>();
    let one = compute("", "secrets.one={env='A'}").unwrap();
    assert_eq!(
        (names(one.rules()), names(one.dormant_rules())),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
    let both = compute("", "secrets.one={env='A'}\nsecrets.two={file='/b'}").unwrap();
    assert_eq!(names(both.rules()), ["a", "b"]);
    assert!(both.dormant_rules().is_empty());
    assert_eq!(both.secrets()["two"], SecretSource::File("/b".into()));
}

#[test]
fn what_is_only_asked_is_not_granted() {
    let grant = compute("", "secrets.one={env='A'}").unwrap();
    assert_eq!((grant.network(), grant.events()), (None, EventsPolicy::Off));
    assert_eq!(
        (grant.memory(), grant.poll_deadline()),
        (limits::GUEST_MEMORY, limits::POLL_DEADLINE)
    );
    assert_eq!(grant.rate(), Rate::default());
}

#[test]
fn what_is_granted_is_given() {
    let lines = "secrets.one={secret='a'}\nnetwork='forge'\nevents='verified'\nrate=9\nburst=20\nconfig.a.b=1";
    let grant = compute("[asks.limits]\nmemory='1MiB'\npoll-deadline='60s'", lines).unwrap();
    assert_eq!(
        (grant.network(), grant.events()),
        (Some("forge"), EventsPolicy::Verified)
    );
    assert_eq!(
        grant.rate(),
        Rate {
            per_second: 9.0,
            burst: 20
        }
    );
    assert_eq!(
        (grant.memory(), grant.poll_deadline()),
        (1 << 20, Duration::from_secs(60))
    );
    assert_eq!(grant.settings()["a.b"], "1");
}

#[test]
fn refusals_say_what_to_write() {
    let missing = compute("", "").unwrap_err().to_string();
    assert!(
        missing.contains("`one` (First): write `secrets.one = { env = \"…\" }` under [channel.ci]"),
        "{missing}"
    );
    let unasked = compute("", "secrets.one={env='A'}\nsecrets.tow={env='B'}")
        .unwrap_err()
        .to_string();
    assert!(
        unasked.contains("take `secrets.tow` out of lockgate.toml; it asks for `one`, `two`"),
        "{unasked}"
    );
}

#[test]
fn no_ask_goes_beyond_the_house() {
    let text = "[channel.ci]\ncomponent='/w.wasm'\nsecrets.one={env='A'}";
    let config = Config::parse(text, Path::new("lockgate.toml")).unwrap();
    let (name, channel) = config.channels.first_key_value().unwrap();
    let mut manifest = Manifest::parse(MANIFEST).unwrap();
    manifest.limits.memory = Some(usize::MAX);
    manifest.limits.poll_deadline = Some(Duration::MAX);
    let grant = Grant::compute(name, &manifest, channel, RelayPin::Absent).unwrap();
    assert_eq!(
        (grant.memory(), grant.poll_deadline()),
        (limits::GUEST_MEMORY_MOST, limits::POLL_DEADLINE_MOST)
    );
}

/// The reference in `wit/README.md` is read as the files themselves are, and the one grants what the other asks.
#[test]
fn the_reference_of_both_files_is_true() {
    let reference = include_str!("../../../wit/README.md");
    let block = |name: &str| {
        let begin = format!("```toml {name}\n");
        let rest = &reference[reference.find(&begin).unwrap() + begin.len()..];
        rest[..rest.find("\n```").unwrap()].to_owned()
    };
    let manifest = Manifest::parse(&block("channel")).unwrap();
    let config = Config::parse(&block("lockgate"), Path::new("lockgate.toml")).unwrap();
    let (name, channel) = config.channels.first_key_value().unwrap();
    let grant = Grant::compute(name, &manifest, channel, RelayPin::Absent).unwrap();
    assert!(grant.dormant_rules().is_empty() && grant.withheld_http().is_empty());
    assert_eq!(
        (
            grant.http().len(),
            grant.tools().len(),
            grant.commands().len(),
            grant.databases().len(),
            grant.folders().len()
        ),
        (2, 1, 1, 1, 1)
    );
}
