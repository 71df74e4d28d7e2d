//! Capability `http`: no host is granted yet, so every request is refused. There is no client behind it.
//!
//! `wasi:http` can be imported, because the runtimes of other languages import it whether they use it or not; a call of it
//! traps. Its own implementation would keep what a guest puts into requests and headers in the host's memory, where no
//! meter counts it.

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use super::bindings::http::{Failure, Host, Request, Response};
use super::state::CallState;

impl Host for CallState {
    fn fetch(&mut self, _request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        Ok(Err(Failure::Refused("no host is granted to this channel".into())))
    }
}

/// The linker for a component that imports `wasi:http` and else only what is offered; `None` for all others.
///
/// # Errors
/// The engine's.
pub fn linked(
    engine: &Engine,
    linker: &Linker<CallState>,
    component: &Component,
) -> wasmtime::Result<Option<Linker<CallState>>> {
    let imports = component.component_type();
    if !imports.imports(engine).any(|(name, _)| name.starts_with("wasi:http/")) {
        return Ok(None);
    }
    // What else is missing must be told, not trapped.
    let ours = |name: &str| name.starts_with("wasi:") || name.starts_with("lockgate:channel/");
    if imports.imports(engine).any(|(name, _)| !ours(name)) {
        return Ok(None);
    }
    let mut linker = linker.clone();
    linker.define_unknown_imports_as_traps(component)?;
    Ok(Some(linker))
}
