//! How the house's words stand in columns, and back. Touches no table.

use rusqlite::Row;

use super::fault::unreadable;
use crate::model::{ChannelName, Event, EventId, UnixMillis};

/// Milliseconds as SQLite counts; the end of time stands for anything later.
pub(super) fn millis(time: UnixMillis) -> i64 {
    integer(time.0)
}

/// And back.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<UnixMillis> {
    natural(row, column).map(UnixMillis)
}

/// SQLite's integers have a sign; none of our numbers comes near its bound.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// And back; a negative number is an error, not a huge one.
pub(super) fn natural(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A channel's name; the host's own, which no operator can choose, included.
pub(super) fn channel(row: &Row<'_>, column: usize) -> rusqlite::Result<ChannelName> {
    let text = row.get_ref(column)?.as_str()?;
    if text == ChannelName::host().as_str() {
        return Ok(ChannelName::host());
    }
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// The columns that [`event`] reads: joined from `spool`, `event` and `instance`.
pub(super) const EVENT: &str = "spool.id, instance.name, event.received, spool.refusals, event.payload";

/// An event; `None` if its payload can't be read, which is logged and must not stop those behind it.
pub(super) fn event(row: &Row<'_>) -> rusqlite::Result<Option<Event>> {
    let id = EventId(row.get(0)?);
    let payload = row.get_ref(4)?.as_blob()?;
    match serde_json::from_slice(payload) {
        Ok(admitted) => Ok(Some(Event {
            id,
            channel: channel(row, 1)?,
            received: time(row, 2)?,
            replay: row.get::<_, u32>(3)? > 0,
            admitted,
        })),
        Err(error) => {
            unreadable(id, &error);
            Ok(None)
        }
    }
}
