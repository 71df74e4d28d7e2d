//! From a core module to a component with its manifest inside, and what a component imports and exports. Pure.

use anyhow::{Context, Error, Result};
use std::borrow::Cow;
use std::collections::BTreeSet;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The custom section of a component in which its `channel.toml` stands.
pub const MANIFEST_SECTION: &str = "lockgate:manifest";

/// Makes a component of a core module that carries the types of its imports and exports.
///
/// # Errors
/// If the module lacks a function that its types promise, or is no module.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>> {
    lockgate::workshop::adapter::componentize(core).map_err(Error::msg)
}

/// Appends the manifest as a custom section of the component.
#[must_use]
pub fn embed(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    let section = CustomSection {
        name: MANIFEST_SECTION.into(),
        data: Cow::Borrowed(manifest.as_bytes()),
    };
    section.append_to_component(&mut component);
    component
}

/// The names that a component imports and exports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// Names of imported interfaces, with their versions.
    pub imports: BTreeSet<String>,
    /// Names of exported interfaces, with their versions.
    pub exports: BTreeSet<String>,
}

/// Reads the outermost imports and exports of a component.
///
/// # Errors
/// If the bytes are no component.
pub fn shape(component: &[u8]) -> Result<Shape> {
    let mut shape = Shape::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.context("read the component")? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    shape
                        .imports
                        .insert(import.context("read an import")?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    shape
                        .exports
                        .insert(export.context("read an export")?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::guests::{Kind, all, root};
    use std::fs;

    /// The committed components of all examples, by name.
    fn committed() -> Vec<(String, Vec<u8>)> {
        let examples = all().unwrap().into_iter().filter(|guest| guest.kind == Kind::Example);
        let bytes = |guest: &crate::guests::Guest| fs::read(guest.prebuilt().unwrap()).unwrap();
        examples.map(|guest| (guest.name.clone(), bytes(&guest))).collect()
    }

    #[test]
    fn the_examples_import_only_the_contract_and_export_what_they_name() {
        let exports = |names: &[&str]| -> BTreeSet<String> {
            names
                .iter()
                .map(|name| format!("lockgate:channel/{name}@0.1.0"))
                .collect()
        };
        let expected = [
            ("fakechat", exports(&["hook", "life", "media", "sink"])),
            ("hello", exports(&["hook"])),
            ("ntfy", exports(&["life", "sink", "socket"])),
            ("telegram", exports(&["life", "media", "sink", "source"])),
            ("ticker", exports(&["life", "source", "timer"])),
            ("webhook", exports(&["hook"])),
        ];
        let committed = committed();
        assert_eq!(committed.len(), expected.len());
        for ((name, component), (expected_name, expected_exports)) in committed.iter().zip(expected) {
            let shape = shape(component).unwrap();
            assert_eq!((name.as_str(), shape.exports), (expected_name, expected_exports));
            let mut allowed = exports(&[
                "words", "store", "host", "hook", "life", "sink", "socket", "source", "timer",
            ]);
            if ["fakechat", "telegram"].contains(&name.as_str()) {
                // They look at files, and those are WASI's.
                let files = ["clocks/wall-clock", "filesystem/preopens", "filesystem/types"];
                allowed.extend(files.map(|interface| format!("wasi:{interface}@0.2.0")));
            }
            if ["ntfy", "telegram"].contains(&name.as_str()) {
                allowed.extend(exports(&["http"]));
            }
            assert!(shape.imports.is_subset(&allowed), "{name} imports {:?}", shape.imports);
        }
    }

    #[test]
    fn the_manifest_stands_once_at_the_end_of_the_component() {
        for (name, component) in committed() {
            let manifest = fs::read(root().join("examples").join(&name).join("channel.toml")).unwrap();
            assert!(component.ends_with(&manifest), "{name}");
            let sections = Parser::new(0).parse_all(&component).filter(
                |payload| matches!(payload, Ok(Payload::CustomSection(section)) if section.name() == MANIFEST_SECTION),
            );
            assert_eq!(sections.count(), 1, "{name}");
        }
    }

    #[test]
    fn no_component_names_a_folder_of_a_machine() {
        for (name, component) in committed() {
            for folder in [
                "/home/",
                "/root/",
                "/usr/",
                "/tmp/",
                "/Users/",
                ".cargo/registry",
                ".rustup",
            ] {
                let found = component
                    .windows(folder.len())
                    .any(|window| window == folder.as_bytes());
                assert!(!found, "{name} names {folder}");
            }
        }
    }

    #[test]
    fn what_is_no_component_is_an_error_and_not_a_panic() {
        for bytes in [&b""[..], b"text", b"\0asm\x0d\0\x01\0\xff"] {
            assert!(shape(bytes).is_err(), "{bytes:?}");
            assert!(componentize(bytes).is_err(), "{bytes:?}");
        }
    }
}
