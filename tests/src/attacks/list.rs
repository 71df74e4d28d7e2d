//! What every list has to have: each of its rows once, none that is none, and in each something that is said and something
//! that shows it.

use super::row::rows;
use super::{Known, Row, doubts};

/// How a list has to be.
#[derive(Debug, Clone)]
pub struct List {
    /// What a row of it is called.
    pub what: &'static str,
    /// The names of its rows.
    pub ids: Vec<String>,
    /// How many cells a row has, its name and its proof included.
    pub width: usize,
    /// What else can be wrong with a row.
    pub more: fn(&Row) -> Vec<String>,
}

impl List {
    /// Everything that is wrong with a text, a line each, if these tests are known.
    #[must_use]
    pub fn check(&self, text: &str, known: &Known) -> Vec<String> {
        let (rows, mut found) = rows(text, self.width);
        for row in &rows {
            let flaws = self.flaws(row, known).into_iter();
            found.extend(flaws.map(|flaw| format!("{} {}: {flaw}", self.what, row.id)));
        }
        found.extend(self.ids.iter().filter_map(|id| self.once(id, &rows)));
        let beyond = rows.iter().filter(|row| !self.ids.contains(&row.id));
        found.extend(beyond.map(|row| format!("{} {} is none: there are {}", self.what, row.id, self.ids.len())));
        found
    }

    fn flaws(&self, row: &Row, known: &Known) -> Vec<String> {
        let mut found = Vec::new();
        if row.says.iter().any(String::is_empty) {
            found.push("a cell of it is empty".to_owned());
        }
        found.extend((self.more)(row));
        found.extend(doubts(&row.proof, known));
        found
    }

    fn once(&self, id: &str, rows: &[Row]) -> Option<String> {
        let what = self.what;
        match rows.iter().filter(|row| row.id == id).count() {
            1 => None,
            0 => Some(format!("{what} {id} is missing")),
            times => Some(format!("{what} {id} stands there {times} times")),
        }
    }
}
