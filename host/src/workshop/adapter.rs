//! From a core module to a component, without an installed tool. Pure.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// Makes a component of a core module that carries the types of its imports and exports. The adapter from WASI preview 1 goes
/// in only where the module imports that.
///
/// # Errors
/// The encoder's words: the module lacks a function that its types promise, or is no module.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(core).map_err(words)?;
    if imports_preview1(core) {
        encoder
            .adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
            .map_err(words)?;
    }
    encoder.encode().map_err(words)
}

fn imports_preview1(core: &[u8]) -> bool {
    let payloads = wasmparser::Parser::new(0).parse_all(core).flatten();
    payloads.into_iter().any(|payload| match payload {
        wasmparser::Payload::ImportSection(imports) => imports
            .into_imports()
            .flatten()
            .any(|import| import.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME),
        _ => false,
    })
}

fn words(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
