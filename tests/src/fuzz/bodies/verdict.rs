//! The grammar of a verdict: what it takes is a yes or a no and an id, and nothing stands beside them.

use lockgate::model::Behavior;
use lockgate::relay::grammar;

use super::super::Body;
use super::text;

/// A text that somebody wrote.
pub const BODY: Body = Body {
    name: "verdict",
    play,
    words: &[
        "y",
        "yes",
        "n",
        "no",
        "YES",
        "No",
        "abcde",
        "ABCDE",
        "zzkmn",
        "abcle",
        "abcd",
        "abcdef",
        " ",
        "\n",
        "\t",
        "\r\n",
        "\u{a0}",
        "\u{2003}",
        "\u{200b}",
        "\u{feff}",
        "\u{202e}",
        "\u{212a}bcde",
        "ｙｅｓ",
        "please",
        ",",
        ".",
        "\0",
        "ſ",
    ],
    usual: 20_000,
};

/// Words of a text that is no verdict.
const COUNTS: [&str; 4] = ["nothing", "one word", "two words", "more words"];

fn play(data: &[u8]) -> String {
    let text = text(data);
    let found = grammar::parse(&text);
    let found = found.as_ref().map(|found| (found.behavior, found.request.as_str()));
    let expected = read(&text);
    let expected = expected.as_ref().map(|(behavior, id)| (*behavior, id.as_str()));
    assert_eq!(found, expected, "{text:?}");
    // Whatever stands around it makes chat of a verdict, but for space.
    for (before, after, still) in [("", " please", false), ("> ", "", false), ("\n", " ", true)] {
        let around = grammar::parse(&format!("{before}{text}{after}"));
        assert_eq!(around.is_some(), still && found.is_some(), "{before}{text}{after}");
    }
    match found {
        Some((behavior, id)) => {
            assert!(id.len() == 5 && !id.contains('l') && id.bytes().all(|byte| byte.is_ascii_lowercase()));
            format!("verdict {}", behavior.as_str())
        }
        None => format!(
            "chat of {}",
            COUNTS[text.split_whitespace().count().min(COUNTS.len() - 1)]
        ),
    }
}

/// The same grammar, read in another way: letter by letter from the front.
fn read(text: &str) -> Option<(Behavior, String)> {
    let words = [
        ("yes", Behavior::Allow),
        ("y", Behavior::Allow),
        ("no", Behavior::Deny),
        ("n", Behavior::Deny),
    ];
    let text = text.trim();
    words.into_iter().find_map(|(word, behavior)| {
        let (start, rest) = text.split_at_checked(word.len())?;
        let id = rest.trim_start();
        let apart = id.len() < rest.len() && start.eq_ignore_ascii_case(word);
        let letters = id
            .chars()
            .all(|letter| matches!(letter, 'a'..='k' | 'm'..='z' | 'A'..='K' | 'M'..='Z'));
        (apart && letters && id.len() == 5).then(|| (behavior, id.to_ascii_lowercase()))
    })
}
