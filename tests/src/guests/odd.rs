//! Components that no compiler makes: each has one thing wrong, and is made of the model's own bytes, so that this one
//! thing is all that is wrong with it. Pure.

use super::component::{componentize, embed};
use anyhow::{Context, Result};
use wasm_encoder::{MemorySection, MemoryType, Module, RawSection};
use wasmparser::{Parser, Payload};

/// The guest that the odd ones are made of; it exports `hook` alone.
pub const MODEL: &str = "hello";

/// Linear memories of `many-memories`.
const MEMORIES: usize = 100;

/// All odd components by name, made of the model's core module and of its component.
///
/// # Errors
/// If the model is no module.
pub fn components(core: &[u8], plain: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let other = componentize(&other_contract(core)).context("make other-contract")?;
    Ok(vec![
        (
            "many-memories",
            embed(
                componentize(&many_memories(core)?)?,
                &manifest("many-memories", "[hook]"),
            ),
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
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.context("read the core module")?;
        if let Payload::MemorySection(memories) = &payload {
            let mut section = MemorySection::new();
            for memory in memories.clone() {
                let memory = memory.context("read a memory")?;
                section.memory(page(memory.initial, memory.maximum));
            }
            for _ in 1..MEMORIES {
                section.memory(page(1, Some(1)));
            }
            module.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &core[range] });
        }
    }
    Ok(module.finish())
}

fn page(minimum: u64, maximum: Option<u64>) -> MemoryType {
    MemoryType {
        minimum,
        maximum,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memories_are_many_and_nothing_else_changes() -> Result<()> {
        let mut module = Module::new();
        let mut memories = MemorySection::new();
        memories.memory(page(2, None));
        module.section(&memories);
        let made = many_memories(&module.finish())?;
        let mut counts = Vec::new();
        for payload in Parser::new(0).parse_all(&made) {
            if let Payload::MemorySection(memories) = payload? {
                counts.push(memories.count());
            }
        }
        assert_eq!(counts, [100]);
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
