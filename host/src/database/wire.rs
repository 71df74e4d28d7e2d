//! What goes between a query's process and its parent: a list of values, one after the other. The first values of an answer
//! say what it is. Bytes that are no such list are no answer.

use super::QueryFailure;
use crate::limits;
use crate::paths::Identity;

/// A value of SQLite's.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// INTEGER
    Integer(i64),
    /// REAL
    Real(f64),
    /// TEXT; what is no UTF-8 in a database is replaced.
    Text(String),
    /// BLOB
    Blob(Vec<u8>),
}

/// What a value begins with on the wire: its kind, and eight bytes.
const HEAD: usize = 9;
/// The most bytes of an answer: its values may be as many as the bound allows when each is empty.
pub const ANSWER_BYTES: usize = limits::QUERY_RESULT_BYTES + 64 * HEAD;
// What a value costs at the bound is no less than what it takes here, so that no good answer is cut.
const _: () = assert!(HEAD <= limits::QUERY_VALUE_COSTS);

/// What the parent asks.
#[derive(Debug, PartialEq)]
pub struct Question {
    pub path: String,
    /// Which file it was when the parent looked.
    pub file: Identity,
    pub sql: String,
    pub parameters: Vec<Value>,
}

/// What the child answers.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// So many columns, and the values row by row.
    Rows(usize, Vec<Value>),
    Unreadable(String),
    Refused(String),
    Wrong(String),
    OverLimit,
    TooMany,
}

impl Value {
    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Integer(_) | Self::Real(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }

    fn put(&self, to: &mut Vec<u8>) {
        let (kind, number, bytes): (u8, [u8; 8], &[u8]) = match self {
            Self::Null => (0, [0; 8], &[]),
            Self::Integer(number) => (1, number.to_le_bytes(), &[]),
            Self::Real(number) => (2, number.to_bits().to_le_bytes(), &[]),
            Self::Text(text) => (3, (text.len() as u64).to_le_bytes(), text.as_bytes()),
            Self::Blob(bytes) => (4, (bytes.len() as u64).to_le_bytes(), bytes),
        };
        to.push(kind);
        to.extend_from_slice(&number);
        to.extend_from_slice(bytes);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (head, rest) = from.split_first_chunk::<HEAD>()?;
        let [kind, number @ ..] = *head;
        let number = u64::from_le_bytes(number);
        *from = rest;
        let mut bytes = || {
            let (bytes, rest) = from.split_at_checked(usize::try_from(number).ok()?)?;
            *from = rest;
            Some(bytes.to_vec())
        };
        Some(match kind {
            0 => Self::Null,
            1 => Self::Integer(number.cast_signed()),
            2 => Self::Real(f64::from_bits(number)),
            3 => Self::Text(String::from_utf8(bytes()?).ok()?),
            4 => Self::Blob(bytes()?),
            _ => return None,
        })
    }
}

fn to_bytes(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| value.put(&mut bytes));
    bytes
}

fn from_bytes(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        values.push(Value::take(&mut bytes)?);
    }
    Some(values)
}

impl Question {
    /// For the child's standard input.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (device, number) = self.file;
        let mut bytes = to_bytes(&[
            Value::Text(self.path.clone()),
            Value::Integer(device.cast_signed()),
            Value::Integer(number.cast_signed()),
            Value::Text(self.sql.clone()),
        ]);
        bytes.extend(to_bytes(&self.parameters));
        bytes
    }

    /// `None` if these bytes are no question.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut values = from_bytes(bytes)?.into_iter();
        let (Value::Text(path), Value::Integer(device), Value::Integer(number), Value::Text(sql)) =
            (values.next()?, values.next()?, values.next()?, values.next()?)
        else {
            return None;
        };
        Some(Self {
            path,
            file: (device.cast_unsigned(), number.cast_unsigned()),
            sql,
            parameters: values.collect(),
        })
    }
}

impl Answer {
    /// For the child's standard output.
    pub fn into_bytes(self) -> Vec<u8> {
        let (kind, mut rest) = match self {
            Self::Rows(columns, values) => (0, (Value::Integer(i64::try_from(columns).unwrap_or(0)), values)),
            Self::Unreadable(text) => (1, (Value::Text(text), Vec::new())),
            Self::Refused(text) => (2, (Value::Text(text), Vec::new())),
            Self::Wrong(text) => (3, (Value::Text(text), Vec::new())),
            Self::OverLimit => (4, (Value::Null, Vec::new())),
            Self::TooMany => (5, (Value::Null, Vec::new())),
        };
        let mut bytes = to_bytes(&[Value::Integer(kind), std::mem::replace(&mut rest.0, Value::Null)]);
        bytes.extend(to_bytes(&rest.1));
        bytes
    }

    /// `None` if these bytes are no answer.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut values = from_bytes(bytes)?.into_iter();
        match (values.next()?, values.next()?) {
            (Value::Integer(0), Value::Integer(columns)) => {
                Some(Self::Rows(usize::try_from(columns).ok()?, values.collect()))
            }
            (Value::Integer(1), Value::Text(text)) => Some(Self::Unreadable(text)),
            (Value::Integer(2), Value::Text(text)) => Some(Self::Refused(text)),
            (Value::Integer(3), Value::Text(text)) => Some(Self::Wrong(text)),
            (Value::Integer(4), Value::Null) => Some(Self::OverLimit),
            (Value::Integer(5), Value::Null) => Some(Self::TooMany),
            _ => None,
        }
    }

    /// The rows, or why there are none.
    pub fn into_rows(self) -> Result<Vec<Vec<Value>>, QueryFailure> {
        match self {
            Self::Rows(columns, values) => Ok(values.chunks(columns.max(1)).map(<[Value]>::to_vec).collect()),
            Self::Unreadable(why) => Err(QueryFailure::Unreadable(why)),
            Self::Refused(what) => Err(QueryFailure::Refused(what)),
            Self::Wrong(what) => Err(QueryFailure::Wrong(what)),
            Self::OverLimit => Err(QueryFailure::OverLimit),
            Self::TooMany => Err(QueryFailure::TooMany),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>().prop_map(Value::Real),
            ".*".prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Blob),
        ]
    }

    proptest! {
        #[test]
        fn what_is_asked_and_answered_arrives(values in proptest::collection::vec(value(), 0..20), sql in ".*", file: (u64, u64)) {
            let question = Question { path: "/a".into(), file, sql, parameters: values.clone() };
            prop_assert_eq!(Question::from_bytes(&question.to_bytes()), Some(question));
            for answer in [Answer::Rows(3, values), Answer::Wrong("w".into()), Answer::TooMany] {
                let bytes = answer.into_bytes();
                let again = Answer::from_bytes(&bytes).unwrap().into_bytes();
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let _ = (Question::from_bytes(&bytes), Answer::from_bytes(&bytes).map(Answer::into_rows));
        }
    }
}
