// The memory of a call, outside a channel and under the sanitizers: what was lost once, then blocks at random, of which none may
// lie in another. `cc -std=c17 -fsanitize=address,undefined -include arena_world.h -c ../lockgate_arena.c` and
// `cc -std=c17 -fsanitize=address,undefined arena.c lockgate_arena.o && ./a.out`
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
#define PAGES 64u

void *arena_malloc(size_t bytes);
void *arena_calloc(size_t count, size_t size);
void *arena_realloc(void *block, size_t bytes);
void arena_free(void *block);
void *lockgate_take(size_t align, size_t bytes);

size_t world_pages(void);
size_t world_grow(size_t pages);

// The memory of the machine that is played; the arena takes its address for where the heap begins.
alignas(PAGE) uint8_t __heap_base[PAGES * PAGE];
static size_t grown = 1;

size_t world_pages(void) {
    return (uintptr_t)__heap_base / PAGE + grown;
}

size_t world_grow(size_t pages) {
    size_t before = world_pages();
    if (pages > PAGES - grown) return SIZE_MAX;
    grown += pages;
    return before;
}

static int failed;

static void check(bool held, const char *what, int line) {
    if (held) return;
    fprintf(stderr, "line %d: %s\n", line, what);
    failed = 1;
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

// A nothing that was reallocated began where the next block does, and its end was the end of that one.
static void nothing_that_was_reallocated_gave_the_next_block_away(void) {
    char *none = arena_realloc(arena_malloc(100), 0);
    char *next = arena_malloc(16);
    CHECK(none && next && next != none);
    memset(next, 'n', 16);
    arena_free(none);
    char *other = arena_malloc(16);
    memset(other, 'o', 16);
    CHECK(other != next && next[0] == 'n' && next[15] == 'n');
    // Nor one that never had a byte.
    char *empty = arena_malloc(0), *behind = arena_malloc(1);
    CHECK(empty && empty != behind && arena_calloc(0, 8) != behind);
}

static uint64_t state = 0x9E3779B97F4A7C15u;

static size_t chance(size_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % below);
}

enum { BLOCKS = 64 };

// Each is filled with a byte of its own as long as somebody has it.
static struct {
    uint8_t *at;
    size_t bytes;
    uint8_t fill;
} blocks[BLOCKS];

static bool is_whole(size_t index, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (blocks[index].at[i] != blocks[index].fill) return false;
    return true;
}

static void fill(size_t index, void *at, size_t bytes, size_t align) {
    static uint8_t next;
    CHECK(at != NULL && (uintptr_t)at % align == 0);
    CHECK((uint8_t *)at >= __heap_base && (uint8_t *)at + bytes <= __heap_base + grown * PAGE);
    blocks[index].at = at;
    blocks[index].bytes = bytes;
    blocks[index].fill = ++next;
    if (bytes) memset(at, next, bytes);
}

static void one_step(size_t index) {
    size_t bytes = chance(4) ? chance(200) : 0, had = blocks[index].bytes, align = (size_t)1 << chance(8);
    void *block = blocks[index].at, *moved;
    CHECK(is_whole(index, had));
    switch (block ? chance(2) : 2 + chance(3)) {
    case 0:
        arena_free(block);
        blocks[index].at = NULL;
        blocks[index].bytes = 0;
        break;
    case 1:
        moved = arena_realloc(block, bytes);
        blocks[index].at = moved;
        CHECK(moved && is_whole(index, bytes < had ? bytes : had));
        fill(index, moved, bytes, 1);
        break;
    case 2: fill(index, arena_malloc(bytes), bytes, 16); break;
    case 3: fill(index, arena_calloc(1, bytes), bytes, 16); break;
    default: fill(index, lockgate_take(align, bytes), bytes, align);
    }
}

// What somebody else has grown is his, and a text of the source is nobody's to give back.
static void blocks_at_random(long rounds) {
    static char text[] = "a text of the source";
    uint8_t *others = NULL;
    for (long i = 0; i < rounds; i++) {
        if (i == rounds / 2) {
            others = __heap_base + grown * PAGE;
            CHECK(world_grow(1) != SIZE_MAX);
            memset(others, 0xEE, PAGE);
        }
        one_step(chance(BLOCKS));
        if (!chance(16)) arena_free(chance(2) ? text : NULL);
    }
    for (size_t i = 0; i < BLOCKS; i++) CHECK(is_whole(i, blocks[i].bytes));
    for (size_t i = 0; others && i < PAGE; i++) CHECK(others[i] == 0xEE);
}

// Said, and nothing of what is there is given away by it.
static void more_than_there_is(void) {
    char *kept = arena_malloc(8);
    memcpy(kept, "kept it", 8);
    errno = 0;
    CHECK(!arena_malloc(PAGES * PAGE) && errno == ENOMEM);
    CHECK(!arena_malloc(SIZE_MAX) && !arena_calloc(SIZE_MAX, 2) && !arena_realloc(kept, SIZE_MAX - 8));
    CHECK(!lockgate_take(3, 8));
    CHECK(!memcmp(kept, "kept it", 8));
}

int main(int count, char **arguments) {
    nothing_that_was_reallocated_gave_the_next_block_away();
    blocks_at_random(count > 1 ? atol(arguments[1]) : 20000);
    more_than_there_is();
    return failed;
}
