//! A channel's settings: any nesting of tables over plain values, made flat for the guest.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::Wrong;
use crate::limits;

/// The tables as they stand.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct RawSettings(BTreeMap<String, Node>);

/// A value or a table of them; anything else is an error where it stands.
enum Node {
    Text(String),
    Table(BTreeMap<String, Node>),
}

impl RawSettings {
    /// `a.b.c` to text.
    pub fn flatten(&self) -> Result<BTreeMap<String, String>, Wrong> {
        let mut flat = BTreeMap::new();
        flatten(&self.0, "", &mut flat)?;
        Ok(flat)
    }
}

fn flatten(table: &BTreeMap<String, Node>, prefix: &str, flat: &mut BTreeMap<String, String>) -> Result<(), Wrong> {
    for (key, node) in table {
        let key = format!("{prefix}{key}");
        match node {
            // The parser bounds the depth.
            Node::Table(inner) => flatten(inner, &format!("{key}."), flat)?,
            Node::Text(text) => {
                if flat.insert(key.clone(), text.clone()).is_some() {
                    return Err(Wrong::SettingTwice(key));
                }
            }
        }
        if flat.len() > limits::SETTINGS {
            return Err(Wrong::ManySettings);
        }
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false or a table: write a list or a date as a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node, E> {
        // What edits the file knows no such number: it could be read, and never be changed again.
        let small = i64::try_from(number);
        small
            .map(|number| Node::Text(number.to_string()))
            .map_err(|_| de::Error::custom("the number is too large: put it in quotes"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        // As it was written: 1.0 stays 1.0.
        Ok(Node::Text(format!("{number:?}")))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            // The parser hands out a date as a table with one key of its own.
            if key.starts_with("$__toml_private") {
                return Err(de::Error::custom(
                    "invalid type: date, expected a text: put it in quotes",
                ));
            }
            table.insert(key, map.next_value()?);
        }
        Ok(Node::Table(table))
    }
}
