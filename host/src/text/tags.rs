//! Finds what looks like a tag of one of the client's envelopes and breaks it with a backslash behind the bracket.
//! Expects text that has been cleaned, and changes nothing but the tags.

use super::glyph::{self, Form, Glyph};
use super::lookalike::{self, Seen};

/// Names of tags that a client or a model takes for more than text, without hyphens, low lines and spaces:
///
/// - the envelope of this very message, in which a body could end or begin another one;
/// - what a client puts around its own words to the model, or around what the person at the keyboard did;
/// - a model's tool calls and their results, in the spellings that models have been trained on;
/// - messages between agents and sessions;
/// - marks of quoted sources.
const NAMES: [&str; 44] = [
    "channel",
    "system",
    "systemreminder",
    "systemreminders",
    "systemwarning",
    "systemmessage",
    "systemprompt",
    "antml",
    "functioncall",
    "functioncalls",
    "functionresult",
    "functionresults",
    "invoke",
    "parameter",
    "toolcall",
    "toolcalls",
    "tooluse",
    "tooluseerror",
    "toolresult",
    "toolresults",
    "toolresponse",
    "crosssession",
    "crosssessionmessage",
    "teammate",
    "teammatemessage",
    "agentmessage",
    "tasknotification",
    "tasknotifications",
    "cited",
    "citeddocument",
    "commandname",
    "commandmessage",
    "commandargs",
    "commandcontents",
    "localcommandstdout",
    "localcommandstderr",
    "localcommandcaveat",
    "bashinput",
    "bashstdout",
    "bashstderr",
    "userpromptsubmithook",
    "sessionstarthook",
    "persistedoutput",
    "newdiagnostics",
];

/// Bytes of the longest name, folded; behind that a scan ends.
const NAME_BYTES: usize = 24;

/// The text with every envelope's tag broken.
///
/// Linear: a scan behind a bracket ends at the next bracket at the latest, however many spaces are between them.
pub(super) fn break_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 64);
    let mut rest = text;
    while let Some(at) = next_mark(rest) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let Some(glyph) = glyph::first(tail) else { break };
        let opens = lookalike::opens(glyph.c);
        // What is no bracket is left byte by byte: a bracket may begin inside (`\\u003c`).
        let bytes = if opens {
            glyph.bytes
        } else {
            tail.chars().next().map_or(1, char::len_utf8)
        };
        out.push_str(&tail[..bytes]);
        rest = &tail[bytes..];
        if opens && names_envelope(rest, glyph.form) {
            // Where the bracket is a JSON escape, a single backslash would itself be taken for one.
            out.push_str(if glyph.form == Form::Escape { "\\\\" } else { "\\" });
        }
    }
    out.push_str(rest);
    out
}

/// Where the next character stands that could be a bracket or begin an encoded one.
fn next_mark(text: &str) -> Option<usize> {
    text.find(|c: char| matches!(c, '<' | '&' | '\\') || (!c.is_ascii() && lookalike::opens(c)))
}

/// Whether the name of an envelope follows, as a reader would see it.
fn names_envelope(text: &str, bracket: Form) -> bool {
    let mut rest = text;
    let mut name = String::new();
    while name.len() <= NAME_BYTES {
        let Some(glyph) = next_glyph(rest, bracket) else { break };
        rest = &rest[glyph.bytes..];
        match lookalike::seen(glyph.c) {
            Seen::Nothing => {}
            Seen::Slash | Seen::Gap if name.is_empty() => {}
            Seen::Bar if name.is_empty() => {}
            Seen::Letters(letters) => name.push_str(&letters),
            // `<-name` is how some languages receive from a channel.
            Seen::Dash if !name.is_empty() => {}
            Seen::Gap if !is_envelope(&name) => {}
            Seen::Bar if !is_envelope(&name) => name.push('l'),
            Seen::Gap | Seen::Bar | Seen::Slash | Seen::Dash | Seen::Other => break,
        }
    }
    is_envelope(&name)
}

/// In a JSON string `\/` is a slash; behind a plain bracket the backslash is what breaks the tag.
fn next_glyph(text: &str, bracket: Form) -> Option<Glyph> {
    if bracket == Form::Escape && text.starts_with("\\/") {
        return Some(Glyph {
            c: '/',
            bytes: 2,
            form: Form::Escape,
        });
    }
    glyph::first(text)
}

fn is_envelope(folded: &str) -> bool {
    NAMES.iter().any(|name| {
        let mut left = folded;
        for c in name.chars() {
            match left.strip_prefix(lookalike::fold_ascii(c)) {
                Some(next) => left = next,
                None => return false,
            }
        }
        left.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_for_every_name() {
        for name in NAMES {
            let folded: String = name.chars().map(lookalike::fold_ascii).collect();
            assert!(folded.len() <= NAME_BYTES, "{name}");
            assert!(is_envelope(&folded), "{name}");
        }
    }

    #[test]
    fn no_name_makes_an_escape_of_the_backslash_before_it() {
        for name in NAMES {
            let after = format!("\\{name}");
            assert!(
                matches!(glyph::first(&after), Some(Glyph { c: '\\', bytes: 1, .. })),
                "{name}"
            );
        }
    }
}
