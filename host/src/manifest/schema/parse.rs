//! From an author's JSON to a schema that can be checked. Strict: a keyword that is not checked is an error.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::check::order;
use super::{Count, Fields, Kind, Mismatch, Node, Numbers, Others, Whole, below};
use crate::limits;
use crate::text;

/// Where in a schema something is wrong, and what.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the schema{}{at}: {wrong}", if .at.is_empty() { "" } else { " at " })]
pub struct SchemaError {
    /// A JSON pointer into the schema; empty for the whole of it.
    pub at: String,
    /// What.
    #[source]
    pub wrong: SchemaWrong,
}

/// What is wrong in a schema, and what to write instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SchemaWrong {
    /// No JSON.
    #[error("it is no JSON ({0}): write a JSON object, or a TOML table")]
    NoJson(String),
    /// Too long.
    #[error("it has more than {} bytes: shorten it", limits::TOOL_SCHEMA_BYTES)]
    Large,
    /// Too deep.
    #[error("it is more than {} schemas deep: make it flatter", limits::TOOL_SCHEMA_DEPTH)]
    Deep,
    /// Not the schema of an object.
    #[error("arguments are an object: write `type` = \"object\", without `enum` and `const`")]
    NoObject,
    /// No schema at all.
    #[error("a schema is an object of keywords, such as `type`")]
    NoSchema,
    /// Not a keyword that is checked.
    #[error("`{0}` is not checked here: take it out")]
    Keyword(String),
    /// A keyword of another type.
    #[error("`{0}` goes with another type: take it out")]
    Elsewhere(String),
    /// It takes anything.
    #[error("say which `type` it has: object, array, string, integer, number, boolean or null")]
    Untyped,
    /// A keyword with a value that it can't have.
    #[error("`{0}` must be {1}")]
    Value(&'static str, &'static str),
    /// Too few or too many values.
    #[error("`enum` must be an array of 1 to {} values", limits::TOOL_ENUM_VALUES)]
    Enum,
    /// A property that can't be named so.
    #[error("`{0}` is no property's name: use letters, digits, `-` and `_`, at most {max}", max = limits::TOOL_PROPERTY_BYTES)]
    Property(String),
    /// A required property that is none.
    #[error("`required` names `{0}`, which is none of the `properties`")]
    NoProperty(String),
    /// Nothing would fit.
    #[error("the least is more than the most")]
    Empty,
    /// The default is no value of its own schema.
    #[error("the default does not fit: {0}")]
    Default(Mismatch),
    /// A text that must not reach a model as it is.
    #[error(
        "this text is longer than {} characters, or holds line ends, something invisible, or what looks like a tag of the \
         client's: change it",
        limits::TOOL_TEXT_CHARS
    )]
    Text,
}

impl From<SchemaWrong> for SchemaError {
    fn from(wrong: SchemaWrong) -> Self {
        let at = String::new();
        Self { at, wrong }
    }
}

impl SchemaError {
    fn below(self, key: &str) -> Self {
        let at = below(key, &self.at);
        Self { at, ..self }
    }
}

type Result<T> = std::result::Result<T, SchemaError>;

/// Whether a text may stand before a model: short, in one line, and nothing in it would have to be neutralised.
pub fn is_showable(words: &str) -> bool {
    words.chars().count() <= limits::TOOL_TEXT_CHARS
        && !words.chars().any(char::is_control)
        && text::neutralise(words) == words
}

/// Reads one schema, with at most so many inside each other.
pub fn node(json: &Value, depth: usize) -> Result<Node> {
    if depth == 0 {
        return Err(SchemaWrong::Deep.into());
    }
    let Value::Object(json) = json else {
        return Err(SchemaWrong::NoSchema.into());
    };
    let mut given = Keywords(json.iter().map(|(name, value)| (name.as_str(), value)).collect());
    given.texts()?;
    let among = given.among()?;
    let kind = match given.take("type") {
        None if among.is_none() => return Err(SchemaWrong::Untyped.into()),
        None => Kind::Any,
        Some(name) => given.kind(name, depth)?,
    };
    let (default, node) = (given.take("default"), Node { kind, among });
    given.end()?;
    match default {
        Some(Value::Object(_) | Value::Array(_)) => Err(value("default", SCALAR)),
        Some(default) => {
            showable(default).map_err(|wrong| wrong.below("default"))?;
            node.check(default).map_err(SchemaWrong::Default)?;
            Ok(node)
        }
        None => Ok(node),
    }
}

const SCALAR: &str = "a string, a number, a boolean or null";
const KEYWORDS: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
];

/// The keywords of one schema that were not taken yet.
struct Keywords<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Keywords<'a> {
    fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.0.remove(name)
    }

    fn texts(&mut self) -> Result<()> {
        for name in ["title", "description"] {
            match self.take(name) {
                None => {}
                Some(words @ Value::String(_)) => showable(words).map_err(|wrong| wrong.below(name))?,
                Some(_) => return Err(value(name, "a string")),
            }
        }
        Ok(())
    }

    fn among(&mut self) -> Result<Option<Vec<Value>>> {
        let (name, values) = match (self.take("enum"), self.take("const")) {
            (None, None) => return Ok(None),
            (Some(Value::Array(values)), None) if (1..=limits::TOOL_ENUM_VALUES).contains(&values.len()) => {
                ("enum", values.clone())
            }
            (None, Some(one)) => ("const", vec![one.clone()]),
            (Some(_), None) => return Err(SchemaWrong::Enum.into()),
            (Some(_), Some(_)) => return Err(value("enum", "without `const`")),
        };
        for one in &values {
            if matches!(one, Value::Object(_) | Value::Array(_)) {
                return Err(value(name, SCALAR));
            }
            showable(one).map_err(|wrong| wrong.below(name))?;
        }
        Ok(Some(values))
    }

    fn kind(&mut self, name: &Value, depth: usize) -> Result<Kind> {
        Ok(match name.as_str().unwrap_or_default() {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "string" => Kind::Text(self.count("minLength", "maxLength")?),
            "integer" => Kind::Number(self.numbers(Whole::Must)?),
            "number" => Kind::Number(self.numbers(Whole::May)?),
            "array" => Kind::List {
                items: self.items(depth)?,
                count: self.count("minItems", "maxItems")?,
            },
            "object" => Kind::Object(self.fields(depth)?),
            _ => return Err(SchemaWrong::Untyped.into()),
        })
    }

    fn count(&mut self, least: &'static str, most: &'static str) -> Result<Count> {
        let mut end = |name| match self.take(name).map(Value::as_u64) {
            Some(None) => Err(value(name, "a whole number from 0 on")),
            given => Ok(given.flatten()),
        };
        let count = Count {
            least: end(least)?.unwrap_or(0),
            most: end(most)?.unwrap_or(u64::MAX),
        };
        if count.least > count.most {
            return Err(SchemaWrong::Empty.into());
        }
        Ok(count)
    }

    fn numbers(&mut self, whole: Whole) -> Result<Numbers> {
        let mut end = |name: &'static str| match self.take(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number.clone())),
            Some(_) => Err(value(name, "a number")),
        };
        let (least, most): (Option<Number>, Option<Number>) = (end("minimum")?, end("maximum")?);
        let both = least.as_ref().zip(most.as_ref());
        if both.is_some_and(|(least, most)| order(least, most) == Ordering::Greater) {
            return Err(SchemaWrong::Empty.into());
        }
        Ok(Numbers { whole, least, most })
    }

    fn items(&mut self, depth: usize) -> Result<Option<Box<Node>>> {
        let items = self.take("items").map(|items| node(items, depth - 1));
        let items = items.transpose().map_err(|wrong| wrong.below("items"))?;
        Ok(items.map(Box::new))
    }

    fn fields(&mut self, depth: usize) -> Result<Fields> {
        let properties = match self.take("properties") {
            None => BTreeMap::new(),
            Some(Value::Object(named)) => properties(named, depth).map_err(|wrong| wrong.below("properties"))?,
            Some(_) => return Err(value("properties", "an object of schemas")),
        };
        let required = match self.take("required") {
            None => Some(Vec::new()),
            Some(names) => names.as_array().cloned(),
        };
        let names = required
            .into_iter()
            .flatten()
            .map(|name| name.as_str().map(str::to_owned));
        let required: Option<_> = names.collect();
        let others = match self.take("additionalProperties") {
            None | Some(Value::Bool(true)) => Others::Taken,
            Some(Value::Bool(false)) => Others::Refused,
            Some(_) => return Err(value("additionalProperties", "true or false")),
        };
        let fields = Fields {
            required: required.ok_or_else(|| value("required", "an array of names"))?,
            properties,
            others,
        };
        match fields
            .required
            .iter()
            .find(|name| !fields.properties.contains_key(*name))
        {
            Some(none) => Err(SchemaWrong::NoProperty(shown(none)).into()),
            None => Ok(fields),
        }
    }

    /// Nothing else was given.
    fn end(self) -> Result<()> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) if KEYWORDS.contains(&name) => Err(SchemaWrong::Elsewhere(name.to_owned()).into()),
            Some(name) => Err(SchemaWrong::Keyword(shown(name)).into()),
        }
    }
}

fn properties(named: &Map<String, Value>, depth: usize) -> Result<BTreeMap<String, Node>> {
    let each = |(name, json): (&String, &Value)| {
        if !is_property(name) {
            return Err(SchemaWrong::Property(shown(name)).into());
        }
        let node = node(json, depth - 1).map_err(|wrong| wrong.below(name))?;
        Ok((name.clone(), node))
    };
    named.iter().map(each).collect()
}

fn is_property(name: &str) -> bool {
    let form = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=limits::TOOL_PROPERTY_BYTES).contains(&name.len()) && name.bytes().all(form)
}

fn showable(one: &Value) -> Result<()> {
    match one {
        Value::String(words) if !is_showable(words) => Err(SchemaWrong::Text.into()),
        _ => Ok(()),
    }
}

fn value(keyword: &'static str, must: &'static str) -> SchemaError {
    SchemaWrong::Value(keyword, must).into()
}

fn shown(name: &str) -> String {
    name.chars().take(limits::SHOWN_CHARS).collect()
}
