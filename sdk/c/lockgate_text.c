#include "lockgate_text.h"

#include <stdlib.h>

void *lg_alloc(size_t bytes) {
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory) abort();
    return memory;
}

void *lg_alloc_many(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) abort();
    return lg_alloc(bytes);
}

// The lists that `lg_room` has made: how many things each has room for, and how many stand in it.
typedef struct grown {
    void *list;
    size_t room, used;
    struct grown *before;
} grown;
static grown *newest_grown;

static grown *grown_of(const void *list) {
    grown *one = newest_grown;
    while (one && one->list != list) one = one->before;
    return one;
}

void *lg_room(void *list, size_t length, size_t size) {
    grown *own = length ? grown_of(list) : NULL;
    if (own && own->used == length && length < own->room) {
        own->used++;
        return list;
    }
    if (length > SIZE_MAX / 2) abort();
    grown *now = own && own->used == length ? own : lg_alloc(sizeof *now);
    if (now != own) {
        now->before = newest_grown;
        newest_grown = now;
    }
    now->room = length ? 2 * length : 1;
    now->used = length + 1;
    now->list = lg_alloc_many(now->room, size);
    if (length) memcpy(now->list, list, length * size);
    return now->list;
}

// Copies that may be of nothing, from nowhere: memcpy and memcmp may not be asked that.
static void copy(uint8_t *to, const uint8_t *from, size_t bytes) {
    if (bytes) memcpy(to, from, bytes);
}

static bool same(const uint8_t *a, const uint8_t *b, size_t bytes) {
    return !bytes || memcmp(a, b, bytes) == 0;
}

lg_str lg_c(const char *text) {
    return (lg_str){(uint8_t *)text, strlen(text)};
}

char *lg_zero_ended(lg_str text) {
    uint8_t *bytes = lg_alloc(text.len + 1);
    copy(bytes, text.ptr, text.len);
    return (char *)bytes;
}

lg_bytes lg_as_bytes(lg_str text) {
    return (lg_bytes){text.ptr, text.len};
}

// Bytes of the character that begins at `at`, or 0 if none does: shortest form, no surrogates, nothing over U+10FFFF.
static size_t character(const uint8_t *at, size_t left) {
    uint8_t first = at[0];
    if (first < 0x80) return 1;
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || left <= more) return 0;
    for (size_t i = 1; i <= more; i++)
        if ((at[i] & 0xC0) != 0x80) return 0;
    uint8_t second = at[1];
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return more + 1;
}

static size_t valid_until(lg_bytes bytes, size_t from) {
    while (from < bytes.len) {
        size_t length = character(bytes.ptr + from, bytes.len - from);
        if (!length) break;
        from += length;
    }
    return from;
}

lg_str lg_utf8(lg_bytes bytes) {
    size_t good = valid_until(bytes, 0);
    if (good == bytes.len) return (lg_str){bytes.ptr, bytes.len};
    lg_buffer out = {0};
    for (size_t from = 0;;) {
        lg_put(&out, (lg_str){bytes.ptr + from, good - from});
        if (good == bytes.len) return lg_text_of(&out);
        lg_put(&out, LG("\xEF\xBF\xBD"));
        from = good + 1;
        good = valid_until(bytes, from);
    }
}

bool lg_eq(lg_str a, lg_str b) {
    return a.len == b.len && same(a.ptr, b.ptr, a.len);
}

static uint8_t lower(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

bool lg_eq_anycase(lg_str a, lg_str b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

bool lg_starts(lg_str text, lg_str with) {
    return text.len >= with.len && same(text.ptr, with.ptr, with.len);
}

size_t lg_find(lg_str text, lg_str part) {
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (same(text.ptr + at, part.ptr, part.len)) return at;
    return SIZE_MAX;
}

lg_str lg_part(lg_str text, size_t from, size_t count) {
    if (from >= text.len) return LG_EMPTY;
    size_t left = text.len - from;
    return (lg_str){text.ptr + from, count < left ? count : left};
}

lg_str lg_cut(lg_str text, size_t bytes) {
    if (bytes >= text.len) return text;
    while (bytes && (text.ptr[bytes] & 0xC0) == 0x80) bytes--;
    return lg_part(text, 0, bytes);
}

lg_str lg_split(lg_str *rest, lg_str separator) {
    size_t at = separator.len ? lg_find(*rest, separator) : SIZE_MAX;
    lg_str first = lg_part(*rest, 0, at);
    *rest = at == SIZE_MAX ? LG_EMPTY : lg_part(*rest, at + separator.len, SIZE_MAX);
    return first;
}

static bool blank(uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

lg_str lg_trim(lg_str text) {
    while (text.len && blank(text.ptr[0])) text = lg_part(text, 1, SIZE_MAX);
    while (text.len && blank(text.ptr[text.len - 1])) text.len--;
    return text;
}

bool lg_to_number(lg_str text, uint64_t *number) {
    uint64_t sum = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = text.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum)) return false;
    }
    if (text.len) *number = sum;
    return text.len > 0;
}

// At most 20 digits and a sign.
static lg_str digits(uint64_t number, bool negative) {
    uint8_t *text = lg_alloc(21), *at = text + 21;
    do *--at = '0' + number % 10;
    while (number /= 10);
    if (negative) *--at = '-';
    return (lg_str){at, (size_t)(text + 21 - at)};
}

lg_str lg_number(uint64_t number) {
    return digits(number, false);
}

lg_str lg_integer(int64_t number) {
    return number < 0 ? digits(-(uint64_t)number, true) : digits(number, false);
}

static void grow(lg_buffer *buffer, size_t more) {
    size_t need;
    if (__builtin_add_overflow(buffer->len, more, &need)) abort();
    if (need <= buffer->room) return;
    size_t room = buffer->room < 64 ? 64 : buffer->room;
    while (room < need)
        if (__builtin_mul_overflow(room, 2, &room)) abort();
    uint8_t *bigger = lg_alloc(room);
    copy(bigger, buffer->ptr, buffer->len);
    buffer->ptr = bigger;
    buffer->room = room;
}

void lg_put(lg_buffer *buffer, lg_str text) {
    grow(buffer, text.len);
    copy(buffer->ptr + buffer->len, text.ptr, text.len);
    buffer->len += text.len;
}

void lg_put_number(lg_buffer *buffer, uint64_t number) {
    lg_put(buffer, lg_number(number));
}

static void put_escaped(lg_buffer *buffer, uint8_t byte) {
    static const char hex[] = "0123456789abcdef";
    uint8_t code[6] = {'\\', 'u', '0', '0', (uint8_t)hex[byte >> 4], (uint8_t)hex[byte & 15]};
    lg_put(buffer, (lg_str){code, sizeof code});
}

void lg_put_json(lg_buffer *buffer, lg_str text) {
    lg_put(buffer, LG("\""));
    size_t from = 0;
    for (size_t at = 0; at < text.len; at++) {
        uint8_t byte = text.ptr[at];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) continue;
        lg_put(buffer, lg_part(text, from, at - from));
        put_escaped(buffer, byte);
        from = at + 1;
    }
    lg_put(buffer, lg_part(text, from, SIZE_MAX));
    lg_put(buffer, LG("\""));
}

lg_str lg_text_of(const lg_buffer *buffer) {
    return buffer->len ? (lg_str){buffer->ptr, buffer->len} : LG_EMPTY;
}

lg_str lg_cat_all(const lg_str *parts, size_t count) {
    lg_buffer buffer = {0};
    for (size_t i = 0; i < count; i++) lg_put(&buffer, parts[i]);
    return lg_text_of(&buffer);
}
