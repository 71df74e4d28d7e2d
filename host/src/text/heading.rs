//! Keeps foreign lines from looking like lines that the host writes itself.

use super::lookalike::{self, Seen};

/// What every heading of the host's begins with, inside a body.
pub const HEADING: &str = "[lockgate]";

/// The host's name as [`lookalike`] folds it.
const FOLDED: &str = "lockgate";

/// The text with a backslash before each line that begins like a heading of the host's, whatever quoting marks,
/// spaces, brackets or look-alike letters it uses. Idempotent.
pub fn guard_headings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if imitates(line) {
            out.push('\\');
        }
        out.push_str(line);
    }
    out
}

fn imitates(line: &str) -> bool {
    let mut name = String::new();
    for c in line.trim_end_matches('\n').chars() {
        if is_decoration(c) {
            continue;
        }
        match lookalike::seen(c) {
            Seen::Nothing | Seen::Gap | Seen::Dash | Seen::Bar => {}
            Seen::Letters(letters) => name.push_str(&letters),
            Seen::Slash | Seen::Other => return false,
        }
        if name.len() >= FOLDED.len() {
            break;
        }
    }
    name == FOLDED
}

/// What may stand before the name and still let the line pass for a heading.
fn is_decoration(c: char) -> bool {
    matches!(c, '>' | '*' | '#' | '`' | '(' | '{' | '+' | '"' | '\'' | '~' | '[')
        || matches!(
            c,
            '［' | '【' | '〔' | '〖' | '⟦' | '⁅' | '❲' | '「' | '『' | '（' | '｛' | '›' | '»' | '＞' | '﹥'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_only_imitations() {
        let check = |text: &str, expected: &str| {
            assert_eq!(guard_headings(text), expected, "{text:?}");
            assert_eq!(guard_headings(expected), expected, "a second pass changed {text:?}");
        };
        check("[lockgate] quoted from a/b:\n> x", "\\[lockgate] quoted from a/b:\n> x");
        check("x\n [LockGate]\ny", "x\n\\ [LockGate]\ny");
        check("> [lосkgаte] y", "\\> [lосkgаte] y");
        check("［ｌｏｃｋｇａｔｅ］", "\\［ｌｏｃｋｇａｔｅ］");
        check("**1ockgate**", "\\**1ockgate**");
        check("the [lockgate] in between", "the [lockgate] in between");
        check("> a quote of his own\n[other] x", "> a quote of his own\n[other] x");
        check("\\[lockgate]", "\\[lockgate]");
        check("", "");
    }
}
