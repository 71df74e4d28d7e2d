//! Builds guests from source into components under `target/guests/`. The same sources and the same compiler give the same
//! bytes in every folder of every machine: no path of one gets into a component.

use super::component::{componentize, embed};
use super::{Guest, Toolchain, built_folder, odd, root, wrapper};
use anyhow::{Context, Result, bail};
use lockgate::workshop::rust::{TARGET, cargo_home, forget_shell, set_flags};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All that decides how sources become components, apart from the sources: it goes into their digest.
pub const RECIPE: &str =
    "wasm32-unknown-unknown; build-std=std,panic_abort; -zstack-size=131072; lockgate:manifest last";

/// Builds these guests and the odd components that are made of them; answers each guest's component with its manifest.
///
/// # Errors
/// If the compiler or the encoder refuses something, or a file can't be written.
pub fn build(toolchain: &Toolchain, guests: &[Guest]) -> Result<Vec<(Guest, Vec<u8>)>> {
    compile(toolchain, guests)?;
    let folder = built_folder();
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let mut built = Vec::new();
    for guest in guests {
        let core = core_module(&guest.name)?;
        let plain = componentize(&core).with_context(|| format!("guest {}", guest.name))?;
        if guest.name == odd::MODEL {
            for (name, bytes) in odd::components(&core, &plain)? {
                write(&folder.join(format!("{name}.wasm")), &bytes)?;
            }
        }
        let component = embed(plain, &guest.manifest()?);
        forbid_paths(&component).with_context(|| format!("guest {}", guest.name))?;
        write(&folder.join(format!("{}.wasm", guest.name)), &component)?;
        built.push((guest.clone(), component));
    }
    Ok(built)
}

/// Runs cargo over the guests' workspace, with a target folder of its own: another compiler made everything there.
fn compile(toolchain: &Toolchain, guests: &[Guest]) -> Result<()> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_shell(&mut cargo);
    cargo.current_dir(root().join("examples"));
    cargo
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(target_folder());
    set_flags(&mut cargo, toolchain, &[(&root(), "/lockgate")]);
    for guest in guests {
        cargo.args(["--package", &guest.name]);
    }
    toolchain.apply(&mut cargo);
    cargo
        .env("RUSTC_WRAPPER", env::current_exe().context("find this program")?)
        .env(wrapper::VARIABLE, "1");
    let status = cargo.status().context("start cargo")?;
    if !status.success() {
        bail!("the guests do not compile; the compiler's words stand above");
    }
    Ok(())
}

fn target_folder() -> PathBuf {
    built_folder().join("cargo")
}

fn core_module(name: &str) -> Result<Vec<u8>> {
    let path = target_folder()
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", name.replace('-', "_")));
    fs::read(&path).with_context(|| format!("read {}", path.display()))
}

/// Refuses a component that names a folder of this machine.
fn forbid_paths(component: &[u8]) -> Result<()> {
    for folder in [root(), cargo_home().context("find the home folder; set CARGO_HOME")?] {
        let needle = folder.to_string_lossy().into_owned().into_bytes();
        if component.windows(needle.len()).any(|window| window == needle) {
            bail!(
                "the component names {}; add it to the remapped folders",
                folder.display()
            );
        }
    }
    Ok(())
}

/// Writes a file only if it has other bytes, so that what depends on its time is not made again.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("write {}", path.display()))
}
