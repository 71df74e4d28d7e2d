//! What would become of a request, told to a person: every rule that was considered, what matched of it, and the verdict.
//! The verdict is the one that the request itself would get. Nothing is sent to find out.

use std::fmt;

use super::{HttpRule, Match, PathPattern, Refusal, Scheme, Segment, Step, Target, UrlRefusal, Withheld, find};

/// Everything that there is to say about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'r> {
    /// What would become of it.
    pub verdict: Verdict<'r>,
    /// All rules in the order of the manifest, first those in force; none if the URL can't be read.
    pub considered: Vec<Considered<'r>>,
    /// What a person should know of the rule that covers it.
    pub warnings: Vec<Warning<'r>>,
}

/// What would become of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'r> {
    /// It is sent, if its headers and body are in order and the host's addresses are public.
    Allowed(Match<'r>),
    /// The operator did not grant this; whether all else of it fits is another question.
    Withheld(&'r Withheld),
    /// No rule covers it, or two do.
    Refused(Refusal),
    /// This is no URL that is sent.
    Unreadable(UrlRefusal),
}

/// A rule, seen from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered<'r> {
    /// The rule.
    pub rule: &'r HttpRule,
    /// Why it is not in force, if it is not.
    pub withheld: Option<&'r Withheld>,
    /// The path that covers the request, or the first thing that does not fit.
    pub outcome: Result<&'r PathPattern, Step>,
}

/// What is allowed, and still worth a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning<'r> {
    /// A credential goes with whatever path the channel chooses: all that the account may do there.
    AnyPath(&'r PathPattern),
    /// A credential goes over the wire as it is.
    Unencrypted(Scheme),
}

/// Looks at a request as it would be looked at when it is made.
pub fn explain<'r>(rules: &'r [HttpRule], withheld: &'r [Withheld], method: &str, url: &str) -> Explanation<'r> {
    let target = match Target::parse(url) {
        Ok(target) => target,
        Err(refusal) => {
            return Explanation {
                verdict: Verdict::Unreadable(refusal),
                considered: Vec::new(),
                warnings: Vec::new(),
            };
        }
    };
    let in_force = rules.iter().map(|rule| (rule, None));
    let asleep = withheld.iter().map(|withheld| (&withheld.rule, Some(withheld)));
    let considered = in_force.chain(asleep).map(|(rule, withheld)| Considered {
        rule,
        withheld,
        outcome: rule.covers(method, &target),
    });
    let verdict = match find(rules, method, &target) {
        Ok(found) => Verdict::Allowed(found),
        Err(refusal) => match behind(&refusal, withheld, method, &target) {
            Some(withheld) => Verdict::Withheld(withheld),
            None => Verdict::Refused(refusal),
        },
    };
    Explanation {
        warnings: match &verdict {
            Verdict::Allowed(found) => warnings(found),
            Verdict::Withheld(_) | Verdict::Refused(_) | Verdict::Unreadable(_) => Vec::new(),
        },
        considered: considered.collect(),
        verdict,
    }
}

/// What the operator left out, if that is why a request is refused: a rule that covers it, or, where no rule in force has
/// the host, one that has. What else of the request does not fit matters only when the host is granted.
pub fn behind<'r>(refusal: &Refusal, withheld: &'r [Withheld], method: &str, target: &Target) -> Option<&'r Withheld> {
    let find = |fits: &dyn Fn(Result<&PathPattern, Step>) -> bool| {
        let mut all = withheld.iter();
        all.find(|withheld| fits(withheld.rule.covers(method, target)))
    };
    match refusal {
        Refusal::Ambiguous { .. } => None,
        Refusal::Host => find(&|found| found.is_ok()).or_else(|| find(&|found| found != Err(Step::Host))),
        _ => find(&|found| found.is_ok()),
    }
}

fn warnings<'r>(found: &Match<'r>) -> Vec<Warning<'r>> {
    if !found.has_credential() {
        return Vec::new();
    }
    let wild = found
        .path
        .segments
        .iter()
        .any(|segment| !matches!(segment, Segment::Text(_)));
    let plain = matches!(found.rule.scheme, Scheme::Http | Scheme::Ws);
    let path = wild.then_some(Warning::AnyPath(found.path));
    let scheme = plain.then_some(Warning::Unencrypted(found.rule.scheme));
    path.into_iter().chain(scheme).collect()
}

impl Verdict<'_> {
    /// Whether it is sent.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(found) => write!(f, "allowed by the path {} of {}", found.path.text, found.rule.label()),
            Self::Withheld(withheld) => withheld.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unreadable(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyPath(path) => write!(
                f,
                "a wildcard with a credential ({}): the channel may call whatever your account may there",
                path.text
            ),
            Self::Unencrypted(scheme) => write!(f, "{} sends the credential unencrypted", scheme.as_str()),
        }
    }
}
