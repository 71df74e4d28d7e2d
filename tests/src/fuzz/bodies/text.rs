//! Foreign text on its way to the model, to an attribute, to a terminal and to a platform.

use lockgate::limits;
use lockgate::model::Format;
use lockgate::text::{Bound, attribute, clip, guard_headings, head, meta_key, neutralise, split, terminal};

use super::super::Body;
use super::text;

/// Any text. Its first byte is taken for the bounds.
pub const BODY: Body = Body {
    name: "text",
    play,
    words: &[
        "<channel>",
        "</channel>",
        "< channel",
        "<system-reminder>",
        "&lt;",
        "&#60;",
        "&#x3c;",
        "\\u003c",
        "\\x3c",
        "＜",
        "‹",
        "〈",
        "\u{202e}",
        "\u{200b}",
        "\u{ad}",
        "\u{e0041}",
        "\u{feff}",
        "ｃｈａｎｎｅｌ",
        "сhannel",
        "```rust\n",
        "```\n",
        "~~~\n",
        "\n\n",
        "[lockgate] ",
        "> [lockgate]",
        "😀",
        "👩‍👩‍👧",
        "e\u{301}",
        "\\",
        "function_calls",
        "antml:invoke",
        "\u{2028}",
    ],
    usual: 800,
};

fn play(data: &[u8]) -> String {
    let (first, rest) = data.split_first().unwrap_or((&0, &[]));
    let text = text(rest);
    let most = usize::from(*first) + 1;
    let calm = neutralise(&text);
    assert_eq!(neutralise(&calm), calm, "neutralised twice is not once");
    assert!(
        calm.len() <= 2 * text.len(),
        "{} bytes became {}",
        text.len(),
        calm.len()
    );
    let unseen = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!calm.contains(unseen), "{calm:?}");
    for tag in ["<channel", "</channel", "<system", "</system", "<function_calls"] {
        assert!(!holds(&calm.to_ascii_lowercase(), tag), "{calm:?}");
    }
    let guarded = guard_headings(&calm);
    assert_eq!(guard_headings(&guarded), guarded, "guarded twice is not once");
    assert!(
        !guarded.lines().any(|line| line.starts_with("[lockgate]")),
        "{guarded:?}"
    );
    assert_lines(&text);
    assert_clips(&text, most);
    assert_parts(&text, most);
    format!("{} {} {}", calm == text, guarded == calm, terminal(&text) == text)
}

/// Whether there is a tag of this name: what follows is no part of another one.
fn holds(text: &str, tag: &str) -> bool {
    let behind = |(at, _): (usize, &str)| text[at + tag.len()..].chars().next();
    let ends = |next: Option<char>| next.is_none_or(|c| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '='));
    text.match_indices(tag).map(behind).any(ends)
}

/// What becomes one line is one line.
fn assert_lines(text: &str) {
    let value = attribute(text);
    assert!(
        value.len() <= limits::META_VALUE_BYTES && !value.contains(char::is_control),
        "{value:?}"
    );
    let shown = terminal(text);
    assert!(
        !shown.contains(char::is_control) && terminal(&shown) == shown,
        "{shown:?}"
    );
    if let Some(key) = meta_key(text) {
        assert!(key == text && key.len() <= limits::META_KEY_BYTES);
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{key}");
    }
}

fn assert_clips(text: &str, most: usize) {
    assert!(clip(text, Bound::Chars(most)).chars().count() <= most);
    assert!(clip(text, Bound::Bytes(most)).len() <= most);
    for bound in [Bound::Chars(most), Bound::Bytes(most)] {
        assert!(text.starts_with(head(text, bound)));
        assert!(clip(text, bound) == text || text.len() > most || text.chars().count() > most);
    }
}

/// Every part keeps the limit and says something; of plain text nothing but white space is lost.
fn assert_parts(text: &str, limit: usize) {
    for format in [Format::Plain, Format::Markdown] {
        let parts = split(text, limit, char::len_utf16, format);
        for part in &parts {
            let units: usize = part.chars().map(char::len_utf16).sum();
            assert!(
                units <= limit || part.chars().count() == 1,
                "{units} units of {limit}: {part:?}"
            );
            assert!(!part.trim().is_empty());
        }
        if format == Format::Plain {
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&parts.concat()), letters(text));
        }
    }
}
