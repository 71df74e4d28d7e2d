//! One rule: what a manifest asks for, and what the operator grants, host by host.

use std::fmt;

/// Requests that a channel may make: those to this place, with one of these methods, to one of these paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRule {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Who is spoken to.
    pub host: HostPattern,
    /// Never 0.
    pub port: u16,
    /// In upper case; `GET` alone for a websocket.
    pub methods: Vec<String>,
    /// At least one.
    pub paths: Vec<PathPattern>,
    /// What the host puts in, besides the placeholders of the paths.
    pub credentials: Vec<Credential>,
}

/// A rule that is asked for and not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The rule.
    pub rule: HttpRule,
    /// Why not.
    pub because: WithheldBecause,
}

/// What the operator did not grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldBecause {
    /// The place itself.
    Host,
    /// This secret, without which no request of the rule is whole.
    Secret(String),
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.rule.label();
        match &self.because {
            WithheldBecause::Host => write!(
                f,
                "{label} is asked for and not granted by the operator: add \"{label}\" to `hosts` of the channel in lockgate.toml"
            ),
            WithheldBecause::Secret(name) => write!(
                f,
                "{label} needs the secret `{name}`: grant it as `secrets.{name}` of the channel in lockgate.toml"
            ),
        }
    }
}

/// A scheme of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `https`.
    Https,
    /// `http`.
    Http,
    /// `wss`: a websocket over TLS.
    Wss,
    /// `ws`.
    Ws,
}

impl Scheme {
    /// As it is written before `://`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Wss => "wss",
            Self::Ws => "ws",
        }
    }

    /// The port that is meant if none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Https | Self::Wss => 443,
            Self::Http | Self::Ws => 80,
        }
    }
}

/// A host, or all that stand one label below one. Lower case, ASCII, without a final dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPattern {
    /// This one: a name, an IPv4 address, or an IPv6 address in brackets.
    Exact(String),
    /// `*.example.org`, kept as `example.org`: one label more, never none and never two.
    Below(String),
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => f.write_str(host),
            Self::Below(host) => write!(f, "*.{host}"),
        }
    }
}

/// A path, segment by segment. `**` stands only at the end, and for at least one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    /// As the manifest has it, with its placeholders as `{name}`.
    pub text: String,
    /// Between the slashes.
    pub segments: Vec<Segment>,
}

/// What one segment of a path may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// These pieces, one after the other; without a placeholder it is plain text.
    Text(Vec<PathPiece>),
    /// `*`: any one segment that is not empty.
    Any,
    /// `**`: all the rest.
    Rest,
}

/// A piece of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPiece {
    /// Decoded text.
    Literal(String),
    /// `{secret}`: the guest writes it as it stands, the host puts the secret in.
    Secret(String),
}

/// A secret that the host puts into every request of a rule. The guest may neither leave it out nor set it, and speaks for no
/// other account beside it: the headers that usually name one are refused, and so is a credential's key of the query in a
/// form or a JSON object that is the body. A body that may hold it and can't be looked into, because it is streamed, packed
/// or in another charset, is refused, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The manifest's name for the secret.
    pub secret: String,
    /// Where.
    pub place: CredentialPlace,
}

/// Where a credential goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialPlace {
    /// A header of this name, lower case; the prefix stands before the secret (`Bearer `).
    Header {
        /// Its name.
        name: String,
        /// What stands before the secret.
        prefix: String,
    },
    /// A parameter of the query.
    Query(String),
    /// A place in a JSON body or frame, as RFC 6901 writes it; the guest leaves it out, and its parent is an object.
    Json {
        /// The pointer, not empty.
        pointer: String,
        /// Only if the document has this.
        when: Option<When>,
    },
}

/// A condition on a JSON document: what stands at the pointer is this number or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// Where, as RFC 6901 writes it.
    pub pointer: String,
    /// What, as JSON.
    pub equals: serde_json::Value,
}

impl PathPattern {
    /// The secrets of its placeholders, in order.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let pieces = self.segments.iter().filter_map(|segment| match segment {
            Segment::Text(pieces) => Some(pieces),
            Segment::Any | Segment::Rest => None,
        });
        pieces.flatten().filter_map(|piece| match piece {
            PathPiece::Secret(name) => Some(name.as_str()),
            PathPiece::Literal(_) => None,
        })
    }
}

impl HttpRule {
    /// What the operator grants or leaves out: the host alone for `https` and its own port, else `scheme://host:port`.
    /// Several rules of a manifest may have one label.
    pub fn label(&self) -> String {
        label(self.scheme, &self.host, self.port)
    }

    /// Whether it is for websockets.
    pub fn is_socket(&self) -> bool {
        matches!(self.scheme, Scheme::Ws | Scheme::Wss)
    }

    /// What may be sent, in words for people: the methods, or `a websocket`.
    pub fn what(&self) -> Vec<&str> {
        match self.is_socket() {
            true => vec!["a websocket"],
            false => self.methods.iter().map(String::as_str).collect(),
        }
    }

    /// The secrets that it puts in, the placeholders of its paths included; each once, in order.
    pub fn secrets(&self) -> Vec<&str> {
        let placeholders = self.paths.iter().flat_map(PathPattern::secrets);
        let mut all: Vec<_> = placeholders
            .chain(self.credentials.iter().map(|credential| credential.secret.as_str()))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The one text for a place.
pub(super) fn label(scheme: Scheme, host: &HostPattern, port: u16) -> String {
    match scheme {
        Scheme::Https if port == scheme.default_port() => host.to_string(),
        _ if port == scheme.default_port() => format!("{}://{host}", scheme.as_str()),
        _ => format!("{}://{host}:{port}", scheme.as_str()),
    }
}
