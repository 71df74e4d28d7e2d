//! What is made up for a manifest: a configuration that grants all of it, secrets that open nothing, and arguments of its
//! tools, the smallest and the largest that their schemas take. Pure.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::access::EventsPolicy;
use crate::config::{ChannelConfig, CommandGrant, Dashes, FolderGrant, Origin, PagePort, SecretSource, Upstream};
use crate::manifest::{Manifest, Schema};
use crate::model::Secret;
use crate::reach::{HttpRule, Scheme};

/// Bytes of a folder that may be written to.
const FOLDER_QUOTA: u64 = 64 << 20;
/// Characters of the largest text, and items of the largest list, where the schema sets no bound.
const LARGEST: u64 = 10_000;
/// Items of the largest list.
const ITEMS: u64 = 20;

/// Which end of what a schema takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As little as possible.
    Smallest,
    /// As much as possible.
    Largest,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Smallest => "smallest",
            Self::Largest => "largest",
        })
    }
}

/// Everything that a manifest asks for, granted. `base`: where the folders are.
pub fn config(manifest: &Manifest, platform: SocketAddr, base: &Path) -> ChannelConfig {
    let mut config = ChannelConfig::of(Origin::from("test"));
    config.network = manifest.about.network.clone();
    config.events = EventsPolicy::All;
    config.page = manifest.page.as_ref().map(|_| PagePort::Any);
    for name in manifest.secrets.keys() {
        // Never read: the values are made up.
        let source = SecretSource::Stored(format!("test-{name}"));
        config.secrets.insert(name.clone(), source);
    }
    for label in manifest.http.iter().map(HttpRule::label) {
        let upstream = Upstream {
            scheme: Scheme::Http,
            address: platform,
        };
        config.hosts.insert(label.clone());
        config.upstreams.insert(label, upstream);
    }
    for (name, ask) in &manifest.folders {
        let folder = FolderGrant {
            path: base.join("folders").join(name),
            access: ask.access,
            quota: FOLDER_QUOTA,
        };
        config.folders.insert(name.clone(), folder);
    }
    let absent = |name: &str| base.join("absent").join(name);
    let databases = manifest.databases.keys();
    config.databases = databases.map(|name| (name.clone(), absent(name))).collect();
    let commands = manifest.commands.keys();
    config.commands = commands.map(|name| (name.clone(), command(absent(name)))).collect();
    config
}

fn command(program: std::path::PathBuf) -> CommandGrant {
    CommandGrant {
        program,
        fixed: Vec::new(),
        arguments: Vec::new(),
        more: Some(".*".to_owned()),
        dashes: Dashes::Refused,
    }
}

/// A value for each secret: one that nobody knows, and that can stand in a header and in a path.
pub fn secrets(manifest: &Manifest) -> BTreeMap<String, Secret> {
    let made = |name: &String| {
        let value = format!("made-up-for-a-test-{name}-0123456789abcdef");
        (name.clone(), Secret::new(value.into_bytes()))
    };
    manifest.secrets.keys().map(made).collect()
}

/// What was made up, a line each.
pub fn given(manifest: &Manifest) -> Vec<String> {
    let listed = |names: Vec<&String>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    let mut say = |names: Vec<&String>, words: &str| {
        if !names.is_empty() {
            lines.push(format!("{words}: {}", listed(names)));
        }
    };
    say(manifest.secrets.keys().collect(), "secrets with made-up values");
    say(manifest.settings.keys().collect(), "settings that were not set");
    say(manifest.folders.keys().collect(), "folders that were empty");
    say(manifest.databases.keys().collect(), "databases that were not there");
    say(manifest.commands.keys().collect(), "programs that were not there");
    lines
}

/// Arguments that this schema takes; `None` if none of ours fits.
pub fn arguments(schema: &Schema, end: End) -> Option<Map<String, Value>> {
    match value(&Value::Object(schema.json().clone()), end) {
        Value::Object(arguments) if schema.check(&arguments).is_ok() => Some(arguments),
        _ => None,
    }
}

fn value(schema: &Value, end: End) -> Value {
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(among) = schema.get("enum").and_then(Value::as_array) {
        let chosen = match end {
            End::Smallest => among.first(),
            End::Largest => among.last(),
        };
        return chosen.cloned().unwrap_or(Value::Null);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => object(schema, end),
        Some("array") => list(schema, end),
        Some("string") => text(schema, end),
        Some("integer" | "number") => number(schema, end),
        Some("boolean") => Value::Bool(end == End::Largest),
        _ => Value::Null,
    }
}

fn object(schema: &Value, end: End) -> Value {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    let mut made = Map::new();
    for (name, schema) in properties {
        if end == End::Largest || required.contains(&name.as_str()) {
            made.insert(name.clone(), value(schema, end));
        }
    }
    // What must be there and is described nowhere may be anything.
    for name in required {
        made.entry(name.to_owned()).or_insert(Value::Null);
    }
    Value::Object(made)
}

fn list(schema: &Value, end: End) -> Value {
    let (least, most) = bounds(schema, "minItems", "maxItems");
    let count = match end {
        End::Smallest => least,
        End::Largest => most.unwrap_or(ITEMS).min(ITEMS.max(least)),
    };
    let item = schema.get("items").map_or(Value::Null, |schema| value(schema, end));
    Value::Array(vec![item; usize::try_from(count).unwrap_or(0)])
}

fn text(schema: &Value, end: End) -> Value {
    let (least, most) = bounds(schema, "minLength", "maxLength");
    let (character, count) = match end {
        End::Smallest => ("a", least),
        // Three bytes each, so that a bound in characters is not one in bytes.
        End::Largest => ("漢", most.unwrap_or(LARGEST).min(LARGEST.max(least))),
    };
    Value::String(character.repeat(usize::try_from(count).unwrap_or(0)))
}

fn number(schema: &Value, end: End) -> Value {
    let (least, most) = (schema.get("minimum"), schema.get("maximum"));
    let chosen = match end {
        End::Smallest => least.or(most),
        End::Largest => most.or(least),
    };
    let free = match end {
        End::Smallest => json!(0),
        End::Largest => json!(i64::MAX),
    };
    let whole = schema.get("type").and_then(Value::as_str) == Some("integer");
    match chosen {
        // A bound of a whole number may be a broken one.
        Some(bound) if whole && !bound.is_i64() && !bound.is_u64() => {
            let inside = bound.as_f64().map(|bound| match chosen == least {
                true => bound.ceil(),
                false => bound.floor(),
            });
            json!(inside.unwrap_or_default() as i64)
        }
        Some(bound) => bound.clone(),
        None => free,
    }
}

fn bounds(schema: &Value, least: &str, most: &str) -> (u64, Option<u64>) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    (bound(least).unwrap_or(0), bound(most))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_for_a_schema_fits_it_at_both_ends() {
        fn check(schema: Value, smallest: &str, largest: &str) {
            let schema = Schema::parse(schema).unwrap();
            let made = |end| serde_json::to_string(&arguments(&schema, end).unwrap()).unwrap();
            assert_eq!(
                (made(End::Smallest).as_str(), made(End::Largest).as_str()),
                (smallest, largest)
            );
        }
        let of = |property: Value| json!({"type": "object", "properties": {"a": property}, "required": ["a"]});
        check(json!({"type": "object"}), "{}", "{}");
        check(
            json!({"type": "object", "properties": {"a": {"type": "boolean"}}}),
            "{}",
            r#"{"a":true}"#,
        );
        check(
            of(json!({"type": "string", "minLength": 1, "maxLength": 2})),
            r#"{"a":"a"}"#,
            r#"{"a":"漢漢"}"#,
        );
        check(
            of(json!({"type": "integer", "minimum": -3, "maximum": 4})),
            r#"{"a":-3}"#,
            r#"{"a":4}"#,
        );
        check(of(json!({"type": "integer", "maximum": 4})), r#"{"a":4}"#, r#"{"a":4}"#);
        check(of(json!({"enum": ["x", 1]})), r#"{"a":"x"}"#, r#"{"a":1}"#);
        let list = json!({"type": "array", "items": {"const": 7}, "minItems": 1, "maxItems": 2});
        check(of(list), r#"{"a":[7]}"#, r#"{"a":[7,7]}"#);
    }

    #[test]
    fn what_is_made_up_is_said() {
        let manifest = "[channel]\nname='w'\nversion='1'\nsummary='s'\n[secrets.key]\ntitle='Key'\n\
            [asks.folders.notes]\ntitle='Notes'\n[settings.tone]\ntitle='Tone'";
        let manifest = Manifest::parse(manifest).unwrap();
        let lines = given(&manifest);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains("made-up values: key"), "{lines:?}");
        let config = config(&manifest, "127.0.0.1:1".parse().unwrap(), Path::new("/base"));
        assert_eq!(config.folders["notes"].path, Path::new("/base/folders/notes"));
        assert!(secrets(&manifest)["key"].expose().len() > 20);
    }
}
