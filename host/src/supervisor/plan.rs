//! What to start, stop and replace, decided from what runs and what is wanted. Pure.

use std::collections::BTreeMap;

use crate::config::ChannelConfig;
use crate::lockfile::Pin;
use crate::model::ChannelName;

/// All that decides how a channel runs: two equal ones need no restart.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// What the operator granted.
    pub config: ChannelConfig,
    /// Which bytes were approved.
    pub pin: Pin,
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
