//! One character as a text writes it: as it stands, percent-encoded, or escaped as in JSON. Reads one; never compares.

use super::shape::hex_value;

/// How a text writes what does not stand for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Everything stands for itself.
    Plain,
    /// `%2F`.
    Percent,
    /// `\/`, `\n`, `/`.
    Json,
}

/// What stands at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Unit {
    /// These bytes (the first `count`), written with so many.
    Bytes { bytes: [u8; 4], count: usize, taken: usize },
    /// That can't be told before more of the text is there.
    Cut,
}

impl Unit {
    fn one(byte: u8, taken: usize) -> Self {
        Self::Bytes {
            bytes: [byte, 0, 0, 0],
            count: 1,
            taken,
        }
    }
}

/// Reads the first character. What is no escape stands for itself.
pub fn read(writing: Writing, text: &[u8]) -> Unit {
    match (writing, text.first()) {
        (_, None) => Unit::Cut,
        (Writing::Percent, Some(b'%')) => percent(text),
        (Writing::Json, Some(b'\\')) => escape(text),
        (_, Some(byte)) => Unit::one(*byte, 1),
    }
}

fn percent(text: &[u8]) -> Unit {
    match digits(&text[1..], 2) {
        Digits::Value(value) => Unit::one(value.to_be_bytes()[1], 3),
        Digits::None => Unit::one(b'%', 1),
        Digits::Cut => Unit::Cut,
    }
}

fn escape(text: &[u8]) -> Unit {
    let byte = match text.get(1) {
        None => return Unit::Cut,
        Some(b'u') => return unicode(text),
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(other @ (b'"' | b'\\' | b'/')) => *other,
        Some(_) => return Unit::one(b'\\', 1),
    };
    Unit::one(byte, 2)
}

/// `\u` with four digits, or two of them for one character beyond the first plane.
fn unicode(text: &[u8]) -> Unit {
    let first = match digits(&text[2..], 4) {
        Digits::Value(value) => value,
        Digits::None => return Unit::one(b'\\', 1),
        Digits::Cut => return Unit::Cut,
    };
    if !(0xd800..0xdc00).contains(&first) {
        return character(u32::from(first), 6);
    }
    let follows = &text[6..];
    if follows.len() < 2 && b"\\u".starts_with(follows) {
        return Unit::Cut;
    }
    let second = match follows.strip_prefix(b"\\u").map(|rest| digits(rest, 4)) {
        Some(Digits::Value(value)) if (0xdc00..0xe000).contains(&value) => value,
        Some(Digits::Cut) => return Unit::Cut,
        _ => return Unit::one(b'\\', 1),
    };
    let beyond = (u32::from(first) - 0xd800) << 10 | (u32::from(second) - 0xdc00);
    character(0x10000 + beyond, 12)
}

fn character(code: u32, taken: usize) -> Unit {
    let Some(character) = char::from_u32(code) else {
        return Unit::one(b'\\', 1);
    };
    let mut bytes = [0; 4];
    let count = character.encode_utf8(&mut bytes).len();
    Unit::Bytes { bytes, count, taken }
}

enum Digits {
    Value(u16),
    None,
    Cut,
}

fn digits(text: &[u8], count: usize) -> Digits {
    let mut value = 0;
    for at in 0..count {
        match text.get(at).map(|digit| hex_value(*digit)) {
            None => return Digits::Cut,
            Some(None) => return Digits::None,
            Some(Some(digit)) => value = value << 4 | u16::from(digit),
        }
    }
    Digits::Value(value)
}
