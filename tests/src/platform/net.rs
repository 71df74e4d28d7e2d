//! A whole outside world for one line outward: names, wires, and an authority that it trusts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use lockgate::config::Upstream;
use lockgate::egress::{Body, CallBudget, Egress, Failure, Line, Patience, Request, Response};
use lockgate::model::Secret;
use lockgate::reach::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, Scheme};

use super::{Authority, Names, Platform, Wires};
use crate::wait::PATIENCE;

/// An address that anyone may speak to, as far as its class goes.
pub const PUBLIC: &str = "93.184.216.34";
/// The host of most tests.
pub const HOST: &str = "api.example.org";

/// Everything beyond the machine.
pub struct Net {
    /// What names mean.
    pub names: Arc<Names>,
    /// Where addresses lead.
    pub wires: Arc<Wires>,
    /// Who signs.
    pub authority: Authority,
    /// The engine.
    pub egress: Arc<Egress>,
}

impl Net {
    /// One in which nothing is known and nothing leads anywhere.
    ///
    /// # Errors
    /// If there is no authority.
    pub fn new() -> Result<Net> {
        Net::with(Patience::default())
    }

    /// The same for somebody with this patience.
    ///
    /// # Errors
    /// As [`Net::new`].
    pub fn with(patience: Patience) -> Result<Net> {
        let (names, wires) = (Arc::new(Names::default()), Arc::new(Wires::default()));
        let authority = Authority::new()?;
        let (resolver, dialer) = (Arc::clone(&names), Arc::clone(&wires));
        let egress = Egress::new(resolver, dialer, patience, Some(authority.pem().as_bytes()))?;
        Ok(Net {
            names,
            wires,
            authority,
            egress,
        })
    }

    /// [`HOST`] at [`PUBLIC`] is this platform, over `http`.
    pub fn place(&self, platform: &Platform) {
        self.names.set(HOST, &[&[PUBLIC]]);
        self.wires.lead(&format!("{PUBLIC}:80"), platform.address());
    }

    /// A channel's line with these rules and secrets.
    ///
    /// # Errors
    /// If the name is none.
    pub fn line(&self, rules: Vec<HttpRule>, secrets: &[(&str, &str)]) -> Result<Arc<Line>> {
        self.line_with(rules, BTreeMap::new(), secrets)
    }

    /// The same with upstreams.
    ///
    /// # Errors
    /// As [`Net::line`].
    pub fn line_with(
        &self,
        rules: Vec<HttpRule>,
        upstreams: BTreeMap<String, Upstream>,
        secrets: &[(&str, &str)],
    ) -> Result<Arc<Line>> {
        let secrets = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        Ok(self.egress.line("probe".parse()?, rules, upstreams, secrets.collect()))
    }
}

/// A rule for GET and POST under these paths of [`HOST`], over `http`.
///
/// # Errors
/// If a path is no pattern.
pub fn rule(paths: &[&str]) -> Result<HttpRule> {
    let paths: Result<Vec<_>, _> = paths.iter().map(|path| PathPattern::parse(path)).collect();
    Ok(HttpRule {
        scheme: Scheme::Http,
        host: HostPattern::Exact(HOST.to_owned()),
        port: 80,
        methods: vec!["GET".to_owned(), "POST".to_owned()],
        paths: paths?,
        credentials: Vec::new(),
    })
}

/// The rule with the secret in the header `authorization`.
#[must_use]
pub fn bearer(mut rule: HttpRule, secret: &str) -> HttpRule {
    rule.credentials.push(Credential {
        secret: secret.to_owned(),
        place: CredentialPlace::Header {
            name: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
        },
    });
    rule
}

/// A GET of this path of [`HOST`], over `http`.
#[must_use]
pub fn get(path: &str) -> Request {
    request("GET", &format!("http://{HOST}{path}"), Body::Empty)
}

/// Any request.
#[must_use]
pub fn request(method: &str, url: &str, body: Body) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body,
        timeout: None,
        deadline: Instant::now() + PATIENCE,
    }
}

/// The request, if it has no more than this time.
#[must_use]
pub fn within(mut request: Request, timeout: Duration) -> Request {
    request.timeout = Some(timeout);
    request
}

/// The first request of a call.
///
/// # Errors
/// As [`Line::fetch`].
pub async fn fetch(line: &Line, request: Request) -> Result<Response, Failure> {
    line.fetch(request, &CallBudget::default()).await
}

/// Status, headers as one text, and body as text.
///
/// # Errors
/// The request fails, or its answer breaks off.
pub async fn read(line: &Line, request: Request) -> Result<(u16, String, String), Failure> {
    let response = fetch(line, request).await?;
    let header = |(name, value): &(String, Vec<u8>)| format!("{name}: {}\n", String::from_utf8_lossy(value));
    let headers = response.headers.iter().map(header).collect();
    let body = response.body.whole(lockgate::limits::RESPONSE_BYTES).await?;
    Ok((response.status, headers, String::from_utf8_lossy(&body).into_owned()))
}
