//! CommonMark to MarkdownV2: never markup that the platform refuses, and no word lost.

use super::oracle::{self, Seen};
use crate::markdown::convert;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

fn seen(markdown: &str) -> Seen {
    let page = convert(markdown).unwrap_or_else(|| panic!("nothing of {markdown:?}"));
    oracle::read(&page).unwrap_or_else(|why| panic!("{why}: {page}\nfrom {markdown:?}"))
}

#[test]
fn what_the_platform_can_mark_is_marked() {
    fn check(markdown: &str, expected: &str) {
        assert_eq!(convert(markdown).as_deref(), Some(expected), "{markdown}");
        seen(markdown);
    }
    check("plain", "plain");
    check(
        "1.5 - 2 (a) [b] #c! a_b_c",
        "1\\.5 \\- 2 \\(a\\) \\[b\\] \\#c\\! a\\_b\\_c",
    );
    check("**bold** *italic* ~~gone~~", "*bold* _italic_ ~gone~");
    check("***both***", "_*both*_");
    check("`a.b` and `` ` ``", "`a.b` and `\\``");
    check("```rust\nlet a = \"\\n\";\n```", "```rust\nlet a = \"\\\\n\";```");
    check("```\nx`y\n```", "```\nx\\`y```");
    check("``` {.odd}\nx\n```", "```\nx```");
    check("    code", "```\ncode```");
    check("[words](https://a.org/x_(y))", "[words](https://a.org/x_(y\\))");
    check("[**w**](https://a.org)", "[*w*](https://a.org)");
    check("[`w`](https://a.org)", "[w](https://a.org)");
    check("[w](docs/a.md)", "w \\(docs/a\\.md\\)");
    check("[w](http://localhost:3000)", "w \\(http://localhost:3000\\)");
    check("[w](#top)", "w");
    check("<https://a.org>", "https://a\\.org");
    check("![alt](https://a.org/x.png)", "[alt](https://a.org/x.png)");
    check("![](https://a.org/x.png)", "https://a\\.org/x\\.png");
    check("# Title\ntext", "*Title*\n\ntext");
    check("# A **b** c", "*A b c*");
    check("- a\n- b\n  - c\n- d", "• a\n• b\n  • c\n• d");
    check("1. a\n2. b", "1\\. a\n2\\. b");
    check("7) a\n8) b", "7\\. a\n8\\. b");
    check("- a\n\n- b", "• a\n\n• b");
    check("-\n- b", "• \n• b");
    check("- [x] done\n- [ ] not", "• ☑ done\n• ☐ not");
    check("> a\n> b\n\nc", ">a\n>b\n\nc");
    check("> a\n>\n> b", ">a\n>\n>b");
    check("> a\n\n> b", ">a\n\n>b");
    check("> **a\n> b**", ">*a\n>b*");
    check("> a\n> > b", ">a\n>\n>b");
    check("> ```\n> x\n> ```\n> y", "```\nx```\n\n>y");
    check("- > a", "• \n\n>a");
    check("a\n\n---\n\nb", "a\n\n———\n\nb");
    check("a\nb  \nc", "a\nb\nc");
    check("a <b>c</b>", "a <b\\>c</b\\>");
    check("**a `b` c**", "*a *`b`* c*");
    check("*a*_b_", "_ab_");
    check(
        "| a | b |\n|---|---|\n| 1 | long |",
        "```\na | b\n--+-----\n1 | long```",
    );
    // A mark that ends at a quote ends before it, though the quote begins with the same.
    check("# a\n> # b", "*a*\n\n>*b*");
    check("> # a\n\n# b", ">*a*\n\n*b*");
    check("x &amp; y \\* z", "x & y \\* z");
    check("a\u{0}b\u{7}c", "abc");
}

#[test]
fn what_would_be_nothing_or_too_long_goes_as_it_was_written() {
    assert_eq!(convert(""), None);
    assert_eq!(convert("[a]: https://a.org"), None);
    assert_eq!(convert("&nbsp;"), None);
    let wide = format!("| {} | b |\n|-|-|\n{}", "w".repeat(50), "| x | y |\n".repeat(100));
    assert_eq!(convert(&wide).map(|page| page.len()), None);
    // Escaping makes it twice as long, and no reader sees that.
    let dots = ".".repeat(4_096);
    assert_eq!(convert(&dots).map(|page| page.len()), Some(2 * 4_096));
    assert_eq!(convert(&"😀".repeat(2_049)), None);
}

/// What a reader has to see of a text, without blanks and marks: all words, and all code.
fn words(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let texts = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => Some(text.into_string()),
        _ => None,
    });
    texts
        .collect::<String>()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Whether all of it stands there in this order.
fn is_within(wanted: &str, text: &str) -> bool {
    let mut text = text.chars();
    wanted.chars().all(|c| text.any(|there| there == c))
}

fn holds(markdown: &str) {
    let Some(page) = convert(markdown) else { return };
    let seen = oracle::read(&page).unwrap_or_else(|why| panic!("{why}: {page:?} from {markdown:?}"));
    assert!(seen.text.encode_utf16().count() <= 4_096);
    assert!(is_within(&words(markdown), &seen.text), "{page:?} from {markdown:?}");
}

/// Pieces of which trouble is made.
const PIECES: [&str; 45] = [
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "`",
    "``",
    "```",
    "```rust\n",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "[",
    "](",
    ")",
    "](https://a.org)",
    "![",
    "|",
    "| a | b |\n|---|---|\n| c | d |\n",
    "\\",
    " ",
    "    ",
    "<b>",
    "<https://a.org>",
    "&lt;",
    "---",
    "- [x] ",
    "a",
    "b.c",
    "x_y",
    "😀",
    "é",
    "!",
    "{",
    "}",
    "=",
    "+",
    "#",
    "(",
    "\t",
    "\u{0}",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn no_text_becomes_markup_that_is_refused(pieces in proptest::collection::vec(piece(), 0..40)) {
        holds(&pieces.concat());
    }

    #[test]
    fn nor_does_any_other(text in "\\PC{0,200}") {
        holds(&text);
    }
}
