//! From a core module to a component with its manifest inside, and what a component imports and exports. Pure.

use anyhow::{Context, Result};
use std::borrow::Cow;
use std::collections::BTreeSet;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// The custom section of a component in which its `channel.toml` stands.
pub const MANIFEST_SECTION: &str = "lockgate:manifest";

/// Makes a component of a core module that carries the types of its imports and exports.
///
/// # Errors
/// If the module lacks a function that its types promise, or is no module.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(core)
        .context("read the core module")?;
    encoder.encode().context("make a component of the core module")
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
