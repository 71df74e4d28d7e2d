//! One delivery: a JSON payload with the headers that came with it, and how its values are named. Pure.

use crate::line::flat;
use lockgate_sdk::Request;
use serde_json::Value;

/// A JSON payload with its request.
pub struct Delivery<'a> {
    /// The request it came in.
    pub request: &'a Request,
    /// The payload.
    pub json: &'a Value,
}

impl<'a> Delivery<'a> {
    /// The value of a placeholder, on one line: `a.b.0.c` in the payload, or `header.x-foo`. Objects, arrays and nulls have none.
    pub fn value(&self, path: &str) -> Option<String> {
        match path.strip_prefix("header.") {
            Some(name) => self.request.header(name).map(flat),
            None => scalar(self.at(path)?),
        }
    }

    /// Whether [`value`](Self::value) gives all of what stands there, unchanged.
    pub fn is_exact(&self, path: &str) -> bool {
        let text = match path.strip_prefix("header.") {
            Some(name) => self.request.header(name),
            None => self.at(path).and_then(Value::as_str),
        };
        text.is_none_or(|text| flat(text) == text)
    }

    /// The JSON at a path of keys and indices.
    pub fn at(&self, path: &str) -> Option<&'a Value> {
        path.split('.').try_fold(self.json, |value, key| match value {
            Value::Object(object) => object.get(key),
            Value::Array(array) => array.get(key.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// A value as one line; objects, arrays and nulls have none.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(flat(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(answer) => Some(answer.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
