// The memory of one call: blocks one after the other, thrown away with the instance. It takes the place of libc's malloc, so
// that what the generated code frees after a call may be a text of the source, or one that stands in two places.

#ifdef __wasm__

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
#define ALIGN 16u

extern uint8_t __heap_base;
// The first free byte, and where the newest block begins; 0 before there is one.
static uintptr_t top, newest;
// The end of the memory that is the arena's. What somebody else has grown behind it is not.
static uintptr_t mine;

static uintptr_t memory_end(void) {
    uintptr_t pages = __builtin_wasm_memory_size(0);
    // All 4 GiB would make 0.
    return pages < UINTPTR_MAX / PAGE ? pages * PAGE : UINTPTR_MAX;
}

// Whether the arena's memory reaches to `end`, grown if it has to be and can be.
static int reaches(uintptr_t end) {
    if (end <= mine) return 1;
    uintptr_t pages = (end - mine - 1) / PAGE + 1;
    if (memory_end() != mine || __builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return 0;
    mine = memory_end();
    return 1;
}

// A block in what is left, or 0.
static uintptr_t placed(size_t align, size_t bytes) {
    uintptr_t at = top + (-top & (align - 1)), end;
    if (at < top || __builtin_add_overflow(at, bytes, &end) || !reaches(end)) return 0;
    newest = at;
    top = end;
    return at;
}

static void *take(size_t align, size_t bytes) {
    if (!top) {
        top = (uintptr_t)&__heap_base;
        mine = memory_end();
    }
    // Nothing takes a byte, too: else `free` of it would be that of the block behind it.
    bytes += !bytes;
    uintptr_t at = placed(align, bytes);
    if (!at && memory_end() != mine) {
        // Somebody else has grown the memory: the arena goes on behind that.
        top = mine = memory_end();
        at = placed(align, bytes);
    }
    if (!at) errno = ENOMEM;
    return (void *)at;
}

void *malloc(size_t bytes) {
    return take(ALIGN, bytes);
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *block = malloc(bytes);
    if (block) memset(block, 0, bytes);
    return block;
}

// Only the newest block's memory comes back, and only once: anything else, a text of the source included, is left alone.
void lockgate_give(void *block) {
    if (!block || (uintptr_t)block != newest) return;
    top = newest;
    newest = 0;
}

void free(void *block) {
    lockgate_give(block);
}

// The size of an old block is not kept; what lies between it and the end of the newest is its own or may be read.
void *realloc(void *block, size_t bytes) {
    if (!block) return malloc(bytes);
    // As in `take`: a block of nothing would begin where the next one does, and its `free` would be that of the next.
    bytes += !bytes;
    uintptr_t end;
    if ((uintptr_t)block == newest && !__builtin_add_overflow(newest, bytes, &end) && reaches(end)) {
        top = end;
        return block;
    }
    size_t most = top - (uintptr_t)block;
    void *bigger = malloc(bytes);
    if (bigger) memcpy(bigger, block, bytes < most ? bytes : most);
    return bigger;
}

// By a name of its own for Zig: of libc's names Zig takes its own functions, which know another heap in the same memory.
void *lockgate_take(size_t align, size_t bytes) {
    return align & (align - 1) ? NULL : take(align < ALIGN ? ALIGN : align, bytes);
}

void *aligned_alloc(size_t align, size_t bytes) {
    return lockgate_take(align, bytes);
}

int posix_memalign(void **block, size_t align, size_t bytes) {
    void *at = aligned_alloc(align, bytes);
    if (!at) return ENOMEM;
    *block = at;
    return 0;
}

#endif
