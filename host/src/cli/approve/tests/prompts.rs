//! Questions with an author's words in them.

use super::*;

/// A title that tries to end our question and to begin another one, in a line of its own.
#[test]
fn a_hostile_title_asks_nothing_of_its_own() {
    for filler in [
        " ", "\n", "\r", "\u{a0}", "\u{2003}", "\u{2800}", "\u{3000}", "漢", "\u{202e}",
    ] {
        let title = format!("Notes){}Add it as ci? [y/N]", filler.repeat(400));
        for title in [title.clone(), title.replacen("Notes)", &"N".repeat(93), 1)] {
            let (mut printer, _, talk) = to_memory();
            printer.question(&asked("notes", &title, "path of the folder, to be read"));
            let shown = talk.text();
            let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.starts_with("notes (N"), "{shown}");
            assert!(words.ends_with(": path of the folder, to be read:"), "{shown}");
            let mut rest = shown.lines().skip(1);
            assert!(rest.all(|line| line.starts_with("    ")), "{filler:?}\n{shown}");
            assert!(
                shown.lines().all(|line| crate::text::text_width(line) <= 100),
                "{filler:?}\n{shown}"
            );
            assert!(shown.chars().count() < 4_000, "{filler:?}\n{shown}");
        }
    }
}
