//! The world of one project, written from the sections of its channel.toml, beside the contract's own files. Pure but for
//! writing them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::BuildError;
use super::ours::mirror;
use crate::manifest::{Interface, Manifest};

/// What the project's world is called; it stands in the contract's package.
pub const WORLD: &str = "project";
/// The contract, as this binary speaks it.
static CONTRACT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../wit");

/// Writes the contract and the project's world into a folder, which holds nothing else.
pub(super) fn write(folder: &Path, manifest: &Manifest) -> Result<(), BuildError> {
    let contract = CONTRACT.files();
    let contract = contract.filter(|file| file.path().extension().is_some_and(|end| end == "wit"));
    let mut files: BTreeMap<PathBuf, Vec<u8>> = contract
        .map(|file| (file.path().to_owned(), file.contents().to_vec()))
        .collect();
    files.insert("project.wit".into(), text(&manifest.interfaces()).into_bytes());
    mirror(folder, &files)
}

/// The world that exports these interfaces.
fn text(interfaces: &[Interface]) -> String {
    let exports: String = interfaces
        .iter()
        .map(|interface| format!("    export {};\n", interface.as_str()))
        .collect();
    format!(
        "package lockgate:channel@{};\n\n/// Written by `lockgate build` from the sections of channel.toml.\n\
         world {WORLD} {{\n    include guest;\n{exports}}}\n",
        crate::component::CONTRACT
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::workshop::write as put;

    #[test]
    fn every_shape_of_a_channel_is_a_world_of_the_contract() {
        let all = Interface::ALL;
        for shape in [&all[..0], &all[..1], &all[..]] {
            let folder = tempfile::tempdir().unwrap();
            for file in CONTRACT.files() {
                put(&folder.path().join(file.path()), file.contents()).unwrap();
            }
            put(&folder.path().join("project.wit"), text(shape).as_bytes()).unwrap();
            let mut resolve = wit_parser::Resolve::default();
            let (package, _) = resolve.push_dir(folder.path()).unwrap();
            let world = resolve.select_world(&[package], Some(WORLD)).unwrap();
            assert_eq!(resolve.worlds[world].exports.len(), shape.len());
        }
    }
}
