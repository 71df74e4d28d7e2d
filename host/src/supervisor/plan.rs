//! What to start, stop and replace, decided from what runs and what is wanted. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::ChannelConfig;
use crate::lockfile::Pin;
use crate::model::{ChannelName, Digest};

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
            };
            Spec {
                config: ChannelConfig::of("/hello.wasm".into()),
                pin,
                secrets: Some(Digest::of(secret)),
                certificates: None,
                standing: None,
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
}
