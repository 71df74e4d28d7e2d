//! One row of the list: number, attack, defence and proof, as they stand in the text. Pure.

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: usize,
    /// What somebody does.
    pub attack: String,
    /// Why it does not work, or how far it gets.
    pub defence: String,
    /// What shows it.
    pub proof: Proof,
}

/// The last cell of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// Tests, as `file::function`.
    pub tests: Vec<String>,
    /// Code that names no test.
    pub odd: Vec<String>,
    /// Why there is no test, or none of a part of it.
    pub reason: Option<String>,
}

/// The words with which a reason begins.
const REASONS: [&str; 3] = ["No test: ", "Part: ", "Later: "];

/// All rows of a text, and what is wrong with its form, a line each.
#[must_use]
pub fn rows(text: &str) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut flaws) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let Some(cells) = cells(line) else { continue };
        let Ok(number) = cells[0].parse() else { continue };
        match cells.as_slice() {
            [_, attack, defence, proof] => rows.push(Row {
                number,
                attack: attack.clone(),
                defence: defence.clone(),
                proof: Proof::of(proof),
            }),
            _ => flaws.push(format!(
                "line {}: a row has 4 cells, this one has {}",
                index + 1,
                cells.len()
            )),
        }
    }
    (rows, flaws)
}

/// The cells of a line of a table; `\|` is no end of one.
pub(super) fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let marked = inside.replace("\\|", "\u{0}");
    Some(
        marked
            .split('|')
            .map(|cell| cell.trim().replace('\u{0}', "|"))
            .collect(),
    )
}

impl Proof {
    /// Reads a cell.
    pub(super) fn of(cell: &str) -> Proof {
        let start = REASONS.iter().filter_map(|word| cell.find(word)).min();
        let (tests, reason) = cell.split_at(start.unwrap_or(cell.len()));
        // Every second piece stands between two backticks.
        let code = tests.split('`').skip(1).step_by(2).map(str::to_owned);
        let (tests, odd) = code.partition(|code| code.contains("::"));
        Proof {
            tests,
            odd,
            reason: (!reason.is_empty()).then(|| reason.trim().to_owned()),
        }
    }
}
