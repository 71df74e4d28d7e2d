//! What is decided, and the steps in which it is written down; compiling is left to the house tests.
#![allow(clippy::unwrap_used)]

use clap::Parser;

mod beyond;
mod carrying;
mod direct;
mod entries;
mod grants;
mod prompts;

mod unusable;

use super::install::write;
use super::*;
use crate::access::{DirectPolicy, EventsPolicy};
use crate::cli::add::order;
use crate::cli::args::{AddArgs, Cli, Verb};
use crate::cli::files::Turn;
use crate::cli::print::Colour;
use crate::cli::print::tests::to_memory;
use crate::component::Inspection;
use crate::config::SecretSource;
use crate::journal::Journal;

const MANIFEST: &str = "[channel]\nname='forge'\nversion='1'\nsummary='s'\nnetwork='forge'\nevents='verified'\n[hook]\n\
    [[hook.rule]]\nname='a'\npath='/a'\nsecret='one'\nalgorithm='hmac-sha256'\nheader='x'\nmessage='{body}'\n\
    [secrets.one]\ntitle='First'\nrequired=false\n";

/// What gives a new channel all that this manifest asks for.
const YES: [&str; 5] = ["--yes", "--grant", "network:forge", "--secret", "one=env:X"];
/// The same for one that is there, whose approved bytes can't be read back: they stand in for a component and are none.
const AGAIN: [&str; 3] = ["--yes", "--grant", "secret:one"];

fn examined(manifest: &str) -> Examined {
    let inspection = Inspection {
        size: 1,
        imports: [].into(),
        exports: [].into(),
        manifest: None,
    };
    let (bytes, manifest) = (manifest.as_bytes().to_vec(), Manifest::parse(manifest).unwrap());
    Examined {
        digest: Digest::of(&bytes),
        bytes,
        inspection,
        manifest,
    }
}

fn args(flags: &[&str]) -> AddArgs {
    let words = ["lockgate", "add", "/w.wasm", "--name", "ci"].iter().chain(flags);
    match Cli::try_parse_from(words).unwrap().verb {
        Verb::Add(args) => args,
        _ => unreachable!(),
    }
}

fn candidate(manifest: &str) -> Candidate {
    let examined = examined(manifest);
    Candidate {
        name: "ci".parse().unwrap(),
        origin: "/w.wasm".into(),
        file: examined.digest,
        examined,
    }
}

struct House {
    _dir: tempfile::TempDir,
    home: Home,
    journal: Journal,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
        let journal = Journal::open(&home.open_state(None).unwrap().journal()).unwrap();
        Self {
            _dir: dir,
            home,
            journal,
        }
    }

    /// Decides with nobody at the terminal; the talk.
    fn decide(&self, flags: &[&str], manifest: &str) -> (anyhow::Result<Option<Decision>>, String) {
        self.decide_on(flags, candidate(manifest))
    }

    fn decide_on(&self, flags: &[&str], candidate: Candidate) -> (anyhow::Result<Option<Decision>>, String) {
        let (mut printer, _, talk) = to_memory();
        let args = args(flags);
        let order = order(&args, &candidate.name, &candidate.examined.digest);
        let decision = decide(&order, &self.home, &mut printer, Person::Away, candidate);
        (decision, talk.text())
    }

    /// Decides and writes, as far as no component has to be compiled.
    fn add(&self, flags: &[&str], manifest: &str) -> Files {
        self.add_bytes(flags, candidate(manifest))
    }

    fn add_bytes(&self, flags: &[&str], candidate: Candidate) -> Files {
        // As somebody does who types the line that he was shown.
        let digest = candidate.examined.digest.to_string();
        let mut flags = flags.to_vec();
        if flags.contains(&"--yes") {
            flags.extend(["--digest", &digest]);
        }
        let decision = self.decide_on(&flags, candidate).0.unwrap().unwrap();
        let (mut printer, _, _) = to_memory();
        let turn = Turn::take(&self.home, &mut printer).unwrap();
        let state = self.home.open_state(None).unwrap();
        let examined = &decision.candidate.examined;
        state
            .write(&state.component(&examined.digest), &examined.bytes)
            .unwrap();
        write(
            &decision,
            &Files::read(&self.home).unwrap(),
            &turn,
            &self.home,
            &self.journal,
        )
        .unwrap();
        Files::read(&self.home).unwrap()
    }
}

#[test]
fn without_a_yes_and_a_terminal_nothing_is_granted() {
    let (refused, talk) = House::new().decide(&["--secret", "one=env:X"], MANIFEST);
    let refused = refused.map(|_| ()).unwrap_err();
    let line = format!("--yes --digest {} --grant network:forge", examined(MANIFEST).digest);
    assert!(
        refused.is::<Refusal>() && refused.to_string().ends_with(&line),
        "{refused}"
    );
    assert!(talk.starts_with("forge 1\n"), "what it asks stands before: {talk}");
}

#[test]
fn a_yes_takes_what_was_shown_and_flags_decide() {
    let house = House::new();
    let files = house.add(&YES, MANIFEST);
    let config = files.config.channels.values().next().unwrap();
    assert_eq!(
        (config.network.as_deref(), config.events),
        (Some("forge"), EventsPolicy::Verified)
    );
    let files = house.add(
        &["--network", "none", "--events", "off", "--rate", "5", "--set", "a.b=c"],
        MANIFEST,
    );
    let config = files.config.channels.values().next().unwrap();
    assert_eq!((config.network.as_deref(), config.events), (None, EventsPolicy::Off));
    assert_eq!((config.rate.per_second, config.settings["a.b"].as_str()), (5.0, "c"));
    assert_eq!(
        config.secrets["one"],
        SecretSource::Env("X".into()),
        "what no flag names stays"
    );
}

#[test]
fn an_update_keeps_the_life_and_widens_nothing() {
    let house = House::new();
    let first = house.add(&[&YES[..], &["--events", "off"]].concat(), MANIFEST);
    let newer =
        MANIFEST.replace("version='1'", "version='2'") + "[timer]\n[secrets.two]\ntitle='Second'\nrequired=false\n";
    let digest = examined(&newer).digest.to_string();
    let (decision, talk) = house.decide(&[&AGAIN[..], &["--digest", &digest]].concat(), &newer);
    assert!(decision.is_ok());
    // The bytes that stand in for a component can't be read back as one, so what changed is told to be unknown.
    assert!(talk.contains("what changed can't be told"), "{talk}");
    let second = house.add(&AGAIN, &newer);
    let pins = [&first, &second].map(|files| files.lock.channels.values().next().unwrap().clone());
    assert_eq!(pins[0].instance, pins[1].instance);
    assert_ne!(pins[0].digest, pins[1].digest);
    assert_eq!(
        second.config.channels.values().next().unwrap().events,
        EventsPolicy::Off
    );
}

#[test]
fn a_secret_that_is_not_asked_any_more_is_not_given_any_more() {
    let house = House::new();
    house.add(&YES, MANIFEST);
    let other = MANIFEST.replace("one", "other");
    let files = house.add(&["--yes", "--secret", "other=env:Y"], &other);
    let secrets = &files.config.channels.values().next().unwrap().secrets;
    assert_eq!(secrets.keys().collect::<Vec<_>>(), ["other"]);
}

#[test]
fn what_is_missing_is_named_with_its_flag() {
    #[track_caller]
    fn check(flags: &[&str], manifest: &str, words: &str) {
        let error = House::new().decide(flags, manifest).0.map(|_| ()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(words), "{error}");
    }
    let yes = ["--yes", "--network", "forge"];
    let with = |flag: &'static str| [&yes[..], &["--secret", flag]].concat();
    check(
        &yes,
        MANIFEST,
        "nothing to do: no rule of its hook is active, because none has its secret; give --secret one=ask",
    );
    check(
        &with("two=env:X"),
        MANIFEST,
        "does not ask for a secret two; it asks for one",
    );
    let needed = MANIFEST.replace("required=false", "");
    check(&yes, &needed, "does not give the secret one; to give it all that, run:");
    check(&yes, &needed, " --secret one=env:VARIABLE");
    check(&with("one=ask"), MANIFEST, "no terminal is here to ask");
    check(
        &with("one=file:/nowhere/at/all"),
        MANIFEST,
        "/nowhere/at/all can't be read",
    );
}

#[test]
fn the_same_bytes_need_no_second_yes() {
    let house = House::new();
    let first = house.add(&YES, MANIFEST);
    let (decision, talk) = house.decide(&["--set", "k=v"], MANIFEST);
    assert_eq!(decision.unwrap().unwrap().config.settings["k"], "v");
    assert!(talk.starts_with("nothing changed in the component of ci\n"), "{talk}");
    assert_eq!(house.add(&[], MANIFEST), first);
}

#[test]
fn what_changed_is_told_with_the_widest_first() {
    let newer = MANIFEST
        .replace("version='1'", "version='2'")
        .replace("path='/a'", "path='/b'")
        .replace("[hook]", "[source]\n[hook]")
        .replace(
            "[secrets.one]\ntitle='First'\nrequired=false",
            "[secrets.one]\ntitle='First'",
        )
        + "[secrets.two]\ntitle='\u{202e}Second'\n[asks.limits]\nmemory='100MiB'\npoll-deadline='5s'\n";
    let (old, new) = (examined(MANIFEST), examined(&newer));
    let expected = format!(
        "\
changed since you approved it
+  looks for news by itself
+  rule a: POST at /a, header x, secret one is now POST at /b, header x, secret one
+  secret two: \\u{{202e}}Second (needed)
+  memory 100 MiB instead of 64 MiB
~  version 1 is now 2
~  secret one: First (optional) is now First (needed)
~  digest {} is now {}
-  a look of 5s instead of 30s

",
        &old.digest.hex()[..16],
        &new.digest.hex()[..16]
    );
    assert_eq!(changes::table(&old, &new, None).layout(100, Colour::Never), expected);
}

#[test]
fn who_would_be_heard_by_nobody_is_told_what_to_type() {
    let house = House::new();
    let book = crate::book::Book::new(house.home.clone());
    let check = |flags: &[&str], direct: DirectPolicy, expected: Option<&str>| {
        let config = house.decide(flags, MANIFEST).0.unwrap().unwrap().config;
        let advice = next::who_is_heard(&ChannelConfig { direct, ..config }, &book);
        assert_eq!(advice.is_some(), expected.is_some(), "{advice:?}");
        assert!(advice.unwrap_or_default().contains(expected.unwrap_or_default()));
    };
    let yes = YES;
    let line = "lockgate access allow owner forge:ID";
    check(&yes, DirectPolicy::Allowlist, Some(line));
    check(&yes, DirectPolicy::Disabled, None);
    check(
        &yes,
        DirectPolicy::Pairing,
        Some("lockgate access pair CODE --as owner"),
    );
    check(
        &["--yes", "--secret", "one=env:X", "--network", "none"],
        DirectPolicy::Allowlist,
        None,
    );
    let account = |text: &str| crate::book::account(text).unwrap();
    let allow = |who: &str, text: &str| {
        let (who, account) = (who.parse().unwrap(), account(text));
        crate::book::change(&house.home, |list| {
            crate::book::allow(list, &who, std::slice::from_ref(&account), &[])
        })
        .unwrap();
    };
    allow("owner", "chat:41");
    check(&yes, DirectPolicy::Allowlist, Some(line));
    allow("owner", "forge:41");
    check(&yes, DirectPolicy::Allowlist, None);
}
