//! Small states of the host itself, one JSON document a name, each changed as a whole in one transaction: two processes
//! can't undo each other's change. What they mean is not known here.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::fault::JournalError;
use super::group::Group;
use crate::limits;

/// A document's text, if there is one.
pub(super) fn get(sqlite: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    sqlite
        .prepare_cached("SELECT value FROM document WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Changes a document; one that was never written begins as its default. A change that leaves it as it was writes
/// nothing.
pub(super) fn revise<T, R>(
    group: &Group<'_>,
    name: &'static str,
    change: impl FnOnce(&mut T) -> R,
) -> std::result::Result<R, JournalError>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Default,
{
    let before = get(group.connection(), name)?;
    let mut document = read(name, before.as_deref())?;
    let result = change(&mut document);
    let after = serde_json::to_vec(&document).map_err(|source| JournalError::Document { name, source })?;
    if after.len() > limits::DOCUMENT_BYTES {
        return Err(JournalError::DocumentTooLarge { name });
    }
    if before.as_ref() != Some(&after) {
        group
            .prepare("INSERT OR REPLACE INTO document VALUES (?1, ?2)")?
            .execute(params![name, after])?;
    }
    Ok(result)
}

/// What a document's text says. One that can't be read is an error and stays as it is: an empty one in its place could
/// make valid again what was used up.
pub(super) fn read<T>(name: &'static str, text: Option<&[u8]>) -> std::result::Result<T, JournalError>
where
    T: serde::de::DeserializeOwned + Default,
{
    let parsed = text.map(serde_json::from_slice).transpose();
    let parsed = parsed.map_err(|source| JournalError::Document { name, source })?;
    Ok(parsed.unwrap_or_default())
}
