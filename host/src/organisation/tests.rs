//! What an organisation's files admit together, within which ceilings, and what is said of each mistake in them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::{ChannelConfig, Config};

const POLICY: &str = "/m/lockgate.toml";

fn text(file: &str, text: &str) -> Text {
    Text {
        file: file.into(),
        text: text.to_owned(),
    }
}

/// The client's files in order, and ours.
fn texts(settings: &[&str], policy: Option<&str>) -> Texts {
    let settings = settings.iter().enumerate();
    Texts {
        settings: settings
            .map(|(nth, json)| text(&format!("/m/{nth}.json"), json))
            .collect(),
        policy: policy.map(|toml| text(POLICY, toml)),
        place: POLICY.into(),
    }
}

fn listed() -> Digest {
    Digest::of(b"listed")
}

fn entry(lines: &str) -> String {
    format!("[[channel]]\ndigest = \"{}\"\n{lines}", listed())
}

/// What becomes of the listed component and of another one: `free`, `in`, or why not.
#[track_caller]
fn check(settings: &[&str], policy: Option<&str>, expected: [&str; 2]) {
    let policy = Policy::read(&texts(settings, policy)).unwrap_or_else(|error| Policy::closed(error.to_string()));
    for (digest, expected) in [listed(), Digest::of(b"other")].iter().zip(expected) {
        let found = match policy.judge(digest) {
            Judged::Free => "free".to_owned(),
            Judged::Within(_) => "in".to_owned(),
            Judged::Refused(why) => why,
        };
        let same = found == expected || (!expected.is_empty() && found.len() > 4 && found.contains(expected));
        assert!(same, "{settings:?}: {expected}, not {found}");
    }
}

#[test]
fn what_files_of_an_organisation_admit() {
    let ours = entry("");
    let not = "does not list sha256:";
    check(&[], None, ["free"; 2]);
    check(&["{}"], None, ["free"; 2]);
    check(&[r#"{"channelsEnabled": true, "other": [1]}"#], None, ["free"; 2]);
    let off = "have `channelsEnabled` = false";
    check(&[r#"{"channelsEnabled": false}"#], None, [off; 2]);
    check(&[r#"{"channelsEnabled": false}"#], Some(&ours), [off; 2]);
    let alone = "have `allowedChannelPlugins`, and there is no /m/lockgate.toml";
    for list in ["[]", r#"[{"marketplace": "m", "plugin": "p"}]"#, r#"["p@m"]"#] {
        let with = format!(r#"{{"allowedChannelPlugins": {list}}}"#);
        check(&[&with], None, [alone; 2]);
        check(&[&with], Some(&ours), ["in", not]);
        check(&[r#"{"channelsEnabled": true}"#, &with], None, [alone; 2]);
    }
    check(&[], Some(&ours), ["in", not]);
    check(&[], Some(""), [not; 2]);
    check(&[r#"{"channelsEnabled": true}"#], Some(&ours), ["in", not]);
}

#[test]
fn the_later_value_wins_and_lists_are_united() {
    let merged = |settings: &[&str]| Settings::merge(&texts(settings, None).settings).unwrap();
    let (on, off) = (r#"{"channelsEnabled": true}"#, r#"{"channelsEnabled": false}"#);
    for (settings, expected) in [
        (&[on, off][..], Some(false)),
        (&[off, on], Some(true)),
        (&[off, on, "{}"], Some(true)),
        (&["{}"], None),
    ] {
        assert_eq!(merged(settings).channels_enabled, expected, "{settings:?}");
    }
    let of = |plugins: &str| format!(r#"{{"allowedChannelPlugins": {plugins}}}"#);
    let (first, second) = (
        of(r#"["a@m", "b@m"]"#),
        of(r#"[{"plugin": "a", "marketplace": "m"}, "c@n"]"#),
    );
    let all = merged(&[&first, "{}", &second, &of("[]")]).allowed_plugins.unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|plugin| format!("{}@{}", plugin.plugin, plugin.marketplace))
        .collect();
    assert_eq!(names, ["a@m", "b@m", "c@n"]);
    assert_eq!(merged(&[&of("[]")]).allowed_plugins, Some([].into()));
    assert_eq!(merged(&["{}"]).allowed_plugins, None);
}

#[test]
fn what_can_not_be_understood_admits_nothing_and_says_where() {
    let ours = entry("");
    for (settings, expected) in [
        ("", "/m/0.json:1:1: this is no JSON"),
        ("{\n\"a\": }", "/m/0.json:2:6: this is no JSON"),
        ("[]", "/m/0.json is no JSON object"),
        ("null", "/m/0.json is no JSON object"),
        (r#"{"channelsEnabled": "yes"}"#, "`channelsEnabled` is neither"),
        (r#"{"channelsEnabled": null}"#, "`channelsEnabled` is neither"),
        (
            r#"{"allowedChannelPlugins": null}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (r#"{"allowedChannelPlugins": {}}"#, "`allowedChannelPlugins` is no list"),
        (
            r#"{"allowedChannelPlugins": ["p"]}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (
            r#"{"allowedChannelPlugins": ["p@m@n"]}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (
            r#"{"allowedChannelPlugins": ["@m"]}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (
            r#"{"allowedChannelPlugins": [{"plugin": "p"}]}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (
            r#"{"allowedChannelPlugins": [{"plugin": "p", "marketplace": "m", "server": "s"}]}"#,
            "`allowedChannelPlugins` is no list",
        ),
        (
            r#"{"allowedChannelPlugins": ["p@m", 7]}"#,
            "`allowedChannelPlugins` is no list",
        ),
    ] {
        check(&[settings], None, [expected; 2]);
        check(&[settings], Some(&ours), [expected; 2]);
        // Not even if a later file would say otherwise.
        check(&[settings, r#"{"channelsEnabled": true}"#], Some(&ours), [expected; 2]);
    }
    for (lines, expected) in [
        ("hosts = 1", "/m/lockgate.toml:3:9: "),
        ("hots = []", "/m/lockgate.toml:3:1: unknown field `hots`"),
        ("hosts = [\"https://API.example.org\"]", "/m/lockgate.toml:3:10: "),
        ("hosts = [\"api.example.org/\"]", "/m/lockgate.toml:3:10: "),
        (
            "folders = [\"notes\"]",
            "/m/lockgate.toml:3:12: this is no absolute path",
        ),
        (
            "folders = [\"/a/../b\"]",
            "/m/lockgate.toml:3:12: this is no absolute path",
        ),
        (
            "commands = [\"notify-send\"]",
            "/m/lockgate.toml:3:13: this is no absolute path",
        ),
        ("relay = \"yes\"", "/m/lockgate.toml:3:9: "),
        (
            "[defaults]\ndigest = \"x\"",
            "/m/lockgate.toml:4:1: unknown field `digest`",
        ),
        ("[other]", "/m/lockgate.toml:3:2: unknown field `other`"),
        ("=", "/m/lockgate.toml:3:1: "),
    ] {
        check(&[], Some(&entry(lines)), [expected; 2]);
    }
    check(
        &[],
        Some("[[channel]]\ndigest = \"md5:1\""),
        ["/m/lockgate.toml:2:10: a digest is"; 2],
    );
    check(
        &[],
        Some("[[channel]]\nname = \"x\""),
        ["/m/lockgate.toml:1:1: missing field `digest`"; 2],
    );
    let twice = format!("{}{}", entry(""), entry("relay = true\n"));
    check(&[], Some(&twice), ["twice"; 2]);
}

#[test]
fn a_policy_lists_so_many_components() {
    let of = |nth: usize| format!("[[channel]]\ndigest = \"{}\"\n", Digest::of(&nth.to_be_bytes()));
    let others: String = (1..crate::limits::MANAGED_COMPONENTS).map(of).collect();
    check(&[], Some(&(entry("") + &others)), ["in", "does not list"]);
    check(
        &[],
        Some(&(entry("") + &of(0) + &others)),
        ["lists more than 1000 components"; 2],
    );
}

/// The reference in `wit/README.md` is read as the file itself is, and sets a ceiling of each kind.
#[test]
fn the_reference_of_the_policy_file_is_true() {
    let reference = include_str!("../../../wit/README.md");
    let begin = "```toml policy\n";
    let rest = &reference[reference.find(begin).unwrap() + begin.len()..];
    let policy = Policy::read(&texts(&[], Some(&rest[..rest.find("\n```").unwrap()]))).unwrap();
    let digest = rest.split('"').find(|part| part.starts_with("sha256:")).unwrap();
    let Judged::Within(ceilings) = policy.judge(&digest.parse().unwrap()) else {
        panic!("it is listed");
    };
    let cuts = ceilings.narrow(&mut ChannelConfig {
        relay: true,
        ..config()
    });
    assert_eq!(cuts.len(), 6, "{cuts:?}");
}

/// A channel with something of everything.
pub(super) fn config() -> ChannelConfig {
    let text = "[channel.c]\ncomponent = '/c.wasm'\nhosts = ['api.example.org', '*.example.net']\n\
        upstream.'api.example.org' = 'http://127.0.0.1:1'\n\
        folders.notes = '/srv/notes/a'\nfolders.others = '/srv/notes-of-others'\n\
        databases.log = '/var/db/log.sqlite'\ncommands.tell = { program = '/usr/bin/notify-send' }\n";
    let parsed = Config::parse(text, Path::new("lockgate.toml")).unwrap();
    parsed.channels.into_values().next().unwrap()
}

/// The cuts of a policy with these lines in its one entry, and these for all.
#[track_caller]
fn cuts(own: &str, all: &str, expected: &[&str]) {
    let policy = Policy::read(&texts(&[], Some(&entry(&format!("{own}\n[defaults]\n{all}"))))).unwrap();
    let Judged::Within(ceilings) = policy.judge(&listed()) else {
        panic!("it is listed");
    };
    let (before, mut after) = (config(), config());
    let found = ceilings.narrow(&mut after);
    let named: Vec<String> = found.iter().map(Cut::to_string).collect();
    assert_eq!(named, expected, "{own} / {all}");
    let count = |config: &ChannelConfig| {
        config.hosts.len() + config.folders.len() + config.databases.len() + config.commands.len()
    };
    let led = expected
        .iter()
        .filter(|cut| cut.starts_with("that what is for "))
        .count();
    assert_eq!(count(&before) - count(&after), expected.len() - led);
    let has_ceiling = [own, all].iter().any(|lines| lines.contains("hosts = "));
    assert_eq!(after.upstreams.is_empty(), has_ceiling, "{own} / {all}");
    assert!(after.upstreams.keys().all(|host| after.hosts.contains(host)));
}

#[test]
fn ceilings_take_away_and_say_what() {
    let (api, all) = ("the host api.example.org", "the host *.example.net");
    // To an allowed host it may go, and not by way of a forwarder to any other.
    let led = "that what is for api.example.org goes to http://127.0.0.1:1";
    cuts("hosts = ['api.example.org', '*.example.net']", "", &[led]);
    cuts("", "hosts = ['api.example.org', '*.example.net']", &[led]);
    let (notes, others) = (
        "the folder notes (/srv/notes/a)",
        "the folder others (/srv/notes-of-others)",
    );
    let log = "the database log (/var/db/log.sqlite)";
    let tell = "the program tell (/usr/bin/notify-send)";
    cuts("", "", &[]);
    cuts("hosts = []", "", &[all, api]);
    cuts("hosts = ['api.example.org', 'never.example.org']", "", &[all, led]);
    // A name is no pattern for another one.
    cuts("hosts = ['*.example.org', 'a.example.net']", "", &[all, api]);
    cuts("folders = []", "", &[notes, others]);
    cuts("folders = ['/srv/notes']", "", &[others]);
    cuts("folders = ['/srv/notes/a/deeper']", "", &[notes, others]);
    cuts("folders = ['/srv']", "", &[]);
    cuts("databases = []", "", &[log]);
    cuts("databases = ['/var/db']", "", &[]);
    cuts("databases = ['/var/db/log']", "", &[log]);
    cuts("commands = []", "", &[tell]);
    cuts("commands = ['/usr/bin']", "", &[tell]);
    cuts("commands = ['/usr/bin/notify-send']", "", &[]);
    // Both hold: neither opens what the other closes.
    cuts("hosts = ['api.example.org']", "hosts = ['*.example.net']", &[all, api]);
    cuts("", "hosts = ['*.example.net']\ncommands = []", &[api, tell]);
    cuts("folders = ['/srv/notes']", "folders = ['/srv/notes/a']", &[others]);
}

#[test]
fn relay_has_to_be_given_and_nowhere_denied() {
    for (own, all, expected) in [
        ("", "", false),
        ("relay = true", "", true),
        ("", "relay = true", true),
        ("relay = true", "relay = true", true),
        ("relay = false", "relay = true", false),
        ("relay = true", "relay = false", false),
    ] {
        let policy = entry(&format!("{own}\n[defaults]\n{all}"));
        let Judged::Within(ceilings) = Policy::read(&texts(&[], Some(&policy))).unwrap().judge(&listed()) else {
            panic!("it is listed");
        };
        let mut config = ChannelConfig {
            relay: true,
            ..config()
        };
        let cuts = ceilings.narrow(&mut config);
        assert_eq!((config.relay, cuts.is_empty()), (expected, expected), "{own} / {all}");
        // What the operator did not give is not given.
        config.relay = false;
        assert_eq!((ceilings.narrow(&mut config), config.relay), (vec![], false));
    }
}

#[test]
fn each_system_has_its_folder() {
    for (system, expected) in [
        ("linux", "/etc/claude-code"),
        ("macos", "/Library/Application Support/ClaudeCode"),
        ("windows", r"C:\Program Files\ClaudeCode"),
        ("freebsd", "/etc/claude-code"),
    ] {
        assert_eq!(folder(system), Path::new(expected));
    }
}

#[test]
fn what_it_does_is_said() {
    let words = |settings: &[&str], policy: Option<&str>| Policy::read(&texts(settings, policy)).unwrap().words();
    assert_eq!(words(&["{}"], None), None);
    assert_eq!(
        words(&[], Some(&entry(""))).unwrap(),
        "the organisation's policy admits the components that /m/lockgate.toml lists (1), and no others"
    );
    let nothing = words(&[r#"{"channelsEnabled": false}"#], None).unwrap();
    assert!(
        nothing.starts_with("the organisation's policy admits no channel: the"),
        "{nothing}"
    );
    let policy = Policy::read(&texts(&[], Some(&entry("name = \"chat for all\"\nhosts = []")))).unwrap();
    let Judged::Within(ceilings) = policy.judge(&listed()) else {
        panic!("it is listed");
    };
    let cuts = ceilings.narrow(&mut config());
    assert_eq!(
        ceilings.words(&cuts),
        "the organisation's policy admits it as chat for all, and takes away the host *.example.net, the host api.example.org"
    );
    assert_eq!(
        ceilings.words(&[]),
        "the organisation's policy admits it as chat for all"
    );
}
