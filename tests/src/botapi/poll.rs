//! `getUpdates`: long polling as documented. Updates below the offset are forgotten for ever; who polls sends the one away
//! who polled before.

use std::time::{Duration, Instant};

use super::desk::Desk;
use super::reply::Reply;
use super::request::Params;
use super::world::World;

/// The most updates of one answer.
const MOST: i64 = 100;
/// What the second of two pollers brings about for the first.
const CONFLICT: &str =
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
/// What polling meets while a webhook is set.
const WEBHOOK: &str =
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

impl Desk {
    /// Waits until there is something, or the time is over.
    pub fn get_updates(&self, params: &Params) -> Reply {
        let mut world = self.world();
        if world.webhook {
            return Reply::no(409, WEBHOOK);
        }
        world.poller += 1;
        let (own, epoch) = (world.poller, world.epoch);
        self.changed.notify_all();
        world.confirm(params);
        let limit = params.number("limit").unwrap_or(MOST).clamp(1, MOST);
        let seconds = u64::try_from(params.number("timeout").unwrap_or(0)).unwrap_or(0);
        let end = Instant::now() + Duration::from_secs(seconds);
        loop {
            if world.epoch != epoch {
                return Reply::Nothing;
            }
            if !world.token_is_valid {
                return Reply::no(401, "Unauthorized");
            }
            if world.poller != own || world.contended {
                return Reply::no(409, CONFLICT);
            }
            let batch = world.batch(limit);
            let left = end.saturating_duration_since(Instant::now());
            if !batch.is_empty() || left.is_zero() {
                return Reply::Done(format!("[{}]", batch.join(",")));
            }
            world.polls_waiting += 1;
            self.changed.notify_all();
            world = self.wait(world, left);
            world.polls_waiting -= 1;
        }
    }
}

impl World {
    /// Forgets what an offset confirms, and takes the wanted kinds.
    fn confirm(&mut self, params: &Params) {
        if let Some(allowed) = params.value("allowed_updates") {
            self.allowed = serde_json::from_value(allowed).ok();
        }
        let Some(offset) = params.number("offset") else { return };
        if offset >= 0 {
            while self.queue.front().is_some_and(|(id, _)| *id < offset) {
                self.queue.pop_front();
            }
        } else {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let gone = self.queue.len().saturating_sub(keep);
            self.queue.drain(..gone);
        }
    }

    fn batch(&self, limit: i64) -> Vec<String> {
        let limit = usize::try_from(limit).unwrap_or(1);
        self.queue.iter().take(limit).map(|(_, raw)| raw.clone()).collect()
    }
}
