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
            let all = parts.concat();
            assert!(
                all.contains("HEAD") && all.contains("rm -rf TAIL"),
                "{limit} {filler:?}"
            );
            assert!(parts.last().is_some_and(|last| last.ends_with("yes abcde / no abcde")));
        }
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
