//! What a body is: JSON, text, or JSON that can't be read. Decides nothing about it.
//!
//! Where the caller says that it is JSON, it looks like JSON and it can't be read, its text is not passed on: it would be
//! the words of whoever wrote them, under the name of the thing that forwarded them.

use crate::kinds::FORGE_HEADERS;
use lockgate_sdk::Request;
use serde_json::Value;

/// A body.
#[derive(Debug, PartialEq)]
pub enum Payload {
    /// A JSON value.
    Json(Value),
    /// Anything that is no JSON.
    Text(String),
    /// Claims and looks to be JSON, and is not: why, in the parser's words, which quote nothing of it.
    Unreadable(String),
}

impl Payload {
    /// Reads the body of a request.
    pub fn read(request: &Request) -> Self {
        let text = request.text();
        if let Some(json) = form_payload(&text) {
            return parse(&json).map_or_else(|error| Self::Unreadable(error.to_string()), Self::Json);
        }
        let shaped = text.trim_start().starts_with(['{', '[']);
        let claimed = claims_json(request);
        match parse(&text) {
            Ok(json) if shaped || claimed => Self::Json(json),
            Err(error) if shaped && claimed => Self::Unreadable(error.to_string()),
            _ => Self::Text(text),
        }
    }
}

/// Whether the caller says that the body is JSON: by its type, or by being a platform that sends nothing else.
fn claims_json(request: &Request) -> bool {
    let typed = request
        .header("content-type")
        .is_some_and(|mime| mime.to_ascii_lowercase().contains("json"));
    typed || FORGE_HEADERS.iter().any(|name| request.header(name).is_some())
}

/// The JSON of a form with one field `payload`.
fn form_payload(text: &str) -> Option<String> {
    if !text.starts_with("payload=") {
        return None;
    }
    form_urlencoded::parse(text.as_bytes())
        .find(|(name, _)| name == "payload")
        .map(|(_, value)| value.into_owned())
}

fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| {
        if text.contains("\\u") {
            serde_json::from_str(&paired(text))
        } else {
            Err(error)
        }
    })
}

/// The same JSON with each surrogate escape that has no partner (`\ud800`) replaced by that of U+FFFD: a stranger who can
/// write one into a comment must not make the whole payload unreadable.
fn paired(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        result.push_str(before);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                result.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            // The backslash and what it escapes; the end of the text if nothing follows.
            (None, _) => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        result.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    result.push_str(rest);
    result
}

enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair the text begins with, if it begins with the escape of one.
fn surrogate(text: &str) -> Option<Half> {
    let code = u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        let check = |text: &str, expected: &str| assert_eq!(paired(text), expected, "{text}");
        check(r#""\ud83d\ude00""#, r#""\ud83d\ude00""#);
        check(r#""a\ud800b""#, r#""a\ufffdb""#);
        check(r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#);
        check(r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#);
        check(r#""\\ud800""#, r#""\\ud800""#);
        check(r#""\"#, r#""\"#);
        check(r#""\é\ud8"#, r#""\é\ud8"#);
    }
}
