//! One call as the fake understands it: method and parameters, however they came. Nothing here judges them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::platform::Seen;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A method, by the token in the path.
    Method(String, String),
    /// A file's bytes, by the token in the path.
    File(String, String),
    /// Nothing that exists.
    Nothing,
}

/// The parameters of a call: from the query, a form, JSON or multipart, as the documentation allows each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    texts: BTreeMap<String, String>,
    files: BTreeMap<String, Upload>,
}

/// A file that came with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// As the sender named it.
    pub filename: String,
    /// As the sender stated it.
    pub mime: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Asked {
    /// What stands in the path.
    pub fn of(target: &str) -> Asked {
        let path = target.split('?').next().unwrap_or_default();
        let file = path.strip_prefix("/file/bot").and_then(|rest| rest.split_once('/'));
        if let Some((token, path)) = file {
            return Asked::File(decode(token), decode(path));
        }
        match path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) {
            Some((token, method)) if !method.contains('/') => Asked::Method(decode(token), method.to_owned()),
            _ => Asked::Nothing,
        }
    }
}

impl Params {
    /// The parameters of a request; what can't be read is not there.
    pub fn of(seen: &Seen) -> Params {
        let mut params = Params::default();
        if let Some((_, query)) = seen.target().split_once('?') {
            params.form(query);
        }
        let kind = seen.header("content-type").first().map_or("", |kind| *kind).to_owned();
        if kind.starts_with("application/json") {
            params.json(&seen.body);
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            params.form(&String::from_utf8_lossy(&seen.body));
        } else if let Some((_, boundary)) = kind.split_once("boundary=") {
            params.parts(&seen.body, boundary.trim_matches('"'));
        }
        params
    }

    /// A parameter as text; one that came as JSON and is no string, as its JSON.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// A parameter as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    /// A parameter that is serialised as JSON.
    pub fn value(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.text(name)?).ok()
    }

    /// A file that came under this name.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        self.files.get(name)
    }

    /// All parameters that are no files.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    fn form(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decode(&text.replace('+', " "));
            self.texts.insert(plain(name), plain(value));
        }
    }

    fn json(&mut self, bytes: &[u8]) {
        let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else {
            return;
        };
        for (name, value) in fields {
            let text = match value {
                Value::String(text) => text,
                Value::Null => continue,
                other => other.to_string(),
            };
            self.texts.insert(name, text);
        }
    }

    fn parts(&mut self, body: &[u8], boundary: &str) {
        let mark = format!("--{boundary}");
        for part in split(body, mark.as_bytes()).into_iter().skip(1) {
            if part.starts_with(b"--") {
                return;
            }
            let Some(at) = find(part, b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&part[..at]).into_owned();
            let content = part[at + 4..].strip_suffix(b"\r\n").unwrap_or(&part[at + 4..]);
            self.part(&head, content);
        }
    }

    fn part(&mut self, head: &str, content: &[u8]) {
        let Some(name) = quoted(head, "name") else { return };
        let Some(filename) = quoted(head, "filename") else {
            self.texts.insert(name, String::from_utf8_lossy(content).into_owned());
            return;
        };
        let mime = head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case("content-type")
                .then(|| value.trim().to_owned())
        });
        let bytes = content.to_vec();
        self.files.insert(name, Upload { filename, mime, bytes });
    }
}

/// `name="…"` in a part's head; not the end of another word.
fn quoted(head: &str, name: &str) -> Option<String> {
    let mark = format!("{name}=\"");
    let found = head.match_indices(&mark).find(|(at, _)| {
        let before = head[..*at].chars().next_back();
        !before.is_some_and(char::is_alphanumeric)
    });
    let rest = &head[found?.0 + mark.len()..];
    rest.split('"').next().map(str::to_owned)
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    // A large upload is mostly other bytes: look for the first one before comparing all.
    let first = *mark.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(mark) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn split<'a>(mut bytes: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = find(bytes, mark) {
        pieces.push(&bytes[..at]);
        bytes = &bytes[at + mark.len()..];
    }
    pieces.push(bytes);
    pieces
}

/// Takes the percent-encoding away; what is none stays.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        plain.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, body: &[u8], expected: &[(&str, &str)]) -> Params {
        let seen = Seen {
            connection: 1,
            head: head.to_owned(),
            body: body.to_vec(),
        };
        let params = Params::of(&seen);
        let texts: Vec<(&str, &str)> = params.texts().iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(texts, expected);
        params
    }

    #[test]
    fn parameters_come_in_four_ways() {
        let both = [("a", "1 ü"), ("b", "[\"x\"]")];
        check("GET /bot1/m?a=1+%C3%BC&b=%5B%22x%22%5D HTTP/1.1\r\n", b"", &both);
        let form = "POST /bot1/m HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";
        check(form, b"a=1%20%c3%bc&b=[\"x\"]", &both);
        let json = "POST /bot1/m HTTP/1.1\r\ncontent-type: application/json\r\n";
        check(json, "{\"a\":\"1 ü\",\"b\":[\"x\"],\"c\":null}".as_bytes(), &both);
        let parts = "POST /bot1/m HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xx\r\n";
        let body = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 ü\r\n--xx\r\n\
            Content-Disposition: form-data; filename=\"f.txt\"; name=\"file\"\r\nContent-Type: text/plain\r\n\r\n-\r\n-\r\n--xx--\r\n";
        let params = check(parts, body.as_bytes(), &[("a", "1 ü")]);
        let file = params.file("file").unwrap();
        assert_eq!((&*file.filename, file.mime.as_deref()), ("f.txt", Some("text/plain")));
        assert_eq!(file.bytes, b"-\r\n-");
    }

    #[test]
    fn a_path_names_a_method_or_a_file() {
        let method = |token: &str, name: &str| Asked::Method(token.into(), name.into());
        assert_eq!(Asked::of("/bot1:a/getMe?x=/"), method("1:a", "getMe"));
        assert_eq!(Asked::of("/bot1%3Aa/getMe"), method("1:a", "getMe"));
        let file = Asked::File("1:a".into(), "photos/file_1.jpg".into());
        assert_eq!(Asked::of("/file/bot1:a/photos/file_1.jpg"), file);
        for none in ["/", "/getMe", "/bot1:a", "/bot1:a/b/c"] {
            assert_eq!(Asked::of(none), Asked::Nothing, "{none}");
        }
    }
}
