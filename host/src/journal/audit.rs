//! Whether the file is sound: SQLite's own check, and what the tables promise each other. Repairs nothing.

use rusqlite::{Connection, Result};

use crate::limits;
use crate::model::Admitted;

/// What must hold, as a query that finds an offender.
const PROMISES: [(&str, &str); 5] = [
    (
        "an event stands nowhere in the spool",
        "SELECT id FROM event WHERE id NOT IN (SELECT id FROM spool)",
    ),
    (
        "a row of the spool has no event, or counts other bytes",
        "SELECT spool.id FROM spool LEFT JOIN event ON event.id = spool.id \
         WHERE length(event.payload) IS NOT spool.bytes OR event.instance IS NOT spool.instance",
    ),
    (
        "an event stands twice in the spool",
        "SELECT id FROM spool GROUP BY id HAVING count(*) > 1",
    ),
    (
        "an event is sent to nobody, or has a session and is not sent",
        "SELECT id FROM spool WHERE (state = 2) <> (session IS NOT NULL)",
    ),
    (
        "the sum of a store is wrong for an instance",
        "SELECT id FROM instance WHERE store_bytes <> \
         (SELECT ifnull(sum(?1 + length(CAST(key AS BLOB)) + length(value)), 0) FROM store WHERE instance = instance.id)",
    ),
];

/// The first thing that is wrong, in words.
pub(super) fn first_finding(connection: &Connection) -> Result<Option<String>> {
    // One snapshot, so that a commit between two of the queries looks like no fault.
    let snapshot = connection.unchecked_transaction()?;
    let words: String = snapshot.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if words != "ok" {
        return Ok(Some(words));
    }
    for (words, sql) in PROMISES {
        let mut query = snapshot.prepare(sql)?;
        // Only the store's sum asks what a row costs beyond its bytes.
        if query.parameter_count() == 1 {
            query.raw_bind_parameter(1, limits::STORE_ROW_BYTES as i64)?;
        }
        let found = query.raw_query().next()?.map(|row| row.get::<_, i64>(0)).transpose()?;
        if let Some(id) = found {
            return Ok(Some(format!("{words} ({id})")));
        }
    }
    unreadable_payload(&snapshot)
}

fn unreadable_payload(connection: &Connection) -> Result<Option<String>> {
    let mut select = connection.prepare("SELECT id, payload FROM event")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if let Err(error) = serde_json::from_slice::<Admitted>(row.get_ref(1)?.as_blob()?) {
            return Ok(Some(format!("event {} can't be read: {error}", row.get::<_, i64>(0)?)));
        }
    }
    Ok(None)
}
