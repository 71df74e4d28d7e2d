//! What is true now of a channel's way outward: how much went, where it is led, and what the operator did not grant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::Upstream;
use crate::egress::Line;
use crate::grant::Grant;
use crate::reach::WithheldBecause;

/// One channel's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutwardReport {
    /// Requests since it was brought up.
    pub requests: u64,
    /// Bytes of them.
    pub sent: u64,
    /// Bytes of the answers.
    pub received: u64,
    /// Hosts whose requests go to this machine instead, and where: as long as the operator has them set.
    pub upstreams: BTreeMap<String, String>,
    /// Hosts that it asks for and may not send to.
    pub withheld: BTreeSet<String>,
    /// Secrets without which some of its requests are not whole.
    pub missing_secrets: BTreeSet<String>,
    /// Secrets that are too short to be told from other text.
    pub short_secrets: Vec<String>,
}

impl OutwardReport {
    /// Of a channel that runs.
    pub fn of(grant: &Grant, line: &Line) -> Self {
        let counts = line.counts();
        let mut report = Self {
            requests: counts.requests,
            sent: counts.sent,
            received: counts.received,
            short_secrets: line.short_secrets().into_iter().map(str::to_owned).collect(),
            ..Self::of_upstreams(grant.upstreams())
        };
        for withheld in grant.withheld_http() {
            match &withheld.because {
                WithheldBecause::Host => drop(report.withheld.insert(withheld.rule.label())),
                WithheldBecause::Secret(name) => drop(report.missing_secrets.insert(name.clone())),
            }
        }
        report
    }

    /// Of a channel of which only the operator's files are known.
    pub fn of_upstreams(upstreams: &BTreeMap<String, Upstream>) -> Self {
        let place = |upstream: &Upstream| format!("{}://{}", upstream.scheme.as_str(), upstream.address);
        let upstreams = upstreams.iter();
        Self {
            upstreams: upstreams
                .map(|(host, upstream)| (host.clone(), place(upstream)))
                .collect(),
            ..Self::default()
        }
    }
}
