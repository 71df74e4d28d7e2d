//! What a tool takes: JSON Schema, in the part of it that the host can check itself. Whatever is not checked here is no
//! part of a schema, so that no call reaches a guest that its schema seems to forbid. Pure.
//!
//! | keyword | where |
//! |---|---|
//! | `type`: one of `object` `array` `string` `integer` `number` `boolean` `null` | everywhere; `enum` or `const` may stand for it |
//! | `title`, `description`, `default` | everywhere; they say something, and a default is not put in |
//! | `enum`, `const`: strings, numbers, booleans, `null` | everywhere |
//! | `properties`, `required`, `additionalProperties`: a boolean | in an `object` |
//! | `items`: one schema; `minItems`, `maxItems` | in an `array` |
//! | `minLength`, `maxLength`: in characters | in a `string` |
//! | `minimum`, `maximum` | in an `integer` or a `number` |

mod check;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Number, Value};

pub use check::{Misfit, Mismatch};
pub(super) use parse::is_showable;
pub use parse::{SchemaError, SchemaWrong};

use crate::limits;

/// The schema of a tool's arguments: always an object's.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    json: Map<String, Value>,
    size: usize,
    root: Node,
}

/// One schema in it.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    kind: Kind,
    /// The only values that it takes.
    among: Option<Vec<Value>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// `enum` or `const` alone decide.
    Any,
    Null,
    Boolean,
    Text(Count),
    Number(Numbers),
    List {
        items: Option<Box<Node>>,
        count: Count,
    },
    Object(Fields),
}

/// How many there may be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Count {
    least: u64,
    most: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Numbers {
    whole: Whole,
    least: Option<Number>,
    most: Option<Number>,
}

/// Whether a number needs to be a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Must,
    May,
}

#[derive(Debug, Clone, PartialEq)]
struct Fields {
    properties: BTreeMap<String, Node>,
    required: BTreeSet<String>,
    others: Others,
}

/// Whether an object may have other properties than those that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Taken,
    Refused,
}

impl Schema {
    /// Reads a schema of at most [`limits::TOOL_SCHEMA_BYTES`].
    ///
    /// # Errors
    /// It says something that is not checked here, or makes no sense: where, and what to write instead.
    pub fn parse(json: Value) -> Result<Self, SchemaError> {
        let size = json.to_string().len();
        if size > limits::TOOL_SCHEMA_BYTES {
            return Err(SchemaWrong::Large.into());
        }
        let root = parse::node(&json, limits::TOOL_SCHEMA_DEPTH)?;
        match (root.kind, json) {
            (kind @ Kind::Object(_), Value::Object(json)) if root.among.is_none() => Ok(Self {
                json,
                size,
                root: Node { kind, among: None },
            }),
            _ => Err(SchemaWrong::NoObject.into()),
        }
    }

    /// The same from a text.
    ///
    /// # Errors
    /// As [`Schema::parse`], or it is no JSON.
    pub fn parse_text(text: &str) -> Result<Self, SchemaError> {
        if text.len() > limits::TOOL_SCHEMA_BYTES {
            return Err(SchemaWrong::Large.into());
        }
        let json = serde_json::from_str(text).map_err(|error| SchemaWrong::NoJson(error.to_string()))?;
        Self::parse(json)
    }

    /// As the author wrote it; no text in it holds anything invisible, or what looks like an envelope of the client's.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    /// Bytes that it takes as JSON.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether these arguments fit.
    ///
    /// # Errors
    /// The first place where they don't.
    pub fn check(&self, arguments: &Map<String, Value>) -> Result<(), Mismatch> {
        match &self.root.kind {
            Kind::Object(fields) => fields.check(arguments),
            // `parse` makes no other.
            _ => Ok(()),
        }
    }
}

/// As JSON, in one line.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(&self.json).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

/// A step of a JSON pointer before another pointer.
fn below(key: &str, at: &str) -> String {
    format!("/{}{at}", key.replace('~', "~0").replace('/', "~1"))
}
