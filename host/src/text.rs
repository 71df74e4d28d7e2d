//! Foreign text made fit for the model, for an attribute and for a terminal. Pure functions over strings; nothing here
//! decides who may speak, and nothing here touches text that the host itself wrote.

mod clean;
mod clock;
mod glyph;
mod heading;
mod lookalike;
mod split;
mod tags;
mod width;

pub use clock::clock;
pub use heading::{HEADING, guard_headings};
pub use split::split;
pub use width::{char_width, text_width};

use std::fmt::Write;

use crate::limits;

/// A bound for [`clip`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// So many characters (Unicode scalar values).
    Chars(usize),
    /// So many bytes of UTF-8.
    Bytes(usize),
}

/// Foreign text as the body of something that the model reads.
///
/// # Authority
/// The text speaks with nobody's authority but its sender's, so what looks like an envelope of the client's is broken
/// by a backslash after its bracket, and what can't be seen is removed: bidi controls, default-ignorable characters
/// (joiners and variation selectors stay inside emoji and non-ASCII words), control characters but line feed and tab.
/// Everything else stays as it is. Idempotent, in linear time, and never more than twice as long.
pub fn neutralise(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    tags::break_tags(&clean::clean(text))
}

/// Foreign text as the value of an attribute: one line, nothing invisible, at most [`limits::META_VALUE_BYTES`].
///
/// Angle brackets stay, because the client writes them as entities; what looks like an envelope is broken all the
/// same, for the client does not know look-alikes there.
pub fn attribute(value: &str) -> String {
    let line = clean::clean(value).replace(['\n', '\t'], " ");
    clip(&tags::break_tags(&line), Bound::Bytes(limits::META_VALUE_BYTES))
}

/// The text, or as much of its beginning as fits together with a note of how much is missing.
///
/// Cut between characters; the result keeps the bound even if not all of the note does.
pub fn clip(text: &str, bound: Bound) -> String {
    let (size, most) = match bound {
        Bound::Chars(most) => (text.chars().count(), most),
        Bound::Bytes(most) => (text.len(), most),
    };
    if size <= most {
        return text.to_owned();
    }
    let all = text.chars().count();
    // The note is longest if everything is missing, so there is room for it whatever is cut.
    let note = clip_note(all);
    let room = |note: &str| match bound {
        Bound::Chars(_) => note.chars().count(),
        Bound::Bytes(_) => note.len(),
    };
    if room(&note) > most {
        return head(text, bound).to_owned();
    }
    let kept = match bound {
        Bound::Chars(_) => head(text, Bound::Chars(most - room(&note))),
        Bound::Bytes(_) => head(text, Bound::Bytes(most - room(&note))),
    };
    format!("{kept}{}", clip_note(all - kept.chars().count()))
}

/// The longest beginning that keeps the bound, cut between characters, without a note.
pub fn head(text: &str, bound: Bound) -> &str {
    match bound {
        Bound::Chars(most) => text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at]),
        Bound::Bytes(most) => &text[..text.floor_char_boundary(most)],
    }
}

/// The key, if the client would show it: a letter or `_`, then letters, digits and `_`, all ASCII, at most
/// [`limits::META_KEY_BYTES`]. The client drops any other without a word to the server.
pub fn meta_key(key: &str) -> Option<String> {
    let mut bytes = key.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (first && rest && key.len() <= limits::META_KEY_BYTES).then(|| key.to_owned())
}

/// Foreign text for one line of a person's terminal: control characters (line feed and tab too), bidi controls and
/// everything invisible or blank but the space are shown as escapes such as `\u{1b}`, so that nothing is pushed out of
/// sight or to a place where it looks like something else. To print several lines, split them first.
pub fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || clean::is_unseen(c) || clean::is_odd_blank(c) => {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn clip_note(missing: usize) -> String {
    format!("… [{missing} more characters]")
}

/// Most messages: printable ASCII without a character from which a tag, an entity or an escape could be made.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b'\n' | b'\t' | b' '..=b'~') && !matches!(b, b'<' | b'&' | b'\\'))
}

#[cfg(test)]
mod tests;
