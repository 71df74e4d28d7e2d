//! What a channel does by itself: it starts, looks for news and is woken. When it does so is decided by the poller and the
//! timers.

use std::sync::Arc;

use super::faults::Input;
use super::phase::{self, Begun};
use super::{Channel, Failure, Occasion, Phase, poller, timers};
use crate::access::Provenance;
use crate::journal::Timer;
use crate::sandbox::Call;

impl Channel {
    /// Keeps the channel going until the future is dropped: `start` unless it has succeeded, then polls and timers.
    pub async fn live(self: Arc<Self>) {
        self.take_turn().await;
        if self.has_begun() == Begun::No {
            self.begin().await;
        }
        tokio::join!(poller::run(&self), timers::run(&self), self.keep_counts());
    }

    /// Calls `start` until it succeeds; nothing else is called before.
    async fn begin(&self) {
        // In quarantine for its start it stays so over a restart. In quarantine for another call it is started all the
        // same: its hooks go on, and nothing is called before `start`.
        if let Some(phase @ Phase::Quarantined { begun: Begun::No, .. }) = self.kept_quarantine() {
            self.enter(phase);
            self.at_liberty().await;
        }
        let mut failures = 0;
        while let Err(failure) = self.start(failures).await {
            failures += 1;
            self.enter(Phase::Starting {
                why: Some(failure.to_string()),
            });
            self.pause(phase::rest(&failure, failures)).await;
        }
        self.resume_sockets().await;
        self.enter(self.kept_quarantine().unwrap_or(Phase::Ready));
    }

    pub(super) async fn start(&self, failures: u32) -> Result<(), Failure> {
        if !self.prepared.has(Call::Start) {
            return Ok(());
        }
        let started = self
            .perform(Call::Start, Provenance::Reported, Occasion::default(), || {
                Box::pin(async {
                    let done = self.prepared.start(&self.context, &self.folders(None, None)).await?;
                    Ok(((), done.value, done.written, done.took))
                })
            })
            .await;
        self.fared(input(Call::Start, "", failures), &started).await;
        started
    }

    /// One look for news: milliseconds until the next one.
    pub(super) async fn poll(&self, failures: u32) -> Result<(u32, usize), Failure> {
        let deadline = self.grant.poll_deadline();
        let polled = self
            .perform(Call::Poll, Provenance::Reported, Occasion::default(), || {
                Box::pin(async move {
                    let done = self
                        .prepared
                        .poll(&self.context, failures, deadline, &self.folders(None, None))
                        .await?;
                    let (outcome, again) = done.value;
                    let brought = outcome.inbound.len();
                    Ok(((again, brought), outcome, done.written, done.took))
                })
            })
            .await;
        self.fared(input(Call::Poll, "", failures), &polled).await;
        polled
    }

    /// Serves a timer that is due.
    pub(super) async fn fire(&self, timer: &Timer) -> Result<(), Failure> {
        let occasion = Occasion {
            fired: Some(timer.clone()),
            ..Occasion::default()
        };
        let fired = self
            .perform(Call::Fire, Provenance::Reported, occasion, || {
                Box::pin(async {
                    let done = self
                        .prepared
                        .fire(&self.context, &timer.name, timer.failures, &self.folders(None, None))
                        .await?;
                    Ok(((), done.value, done.written, done.took))
                })
            })
            .await;
        self.fared(input(Call::Fire, &timer.name, timer.failures), &fired).await;
        fired
    }
}

fn input(call: Call, name: &str, failures: u32) -> Input {
    Input {
        call,
        name: name.to_owned(),
        failures,
    }
}
