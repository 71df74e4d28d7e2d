//! The list of what users of other channels have, checked: tests/PARITY.md says for each of their features, and for each
//! complaint about them, what lockgate does, and which tests show that.

use std::path::Path;

use anyhow::Result;

use super::{Known, List, Row, read};

/// Rows of each part: what all of those channels share, what the one on Telegram has, and what their users complain about.
/// A name is never given to another row.
const PARTS: [(char, usize); 3] = [('S', 26), ('T', 18), ('C', 42)];
/// Cells of a row: its name, what they do, its mark, what lockgate does, and the tests.
const WIDTH: usize = 5;
/// The mark of a feature: to be matched, to be bettered, or both.
const FEATURE: [&str; 3] = ["MUST", "FIX", "MUST, FIX"];
/// The mark of a complaint: whether it is met here.
const COMPLAINT: [&str; 3] = ["met", "part", "not ours"];

/// Everything that is wrong with the list, a line each.
///
/// # Errors
/// If the list or the tests can't be read.
pub fn violations(repository: &Path) -> Result<Vec<String>> {
    Ok(check(&read(repository, "tests/PARITY.md")?, &Known::read(repository)?))
}

/// The same for a text and the tests that are known.
#[must_use]
pub fn check(text: &str, known: &Known) -> Vec<String> {
    let ids = |(part, count): &(char, usize)| (1..=*count).map(|number| format!("{part}{number}")).collect::<Vec<_>>();
    let list = List {
        what: "row",
        ids: PARTS.iter().flat_map(ids).collect(),
        width: WIDTH,
        more,
    };
    list.check(text, known)
}

/// A mark is one of its part's, and only a complaint that is met needs no words on what is missing.
fn more(row: &Row) -> Vec<String> {
    let marks = if row.id.starts_with('C') { COMPLAINT } else { FEATURE };
    let mark = row.says.get(1).map_or("", String::as_str);
    let mut found = Vec::new();
    if !marks.contains(&mark) {
        found.push(format!("`{mark}` is no mark: write one of {}", marks.join(" / ")));
    }
    if ["part", "not ours"].contains(&mark) && row.proof.reason.is_none() {
        found.push(format!("it is marked `{mark}`, and nothing says what is missing"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A whole list in which the row of this name is this one.
    fn list(id: &str, row: &str) -> String {
        let mut text = String::from("# Parity\n\n| # | They | Mark | Here | Proof |\n|---|---|---|---|---|\n");
        for (part, count) in PARTS {
            let mark = if part == 'C' { "met" } else { "MUST" };
            for name in (1..=count).map(|number| format!("{part}{number}")) {
                match name == id {
                    true => text.push_str(row),
                    false => text.push_str(&format!("| {name} | a | {mark} | b | `a.rs::one` |")),
                }
                text.push('\n');
            }
        }
        text
    }

    fn told(id: &str, row: &str) -> Vec<String> {
        check(&list(id, row), &Known::of(&["a.rs::one"]))
    }

    #[test]
    fn a_good_list_has_no_flaw() {
        for (id, row) in [
            ("S1", "| S1 | a | FIX | b | `a.rs::one` |"),
            (
                "T2",
                "| T2 | a | MUST, FIX | b | No test: nothing of it can be seen from here. |",
            ),
            (
                "C3",
                "| C3 | a | part | b | `a.rs::one`. Part: the client alone could do the rest. |",
            ),
        ] {
            assert_eq!(told(id, row), Vec::<String>::new(), "{row}");
        }
    }

    #[test]
    fn a_bad_list_is_told() {
        let cases = [
            (
                "S1",
                "| S1 | a | MUST | b | `a.rs::two` |",
                "row S1: there is no test a.rs::two",
            ),
            (
                "S1",
                "| S1 | a | MUST | b |  |",
                "row S1: it has neither a test nor a reason",
            ),
            (
                "S1",
                "| S1 | a | MUST |  | `a.rs::one` |",
                "row S1: a cell of it is empty",
            ),
            (
                "S1",
                "| S1 | a | met | b | `a.rs::one` |",
                "row S1: `met` is no mark: write one of MUST / FIX / MUST, FIX",
            ),
            (
                "C1",
                "| C1 | a | MUST | b | `a.rs::one` |",
                "row C1: `MUST` is no mark: write one of met / part / not ours",
            ),
            (
                "C1",
                "| C1 | a | part | b | `a.rs::one` |",
                "row C1: it is marked `part`, and nothing says what is missing",
            ),
            ("T1", "", "row T1 is missing"),
            (
                "T1",
                "| T2 | a | MUST | b | `a.rs::one` |",
                "row T2 stands there 2 times",
            ),
            (
                "T1",
                "| X1 | a | MUST | b | `a.rs::one` |",
                "row X1 is none: there are 86",
            ),
            (
                "T1",
                "| T1 | a | MUST | `a.rs::one` |",
                "line 31: a row has 5 cells, this one has 4",
            ),
        ];
        for (id, row, expected) in cases {
            let found = told(id, row);
            assert!(found.iter().any(|flaw| flaw == expected), "{row}: {found:?}");
        }
    }
}
