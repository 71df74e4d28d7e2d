//! Looks for news. The platform forgets what comes before the number that it is asked for, and that number is always one
//! that an earlier call committed: what was not committed comes again.

use std::time::Duration;

use lockgate_sdk::{Batch, Outcome, Trouble, host, store};
use serde_json::json;

use crate::feed::{self, Feed};
use crate::{api, me, menu, update};

/// Key of the number of the update to begin with.
const OFFSET: &str = "offset";

/// Seconds for which the platform waits for news.
const WAIT: u64 = 30;
/// Seconds for the answer to arrive, beyond that. With both the call is within the manifest's deadline.
const SLACK: u64 = 10;
/// Updates of one answer; each is at most one thing that came in, and the host takes as many.
const MOST: u32 = 100;
/// Kinds of updates that are asked for.
const KINDS: [&str; 5] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
];
/// Milliseconds until the next look if the platform answered at once that there is nothing.
const IDLE: u32 = 1_000;
/// Failures, each on what came first, after which that is stepped over.
const TRIES: u32 = 3;

/// Of another bot, nothing is known.
pub fn forget() {
    store::delete(OFFSET);
}

/// Looks once.
pub fn poll(failures: u32) -> Result<Batch, Trouble> {
    let began = host::now();
    // At first nobody waits: that all is well is known at once.
    let wait = if errands()? || failures > 0 { 0 } else { WAIT };
    let body = fetch(wait, if failures > 0 { 1 } else { MOST })?;
    let feed = feed::split(&body).filter(|feed| feed.unnumbered == 0 || feed.next.is_some());
    let Some(feed) = feed else {
        return unreadable(&body, failures);
    };
    match feed.updates.first() {
        Some(first) if failures >= TRIES => step_over(first.id, "failed each time", &first.raw),
        Some(_) => Ok(Batch::new(taken(&feed)?, 0)),
        None if host::now().saturating_sub(began) < u64::from(IDLE) => Ok(Batch::new(Outcome::none(), IDLE)),
        None => Ok(Batch::new(Outcome::none(), 0)),
    }
}

/// What is due besides; whether there was anything.
fn errands() -> Result<bool, Trouble> {
    let (me, menu) = (me::is_due(), menu::is_due());
    if me {
        me::ask()?;
    }
    if menu {
        menu::set()?;
    }
    Ok(me || menu)
}

fn fetch(wait: u64, limit: u32) -> Result<String, Trouble> {
    let mut parameters = json!({ "timeout": wait, "limit": limit, "allowed_updates": KINDS });
    if let Some(offset) = store::get_as::<i64>(OFFSET) {
        parameters["offset"] = offset.into();
    }
    api::updates(&parameters, Duration::from_secs(wait + SLACK))
}

/// All of an answer. Where it ends is kept with what came of it, and told to the platform by the next call.
fn taken(feed: &Feed) -> Result<Outcome, Trouble> {
    let me = me::kept().unwrap_or_default();
    let mut outcome = feed
        .updates
        .iter()
        .fold(Outcome::none(), |outcome, one| update::add(outcome, one, &me));
    if feed.unnumbered > 0 {
        outcome = outcome.skipped(format!("{} updates without a number", feed.unnumbered));
    }
    if let Some(next) = feed.next {
        store::set(OFFSET, next.to_string())?;
    }
    Ok(outcome)
}

/// Steps over what comes first. The host counts only failures that another update might have spared.
fn step_over(id: i64, why: &str, raw: &str) -> Result<Batch, Trouble> {
    store::set(OFFSET, id.saturating_add(1).to_string())?;
    let what = format!("update {id} ({}): {why}", update::kind(raw));
    Ok(Batch::new(Outcome::none().skipped(what), 0))
}

/// What can't be taken apart is asked for again, and in the end its first update is stepped over. Where no update has a
/// number, none is to blame: something else has answered in the platform's place.
fn unreadable(body: &str, failures: u32) -> Result<Batch, Trouble> {
    match feed::number(body) {
        Some(id) if failures >= TRIES => step_over(id, "no JSON", ""),
        Some(_) => Err(Trouble::malformed("Telegram's answer to getUpdates can't be read")),
        None => Err(Trouble::unavailable("what answers in Telegram's place is not its API")),
    }
}
