//! journal.
/// e
#[derive(Debug, Clone, thiserror::Error)]
#[error("x")]
pub struct JournalError;
/// j
#[derive(Clone)]
pub struct Journal;
impl Journal {
    /// a
    pub fn store_get(&self, _: crate::model::InstanceId, _: &str) -> Result<Option<Vec<u8>>, JournalError> { Ok(None) }
    /// b
    pub fn store_keys(&self, _: crate::model::InstanceId, _: &str) -> Result<Vec<String>, JournalError> { Ok(vec![]) }
}
