//! What to start, stop and replace, decided from what runs and what is wanted. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::ChannelConfig;
use crate::lockfile::Pin;
use crate::model::{ChannelName, Digest, Review};

use super::standing::Standing;

/// All that decides how a channel runs: two equal ones need no restart.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// What the operator granted.
    pub config: ChannelConfig,
    /// Which bytes were approved.
    pub pin: Pin,
    /// What its secrets come to now: a secret that was changed where it is kept is another spec. Known only in memory.
    pub secrets: Option<Digest>,
    /// The operator's own roots of trust; what stands in the file is part of `secrets`.
    pub certificates: Option<PathBuf>,
    /// What the organisation's policy does to it, if there is one; `config` is what is left.
    pub standing: Option<Standing>,
    /// Whether a person looked at the bytes.
    pub review: Review,
    /// What these bytes serve in the place of.
    pub stands_for: Option<StandsFor>,
}

/// What was approved of a channel in whose place others serve, as it stands in the operator's files now.
#[derive(Debug, Clone, PartialEq)]
pub struct StandsFor {
    /// Which bytes.
    pub pin: Pin,
    /// Whether they may carry approvals, as far as the configuration says and the organisation lets them.
    pub relay: bool,
    /// What the organisation's policy does to them.
    pub standing: Option<Standing>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It does not run yet.
    Start(ChannelName),
    /// It runs with another spec.
    Replace(ChannelName),
    /// It is wanted no more.
    Stop(ChannelName),
}

/// The steps from what runs to what is wanted; stops come first, so that a renamed channel frees what it had.
pub fn plan(running: &BTreeMap<ChannelName, Spec>, wanted: &BTreeMap<ChannelName, Spec>) -> Vec<Step> {
    let stops = running
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .cloned()
        .map(Step::Stop);
    let others = wanted.iter().filter_map(|(name, spec)| match running.get(name) {
        None => Some(Step::Start(name.clone())),
        Some(now) if now != spec => Some(Step::Replace(name.clone())),
        Some(_) => None,
    });
    stops.chain(others).collect()
}

/// What becomes of the code that serves a channel, now that a spec is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// Nothing: it is on its way already, or has had its try.
    Nothing,
    /// It is the one that is wanted; whatever was to take its place is not.
    Keep,
    /// It serves until the other bytes are ready.
    Aside,
    /// It stops at once: it might do what is not granted any more, or has nothing that could be kept up.
    Anew,
}

impl Spec {
    /// Whether this code may serve until the wanted one is ready, and again if that breaks: nothing but the bytes is other.
    /// Of what was approved and others stand in for, that they carry no approvals is no reason to stop it: it may go on with
    /// all that the operator's files still give it.
    fn may_serve_beside(&self, wanted: &Self) -> bool {
        let stood_for = wanted.stood_for();
        self == stood_for.as_ref().unwrap_or(wanted) || self.differs_in_bytes_alone(wanted)
    }

    /// Whether a person approved these bytes: a build may be the very ones in whose place it stands.
    pub(super) fn review_of_bytes(&self) -> Review {
        let stands_for = self.stands_for.as_ref().map(|of| of.pin.digest);
        let is_approved = self.review == Review::Done || stands_for == Some(self.pin.digest);
        if is_approved { Review::Done } else { Review::Waived }
    }

    /// The spec in whose place this one is.
    pub(super) fn stood_for(&self) -> Option<Self> {
        let StandsFor { pin, relay, standing } = self.stands_for.clone()?;
        let mut approved = Self {
            pin,
            standing,
            review: Review::Done,
            stands_for: None,
            ..self.clone()
        };
        approved.config.relay = relay;
        Some(approved)
    }

    /// Whether the operator granted, and the secrets are, the very same.
    fn differs_in_bytes_alone(&self, other: &Self) -> bool {
        let mut same = other.clone();
        same.pin.digest = self.pin.digest;
        same.pin.file = self.pin.file;
        same.pin.name.clone_from(&self.pin.name);
        same.pin.version.clone_from(&self.pin.version);
        same == *self
    }
}

/// Decides upon `serving`, the spec of the code that serves or is made ready to. `sound`: the same, if it may go on under
/// that spec and does what it is made for. `last`: what was wanted when the files were last read, and was begun then.
pub fn replacement(serving: &Spec, sound: Option<&Spec>, last: Option<&Spec>, wanted: &Spec) -> Replacement {
    match sound {
        _ if serving == wanted => Replacement::Keep,
        Some(sound) if sound.may_serve_beside(wanted) => match last {
            Some(last) if last == wanted => Replacement::Nothing,
            _ => Replacement::Aside,
        },
        _ => Replacement::Anew,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::InstanceId;

    fn specs(of: &[(&str, &[u8])]) -> BTreeMap<ChannelName, Spec> {
        let spec = |secret: &[u8]| {
            let (digest, file) = (Digest::of(b"component"), Digest::of(b"file"));
            let (name, version) = ("hello".to_owned(), "0.1.0".to_owned());
            let pin = Pin {
                digest,
                file,
                instance: InstanceId(1),
                name,
                version,
                relay: None,
                dev: None,
            };
            Spec {
                config: ChannelConfig::of("/hello.wasm".into()),
                pin,
                secrets: Some(Digest::of(secret)),
                certificates: None,
                standing: None,
                review: Review::Done,
                stands_for: None,
            }
        };
        of.iter()
            .map(|(name, secret)| (name.parse().unwrap(), spec(secret)))
            .collect()
    }

    #[test]
    fn only_what_changed_is_touched_and_stops_come_first() {
        let name = |name: &str| name.parse().unwrap();
        let running = specs(&[("gone", b"k"), ("kept", b"k"), ("rotated", b"old")]);
        let wanted = specs(&[("a-new-one", b"k"), ("kept", b"k"), ("rotated", b"new")]);
        let expected = [
            Step::Stop(name("gone")),
            Step::Start(name("a-new-one")),
            Step::Replace(name("rotated")),
        ];
        assert_eq!(plan(&running, &wanted), expected);
        assert_eq!(plan(&wanted, &wanted), []);
    }

    fn spec(bytes: &[u8], secret: &[u8]) -> Spec {
        let name: ChannelName = "x".parse().unwrap();
        let mut spec = specs(&[("x", secret)]).remove(&name).unwrap();
        (spec.pin.digest, spec.pin.file) = (Digest::of(bytes), Digest::of(bytes));
        spec.pin.version = String::from_utf8_lossy(bytes).into_owned();
        spec
    }

    #[test]
    fn only_other_bytes_wait_until_they_are_ready() {
        use Replacement::{Anew, Aside, Keep, Nothing};
        let (old, new) = (spec(b"1", b"k"), spec(b"2", b"k"));
        let check = |serving: &Spec, sound: Option<&Spec>, last: &Spec, wanted: &Spec, expected| {
            assert_eq!(replacement(serving, sound, Some(last), wanted), expected, "{wanted:?}");
        };
        check(&old, Some(&old), &old, &old, Keep);
        check(&old, Some(&old), &old, &new, Aside);
        // Read again while it is made ready, or after it broke.
        check(&old, Some(&old), &new, &new, Nothing);
        // What does not do what it is made for has nothing to be kept up, and what runs under a wider grant must not.
        check(&old, None, &old, &new, Anew);
        check(&old, None, &new, &new, Anew);
        check(&old, None, &old, &old, Keep);
        // The bytes from before are wanted again, after others were, which may still be on their way.
        check(&old, Some(&old), &new, &old, Keep);
        let mut narrower = vec![spec(b"2", b"other")];
        let edit = |change: &dyn Fn(&mut Spec)| {
            let mut spec = new.clone();
            change(&mut spec);
            spec
        };
        narrower.push(edit(&|spec| spec.config.network = Some("net".into())));
        narrower.push(edit(&|spec| spec.pin.instance = InstanceId(2)));
        narrower.push(edit(&|spec| spec.pin.relay = Some(new.pin.digest)));
        narrower.push(edit(&|spec| spec.certificates = Some("/pem".into())));
        narrower.push(edit(&|spec| {
            spec.standing = Some(Standing {
                words: "cut".into(),
                cuts: vec![],
            });
        }));
        for wanted in &narrower {
            check(&old, Some(&old), &old, wanted, Anew);
        }
    }

    #[test]
    fn what_was_approved_serves_until_a_stand_in_is_ready_and_keeps_no_right_that_was_taken() {
        use Replacement::{Anew, Aside, Nothing};
        let mut approved = spec(b"1", b"k");
        (approved.config.relay, approved.pin.relay) = (true, Some(approved.pin.digest));
        let stand_in = |bytes: &[u8], approved: &Spec| {
            let mut spec = spec(bytes, b"k");
            spec.review = Review::Waived;
            spec.stands_for = Some(StandsFor {
                pin: approved.pin.clone(),
                relay: approved.config.relay,
                standing: None,
            });
            spec
        };
        let check = |serving: &Spec, last: &Spec, wanted: &Spec, expected| {
            assert_eq!(
                replacement(serving, Some(serving), Some(last), wanted),
                expected,
                "{wanted:?}"
            );
        };
        let (first, second) = (stand_in(b"2", &approved), stand_in(b"3", &approved));
        check(&approved, &approved, &first, Aside);
        check(&approved, &first, &first, Nothing);
        check(&approved, &first, &second, Aside);
        check(&first, &first, &second, Aside);
        // What nobody reviewed does not outlive its reason.
        check(&first, &first, &approved, Anew);
        // The right to carry approvals is taken while others stand in: the code that has it stops.
        let mut less = approved.clone();
        (less.config.relay, less.pin.relay) = (false, None);
        let others = stand_in(b"2", &less);
        check(&approved, &first, &others, Anew);
        check(&first, &first, &others, Anew);
        let mut elsewhere = first.clone();
        elsewhere.config.network = Some("net".into());
        check(&approved, &approved, &elsewhere, Anew);
    }

    proptest::proptest! {
        #[test]
        fn what_runs_after_the_plan_is_what_is_wanted(
            running in proptest::collection::btree_map("[a-e]", 0_u8..3, 0..5),
            wanted in proptest::collection::btree_map("[a-e]", 0_u8..3, 0..5),
        ) {
            let of = |map: &BTreeMap<String, u8>| -> BTreeMap<ChannelName, Spec> {
                map.iter().map(|(name, secret)| (name.parse().unwrap(), spec(b"1", &[*secret]))).collect()
            };
            let (mut now, wanted) = (of(&running), of(&wanted));
            let steps = plan(&now, &wanted);
            let is_stop = |step: &Step| matches!(step, Step::Stop(_));
            proptest::prop_assert!(steps.is_sorted_by_key(|step| !is_stop(step)));
            for step in steps {
                match step {
                    Step::Stop(name) => proptest::prop_assert!(now.remove(&name).is_some()),
                    Step::Start(name) => {
                        proptest::prop_assert!(now.insert(name.clone(), wanted[&name].clone()).is_none());
                    }
                    Step::Replace(name) => {
                        let before = now.insert(name.clone(), wanted[&name].clone());
                        proptest::prop_assert!(before.is_some_and(|before| before != wanted[&name]));
                    }
                }
            }
            proptest::prop_assert_eq!(now, wanted);
        }

        #[test]
        fn nothing_but_other_bytes_goes_on_beside_what_it_was_granted(
            serving in (0_u8..3, 0_u8..3), last in (0_u8..3, 0_u8..3), wanted in (0_u8..3, 0_u8..3), is_sound: bool,
        ) {
            let of = |(bytes, secret): (u8, u8)| spec(&[bytes], &[secret]);
            let (a, b, c) = (of(serving), of(last), of(wanted));
            let found = replacement(&a, is_sound.then_some(&a), Some(&b), &c);
            let may_go_on = serving == wanted || is_sound && serving.1 == wanted.1;
            proptest::prop_assert_eq!(found != Replacement::Anew, may_go_on);
        }
    }
}
