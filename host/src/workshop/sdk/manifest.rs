//! The Cargo.toml of the SDK for Rust, for a place where no workspace stands above it. Pure.

use toml::{Table, Value};

/// As it stands in the workspace.
const OWN: &str = include_str!("../../../../sdk/rust/Cargo.toml");
/// The workspace's.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// The SDK's manifest with the workspace's values in place of references to them.
pub(super) fn alone() -> Result<String, String> {
    let read = |text: &str| text.parse::<Table>().map_err(|error| error.to_string());
    let (mut own, root) = (read(OWN)?, read(WORKSPACE)?);
    let shared = |name: &str| root.get("workspace")?.get(name)?.as_table();
    // The lints are for those who write the SDK.
    own.remove("lints");
    if let (Some(Value::Table(package)), Some(values)) = (own.get_mut("package"), shared("package")) {
        fill(package, values)?;
    }
    let Some(dependencies) = shared("dependencies") else {
        return Ok(own.to_string());
    };
    if let Some(Value::Table(all)) = own.get_mut("dependencies") {
        fill(all, dependencies)?;
    }
    if let Some(Value::Table(targets)) = own.get_mut("target") {
        for (_, target) in targets.iter_mut() {
            if let Some(Value::Table(all)) = target.get_mut("dependencies") {
                fill(all, dependencies)?;
            }
        }
    }
    Ok(own.to_string())
}

/// Puts the value of the same name in place of each `workspace = true`; features stand beside the workspace's own.
fn fill(own: &mut Table, values: &Table) -> Result<(), String> {
    for (name, value) in own.iter_mut() {
        let refers = value.get("workspace").and_then(Value::as_bool) == Some(true);
        if !refers {
            continue;
        }
        let of = values.get(name).ok_or_else(|| format!("the workspace has no {name}"))?;
        let mut filled = of.clone();
        if let (Some(Value::Array(more)), Value::Table(table)) = (value.get("features"), &mut filled) {
            let features = table.entry("features").or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(features) = features {
                features.extend(more.iter().cloned());
            }
        }
        *value = filled;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_refers_to_a_workspace_and_nothing_is_lost() {
        let text = alone().unwrap();
        assert!(!text.contains("workspace"), "{text}");
        let table: Table = text.parse().unwrap();
        assert_eq!(table["package"]["version"].as_str(), Some(env!("CARGO_PKG_VERSION")));
        let features = table["dependencies"]["wit-bindgen"]["features"].as_array().unwrap();
        let features: Vec<&str> = features.iter().filter_map(Value::as_str).collect();
        assert_eq!(features, ["macros", "realloc", "std", "bitflags"]);
        assert!(table["features"]["default"].is_array() && table.contains_key("target"));
    }
}
