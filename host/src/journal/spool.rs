//! Where an event stands between its arrival and the session that has it. Moves rows and keeps the sums; never reads a
//! payload on its way, and decides nothing about sessions.
//!
//! ```text
//!            sent(unproven)            prove, acknowledge
//!   ┌──────┐ ─────────────> ┌──────┐ ────────────────────> ┌──────┐ after 24 h
//!   │ held │                │ sent │                       │ seen │ ──────────> gone
//!   └──────┘ <───────────── └──────┘                       └──────┘
//!    │  │ ^   release:         │                             ^ ^
//!    │  │ │   one refusal more │ release, at REFUSALS        │ │
//!    │  │ └───────────         │                             │ │
//!    │  │ collect              v      acknowledge            │ │
//!    │  └─────────> collected  ┌──────┐ ─────────────────────┘ │
//!    │              (held, and │ dead │ after 30 d ──> gone    │
//!    │ KEEP          only for  └──────┘                        │
//!    └───────────────`inbox`)────^         sent(proven) ───────┘
//! ```
//! Collected goes wherever held goes. Held, collected and sent count against the spool's bounds; seen and dead do not.

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{OptionalExtension, Result, params};

use super::group::Group;
use super::rows::{integer, millis, natural};
use crate::limits;
use crate::model::{EventId, InstanceId, SessionId, UnixMillis};

/// Whether a session has shown that it reads what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It has: what is written to it counts as seen.
    Proven,
    /// Not yet: what is written to it can come back.
    Unproven,
}

/// Whose events come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// Those of one session, which has ended or is deaf.
    One(SessionId),
    /// Those of all: no session outlives the process that writes to them.
    All,
}

/// What `acknowledge` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acknowledged {
    /// Events that were not seen before and are now.
    pub newly: u64,
    /// Ids of no event, or of one that is gone by now.
    pub unknown: Vec<EventId>,
}

/// The states, as they stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Held = 0,
    Collected = 1,
    Sent = 2,
    Seen = 3,
    Dead = 4,
}

impl State {
    /// Counts against the spool's bounds.
    fn waits(self) -> bool {
        matches!(self, Self::Held | Self::Collected | Self::Sent)
    }
}

impl ToSql for State {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(*self as i64))
    }
}

/// A row of the spool.
struct Row {
    id: EventId,
    instance: InstanceId,
    bytes: u64,
    refusals: u32,
}

/// Puts a new event at the end, held. The caller has reserved its place in the sums.
pub(super) fn hold(group: &Group<'_>, id: EventId, instance: InstanceId, bytes: u64, now: UnixMillis) -> Result<()> {
    let row = Row {
        id,
        instance,
        bytes,
        refusals: 0,
    };
    put(group, &row, State::Held, None, now)
}

/// Notes that these were written to a session.
pub(super) fn sent(
    group: &mut Group<'_>,
    session: &SessionId,
    proof: Proof,
    ids: &[EventId],
    now: UnixMillis,
) -> Result<()> {
    for &id in ids {
        let Some((from, row)) = take_any(group, &[State::Held, State::Collected], id)? else {
            continue;
        };
        match proof {
            Proof::Proven => settle(group, row, from, State::Seen, None, now)?,
            Proof::Unproven => settle(group, row, from, State::Sent, Some(session), now)?,
        }
    }
    Ok(())
}

/// The session reads: what it has is seen. Returns how many that are.
pub(super) fn prove(group: &mut Group<'_>, session: &SessionId, now: UnixMillis) -> Result<u64> {
    let ids = sent_to(group, Some(session))?;
    for &id in &ids {
        if let Some(row) = take(group, State::Sent, id)? {
            settle(group, row, State::Sent, State::Seen, None, now)?;
        }
    }
    Ok(ids.len() as u64)
}

/// The model named these: they are seen, wherever they stand.
pub(super) fn acknowledge(group: &mut Group<'_>, ids: &[EventId], now: UnixMillis) -> Result<Acknowledged> {
    let mut found = Acknowledged::default();
    for &id in ids {
        match take_any(group, &[State::Sent, State::Held, State::Collected, State::Dead], id)? {
            Some((from, row)) => {
                settle(group, row, from, State::Seen, None, now)?;
                found.newly += 1;
            }
            None if stands(group, State::Seen, id)? => {}
            None => found.unknown.push(id),
        }
    }
    Ok(found)
}

/// Takes events back from sessions. Returns how many that are, those included that are dead now.
pub(super) fn release(group: &mut Group<'_>, whose: &Released, now: UnixMillis) -> Result<u64> {
    let ids = match whose {
        Released::One(session) => sent_to(group, Some(session))?,
        Released::All => sent_to(group, None)?,
    };
    for &id in &ids {
        let Some(mut row) = take(group, State::Sent, id)? else {
            continue;
        };
        row.refusals += 1;
        let to = if row.refusals >= limits::REFUSALS {
            State::Dead
        } else {
            State::Held
        };
        settle(group, row, State::Sent, to, None, now)?;
        group.arrived();
    }
    Ok(ids.len() as u64)
}

/// These are not pushed any more; `inbox` has them.
pub(super) fn collect(group: &mut Group<'_>, ids: &[EventId]) -> Result<()> {
    // `since` and the refusals stay: to be collected is no change of fortune.
    let mut update = group.prepare("UPDATE spool SET state = ?1 WHERE state = ?2 AND id = ?3")?;
    for &id in ids {
        group.moved(id);
        update.execute(params![State::Collected, State::Held, id.0])?;
    }
    Ok(())
}

/// Gives up on these if they still stand in one of the states.
pub(super) fn bury(group: &mut Group<'_>, ids: &[EventId], from: &[State], now: UnixMillis) -> Result<()> {
    for &id in ids {
        if let Some((from, row)) = take_any(group, from, id)? {
            settle(group, row, from, State::Dead, None, now)?;
        }
    }
    Ok(())
}

/// Removes these with their payload, if they are still seen or dead.
pub(super) fn erase(group: &mut Group<'_>, ids: &[EventId]) -> Result<()> {
    group.keep_ids()?;
    for &id in ids {
        let Some((from, row)) = take_any(group, &[State::Seen, State::Dead], id)? else {
            continue;
        };
        group.prepare("DELETE FROM event WHERE id = ?1")?.execute([id.0])?;
        if from == State::Seen
            && let Some(account) = group.account(row.instance)
        {
            account.erased += 1;
        }
    }
    Ok(())
}

fn sent_to(group: &Group<'_>, session: Option<&SessionId>) -> Result<Vec<EventId>> {
    group
        .prepare("SELECT id FROM spool WHERE state = ?1 AND (?2 IS NULL OR session = ?2)")?
        .query_map(params![State::Sent, session.map(|session| &session.0)], |row| {
            row.get(0).map(EventId)
        })?
        .collect()
}

fn stands(group: &Group<'_>, state: State, id: EventId) -> Result<bool> {
    group
        .prepare("SELECT 1 FROM spool WHERE state = ?1 AND id = ?2")?
        .exists(params![state, id.0])
}

fn take_any(group: &mut Group<'_>, states: &[State], id: EventId) -> Result<Option<(State, Row)>> {
    for &state in states {
        if let Some(row) = take(group, state, id)? {
            return Ok(Some((state, row)));
        }
    }
    Ok(None)
}

fn take(group: &mut Group<'_>, state: State, id: EventId) -> Result<Option<Row>> {
    // Not DELETE … RETURNING: for that SQLite makes and drops a whole temporary tree each time.
    let found = group
        .prepare("SELECT instance, bytes, refusals FROM spool WHERE state = ?1 AND id = ?2")?
        .query_row(params![state, id.0], |row| {
            Ok(Row {
                id,
                instance: InstanceId(row.get(0)?),
                bytes: natural(row, 1)?,
                refusals: row.get(2)?,
            })
        })
        .optional()?;
    if found.is_some() {
        group.moved(id);
        group
            .prepare("DELETE FROM spool WHERE state = ?1 AND id = ?2")?
            .execute(params![state, id.0])?;
    }
    Ok(found)
}

/// Puts a taken row into its new state and moves the sums along.
fn settle(
    group: &mut Group<'_>,
    row: Row,
    from: State,
    to: State,
    session: Option<&SessionId>,
    now: UnixMillis,
) -> Result<()> {
    put(group, &row, to, session, now)?;
    if from.waits()
        && !to.waits()
        && let Some(account) = group.account(row.instance)
    {
        account.spool_events = account.spool_events.saturating_sub(1);
        account.spool_bytes = account.spool_bytes.saturating_sub(row.bytes);
    }
    Ok(())
}

fn put(group: &Group<'_>, row: &Row, state: State, session: Option<&SessionId>, now: UnixMillis) -> Result<()> {
    group
        .prepare("INSERT INTO spool VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            state,
            row.id.0,
            row.instance.0,
            integer(row.bytes),
            millis(now),
            row.refusals,
            session.map(|session| &session.0)
        ])
        .map(drop)
}
