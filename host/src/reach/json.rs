//! Credentials in JSON documents. What the guest wrote stays byte for byte; the credential is put in front of the first
//! member of its object. A document in which two parsers could find different values at one place is refused: the same
//! key twice, or a key that differs from one of the rule's by case alone.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use serde_json::Value;

use super::When;
use crate::limits;

/// Where in a document, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'r> {
    pub pointer: &'r str,
    pub when: Option<&'r When>,
}

/// Why a document takes no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonRefusal {
    /// Too long to be looked through.
    #[error(
        "a credential goes into a document of at most {} bytes: shorten it",
        limits::CREDENTIAL_JSON_BYTES
    )]
    Long,
    /// No document.
    #[error("a credential goes into a JSON document, and this is none: write plain JSON in UTF-8")]
    Form,
    /// The same key again.
    #[error("the JSON document has a key twice in one object: write it once")]
    Twice,
    /// Nearly a key of the rule's.
    #[error("the JSON document has a key that some programs take for another, `{0}`: write it as the rule does")]
    Alike(String),
    /// The guest sets it.
    #[error("`{0}` of the JSON document is put in by lockgate: leave it out")]
    Own(String),
    /// There is nothing to put it into.
    #[error("`{0}` of the JSON document is put in by lockgate: write the object around it")]
    NoObject(String),
}

/// The document with these secrets in it, where their conditions hold.
pub(super) fn put(text: &str, places: &[(Place<'_>, &str)]) -> Result<String, JsonRefusal> {
    if text.len() > limits::CREDENTIAL_JSON_BYTES {
        return Err(JsonRefusal::Long);
    }
    // Checks the grammar and the depth for all that follows.
    let _: Value = serde_json::from_str(text).map_err(|_| JsonRefusal::Form)?;
    let root = Reader { text, at: 0 }.node()?;
    // By where they go, so that two in one object can be told from one.
    let mut members: BTreeMap<usize, (bool, Vec<String>)> = BTreeMap::new();
    for (place, secret) in places {
        let Some((object, key)) = vacancy(&root, text, place)? else {
            continue;
        };
        let member = format!("{}:{}", Value::from(key), Value::from(*secret));
        let entry = members.entry(object.span.start + 1);
        entry.or_insert((object.members.is_empty(), Vec::new())).1.push(member);
    }
    let mut filled = text.to_owned();
    for (at, (empty, members)) in members.into_iter().rev() {
        let comma = if empty { "" } else { "," };
        filled.insert_str(at, &(members.join(",") + comma));
    }
    Ok(filled)
}

/// A value: where it stands, and what is in it.
#[derive(Debug)]
struct Node {
    span: Range<usize>,
    kind: Kind,
    /// Of an object, and by number of an array.
    members: Vec<(String, Node)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Scalar,
}

impl Node {
    /// What stands under a key; a key that is nearly the same is an error.
    fn child(&self, key: &str) -> Result<Option<&Node>, JsonRefusal> {
        let alike = |(other, _): &&(String, Node)| other != key && fold(other) == fold(key);
        if self.members.iter().any(|member| alike(&member)) {
            return Err(JsonRefusal::Alike(key.to_owned()));
        }
        Ok(self
            .members
            .iter()
            .find(|(other, _)| other == key)
            .map(|(_, node)| node))
    }

    fn find(&self, keys: &[String]) -> Result<Option<&Node>, JsonRefusal> {
        let mut node = self;
        for key in keys {
            match node.child(key)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }
}

/// The object that takes the credential, and under which key; none if the condition does not hold. That the guest leaves
/// the place alone does not depend on the condition.
fn vacancy<'n>(root: &'n Node, text: &str, place: &Place<'_>) -> Result<Option<(&'n Node, String)>, JsonRefusal> {
    let mut keys = keys(place.pointer);
    let key = keys.pop().unwrap_or_default();
    let object = root.find(&keys)?;
    if let Some(object) = object
        && object.child(&key)?.is_some()
    {
        return Err(JsonRefusal::Own(place.pointer.to_owned()));
    }
    if let Some(when) = place.when
        && !holds(root, text, when)?
    {
        return Ok(None);
    }
    let object = object.filter(|object| object.kind == Kind::Object);
    let object = object.ok_or_else(|| JsonRefusal::NoObject(place.pointer.to_owned()))?;
    Ok(Some((object, key)))
}

/// The keys of a pointer, as RFC 6901 writes them.
fn keys(pointer: &str) -> Vec<String> {
    let keys = pointer.split('/').skip(1);
    keys.map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
}

fn holds(root: &Node, text: &str, when: &When) -> Result<bool, JsonRefusal> {
    let Some(node) = root.find(&keys(&when.pointer))? else {
        return Ok(false);
    };
    if node.kind != Kind::Scalar {
        return Ok(false);
    }
    let found: Value = serde_json::from_str(&text[node.span.clone()]).map_err(|_| JsonRefusal::Form)?;
    Ok(same(&found, &when.equals))
}

/// Whether any program would take one for the other: 2 is 2.0.
fn same(one: &Value, two: &Value) -> bool {
    match (one.as_f64(), two.as_f64()) {
        (Some(first), Some(second)) => first == second,
        _ => one == two,
    }
}

/// As programs compare that don't regard case: the long s is an s, and the sign for kelvin a k.
fn fold(key: &str) -> String {
    key.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Reads a document whose grammar has been checked.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn node(&mut self) -> Result<Node, JsonRefusal> {
        let first = self.peek()?;
        let start = self.at;
        let (kind, members) = match first {
            b'{' => (Kind::Object, self.object()?),
            b'[' => (Kind::Array, self.array()?),
            b'"' => {
                self.string()?;
                (Kind::Scalar, Vec::new())
            }
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let end = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
                self.at += rest.iter().position(end).unwrap_or(rest.len());
                (Kind::Scalar, Vec::new())
            }
        };
        Ok(Node {
            span: start..self.at,
            kind,
            members,
        })
    }

    fn object(&mut self) -> Result<Vec<(String, Node)>, JsonRefusal> {
        let (mut members, mut seen) = (Vec::new(), HashSet::new());
        self.at += 1;
        while self.peek()? != b'}' {
            let key = self.string()?;
            if !seen.insert(key.clone()) {
                return Err(JsonRefusal::Twice);
            }
            self.peek()?;
            self.at += 1;
            members.push((key, self.node()?));
            self.comma()?;
        }
        self.at += 1;
        Ok(members)
    }

    fn array(&mut self) -> Result<Vec<(String, Node)>, JsonRefusal> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek()? != b']' {
            items.push((items.len().to_string(), self.node()?));
            self.comma()?;
        }
        self.at += 1;
        Ok(items)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<u8, JsonRefusal> {
        let rest = &self.text.as_bytes()[self.at..];
        let blanks = rest.iter().position(|byte| !byte.is_ascii_whitespace());
        self.at += blanks.ok_or(JsonRefusal::Form)?;
        self.text.as_bytes().get(self.at).copied().ok_or(JsonRefusal::Form)
    }

    fn comma(&mut self) -> Result<(), JsonRefusal> {
        if self.peek()? == b',' {
            self.at += 1;
        }
        Ok(())
    }

    /// A string with its quotes, decoded.
    fn string(&mut self) -> Result<String, JsonRefusal> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(JsonRefusal::Form),
            }
        }
        self.at += 1;
        serde_json::from_str(&self.text[start..self.at]).map_err(|_| JsonRefusal::Form)
    }
}
