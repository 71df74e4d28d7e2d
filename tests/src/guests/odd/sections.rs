//! A core module as its sections: items are added to them, and nothing in them is read further than its count. Pure.

use anyhow::{Context, Result};
use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{BinaryReader, Parser, Payload, TypeRef};

/// A section to which items can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Types of functions.
    Type = 1,
    /// The types of the functions that stand in the module itself.
    Function = 3,
    /// Tables.
    Table = 4,
    /// Memories.
    Memory = 5,
    /// Bodies of functions.
    Code = 10,
}

/// The number of the section that names the start function.
const START: u8 = 8;
/// The numbers of all sections in the order in which they stand; a custom section may stand anywhere.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/// The sections of a module.
pub struct Sections {
    /// Number and content, as they stand.
    all: Vec<(u8, Vec<u8>)>,
    /// Functions that are imported.
    imported: u32,
}

impl Sections {
    /// Takes a module apart.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(core: &[u8]) -> Result<Sections> {
        let (mut all, mut imported) = (Vec::new(), 0);
        for payload in Parser::new(0).parse_all(core) {
            let payload = payload.context("read the core module")?;
            if let Payload::ImportSection(imports) = &payload {
                for import in imports.clone().into_imports() {
                    let function = matches!(import.context("read an import")?.ty, TypeRef::Func(_));
                    imported += u32::from(function);
                }
            }
            if let Some((id, range)) = payload.as_section() {
                all.push((id, core[range].to_vec()));
            }
        }
        Ok(Sections { all, imported })
    }

    /// How many items a section has.
    ///
    /// # Errors
    /// If it does not begin with a count.
    pub fn count(&self, kind: Kind) -> Result<u32> {
        let found = self.all.iter().find(|(id, _)| *id == kind as u8);
        found.map_or(Ok(0), |(_, content)| Ok(counted(content)?.0))
    }

    /// How many functions there are; the next one has this index.
    ///
    /// # Errors
    /// As [`Sections::count`].
    pub fn functions(&self) -> Result<u32> {
        Ok(self.imported + self.count(Kind::Function)?)
    }

    /// Adds an item behind the others.
    ///
    /// # Errors
    /// As [`Sections::count`].
    pub fn add(&mut self, kind: Kind, item: &impl Encode) -> Result<()> {
        let mut bytes = Vec::new();
        item.encode(&mut bytes);
        self.add_bytes(kind, &bytes)
    }

    /// The same for an item that is encoded already.
    ///
    /// # Errors
    /// As [`Sections::count`].
    pub fn add_bytes(&mut self, kind: Kind, item: &[u8]) -> Result<()> {
        let content = self.section(kind as u8);
        let (count, begin) = if content.is_empty() { (0, 0) } else { counted(content)? };
        let mut longer = Vec::new();
        (count + 1).encode(&mut longer);
        longer.extend_from_slice(&content[begin..]);
        longer.extend_from_slice(item);
        *content = longer;
        Ok(())
    }

    /// Makes this function the first that runs.
    pub fn start(&mut self, function: u32) {
        let content = self.section(START);
        content.clear();
        function.encode(content);
    }

    /// The content of a section, which is made if it is not there.
    fn section(&mut self, id: u8) -> &mut Vec<u8> {
        let rank = |id: u8| ORDER.iter().position(|known| *known == id);
        let at = match self.all.iter().position(|(known, _)| *known == id) {
            Some(at) => at,
            None => {
                let behind = |(known, _): &(u8, Vec<u8>)| rank(*known).is_some_and(|rank_of| Some(rank_of) > rank(id));
                let at = self.all.iter().position(behind).unwrap_or(self.all.len());
                self.all.insert(at, (id, Vec::new()));
                at
            }
        };
        &mut self.all[at].1
    }

    /// The module that these sections make.
    pub fn module(&self) -> Vec<u8> {
        let mut module = Module::new();
        for (id, data) in &self.all {
            module.section(&RawSection { id: *id, data });
        }
        module.finish()
    }
}

/// The count at the begin of a section, and how many bytes it takes.
fn counted(content: &[u8]) -> Result<(u32, usize)> {
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32().context("read the count of a section")?;
    Ok((count, reader.original_position()))
}
