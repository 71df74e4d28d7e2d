//! Requests outward: of the rules that a manifest has, those whose host and whose secrets the operator granted. The rest
//! is kept with the reason, so that a person can be told what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::GrantRefusal;
use crate::config::{ChannelConfig, Upstream};
use crate::manifest::Manifest;
use crate::model::ChannelName;
use crate::reach::{HttpRule, Withheld, WithheldBecause};

/// What a channel may send, what it may not, and where it goes instead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Net {
    pub granted: Vec<HttpRule>,
    pub withheld: Vec<Withheld>,
    pub upstreams: BTreeMap<String, Upstream>,
}

impl Net {
    /// A label grants every rule of the manifest that has it, and nothing else.
    pub fn compute(channel: &ChannelName, manifest: &Manifest, config: &ChannelConfig) -> Result<Self, GrantRefusal> {
        check_asked(channel, manifest, config)?;
        let (mut granted, mut withheld) = (Vec::new(), Vec::new());
        for rule in &manifest.http {
            match because(rule, config) {
                None => granted.push(rule.clone()),
                Some(because) => withheld.push(Withheld {
                    rule: rule.clone(),
                    because,
                }),
            }
        }
        let upstreams = config.upstreams.iter();
        let upstreams = upstreams.filter(|(label, _)| config.hosts.contains(*label));
        Ok(Self {
            granted,
            withheld,
            upstreams: upstreams
                .map(|(label, upstream)| (label.clone(), upstream.clone()))
                .collect(),
        })
    }
}

fn because(rule: &HttpRule, config: &ChannelConfig) -> Option<WithheldBecause> {
    if !config.hosts.contains(&rule.label()) {
        return Some(WithheldBecause::Host);
    }
    let missing = rule
        .secrets()
        .into_iter()
        .find(|name| !config.secrets.contains_key(*name));
    missing.map(|name| WithheldBecause::Secret(name.to_owned()))
}

/// What no rule asks for grants nothing: most likely a typing error, or a rule of an older version.
fn check_asked(channel: &ChannelName, manifest: &Manifest, config: &ChannelConfig) -> Result<(), GrantRefusal> {
    let asked: BTreeSet<String> = manifest.http.iter().map(HttpRule::label).collect();
    let unasked = config
        .hosts
        .iter()
        .map(|label| (format!("\"{label}\" of `hosts`"), label));
    let upstreams = config
        .upstreams
        .keys()
        .map(|label| (format!("upstream.\"{label}\""), label));
    match unasked.chain(upstreams).find(|(_, label)| !asked.contains(*label)) {
        None => Ok(()),
        Some((line, label)) => Err(GrantRefusal::HostNotAsked {
            channel: channel.clone(),
            host: label.clone(),
            line,
            asked: super::listed(asked.iter()),
        }),
    }
}
