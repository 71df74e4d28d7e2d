//! Components that no compiler makes: each has one thing wrong, and is made of the model's own bytes, so that this one
//! thing is all that is wrong with it. Pure.

mod sections;

use super::component::{componentize, embed};
use anyhow::{Context, Result};
use sections::{Kind, Sections};
use wasm_encoder::{
    ComponentSection, InstanceSection, MemoryType, Module, ModuleArg, ModuleSection, RefType, TableType,
};
use wasmparser::{Parser, Payload};

/// The guest that the odd ones are made of; it exports `hook` alone.
pub const MODEL: &str = "hello";

/// Memories, tables and instances of what has too many: no valid module has more than these, its own ones included.
const MANY: usize = 100;
/// Elements of the table of `huge-table`: 160 MB in the host.
const HUGE: u64 = 10_000_000;

/// All odd components by name, made of the model's core module and of its component.
///
/// # Errors
/// If the model is no module.
pub fn components(core: &[u8], plain: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let other = componentize(&other_contract(core)).context("make other-contract")?;
    let odd =
        |core: Vec<u8>, name: &str| Ok::<_, anyhow::Error>(embed(componentize(&core)?, &manifest(name, "[hook]")));
    Ok(vec![
        ("many-memories", odd(many_memories(core)?, "many-memories")?),
        ("many-tables", odd(many_tables(core)?, "many-tables")?),
        ("huge-table", odd(huge_table(core)?, "huge-table")?),
        ("spin-at-start", odd(spin_at_start(core)?, "spin-at-start")?),
        (
            "many-instances",
            embed(many_instances(plain)?, &manifest("many-instances", "[hook]")),
        ),
        ("other-contract", embed(other, &manifest("other-contract", "[hook]"))),
        ("liar", embed(plain.to_vec(), &manifest("liar", "[hook]\n[timer]"))),
        ("no-manifest", plain.to_vec()),
        (
            "bad-manifest",
            embed(plain.to_vec(), &manifest("bad-manifest", "[hook]\n[surprise]")),
        ),
        (
            "two-manifests",
            embed(
                embed(plain.to_vec(), &manifest("one", "[hook]")),
                &manifest("two", "[hook]"),
            ),
        ),
        ("cut-off", plain[..plain.len() / 2].to_vec()),
        ("not-a-component", core.to_vec()),
    ])
}

fn manifest(name: &str, interfaces: &str) -> String {
    let rule = "[[hook.rule]]\nname = \"do\"\npath = \"/do\"\nsecret = \"key\"\nalgorithm = \"hmac-sha256\"\n\
        header = \"x-signature\"\nprefix = \"sha256=\"\nmessage = \"{body}\"\n";
    let secrets = "[secrets.key]\ntitle = \"Signing key\"\nhelp = \"Any text.\"\nrequired = false\n";
    let channel = format!("[channel]\nname = \"{name}\"\nversion = \"0.1.0\"\nsummary = \"Has one thing wrong\"\n");
    format!("{channel}{interfaces}\n{rule}{secrets}")
}

/// The same code under the next version of the contract: the names are of one length, so no other byte changes.
fn other_contract(core: &[u8]) -> Vec<u8> {
    let (from, to) = (b"0.1.0", b"0.2.0");
    let mut core = core.to_vec();
    for start in 0..core.len().saturating_sub(from.len()) {
        if core[start..].starts_with(from) {
            core[start..start + to.len()].copy_from_slice(to);
        }
    }
    core
}

/// The same module with more memories than any honest guest has; one page each.
fn many_memories(core: &[u8]) -> Result<Vec<u8>> {
    let mut sections = Sections::read(core)?;
    let memory = MemoryType {
        minimum: 1,
        maximum: Some(1),
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    (1..MANY).try_for_each(|_| sections.add(Kind::Memory, &memory))?;
    Ok(sections.module())
}

/// The same module with more tables than any honest guest has; one element each.
fn many_tables(core: &[u8]) -> Result<Vec<u8>> {
    let mut sections = Sections::read(core)?;
    (1..MANY).try_for_each(|_| sections.add(Kind::Table, &table(1)))?;
    Ok(sections.module())
}

/// The same module with one more table, which is larger than any bound.
fn huge_table(core: &[u8]) -> Result<Vec<u8>> {
    let mut sections = Sections::read(core)?;
    sections.add(Kind::Table, &table(HUGE))?;
    Ok(sections.module())
}

fn table(minimum: u64) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum,
        maximum: None,
        shared: false,
    }
}

/// The same module with a start function that never ends: an instance can't even be made.
fn spin_at_start(core: &[u8]) -> Result<Vec<u8>> {
    let mut sections = Sections::read(core)?;
    let (function, kind) = (sections.functions()?, sections.count(Kind::Type)?);
    // The type of what takes nothing and gives nothing; the function; and its body: `loop`, `br 0`, `end`, `end`.
    sections.add_bytes(Kind::Type, &[0x60, 0, 0])?;
    sections.add(Kind::Function, &kind)?;
    sections.add_bytes(Kind::Code, &[7, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b])?;
    sections.start(function);
    Ok(sections.module())
}

/// The same component with more core instances than any honest guest has, each of a module without anything in it.
fn many_instances(plain: &[u8]) -> Result<Vec<u8>> {
    let (mut depth, mut modules) = (0_usize, 0);
    for payload in Parser::new(0).parse_all(plain) {
        match payload.context("read the component")? {
            Payload::ModuleSection { .. } => {
                modules += u32::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let mut component = plain.to_vec();
    ModuleSection(&Module::new()).append_to_component(&mut component);
    let mut instances = InstanceSection::new();
    for _ in 0..MANY {
        instances.instantiate::<[(&str, ModuleArg); 0], &str>(modules, []);
    }
    instances.append_to_component(&mut component);
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memories_are_many_and_nothing_else_changes() -> Result<()> {
        let made = many_memories(&Module::new().finish())?;
        let mut counts = Vec::new();
        for payload in Parser::new(0).parse_all(&made) {
            if let Payload::MemorySection(memories) = payload? {
                counts.push(memories.count());
            }
        }
        assert_eq!(counts, [99]);
        Ok(())
    }

    #[test]
    fn what_is_odd_is_valid_all_the_same() -> Result<()> {
        let empty = Module::new().finish();
        for made in [many_tables(&empty)?, huge_table(&empty)?, spin_at_start(&empty)?] {
            wasmparser::validate(&made)?;
        }
        wasmparser::validate(&many_instances(&wasm_encoder::Component::new().finish())?)?;
        Ok(())
    }

    #[test]
    fn the_other_contract_changes_the_version_alone() {
        assert_eq!(
            other_contract(b"lockgate:channel/hook@0.1.0#receive"),
            b"lockgate:channel/hook@0.2.0#receive"
        );
        assert_eq!(other_contract(b"0.1"), b"0.1");
    }
}
