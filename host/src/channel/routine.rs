//! What a channel does by itself: it starts, looks for news and is woken. When it does so is decided by the poller and the
//! timers.

use std::sync::Arc;

use super::{Channel, Failure, Occasion, Phase, phase, poller, timers};
use crate::access::Provenance;
use crate::journal::Timer;
use crate::sandbox::Call;

impl Channel {
    /// Keeps the channel going until the future is dropped: `start`, then polls and timers.
    pub async fn live(self: Arc<Self>) {
        self.begin().await;
        tokio::join!(poller::run(&self), timers::run(&self), self.keep_counts());
    }

    /// Calls `start` until it succeeds; nothing else is called before.
    async fn begin(&self) {
        let mut failures = 0;
        if self.prepared.has(Call::Start) {
            while let Err(failure) = self.start().await {
                failures += 1;
                let wait = phase::rest(&failure, failures);
                self.phase.send_replace(Phase::Starting {
                    why: Some(failure.to_string()),
                });
                tokio::time::sleep(wait).await;
            }
        }
        // What was asked for before a restart is done again; a websocket needs a granted host, and there is none yet.
        let connections = self
            .context
            .journal
            .connections(self.context.instance)
            .unwrap_or_default();
        self.refuse("connect-refused", connections.len() as u64).await;
        self.phase.send_replace(Phase::Ready);
    }

    async fn start(&self) -> Result<(), Failure> {
        self.perform(Call::Start, Provenance::Reported, Occasion::default(), || {
            Box::pin(async {
                let done = self.prepared.start(&self.context, &self.folders(None, None)).await?;
                Ok(((), done.value, done.written, done.took))
            })
        })
        .await
    }

    /// One look for news: milliseconds until the next one.
    pub(super) async fn poll(&self, failures: u32) -> Result<(u32, usize), Failure> {
        let deadline = self.grant.poll_deadline();
        self.perform(Call::Poll, Provenance::Reported, Occasion::default(), || {
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
        .await
    }

    pub(super) async fn fire(&self, timer: &Timer) -> Result<(), Failure> {
        let occasion = Occasion {
            fired: Some(timer.clone()),
            ..Occasion::default()
        };
        self.perform(Call::Fire, Provenance::Reported, occasion, || {
            Box::pin(async {
                let done = self
                    .prepared
                    .fire(&self.context, &timer.name, timer.failures, &self.folders(None, None))
                    .await?;
                Ok(((), done.value, done.written, done.took))
            })
        })
        .await
    }
}
