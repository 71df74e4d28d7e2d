//! One secret in one shape: as it stands, in hex, or in base64 at one of three offsets. Says which character may stand
//! where; never searches.

use super::form;

/// A secret in one shape, character by character.
pub struct Shape {
    places: Vec<Place>,
}

/// What may stand at one place.
enum Place {
    /// This byte.
    Byte(u8),
    /// A space, which a form writes as `+`.
    Space,
    /// This hex digit, in either case.
    Digit(u8),
    /// A character of either base64 alphabet whose value has these bits where the mask has ones: at the edges some
    /// bits belong to what stands beside the secret.
    Sextet { bits: u8, mask: u8 },
}

impl Shape {
    /// All shapes of a secret.
    pub fn all(secret: &[u8]) -> Vec<Self> {
        let encodings = form::encodings(secret);
        let mut shapes: Vec<Self> = encodings.iter().flat_map(|bytes| Self::of(bytes)).collect();
        shapes.extend(form::wide(secret).iter().map(|bytes| Self::raw(bytes)));
        shapes
    }

    fn of(bytes: &[u8]) -> [Self; 5] {
        // How many bits of the first character belong to what stands before: none, one byte, or two.
        let [first, second, third] = [0, 2, 4].map(|offset| Self::base64(bytes, offset));
        [Self::raw(bytes), Self::hex(bytes), first, second, third]
    }

    /// The digits of what is percent-encoded count in either case.
    fn raw(secret: &[u8]) -> Self {
        let escapes = |at: &usize| secret[*at] == b'%' && secret[at + 1..].iter().take(2).all(u8::is_ascii_hexdigit);
        let is_digit = |at: usize| (1..=2).filter_map(|back| at.checked_sub(back)).any(|at| escapes(&at));
        let place = |(at, byte): (usize, &u8)| match (byte, hex_value(*byte)) {
            (b' ', _) => Place::Space,
            (_, Some(value)) if is_digit(at) => Place::Digit(value),
            _ => Place::Byte(*byte),
        };
        Self {
            places: secret.iter().enumerate().map(place).collect(),
        }
    }

    fn hex(secret: &[u8]) -> Self {
        let digits = secret.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self {
            places: digits.map(Place::Digit).collect(),
        }
    }

    fn base64(secret: &[u8], offset: usize) -> Self {
        let bit = |at: usize| {
            let at = at.checked_sub(offset)?;
            secret.get(at / 8).map(|byte| byte >> (7 - at % 8) & 1)
        };
        let place = |index: usize| {
            let (mut bits, mut mask) = (0, 0);
            for at in 6 * index..6 * index + 6 {
                let known = bit(at);
                bits = bits << 1 | known.unwrap_or(0);
                mask = mask << 1 | u8::from(known.is_some());
            }
            Place::Sextet { bits, mask }
        };
        Self {
            places: (0..(offset + 8 * secret.len()).div_ceil(6)).map(place).collect(),
        }
    }

    /// How many characters it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether this byte may stand there. `index` is below [`Shape::len`].
    pub fn accepts(&self, index: usize, byte: u8) -> bool {
        match &self.places[index] {
            Place::Byte(wanted) => byte == *wanted,
            Place::Space => matches!(byte, b' ' | b'+'),
            Place::Digit(wanted) => hex_value(byte) == Some(*wanted),
            Place::Sextet { bits, mask } => sextet(byte).is_some_and(|value| value & mask == *bits),
        }
    }

    /// The same for a text that was put in lower case.
    pub fn accepts_folded(&self, index: usize, byte: u8) -> bool {
        self.accepts(index, byte) || self.accepts(index, byte.to_ascii_uppercase())
    }
}

/// What a hex digit counts.
pub fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
