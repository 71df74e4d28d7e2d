//! Text that can't break out of the line it stands in. Pure.

/// The most characters of one value.
pub const VALUE_CHARS: usize = 300;
/// The most bytes of an event's text.
pub const TEXT_BYTES: usize = 60 << 10;

/// One line of at most [`VALUE_CHARS`]: control characters and runs of white space become one space.
pub fn flat(text: &str) -> String {
    let mut line = String::new();
    let mut count = 0;
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        for c in (count > 0).then_some(' ').into_iter().chain(word.chars()) {
            if count == VALUE_CHARS {
                line.push('…');
                return line;
            }
            line.push(c);
            count += 1;
        }
    }
    line
}

/// At most `bytes` of the text, cut between characters, with a mark where it was cut.
pub fn clip(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mark = '…';
    let mut end = bytes.saturating_sub(mark.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line() {
        let check = |text: &str, expected: &str| assert_eq!(flat(text), expected, "{text:?}");
        check("  a\r\n\tb \u{1b}[2J c\u{0} ", "a b [2J c");
        check("", "");
        check("\n \n", "");
        check(&"é".repeat(301), &format!("{}…", "é".repeat(300)));
        check(&"é".repeat(300), &"é".repeat(300));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("ééé", 5), "é…");
        assert_eq!(clip("ééé", 2), "…");
    }
}
