//! Rules for the host's code: what stands in one place only, what stands nowhere, and how long a file may be.

use super::Source;

/// Lines of a file, tests included.
const LINES: usize = 400;
/// Lines of main.rs.
const MAIN_LINES: usize = 60;

/// Names of platforms: a channel knows one, the host none.
const PLATFORMS: &[&str] = &[
    "telegram",
    "discord",
    "slack",
    "github",
    "gitlab",
    "gitea",
    "forgejo",
    "bitbucket",
    "stripe",
    "whatsapp",
    "imessage",
    "mattermost",
    "zulip",
    "rocketchat",
    "twitch",
    "twilio",
    "mastodon",
    "bluesky",
    "reddit",
    "jira",
    "pagerduty",
    "sentry",
    "grafana",
    "shopify",
    "paypal",
    "jenkins",
    "circleci",
    "fakechat",
    "gmail",
    "icloud",
];

/// Words that stand only below a place.
const SINGLE_HOMES: &[(&str, &[&str])] = &[
    ("wasmtime", &["sandbox.rs", "sandbox/"]),
    ("wasmtime_wasi", &["sandbox.rs", "sandbox/"]),
    ("wasmtime_wasi_http", &["sandbox.rs", "sandbox/"]),
    ("bindgen!", &["sandbox/bindings.rs"]),
    ("rusqlite", &["journal.rs", "journal/", "database/"]),
    ("tokio::process", &["program.rs", "database.rs", "sandbox/compiled.rs"]),
    ("std::process::Command", &["cli.rs", "cli/", "workshop/"]),
    ("process::{Command", &["cli.rs", "cli/", "workshop/"]),
    ("rmcp", &["mcp.rs", "mcp/"]),
    (
        "hyper",
        &[
            "listener.rs",
            "listener/",
            "pages/",
            "egress.rs",
            "egress/",
            "sandbox/http/",
            "conformance/platform.rs",
        ],
    ),
    ("hyper::client", &["egress.rs", "egress/"]),
    ("hyper_util::client", &["egress.rs", "egress/"]),
    ("rustls", &["egress.rs", "egress/"]),
    ("tokio_rustls", &["egress.rs", "egress/"]),
    ("notify", &["cli/dev/"]),
    ("webpki_roots", &["egress.rs", "egress/"]),
    ("tokio_tungstenite", &["egress/"]),
    (
        "TcpStream",
        &["listener.rs", "listener/", "pages/", "egress.rs", "egress/"],
    ),
    ("TcpStream::connect", &["egress/dial.rs"]),
    ("lookup_host", &["egress/dial.rs"]),
    (
        "regex_lite",
        &["access/groups.rs", "config/pattern.rs", "program/arguments.rs"],
    ),
    ("wit_component", &["workshop/"]),
    ("wit_parser", &["workshop/"]),
    ("wit_bindgen_core", &["workshop/"]),
    ("wit_bindgen_c", &["workshop/c.rs", "workshop/c/"]),
    ("wit_bindgen_go", &["workshop/go.rs", "workshop/go/"]),
    ("include_dir", &["workshop/"]),
    ("clap", &["cli.rs", "cli/", "main.rs"]),
    ("anyhow", &["cli.rs", "cli/", "main.rs"]),
];

/// Words that stand nowhere in the host's code.
const NOWHERE: &[(&str, &str)] = &[
    ("todo!", "a stub"),
    ("unimplemented!", "a stub"),
    ("static mut", "a global that changes"),
    ("OnceLock", "a global filled in later"),
    ("OnceCell", "a global filled in later"),
    ("thread_local!", "a global of a thread"),
];

/// The one lint exception: where compiled code is loaded.
const UNSAFE: &str = "#[expect(unsafe_code";

/// All violations in the host.
#[must_use]
pub fn check_host(sources: &[Source]) -> Vec<String> {
    let mut found = check_lengths("host/src", sources);
    for source in sources {
        found.extend(platforms(source));
        if !source.test {
            found.extend(homes(source));
            found.extend(nowhere(source));
            found.extend(unproven(source));
        }
        let lines = source.text.lines().count();
        if source.path == "main.rs" && lines > MAIN_LINES {
            found.push(format!("main.rs has {lines} lines; it may have {MAIN_LINES}"));
        }
    }
    found.extend(unsafe_code(sources));
    found
}

/// Files that are too long, under the name of their folder.
#[must_use]
pub fn check_lengths(folder: &str, sources: &[Source]) -> Vec<String> {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LINES).then(|| {
            format!(
                "{folder}/{} has {lines} lines; split it by noun below {LINES}",
                source.path
            )
        })
    };
    sources.iter().filter_map(long).collect()
}

/// Names of platforms anywhere in a file: code, comments, strings, tests.
#[must_use]
pub fn platforms(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let lower = line.to_lowercase();
        let named = PLATFORMS.iter().filter(|name| has_word(&lower, name));
        found.extend(named.map(|name| {
            format!(
                "{}:{}: names {name}; the host names no platform",
                source.path,
                number + 1
            )
        }));
    }
    found
}

fn homes(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (word, homes) in SINGLE_HOMES {
        let lives_here = |home: &&str| {
            if home.ends_with('/') {
                source.path.starts_with(*home)
            } else {
                source.path == **home
            }
        };
        if !homes.iter().any(lives_here) {
            let lines = lines_with(&source.plain, word);
            found.extend(
                lines.map(|line| format!("{}:{line}: {word} stands only in {}", source.path, homes.join(", "))),
            );
        }
    }
    found
}

fn nowhere(source: &Source) -> Vec<String> {
    let each = |(word, why): &(&str, &str)| {
        let lines = lines_with(&source.plain, word);
        lines
            .map(|line| format!("{}:{line}: {word}: {why}", source.path))
            .collect::<Vec<_>>()
    };
    NOWHERE.iter().flat_map(each).collect()
}

/// `unwrap` and `expect` need a comment on their own line or on the one above, that proves them.
fn unproven(source: &Source) -> Vec<String> {
    let commented: Vec<bool> = source.text.lines().zip(source.code.lines()).map(has_comment).collect();
    let commented = |at: usize| commented.get(at).copied().unwrap_or(false);
    let mut found = Vec::new();
    for (number, line) in source.plain.lines().enumerate() {
        let named = [".unwrap()", ".expect("].into_iter().find(|name| line.contains(name));
        if let Some(name) = named.filter(|_| !(commented(number) || number > 0 && commented(number - 1))) {
            found.push(format!(
                "{}:{}: {name} without a comment that proves it",
                source.path,
                number + 1
            ));
        }
    }
    found
}

/// Whether a line ends in a comment: the blanked line ends before it, and it begins with two slashes.
fn has_comment((text, code): (&str, &str)) -> bool {
    text.get(code.trim_end().len()..)
        .is_some_and(|rest| rest.trim_start().starts_with("// "))
}

fn unsafe_code(sources: &[Source]) -> Vec<String> {
    let places: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.code.matches(UNSAFE).map(|_| source.path.as_str()))
        .collect();
    let mut found = Vec::new();
    if places != ["sandbox/compiled.rs"] {
        found.push(format!(
            "{UNSAFE} stands once, in sandbox/compiled.rs, and not in {places:?}"
        ));
    }
    let allows = sources
        .iter()
        .filter(|source| lines_with(&source.code, "allow(unsafe_code").next().is_some());
    found.extend(allows.map(|source| format!("{}: allow(unsafe_code) stands nowhere", source.path)));
    found
}

fn lines_with<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines()
        .enumerate()
        .filter(move |(_, line)| has_word(line, word))
        .map(|(number, _)| number + 1)
}

/// Whether `word` stands in `line` with no letter, digit or underscore around it.
fn has_word(line: &str, word: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let ends_in_name = word.ends_with(|c: char| c.is_alphanumeric());
    line.match_indices(word).any(|(at, _)| {
        let after = line[at + word.len()..].chars().next();
        edge(line[..at].chars().next_back()) && (!ends_in_name || edge(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADS: (&str, &str) = (
        "sandbox/compiled.rs",
        "#[expect(unsafe_code, reason = \"x\")]\nfn f() {}",
    );

    fn found(path: &str, text: &str) -> Vec<String> {
        check_host(&[Source::new(LOADS.0, LOADS.1), Source::new(path, text)])
    }

    #[test]
    fn what_keeps_the_rules() {
        let cases = [
            ("sandbox.rs", "use wasmtime::Engine;"),
            ("sandbox/bindings.rs", "wasmtime::component::bindgen!({});"),
            (
                "text.rs",
                "// wasmtime is not named in code.\nlet stripes = \"striped\";",
            ),
            (
                "text.rs",
                "#[cfg(test)]\nmod tests {\n    fn f() { x.unwrap(); todo!() }\n}\n",
            ),
            (
                "text.rs",
                "// A digest has 32 bytes.\nlet x = y.unwrap();\nlet z = y.expect(\"\"); // It is checked above.",
            ),
            ("text.rs", "let x = y.unwrap_or_default();"),
            ("cli/add.rs", "use anyhow::Result;"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_breaks_them() {
        let cases = [
            (
                "channel.rs",
                "use wasmtime::Engine;",
                "channel.rs:1: wasmtime stands only in sandbox.rs, sandbox/",
            ),
            (
                "sandbox/guest.rs",
                "bindgen!({});",
                "sandbox/guest.rs:1: bindgen! stands only in sandbox/bindings.rs",
            ),
            (
                "text.rs",
                "// as Telegram does",
                "text.rs:1: names telegram; the host names no platform",
            ),
            (
                "text.rs",
                "\nlet x = \"x-github-event\";",
                "text.rs:2: names github; the host names no platform",
            ),
            (
                "text.rs",
                "#[cfg(test)]\nmod tests {\n    // SLACK\n}\n",
                "text.rs:3: names slack; the host names no platform",
            ),
            ("text.rs", "fn f() { todo!() }", "text.rs:1: todo!: a stub"),
            (
                "text.rs",
                "fn f() { unimplemented!(\"x\") }",
                "text.rs:1: unimplemented!: a stub",
            ),
            (
                "text.rs",
                "static mut X: u8 = 0;",
                "text.rs:1: static mut: a global that changes",
            ),
            (
                "text.rs",
                "let a = 1;\nlet x = y.unwrap();",
                "text.rs:2: .unwrap() without a comment that proves it",
            ),
            (
                "text.rs",
                "let x = y.expect(\"// x\");",
                "text.rs:1: .expect( without a comment that proves it",
            ),
            (
                "text.rs",
                "x\n    .expect(\"y\")",
                "text.rs:2: .expect( without a comment that proves it",
            ),
            (
                "vault.rs",
                "use anyhow::Result;",
                "vault.rs:1: anyhow stands only in cli.rs, cli/, main.rs",
            ),
            (
                "text.rs",
                "#![allow(unsafe_code)]",
                "text.rs: allow(unsafe_code) stands nowhere",
            ),
        ];
        for (path, text, expected) in cases {
            assert_eq!(found(path, text), [expected]);
        }
    }

    #[test]
    fn unsafe_code_is_allowed_once() {
        assert_eq!(
            check_host(&[]).len(),
            1,
            "none is one too few: the exception is gone or has moved"
        );
        assert_eq!(found("text.rs", LOADS.1).len(), 1);
        assert_eq!(check_host(&[Source::new("sandbox.rs", LOADS.1)]).len(), 1);
    }

    #[test]
    fn long_files() {
        assert!(found("text.rs", &"x\n".repeat(400)).is_empty());
        assert_eq!(found("text.rs", &"x\n".repeat(401)).len(), 1);
        assert_eq!(
            found("main.rs", &"x\n".repeat(61)),
            ["main.rs has 61 lines; it may have 60"]
        );
    }
}
