//! The way outward: the only room that opens a connection to anyone. A request leaves if exactly one rule of its channel
//! covers it, goes to an address that was judged, and what comes back is searched for the channel's secrets. Never
//! follows a redirect, never asks a proxy, never sends a request twice that may have gone out.

mod body;
mod budget;
mod counts;
mod dial;
mod line;
mod mask;
mod patience;
mod pool;
mod socket;
mod stop;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

pub use body::{Body, ResponseBody, Stream};
pub use budget::CallBudget;
pub use counts::Counts;
pub use dial::{Dial, Dialled, Resolve, SystemDialer, SystemResolver, Waiting};
pub use line::Line;
pub use mask::Scanner;
pub use patience::Patience;
pub use socket::{Closed, Heard, Socket};
pub use stop::Reason;
pub use tls::EgressError;

use crate::config::Upstream;
use crate::model::{ChannelName, Secret};
use crate::reach::{HttpRule, Withheld};

/// What ways outward are made of: who resolves, who dials, and whom TLS trusts.
pub struct Egress {
    resolver: Arc<dyn Resolve>,
    dialer: Arc<dyn Dial>,
    patience: Patience,
    tls: ClientConfig,
}

impl Egress {
    /// Over this resolver and these sockets, waiting so long for each. `certificates`: further roots of trust, as PEM.
    ///
    /// # Errors
    /// The certificates can't be used.
    pub fn new(
        resolver: Arc<dyn Resolve>,
        dialer: Arc<dyn Dial>,
        patience: Patience,
        certificates: Option<&[u8]>,
    ) -> Result<Arc<Self>, EgressError> {
        let tls = tls::config(certificates)?;
        Ok(Arc::new(Self {
            resolver,
            dialer,
            patience,
            tls,
        }))
    }

    /// Over the system's resolver and sockets.
    ///
    /// # Errors
    /// As [`Egress::new`].
    pub fn system(certificates: Option<&[u8]>) -> Result<Arc<Self>, EgressError> {
        Self::new(
            Arc::new(SystemResolver),
            Arc::new(SystemDialer),
            Patience::default(),
            certificates,
        )
    }

    /// One channel's way outward. `rules`: those that were granted, and those that only tell why not. `upstreams`: servers on this machine that stand for
    /// hosts, by [`HttpRule::label`]. `secrets`: all of the channel's, keys of hooks included: nothing that comes back
    /// may hold one.
    ///
    /// # Authority
    /// What is handed in here is all that the channel can ever reach; no request names a rule, an address or a secret.
    pub fn line(
        self: &Arc<Self>,
        channel: ChannelName,
        rules: impl Into<Rules>,
        upstreams: BTreeMap<String, Upstream>,
        secrets: BTreeMap<String, Secret>,
    ) -> Arc<Line> {
        Line::new(Arc::clone(self), channel, rules.into(), upstreams, secrets)
    }
}

/// What a channel asks for.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What of it was granted.
    pub granted: Vec<HttpRule>,
    /// What was not: no request goes by these, and a guest that makes one is told so.
    pub withheld: Vec<Withheld>,
}

impl From<Vec<HttpRule>> for Rules {
    fn from(granted: Vec<HttpRule>) -> Self {
        Self {
            granted,
            withheld: Vec::new(),
        }
    }
}

/// A request as a guest makes it.
pub struct Request {
    /// In upper case.
    pub method: String,
    /// With the placeholders of its rule's path standing as they are.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What is sent.
    pub body: Body,
    /// How long the guest wants to wait.
    pub timeout: Option<Duration>,
    /// When the guest's call ends.
    pub deadline: Instant,
}

/// What came back. Every secret of the channel is covered in it.
pub struct Response {
    /// As the server said; a redirect is an answer like any other.
    pub status: u16,
    /// Names in lower case, in order; those that concern the connection alone are left out.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What follows them.
    pub body: ResponseBody,
}

/// Why nothing came back. The texts hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The host did not let it go out.
    #[error("refused: {0}")]
    Refused(String),
    /// Nobody answered in time, or not in a way that can be used.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The answer is larger than its bound.
    #[error("the answer is too large")]
    TooLarge,
}
