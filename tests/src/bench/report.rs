//! The bench's answer: one row a figure, with its spread, its target and whether that is reached.
//!
//! A figure that was not measured says so; it never counts as reached.

use std::fmt;

use serde::Serialize;

use super::process::machine;
use super::spread::Spread;

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The unit of both spreads.
    pub unit: &'static str,
    /// lockgate's.
    pub lockgate: Option<Spread>,
    /// Node's, where Node does the same.
    pub node: Option<Spread>,
    /// What is to be reached; empty if the row only informs.
    pub target: String,
    /// Whether it is.
    pub reached: Verdict,
}

/// Whether a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is.
    Reached,
    /// It is not.
    Missed,
    /// The row has no target.
    Informs,
    /// One of the figures is missing.
    NotMeasured,
}

impl Verdict {
    /// Judges lockgate's figure, if there is one.
    #[must_use]
    pub fn of(lockgate: Option<Spread>, reached: impl FnOnce(f64) -> bool) -> Verdict {
        match lockgate {
            Some(spread) if reached(spread.median) => Verdict::Reached,
            Some(_) => Verdict::Missed,
            None => Verdict::NotMeasured,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Verdict::Reached => "reached",
            Verdict::Missed => "NOT REACHED",
            Verdict::Informs => "",
            Verdict::NotMeasured => "NOT MEASURED",
        }
    }
}

/// All rows, and what is needed to judge them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The machine.
    pub machine: String,
    /// How the bench was started.
    pub command: String,
    /// The figures.
    pub rows: Vec<Row>,
}

impl Report {
    /// An empty report of this machine.
    #[must_use]
    pub fn new(command: &str) -> Report {
        Report {
            machine: machine(),
            command: command.to_owned(),
            rows: Vec::new(),
        }
    }

    /// Adds a row without a target.
    pub fn inform(&mut self, name: &str, unit: &'static str, lockgate: Option<Spread>, node: Option<Spread>) {
        let (name, target, reached) = (name.to_owned(), String::new(), Verdict::Informs);
        self.rows.push(Row {
            name,
            unit,
            lockgate,
            node,
            target,
            reached,
        });
    }

    /// How many targets are missed or not measured.
    #[must_use]
    pub fn missed(&self) -> usize {
        let missed = |row: &&Row| matches!(row.reached, Verdict::Missed | Verdict::NotMeasured);
        self.rows.iter().filter(missed).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "machine: {}\ncommand: {}", self.machine, self.command)?;
        writeln!(out, "figures: median [min … p90, max] over n values\n")?;
        for row in &self.rows {
            writeln!(out, "{} ({})", row.name, row.unit)?;
            for (who, spread) in [("lockgate", row.lockgate), ("node", row.node)] {
                if let Some(spread) = spread {
                    writeln!(out, "  {who:<9} {}", Shown(spread))?;
                }
            }
            if let (Some(ours), Some(theirs)) = (row.lockgate, row.node) {
                writeln!(out, "  ratio     {:.3}", ours.median / theirs.median)?;
            }
            if row.reached != Verdict::Informs {
                writeln!(out, "  target    {}: {}", row.target, row.reached.as_str())?;
            }
        }
        let judged = self.rows.iter().filter(|row| row.reached != Verdict::Informs).count();
        write!(out, "\n{} of {judged} targets reached", judged - self.missed())
    }
}

/// A spread as text.
struct Shown(Spread);

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spread {
            min,
            median,
            p90,
            max,
            count,
        } = self.0;
        let digits = if median.abs() >= 100.0 { 0 } else { 3 };
        write!(
            out,
            "{median:>10.digits$} [{min:.digits$} … {p90:.digits$}, {max:.digits$}] n={count}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_measured_can_be_reached() {
        let spread = Spread::of(vec![1.0]);
        assert_eq!(Verdict::of(spread, |value| value <= 1.0), Verdict::Reached);
        assert_eq!(Verdict::of(spread, |value| value < 1.0), Verdict::Missed);
        assert_eq!(Verdict::of(None, |_| true), Verdict::NotMeasured);
        let mut report = Report::new("bench");
        report.inform("a", "ms", spread, spread);
        let judged = |reached| Row {
            name: "b".into(),
            unit: "ms",
            lockgate: None,
            node: None,
            target: "x".into(),
            reached,
        };
        report.rows.push(judged(Verdict::NotMeasured));
        report.rows.push(judged(Verdict::Reached));
        assert_eq!(report.missed(), 1);
        let text = report.to_string();
        assert!(
            text.contains("NOT MEASURED") && text.ends_with("1 of 2 targets reached"),
            "{text}"
        );
    }
}
