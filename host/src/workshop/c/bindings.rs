//! The C of a project's world: functions and types of the interfaces that its channel.toml names, and a header that says which
//! those are. Runs no tool.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wit_bindgen_core::{Files, wit_parser::Resolve};

use super::super::ours::mirror;
use super::super::{Bench, BuildError, WORLD};
use crate::manifest::Interface;

/// The header that says which interfaces a project has; the SDK's own headers ask it.
const SECTIONS: &str = "lockgate_sections.h";

/// What was written.
pub(in crate::workshop) struct Bindings {
    /// Where.
    pub folder: PathBuf,
    /// The code between the component's border and C, `project.c`.
    pub code: PathBuf,
    /// An object that carries the types of the world.
    pub types: PathBuf,
}

/// Writes the bindings of the bench's world into `.lockgate/bindings`.
///
/// # Errors
/// The world can't be read, or the disk.
pub(in crate::workshop) fn bind(bench: &Bench<'_>) -> Result<Bindings, BuildError> {
    let folder = bench.work.join("bindings");
    let generated = generate(bench)?;
    let files = generated.iter().map(|(name, bytes)| (name.into(), bytes.to_vec()));
    let mut files: BTreeMap<PathBuf, Vec<u8>> = files.collect();
    let sections = sections(&bench.project.manifest.interfaces());
    files.insert(SECTIONS.into(), sections.into_bytes());
    mirror(&folder, &files)?;
    Ok(Bindings {
        code: folder.join(format!("{WORLD}.c")),
        types: folder.join(format!("{WORLD}_component_type.o")),
        folder,
    })
}

fn generate(bench: &Bench<'_>) -> Result<Files, BuildError> {
    let words = |error: &dyn std::fmt::Display| BuildError::World(format!("{error:#}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(&bench.wit).map_err(|error| words(&error))?;
    let world = resolve
        .select_world(&[package], Some(WORLD))
        .map_err(|error| words(&error))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| words(&error))?;
    Ok(files)
}

/// A macro for each interface that there is; one that is not there is not defined.
fn sections(interfaces: &[Interface]) -> String {
    let lines: String = interfaces
        .iter()
        .map(|interface| format!("#define LG_HAS_{} 1\n", interface.as_str().to_uppercase()))
        .collect();
    format!("// Written by `lockgate build` from the sections of channel.toml.\n#pragma once\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_macro_and_nothing_else_is() {
        let check = |interfaces: &[Interface], expected: &[&str]| {
            let text = sections(interfaces);
            let found: Vec<&str> = text.lines().filter(|line| line.starts_with("#define")).collect();
            assert_eq!(found, expected);
        };
        check(&[], &[]);
        check(
            &[Interface::Hook, Interface::Sink],
            &["#define LG_HAS_HOOK 1", "#define LG_HAS_SINK 1"],
        );
    }
}
