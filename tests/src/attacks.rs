//! Lists, checked: tests/ATTACKS.md says for each attack what stops it and which tests show that. Here it is read, and
//! compared with the tests that there are; likewise the list of bounds, tests/BOUNDS.md, and of what users of other
//! channels have, tests/PARITY.md. Nothing here judges whether a test shows what the row says.

pub mod bounds;
mod known;
mod list;
pub mod parity;
mod row;

use std::path::Path;

use anyhow::{Context, Result};

pub use known::Known;
pub use list::List;
pub use row::{Proof, Row, rows};

/// How many attacks there are; each has its number, and a number is never given to another attack.
pub const ATTACKS: usize = 92;
/// Characters that a reason has at least: fewer say nothing.
const REASON_LEAST: usize = 30;

/// Everything that is wrong with the list, a line each; empty if every attack has its tests, or a reason why not.
///
/// # Errors
/// If the list or the tests can't be read.
pub fn violations(repository: &Path) -> Result<Vec<String>> {
    Ok(check(&read(repository, "tests/ATTACKS.md")?, &Known::read(repository)?))
}

/// The same for a text and the tests that are known.
#[must_use]
pub fn check(text: &str, known: &Known) -> Vec<String> {
    let list = List {
        what: "attack",
        ids: (1..=ATTACKS).map(|number| number.to_string()).collect(),
        width: 4,
        more: |_| Vec::new(),
    };
    list.check(text, known)
}

fn read(repository: &Path, list: &str) -> Result<String> {
    let path = repository.join(list);
    std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

/// What is wrong with a cell that names tests.
fn doubts(proof: &Proof, known: &Known) -> Vec<String> {
    let missing = proof.tests.iter().filter(|test| !known.has(test));
    let mut found: Vec<String> = missing.map(|test| format!("there is no test {test}")).collect();
    let odd = proof.odd.iter();
    found.extend(odd.map(|odd| format!("`{odd}` names no test: write file::function")));
    match &proof.reason {
        None if proof.tests.is_empty() => found.push("it has neither a test nor a reason".to_owned()),
        Some(reason) if reason.chars().count() < REASON_LEAST => found.push(format!("`{reason}` is no reason")),
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: &str = "No test: nothing can show that nobody does what nobody can see.";

    /// A whole list in which the first row is this one.
    fn list(first: &str) -> String {
        let rest = (2..=ATTACKS).map(|number| format!("| {number} | a | b | `a.rs::one` |\n"));
        format!(
            "# Attacks\n\n| # | Attack | What stops it | Proof |\n|---|---|---|---|\n{first}\n{}",
            rest.collect::<String>()
        )
    }

    fn known() -> Known {
        Known::of(&["a.rs::one", "b.test.mjs::says \"two\""])
    }

    #[test]
    fn a_good_list_has_no_flaw() {
        for row in [
            "| 1 | a | b | `a.rs::one`, `b.test.mjs::says \"two\"` |",
            &format!("| 1 | a | b | {REASON} |"),
            "| 1 | a | b | `a.rs::one`. Part: the other half comes when there is a second one. |",
        ] {
            assert_eq!(check(&list(row), &known()), Vec::<String>::new(), "{row}");
        }
    }

    #[test]
    fn a_bad_list_is_told() {
        let cases = [
            ("| 1 | a | b | `a.rs::two` |", "attack 1: there is no test a.rs::two"),
            ("| 1 | a | b | `c.rs::one` |", "attack 1: there is no test c.rs::one"),
            (
                "| 1 | a | b | `a.rs::one`, `one` |",
                "attack 1: `one` names no test: write file::function",
            ),
            ("| 1 | a | b |  |", "attack 1: it has neither a test nor a reason"),
            ("| 1 | a | b | open |", "attack 1: it has neither a test nor a reason"),
            (
                "| 1 | a | b | No test: later. |",
                "attack 1: `No test: later.` is no reason",
            ),
            ("| 1 |  | b | `a.rs::one` |", "attack 1: a cell of it is empty"),
            ("| 1 | a |  | `a.rs::one` |", "attack 1: a cell of it is empty"),
            ("| 1 | a | `a.rs::one` |", "line 5: a row has 4 cells, this one has 3"),
            ("", "attack 1 is missing"),
            (
                "| 2 | a | b | `a.rs::one` |\n| 1 | a | b | `a.rs::one` |",
                "attack 2 stands there 2 times",
            ),
            (
                "| 1 | a | b | `a.rs::one` |\n| 93 | a | b | `a.rs::one` |",
                "attack 93 is none: there are 92",
            ),
        ];
        for (row, expected) in cases {
            let found = check(&list(row), &known());
            assert!(found.iter().any(|flaw| flaw == expected), "{row}: {found:?}");
        }
    }
}
