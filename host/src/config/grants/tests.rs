//! Tables of what is given: what is read, where each error points, and what an edit leaves alone.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::super::edit::put_channel;
use super::super::{ChannelConfig, Config};
use super::*;
use crate::manifest::Place;
use crate::model::ChannelName;

const WHOLE: &str = r#"# Mine.
[channel.x]
component = "/x.wasm"
folders.notes = "/home/me/notes" # the paper ones
folders.drafts = { path = "/home/me/drafts", access = "write", quota = "3MiB" }
# Theirs.
databases.messages = "/home/me/chat.db"

# Shows it.
[channel.x.commands.notify]
program = "/usr/bin/notify-send" # of the desktop
fixed = ["--app-name=lockgate"]
arguments = ["[^-].{0,99}", "a|b"]
more = "[0-9]+"
dashes = false

[channel.y]
component = "/y.wasm"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("lockgate.toml"))
}

fn channel(text: &str) -> ChannelConfig {
    parse(text).unwrap().channels[&name()].clone()
}

fn name() -> ChannelName {
    "x".parse().unwrap()
}

#[test]
fn all_that_can_be_given_is_read() {
    let x = channel(WHOLE);
    let notes = FolderGrant {
        path: "/home/me/notes".into(),
        access: FolderAccess::Read,
        quota: limits::FOLDER_QUOTA,
    };
    let drafts = FolderGrant {
        path: "/home/me/drafts".into(),
        access: FolderAccess::Write,
        quota: 3 << 20,
    };
    assert_eq!(
        x.folders,
        BTreeMap::from([("notes".to_owned(), notes), ("drafts".to_owned(), drafts)])
    );
    let odd = WHOLE.replace("/home/me/drafts", "//home/./me//drafts/");
    assert_eq!(channel(&odd), x);
    assert_eq!(x.databases["messages"], Path::new("/home/me/chat.db"));
    let notify = CommandGrant {
        program: "/usr/bin/notify-send".into(),
        fixed: vec!["--app-name=lockgate".to_owned()],
        arguments: vec!["[^-].{0,99}".to_owned(), "a|b".to_owned()],
        more: Some("[0-9]+".to_owned()),
        dashes: Dashes::Refused,
    };
    assert_eq!(x.commands, BTreeMap::from([("notify".to_owned(), notify)]));
}

/// Changes one text of the whole file, and expects an error at the mark, or else at the change, that says this.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let at = WHOLE.find(from).unwrap();
    let mark = to.find('▸').unwrap_or(0);
    let text = WHOLE.replacen(from, &to.replace('▸', ""), 1);
    let Place { line, column } = Place::of(&text, at + mark);
    let error = parse(&text).unwrap_err().to_string();
    let expected = format!("lockgate.toml:{line}:{column}: {expected}");
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

#[test]
fn errors_name_file_and_place() {
    let notes = "\"/home/me/notes\"";
    check(notes, "\"notes\"", "`notes` is no absolute path");
    check(notes, "\"~/notes\"", "`~/notes` is no absolute path");
    check(notes, "\"/home/../etc\"", "`/home/../etc` leads up by `..`");
    check(notes, "\"/a\\u0000b\"", "");
    check(notes, "\"//\"", "`//` is no folder for a channel");
    for system in ["/proc", "/proc/self", "/sys/kernel", "/dev/shm", "/./dev"] {
        check(
            notes,
            &format!("\"{system}\""),
            &format!("`{system}` is no folder for a channel"),
        );
    }
    check(notes, "▸3", "invalid type: integer `3`, expected the folder's path");
    check(notes, "{ ▸paht = \"/a\" }", "unknown field `paht`");
    check(
        notes,
        "{ path = \"/a\", quota = ▸\"1MiB\" }",
        "a quota is for a folder with",
    );
    check("folders.notes", "folders.▸Notes", "`Notes` is no name");
    check("\"write\"", "\"all\"", "unknown variant `all`");
    check("\"3MiB\"", "\"3 mega\"", "`3 mega` is no size");
    check("\"/home/me/chat.db\"", "\"chat.db\"", "`chat.db` is no absolute path");
    check(
        "\"/usr/bin/notify-send\"",
        "\"notify-send\"",
        "`notify-send` is no absolute path",
    );
    check("\"a|b\"", "\"a)|(b\"", "this pattern can't be used");
    check("\"[0-9]+\"", "\"(\"", "this pattern can't be used");
    check(
        "\"a|b\"",
        &format!("\"{}\"", "a".repeat(limits::PATTERN_BYTES + 1)),
        "this pattern is longer",
    );
    check("\"--app-name=lockgate\"", "\"a\\u0000\"", "an argument can't hold");
    check("dashes = false", "dashes = ▸1", "invalid type: integer `1`");
    let many = vec!["\"a\""; limits::COMMAND_ARGUMENTS].join(",");
    check(
        "program = \"/usr/bin/notify-send\" # of the desktop\nfixed = [\"--app-name=lockgate\"]",
        &format!("program = ▸\"/p\"\nfixed = [{many}]"),
        "there are more than",
    );
}

#[test]
fn there_are_so_many_and_no_more() {
    let many = |count: usize| {
        let lines: String = (0..count)
            .map(|nth| format!("databases.d{nth} = '/d{nth}'\n"))
            .collect();
        parse(&format!("[channel.x]\ncomponent = '/x.wasm'\n{lines}"))
    };
    assert_eq!(
        many(limits::GIVEN_PER_CHANNEL).unwrap().channels[&name()]
            .databases
            .len(),
        limits::GIVEN_PER_CHANNEL
    );
    let error = many(limits::GIVEN_PER_CHANNEL + 1).unwrap_err().to_string();
    assert!(error.contains("there are more than 32 entries"), "{error}");
}

#[test]
fn what_is_put_is_read_and_comments_stay() {
    assert_eq!(put_channel(WHOLE, &name(), &channel(WHOLE)).unwrap(), WHOLE);
    let mut changed = channel(WHOLE);
    changed.folders.get_mut("drafts").unwrap().quota = limits::FOLDER_QUOTA;
    changed.databases.insert("other".into(), "/o.db".into());
    changed.commands.get_mut("notify").unwrap().more = None;
    let text = put_channel(WHOLE, &name(), &changed).unwrap();
    assert_eq!(channel(&text), changed, "{text}");
    for kept in [
        "# the paper ones",
        "# Theirs.\n",
        "# Shows it.\n[channel.x.commands.notify]",
        "[channel.y]",
    ] {
        assert!(text.contains(kept), "{text}");
    }
    assert!(text.contains("dashes = false") && !text.contains("more ="), "{text}");
    let nothing = ChannelConfig::of("/x.wasm".into());
    let text = put_channel(&text, &name(), &nothing).unwrap();
    assert_eq!(channel(&text), nothing, "{text}");
    let first = put_channel("", &name(), &channel(WHOLE)).unwrap();
    assert_eq!(channel(&first), channel(WHOLE), "{first}");
    assert!(first.contains("\nfolders.notes = \"/home/me/notes\"\n"), "{first}");
    assert!(
        first.contains("quota = \"3MiB\"") && first.contains("\n[channel.x.commands.notify]\nprogram"),
        "{first}"
    );
}

#[test]
fn any_way_to_write_a_table_can_be_edited() {
    for shape in [
        "[channel.x]\ncomponent='/x.wasm'\nfolders={a='/a'}\ncommands={c={program='/c'}}",
        "[channel.x]\ncomponent='/x.wasm'\n[channel.x.folders]\na='/a'\n[channel.x.commands]\nc={program='/c'}",
        "[channel.x]\ncomponent='/x.wasm'\n[channel.x.folders.a]\npath='/a'\n[channel.x.databases]\nd='/d'",
        "channel.x={component='/x.wasm',databases.d='/d'}",
    ] {
        let text = put_channel(shape, &name(), &channel(WHOLE)).unwrap();
        assert_eq!(channel(&text), channel(WHOLE), "{shape}\nbecame\n{text}");
    }
}
