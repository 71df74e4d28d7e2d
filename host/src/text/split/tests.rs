//! Where texts are cut, and what holds for every text.

use proptest::prelude::*;

use super::fence::last_open;
use super::*;

fn chars(_: char) -> usize {
    1
}

#[track_caller]
fn check(text: &str, limit: usize, format: Format, expected: &[&str]) {
    assert_eq!(split(text, limit, chars, format), expected, "{text:?} by {limit}");
}

#[test]
fn what_fits_is_one_part() {
    check("", 5, Format::Plain, &[]);
    check(" \n ", 5, Format::Plain, &[]);
    check("hello", 5, Format::Plain, &["hello"]);
    check("  hello\n\n", 7, Format::Plain, &["  hello"]);
}

#[test]
fn a_blank_line_comes_before_a_line_end_before_a_blank_before_any_place() {
    check("aaaa bb\n\ncc\ndd ee", 12, Format::Plain, &["aaaa bb", "cc\ndd ee"]);
    check("aaaa bbbb\ncc dd", 12, Format::Plain, &["aaaa bbbb", "cc dd"]);
    check("aaaa bbbb cc dd", 12, Format::Plain, &["aaaa bbbb cc", "dd"]);
    check("aaaaaaaaaaaaaaa", 12, Format::Plain, &["aaaaaaaaaaaa", "aaa"]);
}

#[test]
fn none_of_them_counts_before_half_of_the_limit() {
    check("aa\n\nbbbbbb cccccc", 12, Format::Plain, &["aa\n\nbbbbbb", "cccccc"]);
    check("aa bbbbbbbbbbbbbbb", 12, Format::Plain, &["aa bbbbbbbbb", "bbbbbb"]);
}

#[test]
fn a_separator_right_after_the_limit_needs_no_room() {
    check("aaaa bbbb", 4, Format::Plain, &["aaaa", "bbbb"]);
    check("aaaa\nbbbb", 4, Format::Plain, &["aaaa", "bbbb"]);
}

#[test]
fn a_line_keeps_its_indent() {
    check("aaaaaaaa\n\n    - bb", 12, Format::Plain, &["aaaaaaaa", "    - bb"]);
}

#[test]
fn a_character_is_not_torn_apart() {
    let utf16 = |text: &str, limit| split(text, limit, char::len_utf16, Format::Plain);
    let bytes = |text: &str, limit| split(text, limit, char::len_utf8, Format::Plain);
    assert_eq!(utf16("ab😀😀", 3), ["ab", "😀", "😀"]);
    assert_eq!(utf16("😀", 1), ["😀"], "longer than the limit, and still whole");
    assert_eq!(bytes("aéé", 2), ["a", "é", "é"]);
    check("abcde\u{301}f", 5, Format::Plain, &["abcd", "e\u{301}f"]);
    check("abcd👩\u{200D}💻", 6, Format::Plain, &["abcd", "👩\u{200D}💻"]);
    check("abcd🇩🇪", 5, Format::Plain, &["abcd", "🇩🇪"]);
}

#[test]
fn code_that_is_cut_is_closed_and_opened_again() {
    let text = "Look:\n\n```rust\nfn one() {}\nfn two() {}\n\nfn three() {}\n```\nDone.";
    check(
        text,
        40,
        Format::Markdown,
        &[
            "Look:\n\n```rust\nfn one() {}\n```",
            "```rust\nfn two() {}\n\nfn three() {}\n```",
            "Done.",
        ],
    );
    check(
        "~~~~\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n~~~~",
        32,
        Format::Markdown,
        &["~~~~\naaaaaaaaaaaaaaaaaaaaaa\n~~~~", "~~~~\naaaaaaaaaaa\n~~~~"],
    );
}

#[test]
fn a_block_that_begins_at_the_cut_moves_as_a_whole_and_one_that_ends_there_ends() {
    let text = "Thirty characters of prose, or so.\n```sh\nls\n```";
    check(
        text,
        42,
        Format::Markdown,
        &["Thirty characters of prose, or so.", "```sh\nls\n```"],
    );
    let text = "```\naaaaaaaaaaaaaaaaaaaaaaaa\n```\nand more after it";
    check(
        text,
        33,
        Format::Markdown,
        &["```\naaaaaaaaaaaaaaaaaaaaaaaa\n```", "and more after it"],
    );
}

#[test]
fn plain_text_has_no_code() {
    let text = "```\naaaaaaaaaaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbb\n```";
    check(
        text,
        40,
        Format::Plain,
        &["```\naaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb\n```"],
    );
}

/// Text as models write it: words, lines, blank lines, code, odd characters; and what nobody would write.
fn text(odd: &'static str) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,12}".prop_map(|word| word + " "),
        2 => Just("\n".to_owned()),
        2 => Just("\n\n".to_owned()),
        1 => "\n(```|````|~~~|   ```)[a-z]{0,6}\n",
        1 => Just("\n```\n".to_owned()),
        1 => odd,
        1 => "[a-z]{40,90}",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

const TIDY: &str = "[é😀👩\u{200D}\u{301}🇩 \t]{1,9}";
const NASTY: &str = "[é😀👩\u{200D}\u{301}🇩 \t`~\r]{1,9}|```[a-z]{0,60}";

/// What must not be lost: everything but white space and fences.
fn essence(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("```") && !line.starts_with("~~~")
    });
    lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect()
}

fn sizes(unit: u8) -> fn(char) -> usize {
    match unit {
        0 => chars,
        1 => char::len_utf16,
        _ => char::len_utf8,
    }
}

proptest! {
    #[test]
    fn every_part_is_within_the_limit_and_says_something(text in text(NASTY), limit in 1_usize..200, unit in 0_u8..3) {
        let size = sizes(unit);
        for part in split(&text, limit, size, Format::Markdown) {
            let units: usize = part.chars().map(size).sum();
            prop_assert!(units <= limit || part.chars().count() == 1, "{units} of {limit}: {part:?}");
            prop_assert!(!part.trim().is_empty());
        }
    }

    #[test]
    fn plain_parts_lose_nothing_but_white_space(text in text(NASTY), limit in 1_usize..200) {
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let parts = split(&text, limit, chars, Format::Plain);
        prop_assert_eq!(solid(&parts.concat()), solid(&text));
    }

    #[test]
    fn markdown_loses_nothing_but_white_space_and_fences(text in text(TIDY), limit in 100_usize..300) {
        let parts = split(&text, limit, chars, Format::Markdown);
        prop_assert_eq!(essence(&parts.join("\n")), essence(&text));
    }

    #[test]
    fn code_is_open_at_the_end_of_no_part_but_the_last(text in text(NASTY), limit in 100_usize..300) {
        let parts = split(&text, limit, chars, Format::Markdown);
        for part in parts.iter().rev().skip(1) {
            prop_assert_eq!(last_open(part), None, "{:?}", part);
        }
    }
}
