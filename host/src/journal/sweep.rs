//! Housekeeping: what is too old or too much goes, in small transactions between which calls commit. What goes is decided
//! on a reading connection; the writer looks again at each row before it removes it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::fault::JournalError;
use super::group::Group;
use super::instances;
use super::reader::Reader;
use super::rows::{integer, millis, natural, time};
use super::schema;
use super::spool::{self, State};
use super::writer::Queue;
use crate::limits;
use crate::model::{EventId, InstanceId, UnixMillis};

/// What housekeeping has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Events that nobody took, now dead.
    pub died: u64,
    /// Seen and dead events that are gone with their payload.
    pub erased: u64,
    /// Marks of messages and of signed requests that are forgotten.
    pub forgotten: u64,
}

/// Marks that are forgotten with time: the table and its column of time.
#[derive(Clone, Copy)]
enum Marks {
    /// Of admitted messages: forgotten so long after they came.
    Dedup,
    /// Of signed requests: forgotten when they can't be sent again.
    Replay,
}

/// One round of housekeeping.
pub(super) async fn sweep(queue: &Queue, reader: &Reader, now: UnixMillis) -> std::result::Result<Swept, JournalError> {
    let stale = ask(reader, move |sqlite| stale(sqlite, now)).await?;
    bury(queue, &stale, now).await?;
    let gone = ask(reader, move |sqlite| gone(sqlite, now)).await?;
    erase(queue, &gone).await?;
    let mut swept = Swept {
        died: stale.len() as u64,
        erased: gone.len() as u64,
        forgotten: 0,
    };
    for (instance, ended) in ask(reader, instances).await? {
        let over = ended.is_some_and(|ended| now.since(ended) > limits::KEEP);
        for marks in [Marks::Dedup, Marks::Replay] {
            swept.forgotten += forget(queue, reader, marks, instance, cutoff(marks, now, over)).await?;
        }
        if over {
            queue
                .change(move |group| Ok(instances::forget(group, instance)?))
                .await?;
        }
    }
    if swept != Swept::default() {
        cut_log(reader).await?;
    }
    Ok(swept)
}

/// Reads on a thread on which waiting is allowed: these queries go through whole tables.
async fn ask<T: Send + 'static>(
    reader: &Reader,
    query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
) -> std::result::Result<T, JournalError> {
    let reader = reader.clone();
    tokio::task::spawn_blocking(move || reader.read(query))
        .await
        .map_err(|_| JournalError::Closed)?
}

async fn bury(queue: &Queue, ids: &[EventId], now: UnixMillis) -> std::result::Result<(), JournalError> {
    for ids in ids.chunks(limits::SWEPT_PER_GROUP) {
        let ids = ids.to_vec();
        queue
            .change(move |group| Ok(spool::bury(group, &ids, &[State::Held, State::Collected], now)?))
            .await?;
    }
    Ok(())
}

async fn erase(queue: &Queue, ids: &[EventId]) -> std::result::Result<(), JournalError> {
    for ids in ids.chunks(limits::SWEPT_PER_GROUP) {
        let ids = ids.to_vec();
        queue.change(move |group| Ok(spool::erase(group, &ids)?)).await?;
    }
    Ok(())
}

/// Forgets an instance's marks of before `cutoff`, and the oldest ones beyond the bound.
async fn forget(
    queue: &Queue,
    reader: &Reader,
    marks: Marks,
    instance: InstanceId,
    cutoff: i64,
) -> std::result::Result<u64, JournalError> {
    let cutoff = ask(reader, move |sqlite| marks.bounded(sqlite, instance, cutoff)).await?;
    let (mut forgotten, mut after) = (0, Vec::new());
    loop {
        let from = std::mem::take(&mut after);
        let keys = ask(reader, move |sqlite| marks.before(sqlite, instance, &from, cutoff)).await?;
        let Some(last) = keys.last() else { return Ok(forgotten) };
        after.clone_from(last);
        forgotten += keys.len() as u64;
        let work = move |group: &mut Group<'_>| {
            let mut delete = group.prepare(marks.delete())?;
            keys.iter()
                .try_for_each(|key| delete.execute(params![instance.0, key, cutoff]).map(drop))?;
            Ok(())
        };
        queue.change(work).await?;
    }
}

/// Puts the log into the file and empties it: what was removed is to be found nowhere.
async fn cut_log(reader: &Reader) -> std::result::Result<(), JournalError> {
    let path = reader.path().to_owned();
    let cut = move || schema::cut_log(&path);
    tokio::task::spawn_blocking(cut)
        .await
        .map_err(|_| JournalError::Closed)?
}

fn cutoff(marks: Marks, now: UnixMillis, over: bool) -> i64 {
    match marks {
        _ if over => i64::MAX,
        Marks::Dedup => millis(now).saturating_sub(milliseconds(limits::DEDUP_AGE)),
        Marks::Replay => millis(now).saturating_add(1),
    }
}

impl Marks {
    fn delete(self) -> &'static str {
        match self {
            Self::Dedup => "DELETE FROM dedup WHERE instance = ?1 AND key = ?2 AND at < ?3",
            Self::Replay => "DELETE FROM replay WHERE instance = ?1 AND key = ?2 AND until < ?3",
        }
    }

    fn before(self, sqlite: &Connection, instance: InstanceId, after: &[u8], cutoff: i64) -> Result<Vec<Vec<u8>>> {
        let sql = match self {
            Self::Dedup => "SELECT key FROM dedup WHERE instance = ?1 AND key > ?2 AND at < ?3 ORDER BY key LIMIT ?4",
            Self::Replay => {
                "SELECT key FROM replay WHERE instance = ?1 AND key > ?2 AND until < ?3 ORDER BY key LIMIT ?4"
            }
        };
        sqlite
            .prepare_cached(sql)?
            .query_map(
                params![instance.0, after, cutoff, integer(limits::SWEPT_PER_GROUP as u64)],
                |row| row.get(0),
            )?
            .collect()
    }

    /// The cutoff, later if more are kept than the bound allows.
    fn bounded(self, sqlite: &Connection, instance: InstanceId, cutoff: i64) -> Result<i64> {
        let (sql, bound) = match self {
            Self::Dedup => (
                "SELECT at FROM dedup WHERE instance = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2",
                limits::DEDUP_EVENTS,
            ),
            Self::Replay => (
                "SELECT until FROM replay WHERE instance = ?1 ORDER BY until DESC LIMIT 1 OFFSET ?2",
                limits::REPLAY_KEYS,
            ),
        };
        // The oldest one that may stay; those of its very millisecond stay with it.
        let oldest = sqlite
            .prepare_cached(sql)?
            .query_row(params![instance.0, integer(bound - 1)], |row| row.get(0))
            .optional()?;
        Ok(cutoff.max(oldest.unwrap_or(cutoff)))
    }
}

/// Events that have waited for longer than `limits::KEEP`.
fn stale(sqlite: &Connection, now: UnixMillis) -> Result<Vec<EventId>> {
    sqlite
        .prepare_cached(
            "SELECT spool.id FROM spool CROSS JOIN event ON event.id = spool.id \
             WHERE spool.state IN (?1, ?2) AND event.received < ?3",
        )?
        .query_map(
            params![
                State::Held,
                State::Collected,
                millis(now).saturating_sub(milliseconds(limits::KEEP))
            ],
            |row| row.get(0).map(EventId),
        )?
        .collect()
}

/// Seen and dead events that are too old, beyond what is kept of an instance, or of one that ended long ago.
fn gone(sqlite: &Connection, now: UnixMillis) -> Result<Vec<EventId>> {
    let lives: HashMap<_, _> = instances(sqlite)?.into_iter().collect();
    let mut gone = Vec::new();
    for (state, age) in [(State::Seen, limits::SEEN_PAYLOAD_AGE), (State::Dead, limits::DEAD_AGE)] {
        let mut kept: HashMap<InstanceId, (u64, u64)> = HashMap::new();
        let mut select =
            sqlite.prepare_cached("SELECT id, instance, bytes, since FROM spool WHERE state = ?1 ORDER BY id DESC")?;
        let mut rows = select.query([state])?;
        while let Some(row) = rows.next()? {
            let instance = InstanceId(row.get(1)?);
            let ended = lives.get(&instance).copied().flatten();
            let kept = kept.entry(instance).or_default();
            *kept = (kept.0 + 1, kept.1 + natural(row, 2)?);
            let too_old = now.since(time(row, 3)?) > age;
            let too_much = kept.0 > limits::SPOOL_EVENTS || kept.1 > limits::SPOOL_BYTES;
            if too_old || too_much || ended.is_some_and(|ended| now.since(ended) > limits::KEEP) {
                gone.push(EventId(row.get(0)?));
            }
        }
    }
    Ok(gone)
}

/// All instances, and when they ended.
fn instances(sqlite: &Connection) -> Result<Vec<(InstanceId, Option<UnixMillis>)>> {
    sqlite
        .prepare_cached("SELECT id, ended FROM instance")?
        .query_map([], |row| Ok((InstanceId(row.get(0)?), ended(row)?)))?
        .collect()
}

fn ended(row: &rusqlite::Row<'_>) -> Result<Option<UnixMillis>> {
    row.get::<_, Option<i64>>(1)?.map(|_| time(row, 1)).transpose()
}

fn milliseconds(age: std::time::Duration) -> i64 {
    i64::try_from(age.as_millis()).unwrap_or(i64::MAX)
}
