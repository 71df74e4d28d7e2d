//! More policy never admits more, whatever files say and in whatever order.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::tests::config;
use super::*;
use crate::config::ChannelConfig;

/// All that an operator could grant.
fn everything() -> ChannelConfig {
    ChannelConfig {
        relay: true,
        ..config()
    }
}

/// What a channel of a component gets; `None`: it does not run.
fn gets(settings: &[String], policy: Option<&str>, component: &Digest) -> Option<ChannelConfig> {
    let text = |text: &str| Text {
        file: "/m/f".into(),
        text: text.to_owned(),
    };
    let texts = Texts {
        settings: settings.iter().map(|json| text(json)).collect(),
        policy: policy.map(text),
        place: "/m/lockgate.toml".into(),
    };
    let policy = Policy::read(&texts).unwrap_or_else(|error| Policy::closed(error.to_string()));
    let mut config = everything();
    match policy.judge(component) {
        Judged::Free => Some(config),
        Judged::Within(ceilings) => {
            ceilings.narrow(&mut config);
            Some(config)
        }
        Judged::Refused(_) => None,
    }
}

/// Whether the first is no more than the second.
fn is_no_more(less: Option<&ChannelConfig>, more: Option<&ChannelConfig>) -> bool {
    let Some(less) = less else { return true };
    more.is_some_and(|more| {
        less.hosts.is_subset(&more.hosts)
            && less.folders.keys().all(|name| more.folders.contains_key(name))
            && less.databases.keys().all(|name| more.databases.contains_key(name))
            && less.commands.keys().all(|name| more.commands.contains_key(name))
            && less.relay <= more.relay
            && less.upstreams.keys().all(|host| less.hosts.contains(host))
    })
}

fn settings() -> impl Strategy<Value = Vec<String>> {
    let file = prop_oneof![
        Just("{}"),
        Just(r#"{"channelsEnabled": true}"#),
        Just(r#"{"channelsEnabled": false}"#),
        Just(r#"{"channelsEnabled": 1}"#),
        Just(r#"{"allowedChannelPlugins": []}"#),
        Just(r#"{"allowedChannelPlugins": ["p@m"]}"#),
        Just("{"),
    ];
    prop::collection::vec(file.prop_map(str::to_owned), 0..4)
}

/// Lines of ceilings, each key at most once.
fn ceilings() -> impl Strategy<Value = String> {
    let of = |key: &'static str, values: &'static [&'static str]| {
        let list = prop::sample::subsequence(values, 0..=values.len());
        prop::option::of(list).prop_map(move |values| {
            let values = values.map(|values| values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>());
            values.map_or(String::new(), |values| format!("{key} = [{}]\n", values.join(",")))
        })
    };
    (
        of("hosts", &["api.example.org", "*.example.net", "b.example.org"]),
        of("folders", &["/srv", "/srv/notes", "/tmp"]),
        of("databases", &["/var/db", "/tmp"]),
        of("commands", &["/usr/bin/notify-send", "/bin/true"]),
        prop::sample::select(vec!["", "relay = false\n"]),
    )
        .prop_map(|(hosts, folders, databases, commands, relay)| hosts + &folders + &databases + &commands + relay)
}

fn entry(component: &[u8], lines: &str) -> String {
    format!("[[channel]]\ndigest = \"{}\"\n{lines}", Digest::of(component))
}

proptest! {
    #[test]
    fn no_policy_gives_what_the_operator_did_not(files in settings(), own in ceilings(), each in ceilings(), ours in any::<bool>()) {
        let policy = format!("{}[defaults]\n{each}", entry(b"a", &own));
        for component in [Digest::of(b"a"), Digest::of(b"b")] {
            let got = gets(&files, ours.then_some(&*policy), &component);
            prop_assert!(is_no_more(got.as_ref(), Some(&everything())));
        }
    }

    #[test]
    fn a_ceiling_a_list_or_a_policy_more_never_admits_more(
        files in settings(), own in ceilings(), all in ceilings(), further in settings()
    ) {
        let component = Digest::of(b"a");
        let own_entry = |lines: &str| entry(b"a", lines);
        let bare = gets(&files, Some(&own_entry("")), &component);
        let with_own = gets(&files, Some(&own_entry(&own)), &component);
        let with_both = gets(&files, Some(&format!("{}[defaults]\n{all}", own_entry(&own))), &component);
        prop_assert!(is_no_more(with_own.as_ref(), bare.as_ref()));
        prop_assert!(is_no_more(with_both.as_ref(), with_own.as_ref()));
        // A policy file beside what admits something.
        if gets(&files, None, &component).is_some() {
            prop_assert!(is_no_more(with_both.as_ref(), gets(&files, None, &component).as_ref()));
        }
        // Another entry taken out, or this one.
        let two = format!("{}{}", own_entry(&own), entry(b"b", ""));
        prop_assert_eq!(gets(&files, Some(&two), &component), with_own);
        prop_assert!(gets(&files, Some(&entry(b"b", "")), &component).is_none());
        // A further file of the client's can only open what one before it has closed with the same key.
        let more: Vec<String> = files.iter().chain(&further).cloned().collect();
        let closes = |file: &String| file.contains("false");
        if !files.iter().any(closes) {
            prop_assert!(is_no_more(gets(&more, None, &component).as_ref(), gets(&files, None, &component).as_ref()));
        }
    }
}
