//! Counts for `status`: what was dropped, refused or met again, by instance and reason. Counts; never explains.

use rusqlite::{Connection, Result, params};

use super::group::Group;
use super::rows::{integer, millis, natural, time};
use crate::model::{InstanceId, UnixMillis};

/// How often something happened to an instance, and when last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// To whom.
    pub instance: InstanceId,
    /// What.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// When last.
    pub last: UnixMillis,
}

/// Counts so many more.
pub(super) fn add(group: &Group<'_>, instance: InstanceId, reason: &str, count: u64, now: UnixMillis) -> Result<()> {
    group
        .prepare(
            "INSERT INTO tally VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count, last = max(last, excluded.last)",
        )?
        .execute(params![instance.0, reason, integer(count), millis(now)])
        .map(drop)
}

/// All counts, of instances that live.
pub(super) fn all(connection: &Connection) -> Result<Vec<Tally>> {
    connection
        .prepare_cached(
            "SELECT instance, reason, count, last FROM tally \
             WHERE instance IN (SELECT id FROM instance WHERE ended IS NULL) ORDER BY instance, reason",
        )?
        .query_map([], |row| {
            let last = time(row, 3)?;
            Ok(Tally {
                instance: InstanceId(row.get(0)?),
                reason: row.get(1)?,
                count: natural(row, 2)?,
                last,
            })
        })?
        .collect()
}
