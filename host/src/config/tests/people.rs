//! Who is heard, as the operator writes it: every key, every wrong one at its place, and comments that stay.

use super::*;
use crate::access::{Audience, Bots, Hears, Unaddressed};
use crate::limits;

#[track_caller]
fn channel(lines: &str) -> ChannelConfig {
    let text = format!("[channel.chat]\ncomponent = \"/opt/chat.wasm\"\n{lines}");
    parse(&text).unwrap().channels[&name("chat")].clone()
}

#[test]
fn what_is_not_written_is_not_heard() {
    let none = channel("");
    assert_eq!((none.direct, none.bots), (DirectPolicy::Allowlist, Bots::Refused));
    assert!(none.groups.is_empty() && none.mention_patterns.is_empty());
    let group = &channel("groups.\"-100\" = {}").groups["-100"];
    assert_eq!(*group, crate::access::Group::default());
    assert_eq!((&group.audience, group.hears), (&Audience::Listed, Hears::Addressed));
    assert_eq!((group.unaddressed, group.bots), (Unaddressed::Dropped, None));
}

#[test]
fn each_key_says_what_it_means() {
    let lines = "direct = \"pairing\"\nbots = true\nmention-patterns = ['\\bclaude\\b']\n\
        [channel.chat.groups]\na = { mention = false, people = \"everyone\", digest = true, patterns = [\"x\"], bots = false }\n\
        b = { people = [\"ann\", \"ben\"], bots = true }\nc = { people = \"list\" }";
    let config = channel(lines);
    assert_eq!((config.direct, config.bots), (DirectPolicy::Pairing, Bots::Listed));
    assert_eq!(config.mention_patterns[0].as_str(), "\\bclaude\\b");
    let a = &config.groups["a"];
    assert_eq!(
        (&a.audience, a.hears, a.unaddressed),
        (&Audience::Everyone, Hears::Everything, Unaddressed::Kept)
    );
    assert_eq!((a.patterns[0].as_str(), a.bots), ("x", Some(Bots::Refused)));
    let named = ["ann", "ben"].map(|name| name.parse().unwrap());
    assert_eq!(config.groups["b"].audience, Audience::Named(named.into()));
    assert_eq!(
        (config.groups["b"].bots, &config.groups["c"].audience),
        (Some(Bots::Listed), &Audience::Listed)
    );
}

#[test]
fn what_makes_no_sense_is_an_error_where_it_stands() {
    let check = |line: &str, column: usize, words: &str| {
        let text = format!("[channel.chat]\ncomponent = \"/x\"\n{line}");
        let error = parse(&text).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("lockgate.toml:3:{column}: ")) && error.contains(words),
            "{line}: {error}"
        );
    };
    check("mention-patterns = [\"a\", \"(\"]", 26, "can't be used");
    check("mention-patterns = [\"a*\"]", 21, "mention = false");
    check("groups.a = { patterns = [\"[\"] }", 26, "can't be used");
    check("groups.a = { people = \"anyone\" }", 23, "\"everyone\"");
    check("groups.a = { people = [\"Ann\"] }", 23, "no name for a person");
    check(
        "groups.a = { people = [\"everyone\"] }",
        23,
        "something other than a person",
    );
    check("groups.a = { people = 5 }", 23, "list of people's names");
    check("groups.a = { mentions = true }", 14, "unknown field");
    check("groups.\"\" = {}", 8, "no group's id");
    check("groups.\"a\\n\" = {}", 8, "no group's id");
    check("groups.a = true", 12, "invalid type");
    check("direct = \"open\"", 10, "pairing");
}

#[test]
fn lists_of_patterns_and_groups_are_bounded() {
    let patterns = |count: usize| format!("mention-patterns = {:?}", vec!["x"; count]);
    assert_eq!(
        channel(&patterns(limits::MENTION_PATTERNS)).mention_patterns.len(),
        limits::MENTION_PATTERNS
    );
    let groups = |count: usize| {
        let lines: Vec<String> = (0..count).map(|nth| format!("groups.g{nth} = {{}}")).collect();
        lines.join("\n")
    };
    assert_eq!(channel(&groups(limits::GROUPS)).groups.len(), limits::GROUPS);
    for many in [patterns(limits::MENTION_PATTERNS + 1), groups(limits::GROUPS + 1)] {
        assert!(parse(&format!("[channel.chat]\ncomponent = \"/x\"\n{many}")).is_err());
    }
}

#[test]
fn what_is_written_is_read_again_and_comments_stay() {
    let text = "[channel.chat]\ncomponent = \"/opt/chat.wasm\"\nmention-patterns = [ \"a\" ] # mine\n\
        groups.\"-1\" = { people = \"list\" } # the team\ngroups.gone = {}\n";
    let put =
        |text: &str, config: &ChannelConfig| super::super::edit::put_channel(text, &name("chat"), config).unwrap();
    let mut config = parse(text).unwrap().channels[&name("chat")].clone();
    assert_eq!(put(text, &config), text, "nothing changes");
    let all = "bots = true\ngroups.x = { mention = false, people = [\"ann\"], digest = true, patterns = [\"x\"], bots = true }\n\
        groups.y = { people = \"everyone\", bots = false }";
    config.groups.extend(channel(all).groups);
    config.groups.remove("gone");
    config.bots = Bots::Listed;
    let written = put(text, &config);
    assert!(
        written.contains("[ \"a\" ] # mine") && written.contains("{ people = \"list\" } # the team"),
        "{written}"
    );
    assert!(!written.contains("gone"));
    assert_eq!(parse(&written).unwrap().channels[&name("chat")], config, "{written}");
    // Into a file without any, and out again.
    let fresh = put("[channel.chat]\ncomponent = \"/opt/chat.wasm\"\n", &config);
    assert_eq!(parse(&fresh).unwrap().channels[&name("chat")], config, "{fresh}");
    let none = channel("");
    assert_eq!(parse(&put(&fresh, &none)).unwrap().channels[&name("chat")], none);
}
