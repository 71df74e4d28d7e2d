//! Questions for permission and their answers, as values: the grammar of a verdict, which questions are known, what is
//! shown of one, and the ledger that alone gives verdicts. Pure; it reads no clock, draws nothing and sends nothing.

pub mod audience;
pub mod grammar;
pub mod ledger;
pub mod prompt;
pub mod record;

use std::collections::BTreeSet;

/// The ids of the questions that were asked lately, open or over: what intake has to know to tell a verdict from chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenPrompts {
    known: BTreeSet<String>,
}

impl OpenPrompts {
    /// Whether a question of this id was asked lately.
    pub fn knows(&self, request: &str) -> bool {
        self.known.contains(request)
    }
}

impl FromIterator<String> for OpenPrompts {
    fn from_iter<I: IntoIterator<Item = String>>(ids: I) -> Self {
        Self {
            known: ids.into_iter().collect(),
        }
    }
}
