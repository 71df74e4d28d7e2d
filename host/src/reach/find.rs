//! Which rule a request falls under: exactly one, or none. Which secrets exist makes no difference to what is said.

use super::{HttpRule, PathPattern, Target};

/// The one rule for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'r> {
    /// The rule.
    pub rule: &'r HttpRule,
    /// The path of it.
    pub path: &'r PathPattern,
}

/// How far a request is covered by a rule: up to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Another host.
    Host,
    /// This host, another scheme.
    Scheme,
    /// Another port.
    Port,
    /// Another method.
    Method,
    /// Another path.
    Path,
}

impl Step {
    /// In a few words, for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "another host",
            Self::Scheme => "another scheme",
            Self::Port => "another port",
            Self::Method => "another method",
            Self::Path => "another path",
        }
    }
}

/// Why a request is not sent. Safe to be shown to the guest: nothing of a secret's is in it, only what its own manifest
/// says. Nothing of what the guest wrote is repeated: texts have their secrets covered, so a repeated guess at a short one
/// would tell whether it is right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No rule has the host.
    #[error(
        "no rule covers this host: add it as `host` of an [[asks.http]] to channel.toml, and to `hosts` of the channel \
         in lockgate.toml"
    )]
    Host,
    /// The host, but not so.
    #[error("{label} is not covered with {scheme}: add `scheme = \"{scheme}\"` to an [[asks.http]] of channel.toml")]
    Scheme {
        /// The nearest rule.
        label: String,
        /// The scheme that no rule has.
        scheme: &'static str,
    },
    /// The host, but at another port.
    #[error("{label} is not covered at this port: add it as `port` to an [[asks.http]] of channel.toml")]
    Port {
        /// The nearest rule.
        label: String,
    },
    /// The place, but to do something else.
    #[error("{label} is not covered for this method: add it to `methods` of its [[asks.http]] in channel.toml")]
    Method {
        /// The nearest rule.
        label: String,
    },
    /// The place, but another path. A placeholder stands exactly where the rule has it.
    #[error(
        "{label} is not covered for this path: add it to `paths` of its [[asks.http]] in channel.toml, with the \
         placeholders where they stand in the rule"
    )]
    Path {
        /// The nearest rule.
        label: String,
    },
    /// More than one rule, with different credentials perhaps.
    #[error("{label} is covered by two rules for this method and path: take one [[asks.http]] out of channel.toml")]
    Ambiguous {
        /// One of the rules.
        label: String,
    },
}

impl Refusal {
    /// The same in one or two words that stay: what is counted.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Scheme { .. } => "scheme",
            Self::Port { .. } => "port",
            Self::Method { .. } => "method",
            Self::Path { .. } => "path",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }
}

/// The one rule that covers a request; the method is compared as it stands.
pub fn find<'r>(rules: &'r [HttpRule], method: &str, target: &Target) -> Result<Match<'r>, Refusal> {
    let mut found = None;
    let mut nearest: Option<(Step, &HttpRule)> = None;
    for rule in rules {
        match rule.covers(method, target) {
            Ok(_) if found.is_some() => return Err(ambiguous(rule)),
            Ok(path) => found = Some(Match { rule, path }),
            Err(step) if nearest.is_none_or(|(far, _)| far < step) => nearest = Some((step, rule)),
            Err(_) => {}
        }
    }
    found.ok_or_else(|| missing(nearest, target))
}

impl HttpRule {
    /// The path of the rule that covers the request, or what keeps the rule from covering it. Two paths of one rule
    /// that cover the same request have the same placeholders in the same places, so the first is as good as any.
    pub fn covers(&self, method: &str, target: &Target) -> Result<&PathPattern, Step> {
        let steps = [
            (Step::Host, self.host.covers(target.host())),
            (Step::Scheme, self.scheme == target.scheme()),
            (Step::Port, self.port == target.port()),
            (Step::Method, self.methods.iter().any(|own| own == method)),
        ];
        if let Some((step, _)) = steps.into_iter().find(|(_, fits)| !fits) {
            return Err(step);
        }
        let path = self.paths.iter().find(|path| path.covers(target.segments()));
        path.ok_or(Step::Path)
    }

    /// Whether some request is covered by both, so that neither could ever carry it.
    pub fn overlaps(&self, other: &Self) -> bool {
        let path = |path: &PathPattern| other.paths.iter().any(|second| path.overlaps(second));
        self.host.overlaps(&other.host)
            && self.scheme == other.scheme
            && self.port == other.port
            && self.methods.iter().any(|method| other.methods.contains(method))
            && self.paths.iter().any(path)
    }
}

fn missing(nearest: Option<(Step, &HttpRule)>, target: &Target) -> Refusal {
    let Some((step, rule)) = nearest else {
        return Refusal::Host;
    };
    let label = rule.label();
    match step {
        Step::Host => Refusal::Host,
        Step::Scheme => Refusal::Scheme {
            label,
            scheme: target.scheme().as_str(),
        },
        Step::Port => Refusal::Port { label },
        Step::Method => Refusal::Method { label },
        Step::Path => Refusal::Path { label },
    }
}

fn ambiguous(rule: &HttpRule) -> Refusal {
    Refusal::Ambiguous { label: rule.label() }
}
