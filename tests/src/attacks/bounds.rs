//! The list of bounds, checked: tests/BOUNDS.md says for each bound of the house what happens beyond it, which tests show
//! that what is within it goes, and which that what is beyond it does not; or why it needs no such row.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::row::{cells, is_rule};
use super::{Known, Proof, REASON_LEAST, doubts, read};
use crate::floors;

/// The bounds that have to have a row, by their names in host/src/limits; for any other a reason why it has none will do.
pub const NAMES: [&str; 64] = [
    "COMPONENT_BYTES",
    "COMPILE_MEMORY",
    "COMPILE_CPU_SECONDS",
    "COMPILED_BYTES",
    "GUEST_MEMORY",
    "GUEST_MEMORY_MOST",
    "GUEST_INSTANCES",
    "GUEST_MEMORIES",
    "GUEST_TABLES",
    "GUEST_TABLE_ELEMENTS",
    "GUEST_RESOURCES",
    "HOSTCALL_BYTES",
    "CALL_DEADLINE",
    "SEND_DEADLINE",
    "POLL_DEADLINE",
    "POLL_DEADLINE_MOST",
    "POLL_SPACING",
    "INBOUND_PER_CALL",
    "EFFECTS_PER_CALL",
    "TEXT_BYTES",
    "SHORT_TEXT_BYTES",
    "ATTACHMENTS",
    "META_KEYS",
    "META_VALUE_BYTES",
    "STORE_BYTES",
    "STORE_KEY_BYTES",
    "STORE_VALUE_BYTES",
    "STORE_WRITTEN_PER_CALL",
    "STORE_WRITTEN_PER_MINUTE",
    "RANDOM_BYTES",
    "HOOK_BODY_BYTES",
    "HOOK_HEADERS",
    "RESPONSE_BYTES",
    "FETCHES_PER_CALL",
    "FETCHES_PER_MINUTE",
    "SENT_PER_MINUTE",
    "SENT_PER_DAY",
    "FILE_BYTES",
    "COPIES_PER_CALL",
    "IMAGES_PER_CALL",
    "INBOX_BYTES_PER_CALL",
    "INBOX_BYTES",
    "DATA_BYTES_MOST",
    "CONNECTIONS",
    "SOCKET_FRAME_BYTES",
    "SOCKET_INWARD",
    "SOCKET_OUTWARD",
    "SOCKET_TRIES",
    "TIMERS",
    "SUBSCRIBERS",
    "PUBLICATIONS_WAITING",
    "PUBLICATION_BYTES_WAITING",
    "SPOOL_BYTES",
    "SPOOL_EVENTS",
    "DEDUP_AGE",
    "DEDUP_EVENTS",
    "LOG_PER_MINUTE",
    "LOG_LINE_BYTES",
    "ANSWER_BYTES",
    "ANSWER_PARTS",
    "EMOJI_BYTES",
    "MANAGED_BYTES",
    "MANAGED_FILES",
    "MANAGED_COMPONENTS",
];

/// Cells of a row: the bound, its name, what happens beyond it, the tests within it, and those beyond it.
const CELLS: usize = 5;
/// Cells of an excuse: names, and why they have no row.
const EXCUSE_CELLS: usize = 2;

/// Everything that is wrong with the list, a line each.
///
/// # Errors
/// If the list, the bounds or the tests can't be read.
pub fn violations(repository: &Path) -> Result<Vec<String>> {
    let text = read(repository, "tests/BOUNDS.md")?;
    Ok(check(&text, &NAMES, &declared(repository)?, &Known::read(repository)?))
}

/// The names in host/src/limits.
///
/// # Errors
/// If they can't be read.
pub fn declared(repository: &Path) -> Result<BTreeSet<String>> {
    let sources = floors::read(&repository.join("host/src"))?;
    let limits = sources
        .iter()
        .filter(|source| source.path == "limits.rs" || source.path.starts_with("limits/"));
    let lines = limits.flat_map(|source| source.code.lines());
    let names = lines.filter_map(|line| line.trim().strip_prefix("pub const ")?.split(':').next());
    Ok(names.map(str::to_owned).collect())
}

/// The same for a text, the names that it has to have, and the names and tests that are known.
#[must_use]
pub fn check(text: &str, wanted: &[&str], declared: &BTreeSet<String>, known: &Known) -> Vec<String> {
    let (mut found, mut named, mut excused) = (Vec::new(), Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let Some(cells) = cells(line).filter(|cells| !is_head(cells)) else {
            continue;
        };
        let row = |flaw: String| format!("line {}: {flaw}", index + 1);
        match cells.len() {
            CELLS => {
                let names = Proof::of(&cells[1]).odd;
                found.extend(flaws(&cells, &names, declared, known).into_iter().map(row));
                named.extend(names);
            }
            EXCUSE_CELLS => {
                let names = Proof::of(&cells[0]).odd;
                found.extend(excuse_flaws(&cells, &names, declared).into_iter().map(row));
                excused.extend(names);
            }
            other => found.push(row(format!("a row has {CELLS} cells, this one has {other}"))),
        }
    }
    let rows = |name: &str| named.iter().filter(|found| *found == name).count();
    let excuses = |name: &str| excused.iter().filter(|found| *found == name).count();
    let missing = wanted.iter().filter(|name| rows(name) == 0);
    found.extend(missing.map(|name| format!("{name} is missing")));
    found.extend(declared.iter().filter_map(|name| match (rows(name), excuses(name)) {
        (1, 0) | (0, 1) => None,
        (0, 0) => Some(format!("{name} has neither a row nor a reason why not")),
        (rows, excuses) => Some(format!("{name} stands there {} times", rows + excuses)),
    }));
    found
}

/// The titles, and the line below them.
fn is_head(cells: &[String]) -> bool {
    cells[0] == "Bound" || cells[0] == "Names" || is_rule(cells)
}

fn excuse_flaws(cells: &[String], names: &[String], declared: &BTreeSet<String>) -> Vec<String> {
    let mut found = unknown(names, declared);
    if names.is_empty() {
        found.push("it names no bound".to_owned());
    }
    if cells[1].chars().count() < REASON_LEAST {
        found.push(format!("`{}` is no reason", cells[1]));
    }
    found
}

fn unknown(names: &[String], declared: &BTreeSet<String>) -> Vec<String> {
    let unknown = names.iter().filter(|name| !declared.contains(*name));
    unknown
        .map(|name| format!("there is no {name} in host/src/limits"))
        .collect()
}

fn flaws(cells: &[String], names: &[String], declared: &BTreeSet<String>, known: &Known) -> Vec<String> {
    let mut found = Vec::new();
    if names.is_empty() {
        found.push("it names no bound".to_owned());
    }
    if cells[0].is_empty() || cells[2].is_empty() {
        found.push("it says nothing of the bound, or of what is beyond it".to_owned());
    }
    found.extend(unknown(names, declared));
    for (side, cell) in [("within", &cells[3]), ("beyond", &cells[4])] {
        let doubts = doubts(&Proof::of(cell), known).into_iter();
        found.extend(doubts.map(|doubt| format!("{side}: {doubt}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "| Bound | Name | Beyond it | Within | Beyond |\n|---|---|---|---|---|\n";

    const EXCUSE: &str = "| `C` | It is how often something is looked at, and bounds nobody. |";

    fn told(rows: &str) -> Vec<String> {
        let declared = ["A", "B", "C"].map(str::to_owned).into();
        let known = Known::of(&["a.rs::one", "a.rs::two"]);
        check(&format!("# Bounds\n\n{HEAD}{rows}"), &["A", "B"], &declared, &known)
    }

    #[test]
    fn a_good_list_has_no_flaw() {
        for rows in [
            "| a | `A`, `B` | no | `a.rs::one` | `a.rs::two` |",
            "| a | `A` | no | `a.rs::one` | `a.rs::one` |\n| b | `B` | no | `a.rs::one` | `a.rs::two` |",
            "| a | `A`, `B`, `C` | no | `a.rs::one` | No test: it would take longer than anybody waits. |",
        ] {
            let rest = if rows.contains("`C`") { "" } else { EXCUSE };
            let rows = format!("{rows}\n{rest}");
            assert_eq!(told(&rows), Vec::<String>::new(), "{rows}");
        }
    }

    #[test]
    fn a_bad_list_is_told() {
        let cases = [
            ("| a | `A` | no | `a.rs::one` | `a.rs::two` |", "B is missing"),
            (
                "| a | `A`, `A`, `B` | no | `a.rs::one` | `a.rs::two` |",
                "A stands there 2 times",
            ),
            (
                "| a | `A`, `B`, `D` | no | `a.rs::one` | `a.rs::two` |",
                "line 5: there is no D in host/src/limits",
            ),
            (
                "| a | `A`, `B` | no | `a.rs::one` | `a.rs::three` |",
                "line 5: beyond: there is no test a.rs::three",
            ),
            (
                "| a | `A`, `B` | no |  | `a.rs::one` |",
                "line 5: within: it has neither a test nor a reason",
            ),
            (
                "| a | `A`, `B` | no | No test: no. | `a.rs::one` |",
                "line 5: within: `No test: no.` is no reason",
            ),
            (
                "| a | `A`, `B` |  | `a.rs::one` | `a.rs::two` |",
                "line 5: it says nothing of the bound, or of what is beyond it",
            ),
            (
                "| a | A and B | no | `a.rs::one` | `a.rs::two` |",
                "line 5: it names no bound",
            ),
            (
                "| a | `A`, `B` | no | `a.rs::one` |",
                "line 5: a row has 5 cells, this one has 4",
            ),
            (
                "| a | `A`, `B` | no | `a.rs::one` | `a.rs::two` |",
                "C has neither a row nor a reason why not",
            ),
            (
                "| `A`, `B`, `C` | They need none, as everybody can see at once. |",
                "A is missing",
            ),
            ("| `C` | So it is. |", "line 5: `So it is.` is no reason"),
            (
                "| `D` | They need none, as everybody can see at once. |",
                "line 5: there is no D in host/src/limits",
            ),
            (
                "| a | `C` | no | `a.rs::one` | `a.rs::two` |\n| `C` | It needs none, as everybody can see at once. |",
                "C stands there 2 times",
            ),
        ];
        for (rows, expected) in cases {
            let found = told(rows);
            assert!(found.iter().any(|flaw| flaw == expected), "{rows}: {found:?}");
        }
    }
}
