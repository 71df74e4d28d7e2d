//! Looks for news. The platform forgets what comes before the number that it is asked for, and that number is always one
//! that an earlier call committed: what was not committed comes again.

use std::time::Duration;

use lockgate_sdk::{Batch, Outcome, Trouble, host, store};
use serde_json::json;

use crate::feed::{self, Feed, Update};
use crate::{api, me, menu, update};

/// Key of the number of the update to begin with.
const OFFSET: &str = "offset";
/// Key of an update that was fetched after a failure, and is tried by itself.
const HELD: &str = "held";

/// Seconds for which the platform waits for news.
const WAIT: u64 = 45;
/// Seconds for the answer to arrive, beyond that. With both the call is within the manifest's deadline.
const SLACK: u64 = 8;
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
/// Failures after which an update that was tried by itself is stepped over.
const TRIES: u32 = 2;
/// Failures after which an answer that can't be taken apart is stepped over.
const UNREADABLE: u32 = 3;

/// Of another bot, nothing is known.
pub fn forget() {
    store::delete(OFFSET);
    store::delete(HELD);
}

/// Looks once.
pub fn poll(failures: u32) -> Result<Batch, Trouble> {
    if let Some(raw) = store::get_text(HELD) {
        return held(raw, failures);
    }
    let began = host::now();
    // After a failure, and at first, nobody waits: what is wrong, or no longer, is known at once.
    let hurried = errands()? || failures > 0;
    let (wait, limit) = (if hurried { 0 } else { WAIT }, if failures > 0 { 1 } else { MOST });
    let body = fetch(wait, limit)?;
    let Some(feed) = feed::split(&body).filter(|feed| feed.unnumbered == 0 || feed.next.is_some()) else {
        return unreadable(&body, failures);
    };
    match feed.updates.first() {
        Some(first) if failures > 0 => hold(first),
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

/// Keeps the first update by itself, to be tried by the next call without asking anybody: if that fails, it is the
/// update's fault. The count of failures does not tell that, since it counts a platform that is down, too, and a message
/// must not be stepped over for that.
fn hold(first: &Update) -> Result<Batch, Trouble> {
    match store::set(HELD, &first.raw) {
        Err(store::Failure::TooLarge) => step_over(first.id, "larger than the store takes", &first.raw),
        kept => kept.map(|()| Batch::new(Outcome::none(), 1)).map_err(Trouble::from),
    }
}

/// Tries the update that is held, or steps over it.
fn held(raw: String, failures: u32) -> Result<Batch, Trouble> {
    let Some(id) = feed::number(&raw) else {
        store::delete(HELD);
        return Ok(Batch::new(Outcome::none().skipped("an update without a number"), IDLE));
    };
    if failures >= TRIES {
        return step_over(id, "failed each time", &raw);
    }
    let feed = Feed {
        updates: vec![Update { id, raw }],
        next: Some(id.saturating_add(1)),
        unnumbered: 0,
    };
    store::delete(HELD);
    Ok(Batch::new(taken(&feed)?, 0))
}

fn step_over(id: i64, why: &str, raw: &str) -> Result<Batch, Trouble> {
    store::delete(HELD);
    store::set(OFFSET, id.saturating_add(1).to_string())?;
    let kind = update::kind(raw);
    Ok(Batch::new(
        Outcome::none().skipped(format!("update {id} ({kind}): {why}")),
        0,
    ))
}

/// What can't be taken apart is asked for again; in the end its first update is stepped over, if its number can be found.
fn unreadable(body: &str, failures: u32) -> Result<Batch, Trouble> {
    match feed::number(body) {
        Some(id) if failures >= UNREADABLE => step_over(id, "no JSON", ""),
        _ => Err(Trouble::malformed("Telegram's answer to getUpdates can't be read")),
    }
}
