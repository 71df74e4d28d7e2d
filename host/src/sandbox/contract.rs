//! From a version of the contract to what its guests are linked with and called by: the one place for it. What a component
//! speaks is read from its own names before anything of it is instantiated.
//!
//! The day of 0.2: [`Contract`] gets another variant, [`super::bindings`] another module of types, and each `match` here an
//! arm that links these types (also to the capabilities, which stay as they are) and finds the exports. What differs in a
//! message is turned into the house's own words in `convert.rs`, so that no other room learns of it.

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime_wasi::p2::bindings as wasi;

use super::state::CallState;
use super::{SandboxError, bindings, http};
use crate::component::Contract;

/// What guests can import, by the contract that they speak.
pub struct Linkers {
    v0_1: Linker<CallState>,
}

/// Which interfaces a component exports, found by looking.
pub struct Exports {
    pub life: Option<bindings::life::GuestIndices>,
    pub source: Option<bindings::source::GuestIndices>,
    pub timer: Option<bindings::timer::GuestIndices>,
    pub hook: Option<bindings::hook::GuestIndices>,
    pub socket: Option<bindings::socket::GuestIndices>,
    pub sink: Option<bindings::sink::GuestIndices>,
    pub media: Option<bindings::media::GuestIndices>,
    pub tools: Option<bindings::tools::GuestIndices>,
}

impl Linkers {
    /// All that this host speaks.
    pub fn new(engine: &Engine) -> wasmtime::Result<Self> {
        Ok(Self { v0_1: v0_1(engine)? })
    }

    /// Links a component with what its contract offers.
    ///
    /// # Errors
    /// It speaks another contract, or imports what is not offered.
    pub fn link(&self, component: &Component) -> Result<(InstancePre<CallState>, Exports), SandboxError> {
        let linker = match spoken(component)? {
            Contract::V0_1 => &self.v0_1,
        };
        let imports = |error: wasmtime::Error| SandboxError::Imports(format!("{error:#}"));
        let pre = linker.instantiate_pre(component).map_err(imports)?;
        let exports = Exports::of(&pre);
        Ok((pre, exports))
    }
}

/// The contract that a component speaks, by what it imports and exports.
fn spoken(component: &Component) -> Result<Contract, SandboxError> {
    let (of_component, engine) = (component.component_type(), component.engine());
    let imports = of_component.imports(engine).map(|(name, _)| name.to_owned());
    let exports = of_component.exports(engine).map(|(name, _)| name.to_owned());
    let names: Vec<String> = imports.chain(exports).collect();
    Ok(Contract::of_names(names.iter().map(String::as_str))?)
}

impl Exports {
    /// Those of 0.1.
    fn of(pre: &InstancePre<CallState>) -> Self {
        Self {
            life: bindings::life::GuestIndices::new(pre).ok(),
            source: bindings::source::GuestIndices::new(pre).ok(),
            timer: bindings::timer::GuestIndices::new(pre).ok(),
            hook: bindings::hook::GuestIndices::new(pre).ok(),
            socket: bindings::socket::GuestIndices::new(pre).ok(),
            sink: bindings::sink::GuestIndices::new(pre).ok(),
            media: bindings::media::GuestIndices::new(pre).ok(),
            tools: bindings::tools::GuestIndices::new(pre).ok(),
        }
    }
}

/// Everything that a guest of 0.1 can import. WASI is whole, because ordinary toolchains import all of it, and empty.
fn v0_1(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // The ready-made filesystem knows no quota: ours stands before it.
    linker.allow_shadowing(true);
    wasi::filesystem::preopens::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    wasi::filesystem::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    http::wasi::link(&mut linker)?;
    linker.allow_shadowing(false);
    bindings::store::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::host::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::http::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::database::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::command::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    Ok(linker)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sandbox::engine::{Allocation, engine};

    /// A component that exports an interface of this name, with nothing in it.
    fn exporting(name: &str) -> Vec<u8> {
        use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, InstanceType};
        let mut builder = ComponentBuilder::default();
        let of_instance = builder.type_instance(None, &InstanceType::new());
        let imported = builder.import("some:thing/else@1.0.0", ComponentTypeRef::Instance(of_instance));
        builder.export(name, ComponentExportKind::Instance, imported, None);
        builder.finish()
    }

    #[test]
    fn only_what_the_host_speaks_comes_to_a_linker() {
        let engine = engine(Allocation::OnDemand).unwrap();
        let linkers = Linkers::new(&engine).unwrap();
        let check = |name: &str, expected: &str| {
            let component = Component::new(&engine, exporting(name)).unwrap();
            let refused = linkers.link(&component).err().unwrap().to_string();
            assert!(refused.contains(expected), "{name}: {refused}");
        };
        let spoken = Component::new(&engine, exporting("lockgate:channel/hook@0.1.0")).unwrap();
        assert!(linkers.link(&spoken).is_ok());
        check(
            "lockgate:channel/hook@0.1.1",
            "it speaks lockgate:channel/hook 0.1.1, and this lockgate speaks 0.1.0",
        );
        check(
            "lockgate:channel/hook@0.2.0",
            "it speaks lockgate:channel/hook 0.2.0, and this lockgate speaks 0.1.0",
        );
        check(
            "lockgate:channel/hook@1.0.0",
            "it speaks lockgate:channel/hook 1.0.0, and this lockgate speaks 0.1.0",
        );
    }
}
