//! Secrets in every writing, cut in every way: what is covered, and that nothing else is.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;

use super::{Masks, Writing, unit};
use crate::model::Secret;

const TOKEN: &str = "412587349:AAF-x_/+q\"9 7&Zk";

/// The first so many of [`writings`] stand alone.
const WHOLE: usize = 28;

fn masks(secrets: &[&str]) -> std::sync::Arc<Masks> {
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    Masks::new(&secrets)
}

fn percent(bytes: &[u8], every: bool, upper: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' if !every => {
                text.push(char::from(*byte))
            }
            _ if upper => write!(text, "%{byte:02X}").unwrap(),
            _ => write!(text, "%{byte:02x}").unwrap(),
        }
    }
    text
}

fn unicode(text: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        write!(out, "\\u{unit:04x}").unwrap();
    }
    out
}

/// Every writing of a secret that an answer may hold. The last ones stand within something longer.
fn writings(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let json = serde_json::to_string(secret).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let mut all = vec![
        secret.to_owned(),
        percent(bytes, false, true),
        percent(bytes, false, false),
        percent(bytes, true, true),
        percent(bytes, true, false),
        percent(bytes, false, true).replace("%20", "+"),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
        BASE64.encode(bytes),
        BASE64_NOPAD.encode(bytes),
        BASE64URL.encode(bytes),
        BASE64URL_NOPAD.encode(bytes),
        percent(BASE64.encode(bytes).as_bytes(), false, true),
        BASE64.encode(bytes).replace('/', "\\/"),
        json.replace('/', "\\/"),
        json,
        unicode(secret),
        unicode(secret).to_uppercase().replace("\\U", "\\u"),
    ];
    for upper in [true, false] {
        let once = percent(bytes, false, upper);
        all.extend([
            once.replace('%', "%25"),
            HEXLOWER.encode(once.as_bytes()),
            HEXUPPER.encode(once.as_bytes()),
            BASE64.encode(once.as_bytes()),
            BASE64URL_NOPAD.encode(once.as_bytes()),
        ]);
    }
    assert_eq!(all.len(), WHOLE);
    for before in ["", "u", "us", "use"] {
        for after in ["", "p", "pw", "pw1"] {
            all.push(BASE64.encode(format!("{before}{secret}{after}").as_bytes()));
            all.push(BASE64URL_NOPAD.encode(format!("{before}{secret}{after}").as_bytes()));
        }
    }
    all
}

#[test]
fn every_writing_is_covered_and_what_stands_around_it_is_not() {
    let masks = masks(&[TOKEN]);
    for writing in writings(TOKEN).into_iter().take(WHOLE) {
        let text = format!("<a>{writing}<b>");
        let (out, found) = masks.cover(text.as_bytes());
        let padding = writing.len() - writing.trim_end_matches('=').trim_end_matches("%3D").len();
        let covered = "*".repeat(writing.len() - padding);
        let expected = format!("<a>{covered}{}<b>", &writing[writing.len() - padding..]);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{writing}");
        assert_eq!(found, 1, "{writing}");
    }
}

#[test]
fn it_is_covered_within_something_longer() {
    let masks = masks(&[TOKEN]);
    for writing in writings(TOKEN).into_iter().skip(WHOLE) {
        let (out, _) = masks.cover(writing.as_bytes());
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.len(), writing.len());
        let left = out.trim_end_matches('=').bytes().filter(|byte| *byte != b'*').count();
        assert!(left <= 8, "{writing} became {out}");
    }
}

#[test]
fn what_only_resembles_a_secret_stays() {
    let masks = masks(&["secret-secret-1", "abc"]);
    for text in [
        "secret-secret-",
        "ecret-secret-1",
        "abc",
        "%",
        "\\",
        "\\u00",
        "%7",
        "secret%2Dsecret",
        "",
        "\\ud83d\\",
    ] {
        assert_eq!(masks.cover(text.as_bytes()), (text.as_bytes().to_vec(), 0), "{text}");
    }
}

#[test]
fn secrets_that_overlap_are_all_covered() {
    let masks = masks(&["abcdabcd", "abcdabcdef", "cdefgh", "aaaaaa"]);
    let check = |text: &str, expected: &str| {
        assert_eq!(
            String::from_utf8(masks.cover(text.as_bytes()).0).unwrap(),
            expected,
            "{text}"
        );
    };
    check("abcdabcdabcd.", "************.");
    check("abcdabcdefgh.", "************.");
    check("aaaaaaaaab", "*********b");
    check("abcdabc", "abcdabc");
}

#[test]
fn a_secret_in_pieces_is_held_back_until_it_is_whole() {
    let masks = masks(&["abcdefgh"]);
    let mut scanner = masks.scanner();
    assert_eq!(scanner.push(b"1abc"), b"1");
    assert_eq!(scanner.push(b"defg"), b"");
    assert_eq!(scanner.push(b"h."), b"********.");
    assert_eq!(scanner.push(b"abcdefg"), b"");
    assert_eq!(scanner.finish(), b"abcdefg");
    assert_eq!(scanner.take_found(), 1);
}

#[test]
fn escapes_are_read_as_they_are_written() {
    let check = |writing, text: &[u8], bytes: &[u8], taken| match unit::read(writing, text) {
        unit::Unit::Bytes {
            bytes: read,
            count,
            taken: took,
        } => assert_eq!((&read[..count], took), (bytes, taken)),
        unit::Unit::Cut => assert_eq!(taken, 0, "{text:?}"),
    };
    check(Writing::Percent, b"%2Fx", b"/", 3);
    check(Writing::Percent, b"%2", b"", 0);
    check(Writing::Percent, b"%zz", b"%", 1);
    check(Writing::Plain, b"%2F", b"%", 1);
    check(Writing::Json, b"\\/", b"/", 2);
    check(Writing::Json, b"\\u00e9", "é".as_bytes(), 6);
    check(Writing::Json, b"\\ud83d\\ude00", "😀".as_bytes(), 12);
    check(Writing::Json, b"\\ud83d\\ude0", b"", 0);
    check(Writing::Json, b"\\ud83d.", b"\\", 1);
    check(Writing::Json, b"\\q", b"\\", 1);
}

fn pieces(text: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.sort_unstable();
    let (mut all, mut from) = (Vec::new(), 0);
    for cut in cuts {
        all.push(text[from..cut].to_vec());
        from = cut;
    }
    all.push(text[from..].to_vec());
    all
}

proptest! {
    #[test]
    fn no_secret_comes_through(
        secret in "[ -~é😀]{12,40}",
        around in proptest::collection::vec("[ -~]{0,20}", 2),
        which in 0..WHOLE,
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let writing = writings(&secret).swap_remove(which);
        let text = format!("{}{writing}{}", around[0], around[1]);
        let masks = masks(&[&secret]);
        let mut scanner = masks.scanner();
        let mut out = Vec::new();
        for piece in pieces(text.as_bytes(), &cuts) {
            out.append(&mut scanner.push(&piece));
        }
        out.append(&mut scanner.finish());
        prop_assert_eq!(out.len(), text.len());
        prop_assert_eq!(&out, &masks.cover(text.as_bytes()).0);
        let out = String::from_utf8(out).unwrap();
        for writing in writings(&secret).into_iter().take(WHOLE) {
            prop_assert!(!out.contains(writing.trim_end_matches('=')), "{}", out);
        }
        let padding = ["=", "%3D"];
        let bare = padding.iter().fold(&*writing, |writing, pad| writing.trim_end_matches(pad));
        for piece in bare.as_bytes().windows(8).filter(|piece| *piece != b"********") {
            prop_assert!(!out.as_bytes().windows(8).any(|seen| seen == piece), "{:?} in {}", piece, out);
        }
        prop_assert!(scanner.take_found() >= 1);
    }

    #[test]
    fn pieces_make_no_difference(
        text in "[a-d%\\\\u0-3]{0,200}",
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let masks = masks(&["abcd", "d%31a", "aaaaa"]);
        let mut scanner = masks.scanner();
        let mut out = Vec::new();
        for piece in pieces(text.as_bytes(), &cuts) {
            out.append(&mut scanner.push(&piece));
        }
        out.append(&mut scanner.finish());
        prop_assert_eq!(out, masks.cover(text.as_bytes()).0);
    }
}
