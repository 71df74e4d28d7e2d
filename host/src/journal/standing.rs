//! Effects that outlive the process: timers and websockets, as rows. Wakes and connects nobody; that is the channel's work.

use rusqlite::{Connection as Sqlite, Result, params};

use super::group::Group;
use super::rows::{millis, natural, time};
use crate::model::{Effect, InstanceId, UnixMillis};

/// A call of `timer.fire` that is due, now or later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The channel's own name for it.
    pub name: String,
    /// When.
    pub due: UnixMillis,
    /// How often it has failed since it was set.
    pub failures: u32,
}

/// A websocket that is to be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The channel's own name for it.
    pub name: String,
    /// Where to.
    pub url: String,
    /// Headers of the handshake.
    pub headers: Vec<(String, String)>,
}

/// Writes down an effect that is performed again after a restart; the others leave no row.
pub(super) fn perform(group: &Group<'_>, instance: InstanceId, effect: &Effect, now: UnixMillis) -> Result<()> {
    match effect {
        Effect::Wake { name, after } => {
            let due = now.after(std::time::Duration::from_millis((*after).into()));
            group
                .prepare("INSERT OR REPLACE INTO timer VALUES (?1, ?2, ?3, 0)")?
                .execute(params![instance.0, name, millis(due)])?;
        }
        Effect::Connect { name, url, headers } => {
            group
                .prepare("INSERT OR REPLACE INTO connection VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![instance.0, name, url, headers_to_text(headers)])?;
        }
        Effect::Disconnect(name) => {
            group
                .prepare("DELETE FROM connection WHERE instance = ?1 AND name = ?2")?
                .execute(params![instance.0, name])?;
        }
        Effect::SendFrame { .. } | Effect::Publish { .. } => {}
    }
    Ok(())
}

/// Removes a timer that was served; one of its name that was set meanwhile has another time, and stays.
pub(super) fn served(group: &Group<'_>, instance: InstanceId, timer: &Timer) -> Result<()> {
    group
        .prepare("DELETE FROM timer WHERE instance = ?1 AND name = ?2 AND due = ?3")?
        .execute(params![instance.0, timer.name, millis(timer.due)])
        .map(drop)
}

/// Puts off a timer that failed, on the same condition.
pub(super) fn failed(group: &Group<'_>, instance: InstanceId, timer: &Timer, next: UnixMillis) -> Result<()> {
    group
        .prepare("UPDATE timer SET due = ?4, failures = ?5 WHERE instance = ?1 AND name = ?2 AND due = ?3")?
        .execute(params![
            instance.0,
            timer.name,
            millis(timer.due),
            millis(next),
            timer.failures.saturating_add(1)
        ])
        .map(drop)
}

/// How many timers and connections an instance has.
pub(super) fn counts(group: &Group<'_>, instance: InstanceId) -> Result<(u64, u64)> {
    group
        .prepare(
            "SELECT (SELECT count(*) FROM timer WHERE instance = ?1), \
             (SELECT count(*) FROM connection WHERE instance = ?1)",
        )?
        .query_row([instance.0], |row| Ok((natural(row, 0)?, natural(row, 1)?)))
}

/// An instance's timers, the next one first.
pub(super) fn timers(sqlite: &Sqlite, instance: InstanceId) -> Result<Vec<Timer>> {
    sqlite
        .prepare_cached("SELECT name, due, failures FROM timer WHERE instance = ?1 ORDER BY due, name")?
        .query_map([instance.0], |row| {
            Ok(Timer {
                name: row.get(0)?,
                due: time(row, 1)?,
                failures: row.get(2)?,
            })
        })?
        .collect()
}

/// An instance's connections, by name.
pub(super) fn connections(sqlite: &Sqlite, instance: InstanceId) -> Result<Vec<Connection>> {
    sqlite
        .prepare_cached("SELECT name, url, headers FROM connection WHERE instance = ?1 ORDER BY name")?
        .query_map([instance.0], |row| {
            let headers = row.get_ref(2)?.as_str()?;
            Ok(Connection {
                name: row.get(0)?,
                url: row.get(1)?,
                headers: headers_from_text(headers)?,
            })
        })?
        .collect()
}

fn headers_to_text(headers: &[(String, String)]) -> String {
    serde_json::Value::from_iter(headers.iter().map(|(name, value)| vec![name.as_str(), value.as_str()])).to_string()
}

fn headers_from_text(text: &str) -> Result<Vec<(String, String)>> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error)))
}
