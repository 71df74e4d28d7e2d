//! One channel's way outward: its rules, its secrets, its connections, its budgets. Here the order of a request stands:
//! judge, fill, count, resolve, connect, send; nothing of a later step happens if an earlier one refuses.

mod answer;
mod send;
mod sockets;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::body::{Meter, Outgoing, ResponseBody};
use super::budget::{CallBudget, ChannelBudget};
use super::counts::{Counters, Counts};
use super::mask::{Masks, Scanner};
use super::pool::{Key, Pool};
use super::stop::{Reason, Stop};
use super::{Body, Egress, Failure, Request, Response, Rules, body, tls};
use crate::config::Upstream;
use crate::limits;
use crate::model::{ChannelName, Secret, UnixMillis};
use crate::reach::{self, Draft, Filled, HttpRule, Match, Scheme, Target, Withheld};
use send::Place;

/// Headers that ask for a part of an answer.
const RANGES: &[&str] = &["range", "request-range", "x-ms-range", "a-im"];

/// One channel's way outward.
pub struct Line {
    egress: Arc<Egress>,
    channel: ChannelName,
    rules: Vec<HttpRule>,
    withheld: Vec<Withheld>,
    upstreams: BTreeMap<String, Upstream>,
    secrets: BTreeMap<String, Secret>,
    masks: Arc<Masks>,
    tls: Arc<ClientConfig>,
    pool: Arc<Pool>,
    slots: Arc<Semaphore>,
    lookups: Arc<Semaphore>,
    budget: Arc<ChannelBudget>,
    counters: Arc<Counters>,
}

/// A request that was judged and filled: what goes out, and where to.
struct Ready {
    place: Place,
    /// The rule's, for the log: it holds nothing that a guest or a secret put there.
    label: String,
    filled: Filled,
    body: Body,
}

impl Line {
    pub(super) fn new(
        egress: Arc<Egress>,
        channel: ChannelName,
        rules: Rules,
        upstreams: BTreeMap<String, Upstream>,
        secrets: BTreeMap<String, Secret>,
    ) -> Arc<Self> {
        Arc::new(Self {
            masks: Masks::new(secrets.values()),
            tls: tls::of_channel(&egress.tls),
            channel,
            rules: rules.granted,
            withheld: rules.withheld,
            upstreams,
            secrets,
            pool: Arc::new(Pool::new(egress.patience.idle)),
            slots: Arc::new(Semaphore::new(limits::FETCHES_AT_ONCE_PER_CHANNEL)),
            lookups: Arc::new(Semaphore::new(limits::LOOKUPS_AT_ONCE_PER_CHANNEL)),
            budget: Arc::default(),
            counters: Arc::default(),
            egress,
        })
    }

    /// Makes a request, if one rule covers it.
    ///
    /// # Errors
    /// It is refused, nobody answers, or the answer's head is larger than its bound.
    ///
    /// # Authority
    /// This is the one way by which anything of a channel's leaves this machine.
    pub async fn fetch(&self, request: Request, call: &CallBudget) -> Result<Response, Failure> {
        let method = request.method.clone();
        let (label, result) = match self.prepare(request, call) {
            Ok((ready, end)) => (ready.label.clone(), self.perform(&method, ready, end).await),
            Err(stop) => (String::new(), Err(stop)),
        };
        let method = crate::text::terminal(&method);
        match result {
            Ok(response) => {
                tracing::debug!(channel = %self.channel, method, label, status = response.status, "fetched");
                Ok(response)
            }
            Err(stop) => {
                let reason = stop.reason.as_str();
                tracing::debug!(channel = %self.channel, method, label, reason, "not fetched");
                self.counters.note(reason, 1);
                Err(stop.tell(&self.masks))
            }
        }
    }

    /// Whether a rule covers such a request; one that none covers is refused by [`Line::fetch`].
    pub fn covers(&self, method: &str, url: &str) -> bool {
        let target = Target::parse(url).ok();
        target.is_some_and(|target| reach::find(&self.rules, method, &target).is_ok())
    }

    /// Whether the body of such a request is looked into, because a credential goes into it or could stand in it: it is then
    /// to be there as a whole, unless it is a file or a form.
    pub fn looks_into_body(&self, method: &str, url: &str) -> bool {
        let target = Target::parse(url).ok();
        let found = target.and_then(|target| reach::find(&self.rules, method, &target).ok());
        found.is_some_and(|found| found.looks_into_body())
    }

    /// A text with the channel's secrets covered.
    pub fn mask(&self, text: &str) -> String {
        let (covered, found) = self.masks.cover(text.as_bytes());
        self.counters.note("egress-secret-covered", found);
        String::from_utf8_lossy(&covered).into_owned()
    }

    /// The same for a text that comes in pieces.
    pub fn scanner(&self) -> Scanner {
        self.masks.scanner()
    }

    /// Counts what came to nothing before it got here, or after it was given away.
    pub fn count(&self, reason: Reason) {
        self.counters.note(reason.as_str(), 1);
    }

    /// What went out and came back so far.
    pub fn counts(&self) -> Counts {
        self.counters.now()
    }

    /// Waits until something did not go as it was asked for.
    pub async fn troubled(&self) {
        self.counters.changed().await;
    }

    /// How often what did not go as it was asked for, since this was asked last.
    pub fn take_tallies(&self) -> BTreeMap<&'static str, u64> {
        self.counters.take()
    }

    /// The secrets that are too short to be told from other text: those below [`limits::SECRET_SHORT`] bytes are covered
    /// wherever they happen to stand, those below [`limits::SECRET_MASKED_FROM`] not at all.
    pub fn short_secrets(&self) -> Vec<&str> {
        let short = self
            .secrets
            .iter()
            .filter(|(_, secret)| secret.expose().len() < limits::SECRET_SHORT);
        short.map(|(name, _)| name.as_str()).collect()
    }

    /// All that can be decided without asking anyone.
    fn prepare(&self, request: Request, call: &CallBudget) -> Result<(Ready, Instant), Stop> {
        call.take()?;
        let most = self.egress.patience.most;
        let wait = request.timeout.map_or(most, |wanted| wanted.min(most));
        // The answer's body included: who is silent to the very end must not take the guest's word from it.
        let until = request.deadline.checked_sub(limits::GIVEN_UP_BEFORE);
        let end = Instant::from_std(until.unwrap_or(request.deadline)).min(Instant::now() + wait);
        let target = Target::parse(&request.url).map_err(|refusal| Stop::new(Reason::Url, refusal.to_string()))?;
        let found = reach::find(&self.rules, &request.method, &target);
        let found = found.map_err(|refusal| {
            let withheld = reach::behind(&refusal, &self.withheld, &request.method, &target);
            Stop::of_rule(&refusal, withheld)
        })?;
        if matches!(found.rule.scheme, Scheme::Wss | Scheme::Ws) {
            return Err(Stop::new(Reason::Url, "a websocket is opened, not fetched; use https"));
        }
        let (filled, body) = self.fill(&found, &target, request.headers, request.body)?;
        let head = filled.headers.iter().map(|(name, value)| name.len() + value.len() + 4);
        let head = head.sum::<usize>() + filled.path_and_query.len();
        let bytes = body.length().unwrap_or(0).saturating_add(head as u64);
        self.budget.request(bytes, UnixMillis::now())?;
        self.counters.add(|counts| {
            counts.requests += 1;
            counts.sent += head as u64;
        });
        let label = found.rule.label();
        let place = self.place(&found, &target, &label);
        Ok((
            Ready {
                place,
                label,
                filled,
                body,
            },
            end,
        ))
    }

    fn fill(
        &self,
        found: &Match<'_>,
        target: &Target,
        headers: Vec<(String, Vec<u8>)>,
        body: Body,
    ) -> Result<(Filled, Body), Stop> {
        self.check_range(&headers)?;
        let refused = |words: String| Stop::new(Reason::Content, words);
        let whole = match &body {
            Body::Empty => Some(&[][..]),
            Body::Bytes(bytes) => Some(&bytes[..]),
            Body::Stream { .. } | Body::Form { .. } if found.needs_whole_body() => {
                return Err(refused(
                    "a credential goes into this body, so it can't be a file or a form".to_owned(),
                ));
            }
            Body::Stream { .. } | Body::Form { .. } => None,
        };
        let fields = match &body {
            Body::Form { fields, .. } => Some(&fields[..]),
            _ => None,
        };
        let draft = Draft {
            target,
            headers: &headers,
            body: whole,
            fields,
        };
        let mut filled = found
            .fill(&draft, &self.secrets)
            .map_err(|refusal| refused(refusal.to_string()))?;
        let body = filled.body.take().map_or(body, |bytes| Body::Bytes(bytes.into()));
        Ok((filled, body))
    }

    /// A part of an answer may hold a part of a secret, which nothing finds.
    fn check_range(&self, headers: &[(String, Vec<u8>)]) -> Result<(), Stop> {
        let mut names = headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase().replace('_', "-"));
        let asked = names.find(|name| RANGES.contains(&name.as_str()));
        match asked.filter(|_| !self.secrets.is_empty()) {
            Some(name) => {
                let words = format!("the header `{name}` is refused to a channel that has secrets; ask for the whole");
                Err(Stop::new(Reason::Content, words))
            }
            None => Ok(()),
        }
    }

    fn place(&self, found: &Match<'_>, target: &Target, label: &str) -> Place {
        let upstream = self.upstreams.get(label);
        let rule = self.rules.iter().position(|rule| std::ptr::eq(rule, found.rule));
        Place {
            key: Key {
                // The match borrows from these very rules.
                rule: rule.unwrap_or(usize::MAX),
                host: target.host().to_owned(),
            },
            scheme: upstream.map_or(found.rule.scheme, |upstream| upstream.scheme),
            default_port: target.port() == found.rule.scheme.default_port(),
            port: target.port(),
            upstream: upstream.map(|upstream| upstream.address),
        }
    }

    async fn perform(&self, method: &str, ready: Ready, end: Instant) -> Result<Response, Stop> {
        let host = ready.place.key.host.clone();
        let late = |_| Stop::new(Reason::Late, format!("{host} did not answer in time"));
        let slot = timeout_at(end, Arc::clone(&self.slots).acquire_owned()).await;
        // The semaphore is never closed.
        let slot = slot
            .map_err(late)?
            .map_err(|_| Stop::new(Reason::Late, "lockgate is shutting down"))?;
        let meter = Meter {
            budget: Arc::clone(&self.budget),
            counters: Arc::clone(&self.counters),
            spent: Arc::new(AtomicBool::new(false)),
        };
        // An answer may come before its request has gone out: the rest of that would wait with the connection, longer than
        // the call that it came from.
        let kept = ready.body.is_small().then(|| ready.place.key.clone());
        let request = send::request(
            method,
            &ready.place,
            ready.filled,
            Outgoing::new(ready.body, meter.clone()),
        )?;
        let exchanged = timeout_at(end, self.exchange(&ready.place, request, &meter)).await;
        let (response, wire) = exchanged.map_err(late)??;
        let (parts, incoming) = response.into_parts();
        let bytes = answer::bytes(&parts);
        self.counters.add(|counts| counts.received += bytes);
        self.budget.received(bytes, UnixMillis::now())?;
        let head = answer::head(&parts, &host, &self.masks, &self.counters)?;
        let from = body::From {
            host,
            silence: self.egress.patience.silence,
            pool: Arc::clone(&self.pool),
            masks: Arc::clone(&self.masks),
            budget: Arc::clone(&self.budget),
            counters: Arc::clone(&self.counters),
        };
        Ok(Response {
            status: parts.status.as_u16(),
            headers: head,
            body: ResponseBody::new(incoming, (kept, wire), end, from, slot),
        })
    }
}
