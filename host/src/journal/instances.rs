//! The lives of channel names, and the digests of compiled code. An ended life keeps its rows until housekeeping; a new one
//! of the same name never sees them.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::group::Group;
use super::ledger::Account;
use super::quarantine;
use super::rows::millis;
use super::spool::{self, State};
use crate::model::{ChannelName, Digest, EventId, InstanceId, UnixMillis};

/// Begins a life of this name. One that was left over is ended: the name belongs to whom it was given last.
pub(super) fn add(group: &mut Group<'_>, name: &ChannelName, now: UnixMillis) -> Result<InstanceId> {
    for old in living(group, name)? {
        end(group, old, now)?;
    }
    let id = group
        .prepare("INSERT INTO instance (name, began) VALUES (?1, ?2) RETURNING id")?
        .query_row(params![name.as_str(), millis(now)], |row| row.get(0).map(InstanceId))?;
    group.enter(id, Account::new(name.clone()));
    Ok(id)
}

/// The host's own life: there is one as long as the file is.
pub(super) fn host(group: &mut Group<'_>, now: UnixMillis) -> Result<InstanceId> {
    match living(group, &ChannelName::host())?.first() {
        Some(id) => Ok(*id),
        None => add(group, &ChannelName::host(), now),
    }
}

/// Ends a life: nothing of it is pushed, fired or connected any more. `false` if it had ended or never was.
pub(super) fn end(group: &mut Group<'_>, id: InstanceId, now: UnixMillis) -> Result<bool> {
    let Some(account) = group.account(id) else {
        return Ok(false);
    };
    if !std::mem::replace(&mut account.live, false) {
        return Ok(false);
    }
    group
        .prepare("UPDATE instance SET ended = ?2 WHERE id = ?1")?
        .execute(params![id.0, millis(now)])?;
    group
        .prepare("DELETE FROM timer WHERE instance = ?1")?
        .execute([id.0])?;
    group
        .prepare("DELETE FROM connection WHERE instance = ?1")?
        .execute([id.0])?;
    quarantine::end(group, id)?;
    let waiting = waiting(group, id)?;
    spool::bury(group, &waiting, &[State::Held, State::Collected, State::Sent], now)?;
    Ok(true)
}

/// Removes what is left of a life, unless an event of it is still kept.
pub(super) fn forget(group: &Group<'_>, id: InstanceId) -> Result<()> {
    if group
        .prepare("SELECT 1 FROM spool WHERE instance = ?1")?
        .exists([id.0])?
    {
        return Ok(());
    }
    for table in ["store", "tally", "timer", "connection", "dedup", "replay"] {
        group
            .prepare(&format!("DELETE FROM {table} WHERE instance = ?1"))?
            .execute([id.0])?;
    }
    group
        .prepare("DELETE FROM instance WHERE id = ?1 AND ended IS NOT NULL")?
        .execute([id.0])
        .map(drop)
}

/// Notes which compiled file belongs to a component under an engine.
pub(super) fn put_compiled(group: &Group<'_>, component: &Digest, engine: &str, compiled: &Digest) -> Result<()> {
    group
        .prepare("INSERT OR REPLACE INTO compiled VALUES (?1, ?2, ?3)")?
        .execute(params![component.as_bytes(), engine, compiled.as_bytes()])
        .map(drop)
}

/// The digest that a compiled file must have.
pub(super) fn compiled(connection: &Connection, component: &Digest, engine: &str) -> Result<Option<Digest>> {
    connection
        .prepare_cached("SELECT digest FROM compiled WHERE component = ?1 AND engine = ?2")?
        .query_row(params![component.as_bytes(), engine], |row| {
            row.get::<_, [u8; 32]>(0).map(Digest::from)
        })
        .optional()
}

fn living(group: &Group<'_>, name: &ChannelName) -> Result<Vec<InstanceId>> {
    group
        .prepare("SELECT id FROM instance WHERE name = ?1 AND ended IS NULL")?
        .query_map([name.as_str()], |row| row.get(0).map(InstanceId))?
        .collect()
}

fn waiting(group: &Group<'_>, id: InstanceId) -> Result<Vec<EventId>> {
    group
        .prepare("SELECT id FROM spool WHERE state IN (?1, ?2, ?3) AND instance = ?4")?
        .query_map(params![State::Held, State::Collected, State::Sent, id.0], |row| {
            row.get(0).map(EventId)
        })?
        .collect()
}
