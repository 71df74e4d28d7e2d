//! How much room a text takes in a terminal, rather too much than too little: what is thought to be narrower than it is
//! would run over the edge, to the beginning of the next line.

/// So many cells at most, in any terminal. Escaped text only: controls are not looked at.
pub fn text_width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// One cell, or two for what may be drawn wide: East Asian characters, emoji, and the blocks of signs between them.
pub fn char_width(c: char) -> usize {
    let is_wide = matches!(
        u32::from(c),
        0x1100..=0x11FF
            | 0x2190..=0x2BFF
            | 0x2E3A..=0x2E3B
            | 0x2E80..=0xA4CF
            | 0xA960..=0xA97F
            | 0xAC00..=0xD7FF
            | 0xF900..=0xFAFF
            | 0xFE10..=0xFE6F
            | 0xFF00..=0xFFEF
            | 0x16FE0..=0x18DFF
            | 0x1AFF0..=0x1B2FF
            | 0x1D300..=0x1D37F
            | 0x1F000..=0x3FFFF
    );
    1 + usize::from(is_wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_wide_is_counted_twice() {
        for (text, expected) in [
            ("", 0),
            ("plain", 5),
            ("é…", 2),
            ("日本", 4),
            ("한", 2),
            ("Ａ", 2),
            ("👍", 2),
            ("e\u{301}", 2),
        ] {
            assert_eq!(text_width(text), expected, "{text}");
        }
    }
}
