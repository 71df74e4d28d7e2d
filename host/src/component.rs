//! What a component says of itself, read from its bytes without compiling or running it: contract, imports, exports
//! and the manifest that it carries. Also puts a manifest in.

use std::collections::BTreeSet;

use semver::Version;
use wasm_encoder::{Encode, Section};
use wasmparser::{Encoding, Parser, Payload};

use crate::limits;
use crate::manifest::Interface;

/// The custom section that holds channel.toml, whole and as the author wrote it.
pub const MANIFEST_SECTION: &str = "lockgate:manifest";
/// The package of our contract.
const PACKAGE: &str = "lockgate:channel/";
/// The version of the contract that this host speaks.
pub const CONTRACT: Version = Version::new(0, 1, 0);

/// A version of the contract that this host can speak. Each has its own types, and its own way to be linked and called, in
/// `sandbox/contract.rs`; everything else knows one form of each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// 0.1, up to [`CONTRACT`].
    V0_1,
}

impl Contract {
    /// The one that has this version. Below 1.0 a minor version is a contract of its own; a later patch may have what is not
    /// known here, and a version before its release is nobody's.
    pub fn of(version: &Version) -> Option<Self> {
        let is_plain = version.pre.is_empty() && version.build.is_empty();
        match (version.major, version.minor) {
            (0, 1) if is_plain && *version <= CONTRACT => Some(Self::V0_1),
            _ => None,
        }
    }

    /// The one that a component speaks, by the names of what it imports and exports.
    ///
    /// # Errors
    /// One of the names is of a contract that is not known here, or none is of ours.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ComponentError> {
        let mut spoken = None;
        for name in names {
            let Some((interface, version)) = ours(name) else {
                continue;
            };
            let known = Version::parse(version).ok().and_then(|version| Self::of(&version));
            let Some(known) = known else {
                let (interface, found) = (format!("{PACKAGE}{interface}"), version.to_owned());
                return Err(ComponentError::OtherContract {
                    interface,
                    found,
                    known: CONTRACT,
                });
            };
            spoken = Some(known);
        }
        spoken.ok_or(ComponentError::NoChannel)
    }
}

/// What was found in a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Bytes of the file.
    pub size: usize,
    /// Names of the imported interfaces and functions, sorted.
    pub imports: BTreeSet<String>,
    /// Names of the exported ones, sorted.
    pub exports: BTreeSet<String>,
    /// The text of channel.toml, if the component carries one.
    pub manifest: Option<String>,
}

/// Why a file is no component for this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// Too large to look at.
    #[error(
        "it has {found} bytes, and a component may have {}; build it smaller (strip, opt-level = \"s\")",
        limits::COMPONENT_BYTES
    )]
    TooLarge {
        /// How large it is.
        found: usize,
    },
    /// Not WebAssembly at all.
    #[error("it is no WebAssembly file; name the .wasm component that your build made")]
    NotWasm,
    /// A core module.
    #[error(
        "it is a core WebAssembly module, not a component; build for a component target, or run `wasm-tools component new`"
    )]
    CoreModule,
    /// Broken inside.
    #[error("the component is damaged at byte {offset}: {message}; build or download it again")]
    Damaged {
        /// Where.
        offset: usize,
        /// What is wrong there.
        message: String,
    },
    /// It speaks another version of the contract.
    #[error(
        "it speaks {interface} {found}, and this lockgate speaks {known}; rebuild it with an SDK for {known}, or use a lockgate for {found}"
    )]
    OtherContract {
        /// The interface that shows it.
        interface: String,
        /// Its version.
        found: String,
        /// Ours.
        known: Version,
    },
    /// It exports nothing that a host could call.
    #[error("it exports no interface of {PACKAGE}…@{CONTRACT}, so there is nothing to call; is it a channel?")]
    NoChannel,
    /// Two manifests, or one that is no text.
    #[error("its section `{MANIFEST_SECTION}` {0}; build it again")]
    BadManifest(&'static str),
    /// The manifest names an interface that the component lacks.
    #[error(
        "its manifest names {section}, but the component does not export {PACKAGE}{0}@{CONTRACT}; export it, or take the section away",
        section = section(.0)
    )]
    LacksExport(&'static str),
    /// The component has an interface that its manifest does not name.
    #[error(
        "the component exports {PACKAGE}{0}@{CONTRACT}, but its manifest does not name {section}; add the section, or take the export away",
        section = section(.0)
    )]
    Unannounced(&'static str),
}

/// Reads a component's bytes.
///
/// # Errors
/// The bytes are no component, are damaged, or speak another contract.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, ComponentError> {
    if bytes.len() > limits::COMPONENT_BYTES {
        return Err(ComponentError::TooLarge { found: bytes.len() });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(ComponentError::NotWasm);
    }
    let mut found = Inspection {
        size: bytes.len(),
        imports: BTreeSet::new(),
        exports: BTreeSet::new(),
        manifest: None,
    };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if depth == 0 => return Err(ComponentError::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload if depth == 0 => found.take(payload)?,
            _ => {}
        }
    }
    found.check_contract()?;
    Ok(found)
}

impl Inspection {
    /// Whether the component exports this interface in our version of the contract.
    pub fn has(&self, interface: &str) -> bool {
        self.exports
            .iter()
            .any(|name| ours(name).is_some_and(|(found, _)| found == interface))
    }

    /// Compares what the manifest names with what the component exports.
    ///
    /// # Errors
    /// One of them has an interface that the other lacks.
    pub fn matches(&self, named: &[Interface]) -> Result<(), ComponentError> {
        for interface in Interface::ALL {
            match (named.contains(&interface), self.has(interface.as_str())) {
                (true, false) => return Err(ComponentError::LacksExport(interface.as_str())),
                (false, true) => return Err(ComponentError::Unannounced(interface.as_str())),
                _ => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<(), ComponentError> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    self.imports.insert(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    self.exports.insert(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                let text =
                    std::str::from_utf8(section.data()).map_err(|_| ComponentError::BadManifest("is no UTF-8"))?;
                if self.manifest.replace(text.to_owned()).is_some() {
                    return Err(ComponentError::BadManifest("stands there twice"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Every name of our package is of a contract that is known here, and one at least is exported.
    fn check_contract(&self) -> Result<(), ComponentError> {
        let names = self.exports.iter().chain(&self.imports).map(String::as_str);
        Contract::of_names(names)?;
        match self.exports.iter().any(|name| ours(name).is_some()) {
            true => Ok(()),
            false => Err(ComponentError::NoChannel),
        }
    }
}

/// What an interface is called in a manifest.
fn section(interface: &str) -> String {
    match interface {
        "tools" => "[[tool]]".to_owned(),
        interface => format!("[{interface}]"),
    }
}

/// Interface and version of a name of our package.
fn ours(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.split_once('@')
}

/// The component with this manifest as its last section.
pub fn embed(component: &[u8], manifest: &str) -> Vec<u8> {
    let section = wasm_encoder::CustomSection {
        name: MANIFEST_SECTION.into(),
        data: manifest.as_bytes().into(),
    };
    let mut out = component.to_vec();
    out.push(section.id());
    section.encode(&mut out);
    out
}

fn damaged(error: wasmparser::BinaryReaderError) -> ComponentError {
    ComponentError::Damaged {
        offset: error.offset(),
        message: error.message().to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use wasm_encoder::{Component, ComponentExportKind, ComponentExportSection, ComponentTypeSection, InstanceType};
    use wasm_encoder::{ComponentImportSection, ComponentTypeRef, Module};

    fn exporting(name: &str) -> Vec<u8> {
        let mut component = Component::new();
        let mut types = ComponentTypeSection::new();
        types.instance(&InstanceType::new());
        component.section(&types);
        let mut imports = ComponentImportSection::new();
        imports.import("some:thing/else@1.0.0", ComponentTypeRef::Instance(0));
        component.section(&imports);
        let mut exports = ComponentExportSection::new();
        exports.export(name, ComponentExportKind::Instance, 0, None);
        component.section(&exports);
        component.finish()
    }

    #[test]
    fn a_channel_is_read_with_its_manifest() {
        let component = embed(&exporting("lockgate:channel/hook@0.1.0"), "[channel]\n");
        let found = inspect(&component).unwrap();
        assert!(found.has("hook") && !found.has("timer"));
        assert_eq!(found.manifest.as_deref(), Some("[channel]\n"));
        assert_eq!(found.imports.iter().collect::<Vec<_>>(), ["some:thing/else@1.0.0"]);
        assert_eq!(
            found.matches(&[Interface::Timer]),
            Err(ComponentError::LacksExport("timer"))
        );
        assert_eq!(found.matches(&[]), Err(ComponentError::Unannounced("hook")));
        assert_eq!(found.matches(&[Interface::Hook]), Ok(()));
    }

    #[test]
    fn other_files_are_refused_by_what_they_are() {
        assert_eq!(inspect(b"#!/bin/sh"), Err(ComponentError::NotWasm));
        assert_eq!(inspect(&Module::new().finish()), Err(ComponentError::CoreModule));
        assert_eq!(inspect(&Component::new().finish()), Err(ComponentError::NoChannel));
        let twice = embed(&embed(&exporting("lockgate:channel/hook@0.1.0"), "a"), "b");
        assert_eq!(inspect(&twice), Err(ComponentError::BadManifest("stands there twice")));
    }

    /// The day of 0.2 changes this table, and `sandbox/contract.rs`.
    #[test]
    fn another_contract_is_refused_in_words_with_both_versions() {
        for version in [
            "0.1.1",
            "0.1.99",
            "0.2.0",
            "0.10.0",
            "1.0.0",
            "1.1.0",
            "0.1.0-rc.1",
            "0.1.0+mine",
            "0.0.9",
            "none",
        ] {
            let other = inspect(&exporting(&format!("lockgate:channel/hook@{version}")));
            let words = other.unwrap_err().to_string();
            let expected =
                format!("it speaks lockgate:channel/hook {version}, and this lockgate speaks {CONTRACT}; rebuild");
            assert!(words.starts_with(&expected), "{words}");
        }
        assert!(inspect(&exporting(&format!("lockgate:channel/hook@{CONTRACT}"))).is_ok());
        let names = ["lockgate:channel/hook@0.1.0", "lockgate:channel/store@0.2.0"];
        assert!(Contract::of_names(names).is_err(), "one component speaks one contract");
    }

    #[test]
    fn no_prefix_of_a_component_panics() {
        let component = embed(&exporting("lockgate:channel/hook@0.1.0"), "[channel]\n");
        for end in 0..component.len() {
            let _ = inspect(&component[..end]);
        }
        assert!(matches!(
            inspect(&component[..component.len() - 3]),
            Err(ComponentError::Damaged { .. })
        ));
    }

    #[test]
    fn a_component_has_its_bytes() {
        let bytes = vec![0; limits::COMPONENT_BYTES + 1];
        let most = limits::COMPONENT_BYTES;
        for fits in [most - 1, most] {
            assert_eq!(inspect(&bytes[..fits]), Err(ComponentError::NotWasm));
        }
        assert_eq!(inspect(&bytes), Err(ComponentError::TooLarge { found: most + 1 }));
    }
}
