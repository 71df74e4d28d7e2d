//! The memory of one call, summed: a guest with ten memories has no more than a guest with one.

use wasmtime::{ResourceLimiter, Result};

use super::shortage;
use crate::limits;

/// Counts what a guest's memories and tables hold, and says no at the bound.
pub struct Meter {
    used: usize,
    most: usize,
    refused: Option<(&'static str, u64)>,
    starved: Option<String>,
}

impl Meter {
    /// A call may have this many bytes.
    pub fn new(most: usize) -> Self {
        Self {
            used: 0,
            most,
            refused: None,
            starved: None,
        }
    }

    /// Bytes that the call's memories hold.
    pub fn used(&self) -> usize {
        self.used
    }

    /// What was refused, if anything: of what, and how much the guest may have.
    pub fn refused(&self) -> Option<(&'static str, u64)> {
        self.refused
    }

    /// What the system said when it had no memory for a growth that the call may have.
    pub fn take_starved(&mut self) -> Option<String> {
        self.starved.take()
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let total = self.used.saturating_add(desired.saturating_sub(current));
        if total > self.most {
            self.refused = Some(("bytes of memory", self.most as u64));
            return Ok(false);
        }
        // The memory's own maximum makes the growth fail after we said yes.
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.used = total;
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        if shortage::is_one(&error) {
            self.starved = Some(error.to_string());
        }
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        if desired > limits::GUEST_TABLE_ELEMENTS {
            self.refused = Some(("elements of a table", limits::GUEST_TABLE_ELEMENTS as u64));
            return Ok(false);
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        limits::GUEST_INSTANCES
    }

    fn tables(&self) -> usize {
        limits::GUEST_TABLES
    }

    fn memories(&self) -> usize {
        limits::GUEST_MEMORIES
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use wasm_encoder::{MemorySection, MemoryType, Module, RefType, TableSection, TableType};
    use wasmtime::{Instance, Store};

    use super::super::engine::{Allocation, engine};
    use super::*;

    #[test]
    fn memories_are_summed() {
        let mut meter = Meter::new(100);
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(!meter.memory_growing(0, 41, None).unwrap());
        assert_eq!(meter.refused(), Some(("bytes of memory", 100)));
        assert!(meter.memory_growing(0, 40, None).unwrap());
        assert_eq!(meter.used(), 100);
    }

    #[test]
    fn a_growth_beyond_the_memorys_own_maximum_is_not_counted() {
        let mut meter = Meter::new(100);
        assert!(meter.memory_growing(0, 60, Some(50)).unwrap());
        assert_eq!(meter.used(), 0);
    }

    #[test]
    fn a_growth_that_the_system_had_no_memory_for_is_not_the_guests_fault() {
        let mut meter = Meter::new(100);
        meter
            .memory_grow_failed(wasmtime::Error::msg("beyond its type"))
            .unwrap();
        assert_eq!(meter.take_starved(), None);
        let error = std::io::Error::from(rustix::io::Errno::NOMEM);
        meter.memory_grow_failed(error.into()).unwrap();
        assert!(meter.take_starved().is_some());
        assert_eq!(meter.refused(), None);
    }

    /// A module with so many memories of these pages, and tables of these elements.
    fn module(memories: &[u64], tables: &[u64]) -> Vec<u8> {
        let (mut memory, mut table) = (MemorySection::new(), TableSection::new());
        for &minimum in memories {
            memory.memory(MemoryType {
                minimum,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
        for &minimum in tables {
            table.table(TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum,
                maximum: None,
                shared: false,
            });
        }
        let mut module = Module::new();
        module.section(&table).section(&memory);
        module.finish()
    }

    /// How many instances of a module a call can have which may hold these bytes, up to `most`.
    fn instances(bytes: usize, module: &[u8], most: usize) -> usize {
        let engine = engine(Allocation::OnDemand).unwrap();
        let module = wasmtime::Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, Meter::new(bytes));
        store.limiter(|meter| meter);
        let made = (0..most).take_while(|_| Instance::new(&mut store, &module, &[]).is_ok());
        made.count()
    }

    #[test]
    fn parts_of_a_call_are_counted_and_the_next_one_is_refused() {
        let count = |module: Vec<u8>| instances(limits::GUEST_MEMORY, &module, 200);
        assert_eq!(count(module(&[], &[])), limits::GUEST_INSTANCES);
        assert_eq!(count(module(&[1], &[])), limits::GUEST_MEMORIES);
        // Two in each, so that it is not their instances that are too many.
        assert_eq!(count(module(&[], &[1, 1])), limits::GUEST_TABLES / 2);
    }

    #[test]
    fn a_table_and_a_memory_have_their_sizes() {
        const PAGE: usize = 64 << 10;
        let fits = |module: Vec<u8>| instances(3 * PAGE, &module, 1) == 1;
        let most = limits::GUEST_TABLE_ELEMENTS as u64;
        assert_eq!(
            [most - 1, most, most + 1].map(|elements| fits(module(&[], &[elements]))),
            [true, true, false]
        );
        assert_eq!([2, 3, 4].map(|pages| fits(module(&[pages], &[]))), [true, true, false]);
    }
}
