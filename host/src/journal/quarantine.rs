//! Bytes that broke too often to be called by themselves: one row for each component of an instance, so that a restart forgets
//! none. Judges nothing; it keeps what it is given.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::group::Group;
use super::rows::{millis, time};
use crate::limits;
use crate::model::{Digest, InstanceId, Review, UnixMillis};

/// Why a channel's bytes are not called by themselves any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// The bytes that broke.
    pub component: Digest,
    /// Whether a person had approved them by then: whoever approves others gives these up, and has them tried if he comes
    /// back to them.
    pub review: Review,
    /// Since when.
    pub since: UnixMillis,
    /// Which of its calls broke, as people name it.
    pub call: String,
    /// How, for people; the guest's own words may be in it.
    pub why: String,
}

/// Notes it, in place of an earlier one of the same bytes; those of others stay, up to `limits::QUARANTINES` together. An
/// instance that has ended gets none.
pub(super) fn put(group: &mut Group<'_>, instance: InstanceId, quarantine: &Quarantine) -> Result<()> {
    if group.account(instance).is_none_or(|account| !account.live) {
        return Ok(());
    }
    group
        .prepare(
            "INSERT INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (instance, component) DO UPDATE SET \
             reviewed = max(reviewed, excluded.reviewed), since = excluded.since, call = excluded.call, why = excluded.why",
        )?
        .execute(params![
            instance.0,
            quarantine.component.as_bytes(),
            quarantine.review == Review::Done,
            millis(quarantine.since),
            quarantine.call,
            quarantine.why
        ])?;
    forget_oldest(group, instance, &quarantine.component)
}

/// Keeps the newest, and before those what a person approved: that is what comes back when nobody develops any more. Whoever
/// builds bytes that break can't make a journal of it.
fn forget_oldest(group: &Group<'_>, instance: InstanceId, newest: &Digest) -> Result<()> {
    group
        .prepare(
            "DELETE FROM quarantine WHERE instance = ?1 AND component IN (SELECT component FROM quarantine WHERE instance = ?1 \
             ORDER BY component = ?2 DESC, reviewed DESC, since DESC LIMIT -1 OFFSET ?3)",
        )?
        .execute(params![instance.0, newest.as_bytes(), limits::QUARANTINES])
        .map(drop)
}

/// Lifts the one of these bytes. `false` if there was none.
pub(super) fn lift(group: &Group<'_>, instance: InstanceId, component: &Digest) -> Result<bool> {
    let lifted = group
        .prepare("DELETE FROM quarantine WHERE instance = ?1 AND component = ?2")?
        .execute(params![instance.0, component.as_bytes()])?;
    Ok(lifted > 0)
}

/// Lifts all of an instance that ends.
pub(super) fn end(group: &Group<'_>, instance: InstanceId) -> Result<()> {
    group
        .prepare("DELETE FROM quarantine WHERE instance = ?1")?
        .execute([instance.0])
        .map(drop)
}

/// What an approval of these bytes lifts: theirs, if they broke before it, and that of others that were approved before them.
const BEFORE_APPROVAL: &str = "FROM quarantine WHERE instance = ?1 AND (component = ?2) <> reviewed";

/// Whether an approval of these bytes lifts any.
pub(super) fn is_any_before(sqlite: &Connection, instance: InstanceId, approved: &Digest) -> Result<bool> {
    sqlite
        .prepare_cached(&format!("SELECT 1 {BEFORE_APPROVAL}"))?
        .exists(params![instance.0, approved.as_bytes()])
}

/// Lifts what an approval of these bytes does.
pub(super) fn lift_before(group: &Group<'_>, instance: InstanceId, approved: &Digest) -> Result<()> {
    group
        .prepare(&format!("DELETE {BEFORE_APPROVAL}"))?
        .execute(params![instance.0, approved.as_bytes()])
        .map(drop)
}

/// The one of these bytes.
pub(super) fn of(sqlite: &Connection, instance: InstanceId, component: &Digest) -> Result<Option<Quarantine>> {
    sqlite
        .prepare_cached("SELECT reviewed, since, call, why FROM quarantine WHERE instance = ?1 AND component = ?2")?
        .query_row(params![instance.0, component.as_bytes()], |row| {
            Ok(Quarantine {
                component: *component,
                review: if row.get(0)? { Review::Done } else { Review::Waived },
                since: time(row, 1)?,
                call: row.get(2)?,
                why: row.get(3)?,
            })
        })
        .optional()
}
