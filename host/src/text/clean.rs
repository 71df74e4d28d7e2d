//! Removes what can't be seen: controls, bidi marks, default-ignorable characters. Knows nothing of tags, but never
//! leaves a joiner beside a bracket, where breaking a tag would change what the next pass removes.

use super::lookalike;

/// The text without anything invisible; see [`super::neutralise`].
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let kept = match c {
            '\n' | '\t' => Some(c),
            // Separators that some displays treat as line breaks: one kind of line end is enough to guard.
            '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{200C}' | '\u{200D}' => joins(last, chars.peek().copied()).then_some(c),
            '\u{FE0E}' | '\u{FE0F}' => selects(last, chars.peek().copied()).then_some(c),
            c if c.is_control() || is_unseen(c) => None,
            c => Some(c),
        };
        if let Some(c) = kept {
            out.push(c);
            last = kept;
        }
    }
    out
}

/// Default-ignorable (which all bidi controls are), or an annotation mark.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F
            | 0x61C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

/// Drawn as nothing but room: every blank that is not ASCII, line separators, and signs without ink.
pub(super) fn is_odd_blank(c: char) -> bool {
    let is_empty = matches!(u32::from(c), 0x2800 | 0xFFFC | 0x13441..=0x13442 | 0x16FE4 | 0x1D159);
    is_empty || !c.is_ascii() && c.is_whitespace()
}

/// A joiner has a meaning between two characters that are not ASCII: in an emoji family, in Persian.
///
/// `last` is what was kept before it and `next` what follows in the input; both stay where they are, so a second
/// pass decides the same.
fn joins(last: Option<char>, next: Option<char>) -> bool {
    let is_neighbour =
        |c: char| !c.is_ascii() && !c.is_control() && !lookalike::opens(c) && !matches!(c, '\u{2028}' | '\u{2029}');
    last.is_some_and(|c| is_neighbour(c) && !matches!(c, '\u{200C}' | '\u{200D}'))
        && next.is_some_and(|c| is_neighbour(c) && !is_unseen(c))
}

/// A variation selector has a meaning after an emoji, and in a keycap.
fn selects(last: Option<char>, next: Option<char>) -> bool {
    match last {
        Some('0'..='9' | '#' | '*') => next == Some('\u{20E3}'),
        Some(c) => is_emoji(c) && !lookalike::opens(c),
        None => false,
    }
}

/// Roughly the blocks in which emoji live; a selector after a neighbour of theirs does no harm.
fn is_emoji(c: char) -> bool {
    matches!(
        u32::from(c),
        0xA9 | 0xAE
            | 0x203C
            | 0x2049
            | 0x2122
            | 0x2139
            | 0x2194..=0x21AA
            | 0x231A..=0x23FF
            | 0x24C2
            | 0x25AA..=0x25FE
            | 0x2600..=0x27BF
            | 0x2934..=0x2935
            | 0x2B00..=0x2BFF
            | 0x3030
            | 0x303D
            | 0x3297
            | 0x3299
            | 0x1F000..=0x1FAFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_covers_what_unicode_calls_default_ignorable() {
        for c in '\0'..=char::MAX {
            // The skeleton drops exactly the default-ignorable characters.
            let ignorable = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).next().is_none();
            assert!(
                !ignorable || is_unseen(c),
                "U+{:04X} is invisible and would stay",
                u32::from(c)
            );
        }
    }

    #[test]
    fn cleans() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text), expected, "{text:?}");
        check("a\r\nb\rc\0\x07\x1b[31m\u{85}d\te", "a\nbc[31md\te");
        check("a\u{202E}b\u{2066}c\u{200F}\u{61C}d\u{FEFF}e\u{AD}f", "abcdef");
        check("tag\u{E0041}\u{E007F} characters", "tag characters");
        check(
            "👩\u{200D}❤\u{FE0F}\u{200D}👨 می\u{200C}خواهم",
            "👩\u{200D}❤\u{FE0F}\u{200D}👨 می\u{200C}خواهم",
        );
        check(
            "a\u{200D}b é\u{200C}f \u{200D}é ü\u{200D}\u{200D}ü",
            "ab éf é ü\u{200D}ü",
        );
        check(
            "1\u{FE0F}\u{20E3} 1\u{FE0F} ❤\u{FE0F}\u{FE0F} x\u{FE0F}",
            "1\u{FE0F}\u{20E3} 1 ❤\u{FE0F} x",
        );
        check("＜\u{200D}é é\u{200D}＜ \u{276E}\u{FE0F}", "＜é é＜ \u{276E}");
        check("one\u{2028}two\u{2029}three", "one\ntwo\nthree");
        check("\u{3164}\u{115F}\u{FFF9}x", "x");
    }
}
