//! What the suite found: plain values, for whoever shows them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::checks::{Checked, Held};
use crate::components::Code;
use crate::model::Digest;

/// Everything about one component.
#[derive(Debug, Clone)]
pub struct Report {
    /// As its manifest names it.
    pub name: String,
    /// Of its bytes, the manifest included.
    pub digest: Digest,
    /// How many bytes there are.
    pub size: usize,
    /// In the order in which they were done.
    pub checks: Vec<Check>,
    /// Time and memory.
    pub figures: Figures,
    /// Who was asked what, as `METHOD host`.
    pub touched: BTreeSet<String>,
    /// What it was given that was made up, a line each.
    pub given: Vec<String>,
}

impl Report {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Fail)
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable, lower case.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// In one line; of one that failed also what to do.
    pub why: String,
}

impl Check {
    pub(super) fn of(name: &'static str, checked: Checked) -> Self {
        let (verdict, why) = match checked {
            Ok(Held::Well(why)) => (Verdict::Pass, why),
            Ok(Held::Absent(why)) => (Verdict::NotApplicable, why),
            Err(why) => (Verdict::Fail, why),
        };
        Self { name, verdict, why }
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// To be mended.
    Fail,
    /// Nothing of this channel's, or nothing that could be tried here.
    NotApplicable,
}

impl Verdict {
    /// A stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// Time and memory of all calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How long compiling and loading took, or loading alone.
    pub compiled: Duration,
    /// Which of the two it was.
    pub code: Code,
    /// Calls in all.
    pub calls: usize,
    /// The middle one of their times, instantiation included; waits for the platform are in it.
    pub median: Duration,
    /// The longest.
    pub longest: Duration,
    /// Bytes of memory that the largest call held in the end.
    pub memory: usize,
    /// Bytes that a call may have.
    pub memory_most: usize,
}
