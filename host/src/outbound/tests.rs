//! How much may be said at once: below, at and above the bounds of an answer.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::manifest::TextUnit;
use crate::model::Format;

fn said(text: String, limit: usize) -> Result<usize, Refusal> {
    let answer = Answer {
        chat: "ci:main".into(),
        text,
        files: Vec::new(),
        reply_to: None,
        format: Format::Plain,
    };
    let sink = SinkTraits {
        text_limit: limit,
        text_unit: TextUnit::Bytes,
        typing: None,
        edit: false,
        react: false,
        buttons: false,
        files: None,
    };
    parts(&answer, &sink).map(|parts| parts.len())
}

#[test]
fn a_text_is_bounded_in_bytes() {
    let most = limits::ANSWER_BYTES;
    let told = |bytes: usize| said("x".repeat(bytes), most);
    assert!(matches!([told(most - 1), told(most)], [Ok(1), Ok(1)]));
    assert!(matches!(told(most + 1), Err(Refusal::TooLong { bytes }) if bytes == most + 1));
    assert!(matches!(told(0), Err(Refusal::Empty)));
}

#[test]
fn a_text_is_bounded_in_parts() {
    let (most, limit) = (limits::ANSWER_PARTS, 10);
    let told = |parts: usize| said("x".repeat(parts * limit), limit);
    assert_eq!([most - 1, most].map(|parts| told(parts).unwrap()), [most - 1, most]);
    assert!(matches!(told(most + 1), Err(Refusal::TooManyParts { parts }) if parts == most + 1));
}

#[test]
fn an_emoji_is_bounded_in_bytes() {
    let most = limits::EMOJI_BYTES;
    let cases = [(0, false), (1, true), (most - 1, true), (most, true), (most + 1, false)];
    for (bytes, good) in cases {
        assert_eq!(is_emoji(&"x".repeat(bytes)), good, "{bytes}");
    }
    assert!(!is_emoji("  ") && is_emoji("👍"));
}
