//! What people read of a question for permission. The host's own words and foreign ones are told apart: each line of the
//! session's stands behind `> `, and is so short that no message ends inside it: what continues in the next one would stand
//! there without the mark. Of a long call the beginning and the end are shown, since what matters may stand in
//! either. Pure.

use super::ledger::Outcome;
use crate::limits;
use crate::manifest::SinkTraits;
use crate::model::{Behavior, PermissionRequest};
use crate::text::{self, Bound};

/// The whole question, with the words by which it is answered; longer than one message if need be.
pub fn question(request: &PermissionRequest, sink: &SinkTraits) -> String {
    let id = &request.id;
    let units = |text: &str| text.chars().map(|c| sink.text_unit.of(c)).sum::<usize>();
    // Text is cut at the end of a line past half of the limit, so there has to be one.
    let width = (sink.text_limit / 4).max(limits::PROMPT_WIDTH_LEAST);
    let marked = |line: String| marked(&line, width, |c| sink.text_unit.of(c));
    let mut head = format!("The session asks for leave to use {}:", shown(&request.tool));
    if units(&head) > width {
        head = format!("The session asks for leave to use:\n{}", marked(shown(&request.tool)));
    }
    let how = if sink.buttons {
        "Answer with a button, or write:"
    } else {
        "To answer, write:"
    };
    let foot = format!("{how} yes {id} / no {id}");
    // The parts are not filled to the brim: each is cut where it reads well.
    let room = (sink.text_limit * limits::PROMPT_PARTS * 3 / 4).saturating_sub(units(&head) + units(&foot));
    let call = excerpt(&quoted(request, marked), room, |c| sink.text_unit.of(c));
    format!("{head}\n{call}\n\n{foot}")
}

/// That a question waits which can't be answered from here: without its id.
pub fn note(tool: &str) -> String {
    let tool = shown(tool);
    format!("The session asks for leave to use {tool}. It can't be answered from here; it waits at the terminal.")
}

/// What a question's message says when it is over.
pub fn ended(tool: &str, id: &str, outcome: &Outcome) -> String {
    format!("{} ({id}): {}", shown(tool), words(outcome))
}

/// What the message of a question says of which nothing is known any more but its tool.
pub fn stale(tool: &str) -> String {
    format!("{}: this question is over", shown(tool))
}

/// What became of a question.
pub fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { behavior, by } => format!("{} by {by}", did(*behavior)),
        Outcome::Expired => "expired, or answered elsewhere".to_owned(),
    }
}

/// `allowed` or `denied`.
pub fn did(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Allow => "allowed",
        Behavior::Deny => "denied",
    }
}

/// A tool's name, which is the client's text.
pub fn shown(tool: &str) -> String {
    text::clip(&text::terminal(tool), Bound::Chars(limits::SHOWN_CHARS))
}

/// The session's own words, a line each behind a mark; nothing in them is invisible, and none is blank.
fn quoted(request: &PermissionRequest, marked: impl Fn(String) -> String) -> String {
    let lines = request.description.lines().chain(request.preview.lines());
    let lines = lines.map(text::terminal).filter(|line| !line.trim().is_empty());
    lines.map(marked).collect::<Vec<_>>().join("\n")
}

/// A line in pieces of at most so many units, each behind a mark, and at least a character long.
fn marked(mut line: &str, width: usize, units: impl Fn(char) -> usize) -> String {
    let room = width.saturating_sub(units('>') + units(' '));
    let mut pieces = Vec::new();
    while let Some(first) = line.chars().next() {
        let ends = line.char_indices().map(|(at, c)| (at + c.len_utf8(), c));
        let (piece, rest) = line.split_at(reach(ends, room, &units).unwrap_or(first.len_utf8()));
        pieces.push(format!("> {piece}"));
        line = rest;
    }
    pieces.join("\n")
}

/// The text, or its beginning and its end with a line between that says how much is missing.
fn excerpt(text: &str, room: usize, units: impl Fn(char) -> usize) -> String {
    let size = |text: &str| text.chars().map(&units).sum::<usize>();
    if size(text) <= room {
        return text.to_owned();
    }
    let gap = |missing: usize| format!("\n⋯ {missing} characters are left out here; the terminal shows all ⋯\n");
    let all = text.chars().count();
    let room = room.saturating_sub(size(&gap(all)) + 2 * units('>'));
    let (first, last) = (room * 3 / 5, room - room * 3 / 5);
    let head = &text[..reach(text.char_indices().map(|(at, c)| (at + c.len_utf8(), c)), first, &units).unwrap_or(0)];
    let tail = &text[reach(text.char_indices().rev(), last, &units).unwrap_or(text.len())..];
    let missing = all - head.chars().count() - tail.chars().count();
    format!("{head}{}> {tail}", gap(missing))
}

/// The last place that is reached with so many units.
fn reach(places: impl Iterator<Item = (usize, char)>, most: usize, units: impl Fn(char) -> usize) -> Option<usize> {
    let mut used = 0;
    places
        .take_while(|(_, c)| {
            used += units(*c);
            used <= most
        })
        .last()
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
