//! Questions for permission and their answers, as values: the grammar of a verdict, and which questions are known. Pure;
//! it reads no clock and sends nothing.

pub mod grammar;

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
