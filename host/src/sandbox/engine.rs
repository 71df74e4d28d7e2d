//! How wasmtime is set up. The compiling child and the host must agree on all that shapes code, so both come here.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits;

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Slots that are reserved once and used again: what `serve` uses (the bench compares both).
    Pooling,
    /// Mapped for every instance and given back: for the compiling child, which runs no guest.
    OnDemand,
}

/// Bytes of a memory that stay resident in its slot between calls, overwritten with what they were, instead of being
/// given back page by page. A guest in Rust has a stack of 128 KiB first, then its data and the first of its heap: with
/// all three in here, an ordinary call neither faults nor changes a mapping.
///
/// Looking for the pages that were written (`pagemap_scan`) would overwrite fewer. It takes none that was swapped out,
/// and the next call would find there what the last one left.
const KEEP_RESIDENT: usize = 192 << 10;

/// Free slots that keep the memory of the component that had them last. More would be faster for many channels that are
/// called in turn, and cost each channel that was ever called the bytes above.
const WARM_SLOTS: u32 = 4;

/// An engine with our settings.
///
/// # Errors
/// The system does not give the address space that the pool reserves.
pub fn engine(allocation: Allocation) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.wasm_component_model(true);
    // A fault names the guest's function, by frame pointers; what only a debugger or a map from instructions to source
    // would need is left out: less compiled code for each channel to map.
    config.native_unwind_info(false);
    config.generate_address_map(false);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    if allocation == Allocation::Pooling {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    }
    Engine::new(&config)
}

fn pool() -> PoolingAllocationConfig {
    let calls = limits::CALLS_AT_ONCE;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls * 10)
        .total_memories(calls * 4)
        .total_tables(calls * 10)
        .max_core_instances_per_component(limits::GUEST_INSTANCES as u32)
        .max_memories_per_component(limits::GUEST_MEMORIES as u32)
        .max_tables_per_component(limits::GUEST_TABLES as u32)
        .max_component_instance_size(16 << 20)
        .max_core_instance_size(16 << 20)
        .table_elements(limits::GUEST_TABLE_ELEMENTS)
        .max_memory_size(limits::GUEST_MEMORY_MOST)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(16 << 10)
        .max_unused_warm_slots(WARM_SLOTS);
    pool
}

/// Names the engine and its settings: code that was compiled for another one does not fit.
pub fn fingerprint(engine: &Engine) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("wasmtime-48-{:016x}", hasher.finish())
}
