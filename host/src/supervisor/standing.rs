//! How a channel stands with the organisation's policy: refused before anything of it is loaded, or within its ceilings.

use super::plan::StandsFor;
use super::{Spec, Wanted};
use crate::config::ChannelConfig;
use crate::organisation::{Ceilings, Cut, Judged, Policy};

/// What the policy does to a channel that it admits.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// In a sentence.
    pub words: String,
    /// What the channel does not get although the operator granted it.
    pub cuts: Vec<Cut>,
}

impl Standing {
    /// Takes from the grant what is above the ceilings.
    fn within(ceilings: &Ceilings, config: &mut ChannelConfig) -> Self {
        let cuts = ceilings.narrow(config);
        let words = ceilings.words(&cuts);
        Self { words, cuts }
    }

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
            spec.stands_for = spec.stands_for.take().and_then(|of| of.under(policy, &spec));
            match policy.judge(&spec.pin.digest) {
                Judged::Refused(why) => drop(self.refused.insert(name, why)),
                Judged::Free => drop(self.specs.insert(name, spec)),
                Judged::Within(ceilings) => {
                    spec.standing = Some(Standing::within(&ceilings, &mut spec.config));
                    self.specs.insert(name, spec);
                }
            }
        }
        self
    }
}

impl StandsFor {
    /// The same as would run under this policy; nothing if it would not.
    ///
    /// # Authority
    /// It may serve beside what stands in for it, so it loses here what it would lose if it stood for itself.
    fn under(mut self, policy: &Policy, stand_in: &Spec) -> Option<Self> {
        match policy.judge(&self.pin.digest) {
            Judged::Refused(_) => None,
            Judged::Free => Some(self),
            Judged::Within(ceilings) => {
                let mut config = stand_in.config.clone();
                config.relay = self.relay;
                self.standing = Some(Standing::within(&ceilings, &mut config));
                self.relay = config.relay;
                Some(self)
            }
        }
    }
}
