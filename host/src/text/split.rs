//! Cuts a long text into parts that a platform takes. Never inside a code point, and where it can be helped not inside
//! what a reader sees as one character; a code block that is cut is closed in one part and opened again in the next.
//! Pure; what a platform counts is handed in.

mod fence;
#[cfg(test)]
mod tests;

use crate::limits;
use crate::model::Format;
use fence::{Block, Fence};

/// The parts of a text, in order, each at most `limit` units long, where a character has `units(c)` of them. A single
/// character that is longer than the limit stands alone.
///
/// Cut is at a blank line, else at a line's end, else at a blank, each only past half of the limit, else wherever the
/// limit is. White space at a cut is left out, but not inside code.
pub fn split(text: &str, limit: usize, units: impl Fn(char) -> usize, format: Format) -> Vec<String> {
    let knife = Knife {
        limit,
        units,
        // With less there would be hardly anything in a part but its fences.
        fences: format == Format::Markdown && limit >= limits::FENCED_PART_LEAST,
    };
    let (mut parts, mut rest, mut open) = (Vec::new(), text.trim_end(), None);
    while !rest.is_empty() {
        let piece = knife.cut(rest, open.as_ref());
        rest = piece.rest;
        open = piece.open;
        if !piece.text.trim().is_empty() {
            parts.push(piece.text);
        }
    }
    parts
}

struct Knife<F> {
    limit: usize,
    units: F,
    fences: bool,
}

/// One part, and what is left for the others.
struct Piece<'a> {
    text: String,
    rest: &'a str,
    /// The code block that the next part has to open again.
    open: Option<Fence>,
}

impl<F: Fn(char) -> usize> Knife<F> {
    fn size(&self, text: &str) -> usize {
        text.chars().map(&self.units).sum()
    }

    /// The longest beginning within `most` units, as bytes; one character at least.
    fn reach(&self, text: &str, most: usize) -> usize {
        let mut used = 0;
        let over = text.char_indices().find(|&(at, c)| {
            used += (self.units)(c);
            at > 0 && used > most
        });
        over.map_or(text.len(), |(at, _)| at)
    }

    fn block(&self, text: &str) -> Option<Block> {
        if self.fences { fence::last_open(text) } else { None }
    }

    fn cut<'a>(&self, rest: &'a str, open: Option<&Fence>) -> Piece<'a> {
        let head = open.map(Fence::opening).unwrap_or_default();
        let mut room = self.limit.saturating_sub(self.size(&head));
        if self.reach(rest, room) == rest.len() {
            return Piece {
                text: head + rest,
                rest: "",
                open: None,
            };
        }
        loop {
            let piece = self.piece(&head, rest, self.place(rest, room, &head));
            let over = self.size(&piece.text).saturating_sub(self.limit);
            // The fence that closes has to fit, too. One that is so long that nothing fits beside it is left open.
            match room.checked_sub(over) {
                _ if over == 0 => return piece,
                Some(less) if less > 0 => room = less,
                _ => return self.bare(rest),
            }
        }
    }

    /// The part up to a cut, closed if code is open there.
    fn piece<'a>(&self, head: &str, rest: &'a str, cut: Cut) -> Piece<'a> {
        let mut text = format!("{head}{}", &rest[..cut.end]);
        let Some(Block { fence, .. }) = self.block(&text) else {
            return Piece {
                text: text.trim_end().to_owned(),
                rest: after(rest, cut),
                open: None,
            };
        };
        // Inside code a line end becomes that before the fence, and a blank stays.
        let at_line_end = rest[cut.end..cut.next] == *"\n";
        let left = if at_line_end {
            &rest[cut.next..]
        } else {
            &rest[cut.end..]
        };
        if at_line_end || !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&fence.closing());
        match fence.closed_by(left) {
            // The block was at its end anyway.
            Some(length) => Piece {
                text,
                rest: left[length..].trim_start_matches(['\n', '\r']),
                open: None,
            },
            None => Piece {
                text,
                rest: left,
                open: self.reopened(fence),
            },
        }
    }

    /// A fence that leaves room for what it fences; without its info string if that is too long.
    fn reopened(&self, fence: Fence) -> Option<Fence> {
        let fits = |fence: &Fence| 2 * (self.size(&fence.opening()) + self.size(&fence.closing())) <= self.limit;
        [fence.clone(), fence.unnamed()].into_iter().find(fits)
    }

    /// As much as fits, whatever it does to the markup.
    fn bare<'a>(&self, rest: &'a str) -> Piece<'a> {
        let end = self.reach(rest, self.limit);
        Piece {
            text: rest[..end].to_owned(),
            rest: &rest[end..],
            open: None,
        }
    }

    /// Where to cut, so that at most `room` units come before it.
    fn place(&self, rest: &str, room: usize, head: &str) -> Cut {
        let most = self.reach(rest, room);
        let half = self.reach(rest, room / 2);
        let cut = best(rest, half, most);
        // A code block whose first line would not fit moves to the next part as a whole.
        match self.block(&format!("{head}{}", &rest[..cut.end])) {
            Some(Block { empty: true, at, .. }) if at > head.len() => {
                let at = at - head.len();
                Cut { end: at, next: at }
            }
            _ => cut,
        }
    }
}

/// What is left after a cut outside of code: without the blank lines, or the blanks, at its beginning.
fn after(rest: &str, cut: Cut) -> &str {
    let left = &rest[cut.next..];
    if rest[..cut.next].ends_with([' ', '\t']) {
        return left.trim_start();
    }
    let text = left.trim_start();
    // The first line that says something keeps its indent.
    let line = left[..left.len() - text.len()].rfind('\n').map_or(0, |at| at + 1);
    &left[line..]
}

/// Bytes up to which a part goes, and from which the next one does; between them is one line end or blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    end: usize,
    next: usize,
}

/// The best cut after `half` and up to `most` bytes.
fn best(text: &str, half: usize, most: usize) -> Cut {
    // What separates need not fit itself.
    let beyond = text[most..].chars().next().map_or(0, char::len_utf8);
    let window = &text[..most + beyond];
    let past = |at: &usize| *at > half.min(most - 1) && *at <= most;
    let lines = || window.rmatch_indices('\n').map(|(at, _)| at).filter(past);
    let is_blank_before = |at: &usize| {
        let line = &text[text[..*at].rfind('\n').map_or(0, |start| start + 1)..*at];
        *at > 0 && line.trim().is_empty()
    };
    let blanks = || window.rmatch_indices([' ', '\t']).map(|(at, _)| at).filter(past);
    let found = lines().find(is_blank_before).or_else(|| lines().next());
    if let Some(at) = found {
        return Cut { end: at, next: at + 1 };
    }
    if let Some(at) = blanks().next() {
        // The blank stays on the left, where it does no harm, unless there is no room for it.
        let end = (at + 1).min(most);
        return Cut { end, next: at + 1 };
    }
    let at = between_graphemes(text, half, most);
    Cut { end: at, next: at }
}

/// The last place up to `most` that does not tear apart what is seen as one character, if there is one past `half`.
fn between_graphemes(text: &str, half: usize, most: usize) -> usize {
    let places = text[..most].char_indices().rev().map(|(at, _)| at);
    let mut places = std::iter::once(most).chain(places).take_while(|at| *at > half);
    places.find(|at| !is_joined(text, *at)).unwrap_or(most)
}

/// Whether the characters on both sides of a place are seen as one; roughly, without a table.
fn is_joined(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text[..at].chars().next_back(), text[at..].chars().next()) else {
        return false;
    };
    let flags = || text[..at].chars().rev().take_while(|c| is_flag(*c)).count();
    before == '\u{200D}' || extends(after) || (before == '\r' && after == '\n') || (is_flag(after) && flags() % 2 == 1)
}

/// Combining marks, joiners, variation selectors, skin tones and tags.
fn extends(c: char) -> bool {
    matches!(
        u32::from(c),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F | 0x93C | 0x93E..=0x94D
            | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x200C..=0x200D | 0x20D0..=0x20FF | 0x302A..=0x302F | 0x3099..=0x309A
            | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F | 0xE0100..=0xE01EF
    )
}

/// Two of these make a flag.
fn is_flag(c: char) -> bool {
    matches!(u32::from(c), 0x1F1E6..=0x1F1FF)
}
