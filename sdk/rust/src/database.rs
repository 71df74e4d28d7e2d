//! Read-only SQL over SQLite databases that the manifest asks for and the operator has named: `[asks.databases.messages]`.
//! What another program has just written is seen. One SELECT at a time, with bounds on rows, bytes, memory and time.
//!
//! ```
//! use lockgate_sdk::database::{self, Value};
//! use lockgate_sdk::Trouble;
//!
//! fn newest(after: i64) -> Result<Vec<String>, Trouble> {
//!     let sql = "SELECT text FROM message WHERE id > ?1 ORDER BY id LIMIT 100";
//!     let rows = database::query("messages", sql, &[after.into()])?;
//!     Ok(rows.iter().filter_map(|row| row[0].as_text()).map(str::to_owned).collect())
//! }
//! # use lockgate_sdk::harness::Harness;
//! # let _house = Harness::new().database("messages", |_, parameters| {
//! #     assert_eq!(parameters, [Value::Integer(3)]);
//! #     Ok(vec![vec!["hello".into()], vec![Value::Null]])
//! # });
//! # assert_eq!(newest(3), Ok(vec!["hello".to_owned()]));
//! ```
//!
//! Outside a component [`Harness::database`](crate::harness::Harness::database) answers.

pub use crate::bindings::database::lockgate::channel::database::{Failure, Value};

#[cfg(target_arch = "wasm32")]
use crate::bindings::database::lockgate::channel::database as outside;
#[cfg(not(target_arch = "wasm32"))]
use crate::harness::machine as outside;

/// One row: as many values as the statement has columns.
pub type Row = Vec<Value>;

/// The rows of one statement. `name` is the manifest's; the parameters stand for `?1`, `?2` and so on.
///
/// # Errors
/// The operator has not granted the database, it can't be read, the statement is wrong, does more than read or takes too
/// long, or there are too many rows.
pub fn query(name: &str, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Failure> {
    outside::query(name, sql, parameters)
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Failure> for crate::Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted => Self::Rejected("the operator has not granted this database".into()),
            Failure::Unreadable(why) => Self::Unavailable(why),
            Failure::Sql(why) => Self::Rejected(why),
            Failure::TooManyRows => Self::Rejected("the query has too many rows: add a LIMIT".into()),
        }
    }
}
