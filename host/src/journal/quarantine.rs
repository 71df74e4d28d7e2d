//! Channels that broke too often to be called by themselves: one row an instance, so that a restart forgets none. Judges
//! nothing; it keeps what it is given.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::group::Group;
use super::rows::{millis, time};
use crate::model::{Digest, InstanceId, UnixMillis};

/// Why a channel is not called by itself any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// The bytes that broke; approving others lifts it.
    pub component: Digest,
    /// Since when.
    pub since: UnixMillis,
    /// Which of its calls broke, as people name it.
    pub call: String,
    /// How, for people; the guest's own words may be in it.
    pub why: String,
}

/// Notes it, in place of an earlier one of the same bytes. One of others stays: who approves bytes lifts that first, so
/// these only serve in the place of those, and hold theirs no longer than the house runs. An instance that has ended gets
/// none.
pub(super) fn put(group: &mut Group<'_>, instance: InstanceId, quarantine: &Quarantine) -> Result<()> {
    if group.account(instance).is_none_or(|account| !account.live) {
        return Ok(());
    }
    group
        .prepare(
            "INSERT INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (instance) DO UPDATE SET \
             since = excluded.since, call = excluded.call, why = excluded.why WHERE component = excluded.component",
        )?
        .execute(params![
            instance.0,
            quarantine.component.as_bytes(),
            millis(quarantine.since),
            quarantine.call,
            quarantine.why
        ])
        .map(drop)
}

/// Lifts it. `false` if there was none.
pub(super) fn lift(group: &Group<'_>, instance: InstanceId) -> Result<bool> {
    let lifted = group
        .prepare("DELETE FROM quarantine WHERE instance = ?1")?
        .execute([instance.0])?;
    Ok(lifted > 0)
}

/// The one of this instance.
pub(super) fn of(sqlite: &Connection, instance: InstanceId) -> Result<Option<Quarantine>> {
    sqlite
        .prepare_cached("SELECT component, since, call, why FROM quarantine WHERE instance = ?1")?
        .query_row([instance.0], |row| {
            Ok(Quarantine {
                component: row.get::<_, [u8; 32]>(0)?.into(),
                since: time(row, 1)?,
                call: row.get(2)?,
                why: row.get(3)?,
            })
        })
        .optional()
}
