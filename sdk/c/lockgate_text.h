// Text, bytes and the memory of a call. Nothing here asks the host: it works the same outside a channel, where its tests run.
//
// Memory: every call of a channel runs in an instance of its own that is thrown away afterwards, so nothing has to be freed,
// and `free` does nothing but give the newest block back. A call that needs more than the channel's limit (64 MiB unless its
// manifest asks for another) traps; no function here returns NULL.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __wasm__
#include "project.h"
#else
typedef struct { uint8_t *ptr; size_t len; } project_string_t;
typedef struct { uint8_t *ptr; size_t len; } project_list_u8_t;
#endif

/// UTF-8, not ended by a zero. What the host gives is valid; what goes to the host has to be, or the call traps: `lg_utf8`.
typedef project_string_t lg_str;
/// Bytes that mean nothing here.
typedef project_list_u8_t lg_bytes;

/// A text that stands in the source: `LG("hello")`.
#define LG(literal) ((lg_str){(uint8_t *)("" literal ""), sizeof("" literal "") - 1})
/// No text.
#define LG_EMPTY ((lg_str){(uint8_t *)"", 0})

/// Memory until the end of the call, of zeroes. Traps if there is no more.
void *lg_alloc(size_t bytes);
/// The same for `count` things of `size` bytes; traps if that is more than there can be.
void *lg_alloc_many(size_t count, size_t size);

/// A list of `length` things of `size` bytes with room for one more at its end: itself if it was made here and nothing has been put
/// behind that length yet, else a copy. So what the host gave, or what two places share, is never written behind.
void *lg_room(void *list, size_t length, size_t size);

/// Of a text that ends with a zero; not copied.
lg_str lg_c(const char *text);
/// A copy with a zero at its end, for functions of C. What follows a zero inside `text` is not seen by those.
char *lg_zero_ended(lg_str text);
lg_bytes lg_as_bytes(lg_str text);
/// Valid UTF-8 of any bytes: what is none becomes U+FFFD. Copies only if something has to be changed.
lg_str lg_utf8(lg_bytes bytes);

bool lg_eq(lg_str a, lg_str b);
/// Also without regard to the case of ASCII letters, as in names of headers.
bool lg_eq_anycase(lg_str a, lg_str b);
bool lg_starts(lg_str text, lg_str with);
/// Where `part` begins in `text`, or SIZE_MAX.
size_t lg_find(lg_str text, lg_str part);
/// From `from` on, `count` bytes at most; less where the text ends.
lg_str lg_part(lg_str text, size_t from, size_t count);
/// The first `bytes` bytes at most, without cutting a character in two.
lg_str lg_cut(lg_str text, size_t bytes);
/// Takes what stands before `separator` off `rest`, and returns it; without one, all of it.
lg_str lg_split(lg_str *rest, lg_str separator);
/// Without the spaces, tabs and line ends around it.
lg_str lg_trim(lg_str text);

/// Digits only, and no number over UINT64_MAX; else false, and `number` stays.
bool lg_to_number(lg_str text, uint64_t *number);
lg_str lg_number(uint64_t number);
lg_str lg_integer(int64_t number);

/// A text that grows. Begin with `lg_buffer b = {0};`.
typedef struct { uint8_t *ptr; size_t len, room; } lg_buffer;

void lg_put(lg_buffer *buffer, lg_str text);
void lg_put_number(lg_buffer *buffer, uint64_t number);
/// As a text of JSON, in quotes.
void lg_put_json(lg_buffer *buffer, lg_str text);
/// What is in it; it may grow on, the text stays as it was.
lg_str lg_text_of(const lg_buffer *buffer);

/// Texts one after the other: `lg_cat(LG("a"), b, LG("c"))`.
#define lg_cat(...) lg_cat_all((lg_str[]){__VA_ARGS__}, sizeof((lg_str[]){__VA_ARGS__}) / sizeof(lg_str))
lg_str lg_cat_all(const lg_str *parts, size_t count);
