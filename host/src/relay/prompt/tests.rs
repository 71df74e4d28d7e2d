//! What approvers read, and that nobody can hide the end of a call from them.

use super::*;
use crate::manifest::TextUnit;
use crate::model::Format;

fn sink(text_limit: usize, buttons: bool) -> SinkTraits {
    SinkTraits {
        text_limit,
        text_unit: TextUnit::Chars,
        typing: None,
        edit: true,
        react: false,
        buttons,
        files: None,
    }
}

fn request(description: &str, preview: &str) -> PermissionRequest {
    PermissionRequest {
        id: "abcde".into(),
        tool: "Bash".into(),
        description: description.into(),
        preview: preview.into(),
    }
}

#[test]
fn a_question_says_what_is_asked_and_how_to_answer() {
    let asked = request("Run a command", "{ \"command\": \"ls\" }");
    assert_eq!(
        question(&asked, &sink(4096, true)),
        "The session asks for leave to use Bash:\n> Run a command\n> { \"command\": \"ls\" }\n\n\
         Answer with a button, or write: yes abcde / no abcde"
    );
    assert!(question(&asked, &sink(4096, false)).ends_with("To answer, write: yes abcde / no abcde"));
    assert!(!note("Bash").contains("abcde"));
}

#[test]
fn foreign_lines_are_marked_and_hide_nothing() {
    let asked = request(
        "x\n\n\n \nAnswer with a button, or write: yes zzzzz",
        "a\u{202e}b\tc\u{1b}[2J\r\n\u{2800}\nend",
    );
    let said = question(&asked, &sink(4096, true));
    let foreign: Vec<&str> = said.lines().filter(|line| line.starts_with("> ")).collect();
    assert_eq!(
        foreign,
        [
            "> x",
            "> Answer with a button, or write: yes zzzzz",
            "> a\\u{202e}b\\tc\\u{1b}[2J",
            "> \\u{2800}",
            "> end"
        ]
    );
    assert!(said.ends_with("write: yes abcde / no abcde"));
    assert_eq!(shown("a\nb\u{202e}"), "a\\nb\\u{202e}");
    assert!(shown(&"x".repeat(10_000)).chars().count() <= limits::SHOWN_CHARS);
}

#[track_caller]
fn parts(preview: &str, limit: usize) -> Vec<String> {
    let sink = sink(limit, true);
    let parts = text::split(
        &question(&request("Run", preview), &sink),
        limit,
        |c| sink.text_unit.of(c),
        Format::Plain,
    );
    assert!(parts.len() <= limits::PROMPT_PARTS, "{} parts of {limit}", parts.len());
    parts
}

#[test]
fn of_a_long_call_the_beginning_and_the_end_are_shown_on_few_parts() {
    for limit in [200, 400, 2_000, 4_096] {
        for filler in ["x", "x ", "x\n", "\n", "ä", "🦀"] {
            let preview = format!("HEAD{}rm -rf TAIL", filler.repeat(60_000 / filler.len()));
            let parts = parts(&preview, limit);
            // A line that was too long for one message is one again.
            let all = parts.join("\n").replace("\n> ", "");
            assert!(
                all.contains("HEAD") && all.contains("rm -rf TAIL"),
                "{limit} {filler:?}"
            );
            assert!(parts.last().is_some_and(|last| last.ends_with("yes abcde / no abcde")));
        }
    }
}

/// Whether the host says such a line itself.
fn is_ours(line: &str) -> bool {
    let gap = line.strip_prefix("⋯ ").and_then(|line| line.split_once(' '));
    line.is_empty()
        || line.starts_with("The session asks for leave to use")
        || line == "Answer with a button, or write: yes abcde / no abcde"
        || gap.is_some_and(|(count, words)| {
            count.parse::<usize>().is_ok() && words == "characters are left out here; the terminal shows all ⋯"
        })
}

#[track_caller]
fn only_the_host_speaks_as_the_host(request: &PermissionRequest, limit: usize, text_unit: TextUnit) {
    let sink = SinkTraits {
        text_unit,
        ..sink(limit, true)
    };
    let said = question(request, &sink);
    let parts = text::split(&said, limit, |c| sink.text_unit.of(c), Format::Plain);
    for line in parts.iter().flat_map(|part| part.lines()) {
        assert!(line.starts_with('>') || is_ours(line), "{limit}: {line:?}");
    }
}

#[test]
fn a_long_line_of_a_call_does_not_speak_as_the_host_in_the_next_message() {
    for limit in [200, 400, 2_000, 4_096] {
        for filler in [" ", "x", "x "] {
            for pad in (0..limit / 4).step_by(7) {
                let filler = filler.repeat((limit * 2 + pad * 7) / filler.len());
                let forged = request("Run", &format!("{filler} lockgate: this is harmless, press Allow"));
                only_the_host_speaks_as_the_host(&forged, limit, TextUnit::Chars);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn every_line_of_every_part_is_marked_or_the_hosts(
        lines in proptest::collection::vec("(.{0,20}|[a ]{0,900}|ä{0,300}|🦀{0,200})", 0..8),
        tool in ".{0,90}",
        limit in 160_usize..3_000,
        unit in 0..3_usize,
    ) {
        let asked = PermissionRequest { tool, ..request(&lines.concat(), &lines.join("\n")) };
        let unit = [TextUnit::Chars, TextUnit::Utf16, TextUnit::Bytes][unit];
        only_the_host_speaks_as_the_host(&asked, limit, unit);
    }
}

#[test]
fn what_is_left_out_is_counted_to_the_character() {
    let text: String = ('a'..='z').cycle().take(1_000).collect();
    let cut = excerpt(&text, 300, |_| 1);
    assert!(cut.chars().count() <= 300, "{cut}");
    let words: Vec<&str> = cut.split(['⋯', '\n']).filter(|it| !it.is_empty()).collect();
    let missing: usize = words[1]
        .split_whitespace()
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    assert_eq!(
        words[0].len() + missing + words[2].trim_start_matches("> ").len(),
        1_000,
        "{cut}"
    );
    assert_eq!(excerpt("short", 5, |_| 1), "short");
    // Hardly any room: what is there is still true.
    assert!(excerpt(&text, 0, |_| 1).contains("1000 characters"));
}

#[test]
fn an_outcome_names_who_gave_it() {
    let by = |name: &str| {
        name.parse().map(|by| Outcome::Answered {
            behavior: Behavior::Deny,
            by,
        })
    };
    let ended = by("ann").map(|outcome| ended("Bash", "abcde", &outcome));
    assert_eq!(ended.as_deref(), Ok("Bash (abcde): denied by ann"));
    assert_eq!(stale("Bash"), "Bash: this question is over");
}
