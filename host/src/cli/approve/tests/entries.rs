//! Which entry of secrets.toml a typed secret gets: never one that another channel uses.

use super::changes::Change;
use super::*;
use crate::cli::args::{SecretFlag, SecretPlace};
use crate::cli::kept;
use crate::config::Config;
use crate::model::Secret;
use crate::workshop::FolderId;

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

/// The decision to run a channel with a secret in this entry.
fn decided(house: &House, entry: &str, typed: Option<&str>) -> Decision {
    let digest = examined(MANIFEST).digest.to_string();
    let flags = [&YES[..], &["--digest", &digest]].concat();
    let mut decision = house.decide(&flags, MANIFEST).0.unwrap().unwrap();
    let source = SecretSource::Stored(entry.into());
    decision.config.secrets.insert("one".into(), source);
    let typed = typed.map(|secret| Typed {
        entry: entry.into(),
        secret: Secret::new(secret),
    });
    decision.typed.extend(typed);
    decision
}

fn stored(house: &House, decision: &Decision) -> anyhow::Result<()> {
    let turn = Turn::take(&house.home, &mut to_memory().0).unwrap();
    let files = Files::read(&house.home).unwrap();
    install::store(decision, &files, &turn, &house.home, &house.journal)
}

/// Notes that this was developed with a secret in the entry.
fn developed(house: &House, channel: &str, entry: &str) {
    let mut config = ChannelConfig::of("/w.wasm".into());
    let source = SecretSource::Stored(entry.into());
    config.secrets.insert("one".into(), source);
    let folder = Some(FolderId::of_number(1));
    kept::keep(&channel.parse().unwrap(), &config, folder, &house.journal).unwrap();
}

/// Of a loop that ended no channel uses the entry, so another's secret can be typed into it.
#[test]
fn what_was_typed_for_a_channel_was_a_developed_projects_from_then_on() {
    let house = House::new();
    house.home.open_config().unwrap();
    developed(&house, "dev-my", "dev-my-bot-token");
    let holds = || {
        let name = "dev-my".parse().unwrap();
        kept::holds(&name, &"/w.wasm".into(), "dev-my-bot-token", &house.journal).unwrap()
    };
    assert!(holds());
    stored(&house, &decided(&house, "dev-my-bot-token", Some("the owner's own"))).unwrap();
    assert!(!holds());
}

/// Between the question and its yes another writer can come.
#[test]
fn an_entry_that_became_anothers_while_the_question_stood_is_given_to_nobody() {
    let house = House::new();
    house.home.open_config().unwrap();
    developed(&house, "ci", "ci-one");
    stored(&house, &decided(&house, "ci-one", None)).unwrap();
    let decision = decided(&house, "ci-one", None);
    developed(&house, "dev-other", "ci-one");
    let check = |decision: &Decision| {
        let refused = stored(&house, decision).unwrap_err().to_string();
        assert!(refused.contains("became another one's meanwhile"), "{refused}");
    };
    check(&decision);
    let typed = decided(&house, "ci-one", Some("typed before"));
    let other = "[channel.c]\ncomponent='/w.wasm'\nsecrets.i-one={secret='ci-one'}\n";
    std::fs::write(house.home.config_file(), other).unwrap();
    check(&typed);
    let text = crate::vault::read_secrets(&house.home.folder().unwrap()).unwrap();
    assert_eq!(text, None, "nothing was written");
}

/// A yes gives it without another question, so the sheet says so before.
#[test]
fn a_secret_of_the_last_time_went_along_with_a_yes_that_said_nothing_of_it() {
    let needed = MANIFEST.replace("required=false", "");
    let shown = |secrets: Vec<SecretFlag>| {
        let (house, candidate) = (House::new(), candidate(&needed));
        let choices = Choices {
            secrets,
            network: Some("dev-ci".into()),
            dev: true,
            ..Choices::default()
        };
        let order = Order {
            choices: &choices,
            assent: Assent::Asked,
            question: "Give it that?".into(),
            confirming: Vec::new(),
        };
        let (mut printer, _, talk) = to_memory();
        assert!(decide(&order, &house.home, &mut printer, Person::Away, candidate).is_err());
        let changes: Vec<Change> = secrets::kept_changes(&choices).collect();
        let (old, new) = (examined(MANIFEST), examined(&needed));
        let changes = changes::table(&old, &new, changes).layout(100, Colour::Never);
        (talk.text(), changes)
    };
    let place = SecretPlace::Kept("ci-one".into());
    let name = "one".to_owned();
    let (whole, changed) = shown(vec![SecretFlag { name, place }]);
    let words = "one (in secrets.toml as ci-one, from the last time; nothing is typed): First";
    assert!(whole.contains(words), "{whole}");
    let line = "+  gets the secret one from the last time; nothing is typed\n";
    assert!(changed.contains(line), "{changed}");
    let (whole, changed) = shown(Vec::new());
    assert!(whole.contains("one (in secrets.toml as ci-one): First"), "{whole}");
    assert!(!changed.contains("the last time"), "{changed}");
}
