//! What of the operator's wishes holds only while somebody develops it, and what comes in its place when nobody does. Pure:
//! whether a lock is held is an argument, and it may be let go between two looks.

use super::{Spec, Wanted};
use crate::model::{ChannelName, Review};

/// What becomes of a wish, whoever develops it or no more.
#[derive(Debug, Clone, PartialEq)]
enum Now {
    /// It holds.
    Same,
    /// What was approved, in whose place it would have stood.
    Approved(Box<Spec>),
    /// Nothing of it was ever approved.
    Over,
}

impl Now {
    /// # Authority
    /// What comes back is only what was approved, with what the operator grants it. A channel that is nothing but developed has
    /// no such bytes, whatever its pin says.
    fn of(spec: &Spec, is_developed: impl FnOnce() -> bool) -> Self {
        match spec.review {
            Review::Done => Self::Same,
            Review::Waived if is_developed() => Self::Same,
            Review::Waived if spec.config.dev => Self::Over,
            Review::Waived => spec.stood_for().map_or(Self::Over, |spec| Self::Approved(spec.into())),
        }
    }
}

/// Why a channel runs no more that was nothing but developed.
pub(super) fn over(name: &ChannelName) -> String {
    format!("`lockgate dev` has ended; run it again, or run `lockgate remove {name}`")
}

impl Wanted {
    /// The same now, however long ago it was read: without bytes that nobody reviewed and nobody develops any more. What was
    /// approved is back in their place by that alone: the files may not be read again soon, or can't be.
    ///
    /// # Authority
    /// Files that can't be read keep up what the operator granted. He granted these only as long as `lockgate dev` runs.
    pub fn while_developed(mut self, is_developed: impl Fn(&ChannelName) -> bool) -> Self {
        for (name, spec) in std::mem::take(&mut self.specs) {
            match Now::of(&spec, || is_developed(&name)) {
                Now::Same => drop(self.specs.insert(name, spec)),
                Now::Approved(approved) => drop(self.specs.insert(name, *approved)),
                Now::Over => drop(self.unapproved.insert(name.clone(), over(&name))),
            }
        }
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::plan::StandsFor;
    use super::*;
    use crate::config::ChannelConfig;
    use crate::lockfile::Pin;
    use crate::model::{Digest, InstanceId};

    fn approved() -> Spec {
        let digest = Digest::of(b"approved");
        let config = ChannelConfig {
            relay: true,
            network: Some("chat".into()),
            ..ChannelConfig::of("/w.wasm".into())
        };
        let pin = Pin {
            digest,
            file: digest,
            instance: InstanceId(1),
            name: "w".into(),
            version: "1".into(),
            relay: Some(digest),
            dev: None,
        };
        Spec {
            config,
            pin,
            secrets: Some(Digest::of(b"secrets")),
            certificates: Some("/pem".into()),
            standing: None,
            review: Review::Done,
            stands_for: None,
        }
    }

    /// What is built in the place of the approved one.
    fn stand_in() -> Spec {
        let mut spec = approved();
        spec.stands_for = Some(StandsFor {
            pin: spec.pin.clone(),
            relay: spec.config.relay,
            standing: None,
        });
        (spec.pin.digest, spec.pin.relay, spec.config.relay) = (Digest::of(b"built"), None, false);
        spec.review = Review::Waived;
        spec
    }

    fn edited(mut spec: Spec, change: impl FnOnce(&mut Spec)) -> Spec {
        change(&mut spec);
        spec
    }

    #[test]
    fn what_was_approved_stayed_away_when_the_lock_was_let_go_between_two_looks() {
        #[track_caller]
        fn check(spec: &Spec, is_developed: bool, expected: Now) {
            assert_eq!(Now::of(spec, || is_developed), expected, "{spec:?}");
        }
        for is_developed in [true, false] {
            check(&approved(), is_developed, Now::Same);
        }
        check(&stand_in(), true, Now::Same);
        check(&stand_in(), false, Now::Approved(approved().into()));
        let alone = edited(approved(), |spec| {
            (spec.config.dev, spec.review) = (true, Review::Waived)
        });
        check(&alone, true, Now::Same);
        check(&alone, false, Now::Over);
        // Files that somebody wrote by hand make no approved bytes of it.
        let odd = edited(stand_in(), |spec| spec.config.dev = true);
        check(&odd, true, Now::Same);
        check(&odd, false, Now::Over);
    }
}
