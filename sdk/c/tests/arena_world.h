// Included before ../lockgate_arena.c, so that it is compiled for a machine that is no wasm: arena.c stands for the memory.
#include <stddef.h>
#include <stdint.h>

size_t world_pages(void);
size_t world_grow(size_t pages);

#define __wasm__ 1
#define __builtin_wasm_memory_size(index) world_pages()
#define __builtin_wasm_memory_grow(index, pages) world_grow(pages)
#define malloc arena_malloc
#define calloc arena_calloc
#define realloc arena_realloc
#define free arena_free
#define aligned_alloc arena_aligned_alloc
#define posix_memalign arena_posix_memalign
