//! Fields of a JSON object, read leniently: one that is missing or of another type is none. Keeps nothing.

use serde_json::Value;

/// Characters of a name or a title that are handed on; the platform's own bounds are below it.
const SHORT_CHARS: usize = 200;

/// What is asked of an object.
pub trait Fields {
    /// A text that is not empty.
    fn text(&self, key: &str) -> Option<&str>;
    /// A short text on one line, for names and titles.
    fn short(&self, key: &str) -> Option<String>;
    /// A whole number.
    fn int(&self, key: &str) -> Option<i64>;
    /// A number that is an id, as text.
    fn id(&self, key: &str) -> Option<String>;
    /// An object.
    fn object(&self, key: &str) -> Option<&Value>;
    /// The items of a list; none if there is no list.
    fn list(&self, key: &str) -> &[Value];
    /// Whether it is `true`.
    fn is(&self, key: &str) -> bool;
    /// Whether there is anything.
    fn has(&self, key: &str) -> bool;
}

impl Fields for Value {
    fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn short(&self, key: &str) -> Option<String> {
        self.text(key).map(short).filter(|text| !text.is_empty())
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.get(key)?.as_i64()
    }

    fn id(&self, key: &str) -> Option<String> {
        self.int(key).map(|id| id.to_string())
    }

    fn object(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|value| value.is_object())
    }

    fn list(&self, key: &str) -> &[Value] {
        self.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn is(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool) == Some(true)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| !value.is_null())
    }
}

/// A text on one line, without control characters, and not long.
pub fn short(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.trim().chars().take(SHORT_CHARS).collect()
}
