//! The floors: a file uses lower floors, its own room, and rooms of its own floor as long as that makes no circle.
//!
//! A room is a file directly under `host/src` with its children. A new room must be given its floor here.

use std::collections::{BTreeMap, BTreeSet};

use super::Source;

/// The rooms, from the ground up.
const FLOORS: &[(&str, &[&str])] = &[
    ("words", &["limits", "model"]),
    (
        "law",
        &[
            "access",
            "argv",
            "component",
            "config",
            "grant",
            "lockfile",
            "manifest",
            "organisation",
            "pace",
            "reach",
            "relay",
            "signature",
            "text",
            "widening",
        ],
    ),
    (
        "paper",
        &[
            "book", "database", "files", "journal", "managed", "paths", "program", "vault",
        ],
    ),
    ("sandbox", &["components", "egress", "intake", "sandbox"]),
    ("life", &["channel", "herald", "supervisor"]),
    (
        "doors",
        &[
            "approvals",
            "attend",
            "conformance",
            "control",
            "desk",
            "house",
            "listener",
            "mcp",
            "outbound",
            "pages",
            "pairing",
            "pump",
            "status",
            "toolbox",
            "voice",
            "workshop",
        ],
    ),
    ("command line", &["cli"]),
    ("roof", &["lib", "main"]),
];

/// Uses that the floors would allow and the design does not.
const NEVER: &[(&str, &str, &str)] = &[
    ("intake", "sandbox", "intake holds no guest"),
    ("sandbox", "config", "the sandbox reads no configuration"),
    ("sandbox", "intake", "the sandbox knows no gate"),
    ("egress", "sandbox", "what goes outward does not know who asks for it"),
    ("mcp", "grant", "no tool of the session grants anything"),
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, rooms)| rooms.contains(&room))
}

/// All violations of the order.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let room = source.room();
        let Some(own) = floor(room) else {
            found.push(format!(
                "{}: the room {room} has no floor; give it one in tests/src/floors/order.rs",
                source.path
            ));
            continue;
        };
        for (line, used) in uses(source) {
            let place = format!("{}:{line}", source.path);
            match floor(&used) {
                _ if used == room => {}
                None => found.push(format!("{place}: crate::{used} is no room")),
                Some(other) if other > own => {
                    found.push(format!("{place}: {room} uses {used}, which is on a higher floor"))
                }
                Some(other) if other == own => drop(beside.entry(room.to_owned()).or_default().insert(used.clone())),
                Some(_) => {}
            }
            let never = NEVER.iter().filter(|(from, to, _)| *from == room && *to == used);
            found.extend(never.map(|(_, _, why)| format!("{place}: {room} uses {used}, but {why}")));
        }
    }
    found.extend(circles(&beside));
    found
}

/// Uses between rooms of one floor that lead back to where they began.
fn circles(beside: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reaches = |from: &str, to: &str| {
        let mut reached = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(room) = next.pop() {
            let used = beside.get(room).into_iter().flatten().map(String::as_str);
            next.extend(used.filter(|room| reached.insert(room)));
        }
        reached.contains(to)
    };
    let uses = beside
        .iter()
        .flat_map(|(room, used)| used.iter().map(move |used| (room, used)));
    let back = uses.filter(|(room, used)| reaches(used, room));
    back.map(|(room, used)| format!("{room} uses {used}, which leads back to {room} on the same floor"))
        .collect()
}

/// Every room of the crate that a file names, with the line.
fn uses(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for start in ["crate::", "lockgate::"] {
        for (at, _) in source.code.match_indices(start) {
            let before = source.code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                let line = line_of(&source.code, at);
                found.extend(
                    heads(&source.code[at + start.len()..])
                        .into_iter()
                        .map(|head| (line, head)),
                );
            }
        }
    }
    found.extend(supers(source));
    found
}

/// A `use` at the margin stands in the file's own module, so as many `super` as it is deep lead to the crate.
fn supers(source: &Source) -> Vec<(usize, String)> {
    let depth = source.path.matches('/').count() + 1;
    let climb = format!("use {}", "super::".repeat(depth));
    let mut found = Vec::new();
    for (number, line) in source.code.lines().enumerate() {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let rest = line.strip_prefix(&climb).filter(|_| depth > 0);
        found.extend(
            rest.map(heads)
                .unwrap_or_default()
                .into_iter()
                .map(|head| (number + 1, head)),
        );
    }
    found
}

/// The first names of a path or of a group of paths. Names in capitals are the crate's own items, not rooms.
fn heads(path: &str) -> Vec<String> {
    let Some(group) = path.trim_start().strip_prefix('{') else {
        let name: String = path
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        return if name.is_empty() { Vec::new() } else { vec![name] };
    };
    let (mut depth, mut found, mut start) = (0_i32, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                found.extend(heads(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        check(&sources)
    }

    #[test]
    fn what_keeps_the_order() {
        let files = [
            ("model.rs", "mod ids;\npub use ids::Digest;\nuse crate::model::ids;"),
            (
                "grant.rs",
                "use crate::{config::Config, manifest::{Manifest, crate_free}};\nuse crate::model::Event;",
            ),
            (
                "journal.rs",
                "/// See [`crate::cli`].\nuse crate::limits;\nconst A: &str = \"crate::cli\";",
            ),
            ("cli/add.rs", "use super::print;\nuse super::super::journal::Journal;"),
            ("main.rs", "use lockgate::cli;"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn what_breaks_it() {
        let cases = [
            (
                "model.rs",
                "use crate::text::clip;",
                "model.rs:1: model uses text, which is on a higher floor",
            ),
            (
                "text.rs",
                "\nfn f() { crate::journal::x() }",
                "text.rs:2: text uses journal, which is on a higher floor",
            ),
            (
                "journal/spool.rs",
                "use crate::{limits, cli::{a}};",
                "journal/spool.rs:1: journal uses cli, which is on a higher floor",
            ),
            (
                "text.rs",
                "use super::mcp;",
                "text.rs:1: text uses mcp, which is on a higher floor",
            ),
            (
                "paths/x.rs",
                "pub use super::super::{limits, pump};",
                "paths/x.rs:1: paths uses pump, which is on a higher floor",
            ),
            (
                "vault.rs",
                "use crate::nowhere::X;",
                "vault.rs:1: crate::nowhere is no room",
            ),
            (
                "attic.rs",
                "",
                "attic.rs: the room attic has no floor; give it one in tests/src/floors/order.rs",
            ),
            (
                "intake.rs",
                "use crate::sandbox::Guest;",
                "intake.rs:1: intake uses sandbox, but intake holds no guest",
            ),
        ];
        for (path, text, expected) in cases {
            assert_eq!(found(&[(path, text)]), [expected]);
        }
    }

    #[test]
    fn a_circle_on_one_floor() {
        let files = [
            ("grant.rs", "use crate::config;"),
            ("config.rs", "use crate::manifest;"),
            ("manifest.rs", "use crate::grant;"),
        ];
        assert_eq!(found(&files).len(), 3);
        assert!(found(&files[..2]).is_empty());
    }
}
