//! What becomes of a secret before anyone repeats it: without the blanks around it, unpacked, percent-encoded, in wide
//! characters. Bytes from bytes; never searches.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

use crate::limits;
use crate::reach;

/// The secret as it was given; without the blanks around it, as servers read a header; and the text whose base64 it is, as
/// a user and a password are sent.
pub fn readings(secret: &[u8]) -> Vec<Vec<u8>> {
    let bare = secret.trim_ascii();
    let mut all = vec![secret.to_vec(), bare.to_vec()];
    all.extend(unpacked(bare));
    all.dedup();
    all
}

fn unpacked(bare: &[u8]) -> Option<Vec<u8>> {
    let end = bare.iter().rposition(|byte| *byte != b'=')?;
    let bare = &bare[..=end];
    let packed = BASE64_NOPAD.decode(bare).or_else(|_| BASE64URL_NOPAD.decode(bare));
    let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(char::is_control));
    packed
        .ok()
        .filter(|bytes| bytes.len() >= limits::SECRET_SHORT && is_text(bytes))
}

/// The bytes as they stand, and percent-encoded, as they go into a path: whoever encodes that once more shows it whole.
pub fn encodings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let upper = reach::encoded(bytes);
    let mut all = vec![bytes.to_vec(), lower_digits(&upper), upper.into_bytes()];
    all.dedup();
    all
}

/// The same escapes in lower case.
fn lower_digits(encoded: &str) -> Vec<u8> {
    let (mut bytes, mut digits) = (Vec::new(), 0);
    for byte in encoded.bytes() {
        bytes.push(if digits > 0 { byte.to_ascii_lowercase() } else { byte });
        digits = if byte == b'%' { 2_u8 } else { digits.saturating_sub(1) };
    }
    bytes
}

/// The text in UTF-16 with either end first, if it is one.
pub fn wide(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let ends: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    ends.map(|bytes| text.encode_utf16().flat_map(bytes).collect()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_goes_over_the_wire() {
        fn check(secret: &str, expected: &[&str]) {
            let texts = readings(secret.as_bytes()).into_iter();
            let texts: Vec<String> = texts.map(|text| String::from_utf8(text).unwrap()).collect();
            assert_eq!(texts, expected, "{secret:?}");
        }
        check("plain", &["plain"]);
        check(" blanks\r\n", &[" blanks\r\n", "blanks"]);
        check("dXNlcjpwYXNzd29yZA==", &["dXNlcjpwYXNzd29yZA==", "user:password"]);
        check(
            "dXNlcjpwYXNzd29yZA\n",
            &["dXNlcjpwYXNzd29yZA\n", "dXNlcjpwYXNzd29yZA", "user:password"],
        );
        check("Pz8_Pz8_Pz8_Pz8_", &["Pz8_Pz8_Pz8_Pz8_", "????????????"]);
        // Too short, or no text.
        check("dXNlcjpwYXNz", &["dXNlcjpwYXNz"]);
        check("AAAAAAAAAAAAAAAAAAAA", &["AAAAAAAAAAAAAAAAAAAA"]);
        check("", &[""]);
        check("====", &["===="]);
    }
}
