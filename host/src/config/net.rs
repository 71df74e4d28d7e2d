//! What the operator writes about the net: the places that a channel may send to, servers of this machine that stand in
//! for them, and names under which others reach the listener.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use toml::Spanned;

use super::{ConfigError, Source, Upstream, Wrong};
use crate::limits;
use crate::reach::{HostPattern, Scheme, check_label};

impl Source<'_> {
    /// Names of this machine: exact, without a port.
    pub(super) fn names(&self, raw: &[Spanned<String>]) -> Result<BTreeSet<String>, ConfigError> {
        let mut names = BTreeSet::new();
        for text in raw {
            match HostPattern::parse(text.as_ref()) {
                Ok(HostPattern::Exact(name)) => names.insert(name),
                Ok(HostPattern::Below(_)) => return self.wrong(text, Wrong::Wildcard),
                Err(refusal) => return self.wrong(text, Wrong::Host(refusal)),
            };
            self.bound(text, names.len())?;
        }
        Ok(names)
    }

    /// Labels of rules, each as a rule would have it.
    pub(super) fn labels(&self, raw: &[Spanned<String>]) -> Result<BTreeSet<String>, ConfigError> {
        let mut labels = BTreeSet::new();
        for text in raw {
            labels.insert(self.label(text)?);
            self.bound(text, labels.len())?;
        }
        Ok(labels)
    }

    fn label(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        match check_label(text.as_ref()) {
            Ok(()) => Ok(text.as_ref().clone()),
            Err(refusal) => self.wrong(text, Wrong::Label(refusal)),
        }
    }

    pub(super) fn upstreams(
        &self,
        raw: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Result<BTreeMap<String, Upstream>, ConfigError> {
        let mut upstreams = BTreeMap::new();
        for (label, server) in raw {
            upstreams.insert(self.label(label)?, self.upstream(server)?);
            self.bound(label, upstreams.len())?;
        }
        Ok(upstreams)
    }

    fn upstream(&self, text: &Spanned<String>) -> Result<Upstream, ConfigError> {
        let Some(upstream) = upstream(text.as_ref()) else {
            return self.wrong(text, Wrong::Upstream);
        };
        if !upstream.address.ip().is_loopback() {
            return self.wrong(text, Wrong::UpstreamElsewhere(upstream.address));
        }
        Ok(upstream)
    }

    fn bound<T>(&self, at: &Spanned<T>, entries: usize) -> Result<(), ConfigError> {
        if entries > limits::HOSTS {
            return self.wrong(at, Wrong::ManyHosts);
        }
        Ok(())
    }
}

impl Upstream {
    /// As the operator writes it.
    pub fn text(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.address)
    }
}

/// `http` or `https`, an address and a port; nothing else, not even a slash.
fn upstream(text: &str) -> Option<Upstream> {
    let (scheme, address) = text.split_once("://")?;
    let scheme = Scheme::parse(scheme).filter(|scheme| matches!(scheme, Scheme::Http | Scheme::Https))?;
    let address: SocketAddr = address.parse().ok()?;
    (address.port() > 0).then_some(Upstream { scheme, address })
}
