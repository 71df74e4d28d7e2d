//! One row of a list: its name, what it says, and what shows that, as they stand in the text. Pure.

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name, or number: the first cell.
    pub id: String,
    /// What it says: the cells between the first and the last.
    pub says: Vec<String>,
    /// What shows it: the last cell.
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

/// All rows of a text's tables, each of which has to have this many cells, and what is wrong with their form, a line each.
#[must_use]
pub fn rows(text: &str, width: usize) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut flaws) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let Some(cells) = cells(line).filter(|cells| !is_rule(cells)) else {
            continue;
        };
        // The line above the rule has the titles.
        if lines
            .peek()
            .and_then(|(_, next)| self::cells(next))
            .is_some_and(|next| is_rule(&next))
        {
            continue;
        }
        match cells.as_slice() {
            [id, says @ .., proof] if cells.len() == width => rows.push(Row {
                id: id.clone(),
                says: says.to_vec(),
                proof: Proof::of(proof),
            }),
            _ => flaws.push(format!(
                "line {}: a row has {width} cells, this one has {}",
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

/// Whether this is the line between titles and rows.
pub(super) fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.chars().all(|c| c == '-'))
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
