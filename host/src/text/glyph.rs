//! Reads one character of a text, whether it stands there itself, as an HTML entity or as a JSON escape. Decodes
//! nothing for anybody: the answer only says what a reader would take the characters for.

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As itself.
    Plain,
    /// As an HTML entity, named or numeric.
    Entity,
    /// As an escape of JSON or of a programming language.
    Escape,
}

/// One character and the bytes that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) bytes: usize,
    pub(super) form: Form,
}

/// Digits that a numeric entity or an escape may have; more are not decoded by anything.
const DIGITS: usize = 10;

/// Names of entities behind which a tag can hide.
const NAMED: [(&str, char); 20] = [
    ("lt", '<'),
    ("LT", '<'),
    ("langle", '⟨'),
    ("lang", '⟨'),
    ("Lang", '⟪'),
    ("lsaquo", '‹'),
    ("laquo", '«'),
    ("gt", '>'),
    ("sol", '/'),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("shy", '\u{AD}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("ZeroWidthSpace", '\u{200B}'),
    ("NoBreak", '\u{2060}'),
];

/// The first character of this text.
pub(super) fn first(text: &str) -> Option<Glyph> {
    let c = text.chars().next()?;
    let encoded = match c {
        '&' => entity(text).map(|(c, bytes)| Glyph {
            c,
            bytes,
            form: Form::Entity,
        }),
        '\\' => escape(text).map(|(c, bytes)| Glyph {
            c,
            bytes,
            form: Form::Escape,
        }),
        _ => None,
    };
    Some(encoded.unwrap_or(Glyph {
        c,
        bytes: c.len_utf8(),
        form: Form::Plain,
    }))
}

/// `&lt;`, `&#60;`, `&#x3c;`, also without the semicolon and with the ampersand itself encoded.
fn entity(text: &str) -> Option<(char, usize)> {
    let mut rest = text.strip_prefix('&')?;
    // Encoded twice or three times; nobody looks deeper.
    for _ in 0..3 {
        rest = rest.strip_prefix("amp;").unwrap_or(rest);
    }
    let (c, rest) = match rest.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => digits(hex, 16)?,
            None => digits(number, 10)?,
        },
        None => NAMED
            .iter()
            .find_map(|(name, c)| Some((*c, rest.strip_prefix(name)?)))?,
    };
    let rest = rest.strip_prefix(';').unwrap_or(rest);
    Some((c, text.len() - rest.len()))
}

/// `\u003c`, `\u{3c}`, `\x3c`, and a doubled backslash, which is one.
fn escape(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('\\')?;
    if body.starts_with('\\') {
        return Some(('\\', 2));
    }
    let (c, rest) = match body.as_bytes().first()? {
        b'u' if body[1..].starts_with('{') => {
            let (c, rest) = digits(&body[2..], 16)?;
            (c, rest.strip_prefix('}')?)
        }
        b'u' => surrogates(&body[1..]).or_else(|| exactly(&body[1..], 4))?,
        b'U' => exactly(&body[1..], 8)?,
        b'x' => exactly(&body[1..], 2)?,
        _ => return None,
    };
    Some((c, text.len() - rest.len()))
}

fn exactly(text: &str, count: usize) -> Option<(char, &str)> {
    let (code, rest) = hex(text, count)?;
    Some((char::from_u32(code)?, rest))
}

/// `d835\udc1c`: JSON writes a character beyond the first 65,536 as two.
fn surrogates(text: &str) -> Option<(char, &str)> {
    let (high, rest) = hex(text, 4)?;
    let (low, rest) = hex(rest.strip_prefix("\\u")?, 4)?;
    let halves = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let is_pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    let c = char::decode_utf16(halves).next()?.ok()?;
    is_pair.then_some((c, rest))
}

fn hex(text: &str, count: usize) -> Option<(u32, &str)> {
    let number = text.get(..count)?;
    let is_hex = number.bytes().all(|b| b.is_ascii_hexdigit());
    let code = u32::from_str_radix(number, 16).ok()?;
    is_hex.then_some((code, &text[count..]))
}

fn digits(text: &str, radix: u32) -> Option<(char, &str)> {
    let count = text.chars().take(DIGITS).take_while(|c| c.is_digit(radix)).count();
    let code = u32::from_str_radix(&text[..count], radix).ok()?;
    Some((char::from_u32(code)?, &text[count..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_character() {
        let check = |text: &str, c: char, bytes: usize, form: Form| {
            assert_eq!(first(text), Some(Glyph { c, bytes, form }), "{text:?}");
        };
        check("<a", '<', 1, Form::Plain);
        check("＜a", '＜', 3, Form::Plain);
        check("&lt;a", '<', 4, Form::Entity);
        check("&LTa", '<', 3, Form::Entity);
        check("&amp;lt;a", '<', 8, Form::Entity);
        check("&#60;a", '<', 5, Form::Entity);
        check("&#x0003C;a", '<', 9, Form::Entity);
        check("&#xff1c;", '＜', 8, Form::Entity);
        check("&#99;", 'c', 5, Form::Entity);
        check("&sol;", '/', 5, Form::Entity);
        check("&other;", '&', 1, Form::Plain);
        check("&#x110000;", '&', 1, Form::Plain);
        check("&#;", '&', 1, Form::Plain);
        check("&", '&', 1, Form::Plain);
        check("\\u003ca", '<', 6, Form::Escape);
        check("\\u003Ca", '<', 6, Form::Escape);
        check("\\u{3c}a", '<', 6, Form::Escape);
        check("\\x3ca", '<', 4, Form::Escape);
        check("\\U0000003ca", '<', 10, Form::Escape);
        check("\\\\u003c", '\\', 2, Form::Escape);
        check("\\ud835\\udc1cx", '𝐜', 12, Form::Escape);
        check("\\ud800", '\\', 1, Form::Plain);
        check("\\ud800\\u0063", '\\', 1, Form::Plain);
        check("\\u00é", '\\', 1, Form::Plain);
        check("\\u+03c", '\\', 1, Form::Plain);
        check("\\n", '\\', 1, Form::Plain);
        assert_eq!(first(""), None);
    }
}
