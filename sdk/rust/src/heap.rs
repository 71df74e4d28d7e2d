//! The guest's memory allocator, for `wasm32-unknown-unknown` alone. Each call begins with an empty heap, and the
//! standard library's allocator would let the memory grow at the first allocation: two changes of page protection in
//! the host for each call. This one begins with what the linker reserved behind the guest's data, which is there
//! anyway, and lets the memory grow only for what does not fit. It never gives memory back: the call's end does.

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;
use core::mem;

use talc::base::{CHUNK_UNIT, Talc, binning::Binning};
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Bytes by which a memory grows.
const PAGE: usize = 64 << 10;

#[global_allocator]
static HEAP: TalcSyncCell<Memory, WasmBinning> = TalcSyncCell::new_wasm(Memory::Fresh);

/// What the heap has had of the memory.
#[derive(Debug)]
enum Memory {
    /// Nothing.
    Fresh,
    /// What the linker reserved, and all that the memory has grown by.
    Begun,
}

#[allow(unsafe_code, reason = "an allocator is given its memory as addresses")]
// SAFETY: nothing in here allocates, or reaches the heap by another way than the argument.
unsafe impl Source for Memory {
    fn acquire<B: Binning>(heap: &mut Talc<Self, B>, wanted: Layout) -> Result<(), ()> {
        let (start, bytes) = match mem::replace(&mut heap.source, Self::Begun) {
            Self::Fresh => reserved(),
            Self::Begun => grown(wanted)?,
        };
        // SAFETY: the linker reserves for a heap, and this is the only one; what a memory grew by belongs to whoever
        // let it grow. Each is claimed once. Where there is too little to claim, the heap asks again, and gets more.
        unsafe { heap.claim(start, bytes) };
        Ok(())
    }
}

/// What the linker reserved between the guest's data and the end of its first memory.
#[allow(unsafe_code, reason = "the linker's names for the two ends")]
fn reserved() -> (*mut u8, usize) {
    // SAFETY: the linker defines both for this target; only their addresses are taken.
    unsafe extern "C" {
        static __heap_base: u8;
        static __heap_end: u8;
    }
    let (start, end) = (&raw const __heap_base, &raw const __heap_end);
    (start.cast_mut(), end.addr().saturating_sub(start.addr()))
}

/// Lets the memory grow by what this allocation needs, the allocator's own words included.
fn grown(wanted: Layout) -> Result<(*mut u8, usize), ()> {
    let bytes = wanted.size() + wanted.align() + 4 * CHUNK_UNIT;
    let pages = bytes.div_ceil(PAGE);
    match memory_grow::<0>(pages) {
        usize::MAX => Err(()),
        before => Ok(((before * PAGE) as *mut u8, pages * PAGE)),
    }
}
