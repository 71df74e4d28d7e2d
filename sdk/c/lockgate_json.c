#include "lockgate_json.h"

#include <stdlib.h>

// What is left of a text while it is read.
typedef struct { const uint8_t *at, *end; } cursor;

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) c->at++;
}

static bool take(cursor *c, uint8_t byte) {
    if (c->at == c->end || *c->at != byte) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, lg_str word) {
    if ((size_t)(c->end - c->at) < word.len || memcmp(c->at, word.ptr, word.len) != 0) return false;
    c->at += word.len;
    return true;
}

static bool digits(cursor *c) {
    const uint8_t *from = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
    return c->at > from;
}

static bool take_number(cursor *c) {
    take(c, '-');
    if (!take(c, '0') && !digits(c)) return false;
    if (take(c, '.') && !digits(c)) return false;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+')) take(c, '-');
        return digits(c);
    }
    return true;
}

static int hex(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

// The four digits after `\u`; -1 if they are none.
static int32_t unit(const uint8_t *at, const uint8_t *end) {
    if (end - at < 4) return -1;
    int32_t sum = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex(at[i]);
        if (digit < 0) return -1;
        sum = sum * 16 + digit;
    }
    return sum;
}

static bool take_escape(cursor *c) {
    if (take(c, 'u')) {
        if (unit(c->at, c->end) < 0) return false;
        c->at += 4;
        return true;
    }
    if (c->at == c->end || !*c->at || !strchr("\"\\/bfnrt", *c->at)) return false;
    c->at++;
    return true;
}

static bool take_text(cursor *c) {
    if (!take(c, '"')) return false;
    while (c->at < c->end) {
        uint8_t byte = *c->at++;
        if (byte == '"') return true;
        if (byte < 0x20) return false;
        if (byte == '\\' && !take_escape(c)) return false;
    }
    return false;
}

static bool take_name(cursor *c) {
    skip_blanks(c);
    if (!take_text(c)) return false;
    skip_blanks(c);
    return take(c, ':');
}

// What comes before the first value of a list or object that has just been opened: nothing, or a name.
typedef enum { BROKEN, WANTS_VALUE, HAS_VALUE } state;

// Which brackets are open: a bit each, 1 for an object.
typedef struct { uint64_t objects; unsigned depth; } nest;

static bool in_object(const nest *n) {
    return n->objects & 1;
}

static state open_bracket(cursor *c, nest *n, bool object) {
    if (n->depth == LG_JSON_DEPTH) return BROKEN;
    n->objects = n->objects << 1 | object;
    n->depth++;
    skip_blanks(c);
    if (c->at < c->end && *c->at == (object ? '}' : ']')) {
        c->at++;
        n->objects >>= 1;
        n->depth--;
        return HAS_VALUE;
    }
    return !object || take_name(c) ? WANTS_VALUE : BROKEN;
}

static state scalar(bool taken) {
    return taken ? HAS_VALUE : BROKEN;
}

static state value(cursor *c, nest *n) {
    skip_blanks(c);
    if (c->at == c->end) return BROKEN;
    switch (*c->at) {
    case '{': c->at++; return open_bracket(c, n, true);
    case '[': c->at++; return open_bracket(c, n, false);
    case '"': return scalar(take_text(c));
    case 't': return scalar(take_word(c, LG("true")));
    case 'f': return scalar(take_word(c, LG("false")));
    case 'n': return scalar(take_word(c, LG("null")));
    default: return scalar(take_number(c));
    }
}

// After a value inside brackets: a comma, and perhaps a name, or the end of the brackets.
static state after_value(cursor *c, nest *n) {
    skip_blanks(c);
    if (take(c, ',')) return !in_object(n) || take_name(c) ? WANTS_VALUE : BROKEN;
    if (!take(c, in_object(n) ? '}' : ']')) return BROKEN;
    n->objects >>= 1;
    n->depth--;
    return HAS_VALUE;
}

// One whole value. No recursion: the depth of a text is its author's, the stack is ours.
static bool take_value(cursor *c) {
    nest n = {0};
    state now = WANTS_VALUE;
    do now = now == WANTS_VALUE ? value(c, &n) : after_value(c, &n);
    while (now == WANTS_VALUE || (now == HAS_VALUE && n.depth));
    return now == HAS_VALUE;
}

static cursor over(lg_str text) {
    return (cursor){text.ptr, text.ptr + text.len};
}

static lg_json_kind kind_of(uint8_t first) {
    switch (first) {
    case '{': return LG_JSON_OBJECT;
    case '[': return LG_JSON_LIST;
    case '"': return LG_JSON_TEXT;
    case 't': case 'f': return LG_JSON_BOOL;
    case 'n': return LG_JSON_NULL;
    default: return LG_JSON_NUMBER;
    }
}

// The value that begins here, after blanks; `c` stands behind it then.
static bool next_value(cursor *c, lg_json *found) {
    skip_blanks(c);
    const uint8_t *from = c->at;
    if (!take_value(c)) return false;
    *found = (lg_json){kind_of(*from), {(uint8_t *)from, (size_t)(c->at - from)}};
    return true;
}

bool lg_json_open(lg_str text, lg_json *value) {
    *value = (lg_json){LG_JSON_NONE, LG_EMPTY};
    if (!text.len || lg_utf8(lg_as_bytes(text)).ptr != text.ptr) return false;
    cursor c = over(text);
    lg_json found;
    if (!next_value(&c, &found)) return false;
    skip_blanks(&c);
    if (c.at != c.end) return false;
    *value = found;
    return true;
}

lg_json_each lg_json_items(lg_json value) {
    bool object = value.kind == LG_JSON_OBJECT;
    if (!object && value.kind != LG_JSON_LIST) return (lg_json_each){LG_EMPTY, false};
    return (lg_json_each){lg_part(value.raw, 1, value.raw.len - 2), object};
}

bool lg_json_next_member(lg_json_each *each, lg_str *name, lg_json *item) {
    cursor c = over(each->rest);
    skip_blanks(&c);
    if (c.at == c.end) return false;
    if (each->object) {
        lg_json text;
        if (!next_value(&c, &text)) return false;
        *name = lg_json_text(text);
        skip_blanks(&c);
        take(&c, ':');
    }
    if (!next_value(&c, item)) return false;
    skip_blanks(&c);
    take(&c, ',');
    each->rest = (lg_str){(uint8_t *)c.at, (size_t)(c.end - c.at)};
    return true;
}

bool lg_json_next(lg_json_each *each, lg_json *item) {
    lg_str name;
    return lg_json_next_member(each, &name, item);
}

lg_json lg_json_get(lg_json object, lg_str name) {
    lg_json_each each = lg_json_items(object);
    lg_json item;
    for (lg_str found; each.object && lg_json_next_member(&each, &found, &item);)
        if (lg_eq(found, name)) return item;
    return (lg_json){LG_JSON_NONE, LG_EMPTY};
}

static uint8_t plain(uint8_t escape) {
    switch (escape) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return escape;
    }
}

static void put_character(lg_buffer *out, uint32_t code) {
    if (code < 0x80) {
        lg_put(out, (lg_str){(uint8_t[]){(uint8_t)code}, 1});
    } else if (code < 0x800) {
        lg_put(out, (lg_str){(uint8_t[]){0xC0 | code >> 6, 0x80 | (code & 63)}, 2});
    } else if (code < 0x10000) {
        lg_put(out, (lg_str){(uint8_t[]){0xE0 | code >> 12, 0x80 | (code >> 6 & 63), 0x80 | (code & 63)}, 3});
    } else {
        uint8_t bytes[] = {0xF0 | code >> 18, 0x80 | (code >> 12 & 63), 0x80 | (code >> 6 & 63), 0x80 | (code & 63)};
        lg_put(out, (lg_str){bytes, 4});
    }
}

// `at` stands behind `\u`; returns where it stands then.
static const uint8_t *put_unit(lg_buffer *out, const uint8_t *at, const uint8_t *end) {
    int32_t first = unit(at, end), second;
    at += 4;
    if (first < 0xD800 || first > 0xDFFF) {
        put_character(out, (uint32_t)first);
        return at;
    }
    bool pair = first < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u';
    second = pair ? unit(at + 2, end) : -1;
    if (second < 0xDC00 || second > 0xDFFF) {
        put_character(out, 0xFFFD);
        return at;
    }
    put_character(out, 0x10000 + ((uint32_t)(first - 0xD800) << 10) + (uint32_t)(second - 0xDC00));
    return at + 6;
}

lg_str lg_json_text(lg_json value) {
    if (value.kind != LG_JSON_TEXT) return LG_EMPTY;
    lg_str inside = lg_part(value.raw, 1, value.raw.len - 2);
    if (lg_find(inside, LG("\\")) == SIZE_MAX) return inside;
    lg_buffer out = {0};
    const uint8_t *at = inside.ptr, *end = at + inside.len;
    while (at < end) {
        const uint8_t *from = at;
        while (at < end && *at != '\\') at++;
        lg_put(&out, (lg_str){(uint8_t *)from, (size_t)(at - from)});
        if (at == end) break;
        if (at[1] == 'u') {
            at = put_unit(&out, at + 2, end);
        } else {
            put_character(&out, plain(at[1]));
            at += 2;
        }
    }
    return lg_text_of(&out);
}

lg_str lg_json_get_text(lg_json object, lg_str name) {
    return lg_json_text(lg_json_get(object, name));
}

lg_str lg_json_get_id(lg_json object, lg_str name) {
    lg_json value = lg_json_get(object, name);
    return value.kind == LG_JSON_NUMBER ? value.raw : lg_json_text(value);
}

bool lg_json_integer(lg_json value, int64_t *number) {
    if (value.kind != LG_JSON_NUMBER) return false;
    bool negative = value.raw.ptr[0] == '-';
    uint64_t size;
    if (!lg_to_number(lg_part(value.raw, negative, SIZE_MAX), &size) || size > (uint64_t)INT64_MAX + negative) return false;
    *number = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

bool lg_json_double(lg_json value, double *number) {
    if (value.kind != LG_JSON_NUMBER) return false;
    *number = strtod(lg_zero_ended(value.raw), NULL);
    return true;
}

bool lg_json_true(lg_json value) {
    return value.kind == LG_JSON_BOOL && value.raw.ptr[0] == 't';
}
