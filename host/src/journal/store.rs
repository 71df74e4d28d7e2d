//! What a channel keeps between calls: read, checked and written within a call's transaction. Never names another instance's
//! rows than the one it was given.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::group::Group;
use super::rows::{integer, natural};
use crate::limits;
use crate::model::InstanceId;

/// The committed value of a key.
pub(super) fn get(connection: &Connection, instance: InstanceId, key: &str) -> Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM store WHERE instance = ?1 AND key = ?2")?
        .query_row(params![instance.0, key], |row| row.get(0))
        .optional()
}

/// The keys that begin with a prefix, in ascending order of their bytes.
pub(super) fn keys(connection: &Connection, instance: InstanceId, prefix: &str) -> Result<Vec<String>> {
    let mut select =
        connection.prepare_cached("SELECT key FROM store WHERE instance = ?1 AND key >= ?2 ORDER BY key")?;
    let mut rows = select.query(params![instance.0, prefix])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Sets a key, or deletes it with `None`. Returns by how many bytes the store grew or shrank.
pub(super) fn put(group: &Group<'_>, instance: InstanceId, key: &str, value: Option<&[u8]>) -> Result<i64> {
    let old = stored_bytes(group, instance, key)?;
    let new = value.map_or(0, |value| {
        integer((limits::STORE_ROW_BYTES + key.len() + value.len()) as u64)
    });
    match value {
        Some(value) => group
            .prepare("INSERT INTO store VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value")?
            .execute(params![instance.0, key, value])?,
        None => group
            .prepare("DELETE FROM store WHERE instance = ?1 AND key = ?2")?
            .execute(params![instance.0, key])?,
    };
    Ok(new - old)
}

fn stored_bytes(group: &Group<'_>, instance: InstanceId, key: &str) -> Result<i64> {
    let length: Option<u64> = group
        .prepare("SELECT length(value) FROM store WHERE instance = ?1 AND key = ?2")?
        .query_row(params![instance.0, key], |row| natural(row, 0))
        .optional()?;
    Ok(length.map_or(0, |length| {
        integer((limits::STORE_ROW_BYTES + key.len()) as u64 + length)
    }))
}
