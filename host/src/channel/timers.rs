//! Fires a channel's timers. They are rows of the journal, so a restart forgets none; this only waits for the next one.

use std::time::Duration;

use super::{Channel, Phase, phase};
use crate::journal::Timer;
use crate::limits;
use crate::model::UnixMillis;
use crate::sandbox::Call;

/// Fires timers as they come due, one after the other, until the future is dropped.
pub async fn run(channel: &Channel) {
    if !channel.prepared.has(Call::Fire) {
        return;
    }
    loop {
        channel.at_liberty().await;
        let timers = channel
            .context
            .journal
            .timers(channel.context.instance)
            .unwrap_or_else(|error| {
                tracing::error!(channel = %channel.context.name, %error, "the channel's timers can't be read");
                Vec::new()
            });
        let now = UnixMillis::now();
        let next = timers.into_iter().min_by_key(|timer| timer.due);
        match next {
            Some(timer) if timer.due <= now => {
                fire(channel, timer).await;
                // A timer that sets itself for at once must not keep the journal busy.
                tokio::time::sleep(limits::TIMER_SPACING).await;
            }
            next => wait(channel, next.map(|timer| timer.due.since(now))).await,
        }
    }
}

async fn wait(channel: &Channel, until: Option<Duration>) {
    // The clock may be set back or forward meanwhile: look again once a minute.
    let most = Duration::from_secs(60);
    let until = until.unwrap_or(most).min(most);
    let _ = tokio::time::timeout(until, channel.lasting.timers_changed.notified()).await;
}

/// Success consumes the timer, in the same transaction as what it brought; after a failure it fires again, later.
async fn fire(channel: &Channel, timer: Timer) {
    let failures = timer.failures.saturating_add(1);
    // Where there are polls, they say how the channel stands.
    let speaks = !channel.prepared.has(Call::Poll);
    let failure = match channel.fire(&timer).await {
        Ok(()) if speaks => return channel.enter(Phase::Ready),
        Ok(()) => return,
        Err(failure) => failure,
    };
    if speaks {
        channel.enter(Phase::of_failure(&failure, failures, UnixMillis::now()));
    }
    let due = UnixMillis::now().after(phase::rest(&failure, failures));
    let noted = channel
        .context
        .journal
        .timer_failed(channel.context.instance, timer, due)
        .await;
    if let Err(error) = noted {
        // Without the note the timer would be due at once, again and again.
        tracing::error!(channel = %channel.context.name, %error, "can't put the timer off");
        tokio::time::sleep(phase::backoff(failures)).await;
    }
}
