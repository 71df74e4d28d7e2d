//! A table of command lines.

use proptest::prelude::*;

use super::SessionKind::{Channel, NoClient, ToolsOnly};
use super::*;

const DEV: &str = "--dangerously-load-development-channels";
const BY_DEV: SessionKind = Channel {
    flag: ChannelFlag::Development,
};
const BY_FLAG: SessionKind = Channel {
    flag: ChannelFlag::Channels,
};
const COMMAND: SessionKind = ToolsOnly {
    why: WhyToolsOnly::Command,
};
const NO_FLAG: SessionKind = ToolsOnly {
    why: WhyToolsOnly::NoFlag,
};
const OTHER: SessionKind = ToolsOnly {
    why: WhyToolsOnly::OtherServer,
};
const IN_PRINT: SessionKind = ToolsOnly {
    why: WhyToolsOnly::DevelopmentInPrint,
};

/// A command line as it would be typed: `'…'` is one word, `DEV` is the development flag. The program's file is the
/// first word.
fn line(typed: &str) -> CommandLine {
    let mut argv = Vec::new();
    for (index, part) in typed.split('\'').enumerate() {
        if index % 2 == 1 {
            argv.push(part.to_owned());
        } else {
            argv.extend(part.split_whitespace().map(|word| word.replace("DEV", DEV)));
        }
    }
    CommandLine {
        exe: argv[0].clone(),
        argv,
    }
}

/// The ancestors are given from the parent upwards.
#[track_caller]
fn check(ancestors: &[&str], expected: SessionKind) {
    let ancestors: Vec<_> = ancestors.iter().map(|typed| line(typed)).collect();
    assert_eq!(channel_session(&ancestors, &ServerNames::default()), expected);
}

#[test]
fn the_flags_that_make_a_channel_session() {
    check(&["claude DEV server:lockgate"], BY_DEV);
    check(&["/home/u/.local/bin/claude DEV server:lockgate"], BY_DEV);
    check(&["claude DEV=server:lockgate"], BY_DEV);
    check(&["claude --channels plugin:lockgate@community"], BY_FLAG);
    check(&["claude --channels=plugin:lockgate@community"], BY_FLAG);
    check(
        &["claude --channels plugin:a@b plugin:lockgate@c --model opus"],
        BY_FLAG,
    );
    check(&["claude --model opus DEV server:a server:lockgate -c"], BY_DEV);
    check(&["claude --channels server:a DEV server:lockgate"], BY_DEV);
    check(
        &["claude DEV server:a --channels server:lockgate DEV server:b"],
        BY_FLAG,
    );
    check(&["claude -c DEV server:lockgate -- hello"], BY_DEV);
    check(&["claude 'watch the build' DEV server:lockgate"], BY_DEV);
    check(&["claude --mcp-config a.json b.json DEV server:lockgate"], BY_DEV);
    check(&["claude --resume DEV server:lockgate"], BY_DEV);
}

#[test]
fn sessions_that_are_none() {
    check(&["claude"], NO_FLAG);
    check(&["claude -c"], NO_FLAG);
    check(&["claude --channels"], NO_FLAG);
    check(&["claude DEV server:other"], OTHER);
    check(&["claude DEV server:lockgate2"], OTHER);
    check(&["claude DEV server:"], OTHER);
    check(&["claude DEV lockgate"], OTHER);
    check(&["claude DEV SERVER:lockgate"], OTHER);
    check(&["claude --channels plugin:lockgate"], OTHER);
    check(&["claude --channels plugin:lockgate@"], OTHER);
    check(&["claude --channels plugin:lock@gate server:lock"], OTHER);
    check(&["claude mcp list"], COMMAND);
    check(&["claude --debug mcp list"], NO_FLAG);
    check(&["claude --verbose mcp get lockgate"], COMMAND);
    check(&["claude plugin install lockgate@community"], COMMAND);
    check(&["claude mcp add x -- claude DEV server:lockgate"], COMMAND);
    check(&["claude --model opus doctor"], COMMAND);
    check(&["claude DEV server:lockgate -- mcp"], COMMAND);
}

#[test]
fn print_mode_and_the_development_flag() {
    check(&["claude -p DEV server:lockgate"], IN_PRINT);
    check(&["claude DEV server:lockgate --print 'what now'"], IN_PRINT);
    check(&["claude -cp 'what now' DEV server:lockgate"], IN_PRINT);
    check(&["claude -p --channels plugin:lockgate@community"], BY_FLAG);
    check(&["claude -p DEV server:other"], OTHER);
    check(&["claude -p hello"], NO_FLAG);
    check(&["claude -rp DEV server:lockgate"], BY_DEV);
    check(&["claude --permission-mode plan DEV server:lockgate"], BY_DEV);
    check(&["claude --append-system-prompt -p DEV server:lockgate"], BY_DEV);
}

#[test]
fn a_flag_inside_another_word_is_none() {
    check(&["claude 'please run claude --channels server:lockgate'"], NO_FLAG);
    check(&["claude -p '--channels server:lockgate'"], NO_FLAG);
    check(&["claude -- DEV server:lockgate"], NO_FLAG);
    check(&["claude DEV server:other -- server:lockgate"], OTHER);
    check(&["claude --append-system-prompt --channels server:lockgate"], NO_FLAG);
    check(&["claude --channelsx server:lockgate"], NO_FLAG);
    check(&["claude --add-dir server:lockgate"], NO_FLAG);
    check(&["claude --channels server:other --model server:lockgate"], OTHER);
    check(&["claude --channels=server:other server:lockgate"], OTHER);
}

#[test]
fn the_first_client_upwards_decides() {
    check(&[], NoClient);
    check(&["bash", "tmux", "systemd"], NoClient);
    check(
        &["sh -c 'lockgate serve'", "claude DEV server:lockgate", "bash"],
        BY_DEV,
    );
    check(
        &[
            "npx lockgate",
            "node /usr/bin/npx lockgate",
            "claude DEV server:lockgate",
        ],
        BY_DEV,
    );
    check(&["claude mcp list", "bash", "claude DEV server:lockgate"], COMMAND);
    check(&["claude", "zsh", "claude DEV server:lockgate"], NO_FLAG);
    check(&["bash -c 'claude DEV server:lockgate'"], NoClient);
    check(&["bash -c claude DEV server:lockgate"], NoClient);
    check(&["sudo claude DEV server:lockgate"], NoClient);
    check(&["vim claude DEV server:lockgate"], NoClient);
    check(
        &["claude-desktop DEV server:lockgate", "claude DEV server:other"],
        OTHER,
    );
}

#[test]
fn the_client_in_its_other_shapes() {
    check(
        &["node /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js DEV server:lockgate"],
        BY_DEV,
    );
    check(
        &["/usr/bin/node --no-warnings -r ./x.js /usr/local/bin/claude DEV server:lockgate"],
        BY_DEV,
    );
    check(&["bun run /opt/claude-code/cli.mjs DEV server:lockgate"], BY_DEV);
    check(&["node /srv/app/cli.js DEV server:lockgate"], NoClient);
    check(&["node --version"], NoClient);
    check(&["C:\\bin\\claude.exe DEV server:lockgate"], BY_DEV);
    let versioned = CommandLine {
        exe: "/home/u/.local/share/claude/versions/2.1.329".into(),
        ..line("cc DEV server:lockgate")
    };
    assert_eq!(channel_session(&[versioned], &ServerNames::default()), BY_DEV);
    let unreadable = CommandLine {
        exe: String::new(),
        ..line("claude DEV server:lockgate")
    };
    assert_eq!(channel_session(&[unreadable], &ServerNames::default()), BY_DEV);
    let nothing = CommandLine {
        exe: String::new(),
        argv: Vec::new(),
    };
    assert_eq!(channel_session(&[nothing], &ServerNames::default()), NoClient);
}

#[test]
fn other_names_can_be_given() {
    let names = ServerNames {
        server: "gate".into(),
        plugin: "doors".into(),
    };
    let judge = |typed| channel_session(&[line(typed)], &names);
    assert_eq!(judge("claude DEV server:gate"), BY_DEV);
    assert_eq!(judge("claude --channels plugin:doors@m"), BY_FLAG);
    assert_eq!(judge("claude DEV server:lockgate"), OTHER);
    assert_eq!(judge("claude DEV plugin:gate@m"), OTHER);
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_else_opens_a_channel(words in prop::collection::vec("\\PC{0,12}|--|-p|--channels|mcp", 0..8)) {
        let argv: Vec<String> = std::iter::once("claude".to_owned()).chain(words).collect();
        let named = argv.iter().any(|word| word.ends_with("server:lockgate"));
        let kind = channel_session(&[CommandLine { exe: String::new(), argv }], &ServerNames::default());
        let opened = matches!(kind, Channel { .. });
        prop_assert!(named || !opened);
    }
}
