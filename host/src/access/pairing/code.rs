//! A code that one person reads to another: fifty random bits that can be typed. Where the bits come from is the caller's
//! business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of a code: five bits each.
const LENGTH: usize = 10;
/// Crockford's digits: none of them looks like another.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code, displayed as `XXXXX-XXXXX`. It has no `==`: two are compared by [`Code::is`]. Its `Debug` says nothing.
#[derive(Clone)]
pub struct Code([u8; LENGTH]);

/// The text is no code, whatever codes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is two groups of five letters and digits, like 7K3QD-XM29A: type it as it was sent")]
pub struct NotACode;

impl Code {
    /// The code of these bytes, which the caller took from the system's generator: 50 of their 56 bits.
    pub fn of(random: [u8; 7]) -> Self {
        let [a, b, c, d, e, f, g] = random;
        let bits = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
        let mut code = [0; LENGTH];
        for (nth, digit) in code.iter_mut().enumerate() {
            // Five bits are below 32.
            *digit = DIGITS[(bits >> (5 * nth)) as usize % DIGITS.len()];
        }
        Self(code)
    }

    /// Whether both are the same, in a time that does not tell how much of them is.
    pub fn is(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let differing = pairs.fold(0, |differing, (a, b)| differing | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

/// As somebody types it: in either case, with or without the dash or a space, and with the letters that are taken for
/// digits.
impl FromStr for Code {
    type Err = NotACode;

    fn from_str(typed: &str) -> Result<Self, NotACode> {
        let mut code = [0; LENGTH];
        let mut length = 0;
        for letter in typed.trim().bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
            let digit = match letter.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let place = code.get_mut(length).filter(|_| DIGITS.contains(&digit));
            *place.ok_or(NotACode)? = digit;
            length += 1;
        }
        if length == LENGTH {
            Ok(Self(code))
        } else {
            Err(NotACode)
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, digit) in self.0.iter().enumerate() {
            if nth == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: bool) {
        let code = Code::of([0x01, 0x8c, 0x07, 0x10, 0x4c, 0xe8, 0x40]);
        let is = typed.parse::<Code>().is_ok_and(|typed| typed.is(&code));
        assert_eq!(is, expected, "{typed:?} and {code}");
    }

    #[test]
    fn case_dash_space_and_lookalikes_do_not_matter_and_all_else_does() {
        let code = Code::of([0x01, 0x8c, 0x07, 0x10, 0x4c, 0xe8, 0x40]).to_string();
        assert_eq!(code, "02TS4-8W0CC");
        for same in ["02TS4-8W0CC", "02ts48w0cc", " O2TS4 8WOCC\n", "o2ts4-8-w-0-c-c"] {
            check(same, true);
        }
        let one: Code = "iO00L-0000o".parse().unwrap();
        assert_eq!(one.to_string(), "10001-00000");
        for other in [
            "",
            "02TS4-8W0C",
            "02TS4-8W0CCC",
            "02TS4-8W0CD",
            "12TS4-8W0CC",
            "02TS4_8W0CC",
            "02TS4-8W0CU",
            "０2TS4-203HH",
            "02TS4-8W0CC x",
        ] {
            check(other, false);
        }
    }

    #[test]
    fn fifty_bits_of_the_bytes_count_and_each_of_them() {
        let zero = Code::of([0; 7]);
        let mut codes = BTreeSet::from([zero.to_string()]);
        for bit in 0..56 {
            let mut bytes = [0; 7];
            bytes[6 - bit / 8] = 1 << (bit % 8);
            let code = Code::of(bytes);
            assert_eq!(codes.insert(code.to_string()), bit < 50, "bit {bit}");
            assert_eq!(code.is(&zero), bit >= 50);
        }
    }

    #[test]
    fn a_log_does_not_show_it() {
        assert_eq!(format!("{:?}", Code::of([7; 7])), "Code(…)");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read(random: [u8; 7]) {
            let code = Code::of(random);
            prop_assert!(code.to_string().parse::<Code>().unwrap().is(&code));
            let json = serde_json::to_string(&code).unwrap();
            prop_assert!(serde_json::from_str::<Code>(&json).unwrap().is(&code));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Code>();
        }
    }
}
