//! How a channel stands with the organisation's policy: refused before anything of it is loaded, or within its ceilings.

use super::Wanted;
use crate::organisation::{Cut, Judged, Policy};

/// What the policy does to a channel that it admits.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// In a sentence.
    pub words: String,
    /// What the channel does not get although the operator granted it.
    pub cuts: Vec<Cut>,
}

impl Standing {
    /// Whether this host was taken away.
    pub fn cuts_host(&self, label: &str) -> bool {
        self.cuts
            .iter()
            .any(|cut| matches!(cut, Cut::Host(host) if host == label))
    }

    /// Why a channel can't do without what was taken away, behind the reason that its grant gives.
    pub(super) fn behind(this: Option<&Self>, why: String) -> String {
        match this {
            Some(standing) if !standing.cuts.is_empty() => format!("{why}; {}", standing.words),
            _ => why,
        }
    }
}

impl Wanted {
    /// What of it may run under this policy, and with what.
    ///
    /// # Authority
    /// Whoever runs channels asks this first: what is refused here has no spec, so nothing of it is ever loaded.
    pub fn under(mut self, policy: &Policy) -> Self {
        self.policy = policy.words();
        for (name, mut spec) in std::mem::take(&mut self.specs) {
            match policy.judge(&spec.pin.digest) {
                Judged::Refused(why) => drop(self.refused.insert(name, why)),
                Judged::Free => drop(self.specs.insert(name, spec)),
                Judged::Within(ceilings) => {
                    let cuts = ceilings.narrow(&mut spec.config);
                    let words = ceilings.words(&cuts);
                    spec.standing = Some(Standing { words, cuts });
                    self.specs.insert(name, spec);
                }
            }
        }
        self
    }
}
