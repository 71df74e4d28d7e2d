// Follows the log files of a folder: each new line that matches a pattern becomes an event. A file is known by its identity, so
// that one that is renamed (rotated) is read to its end and the new one of its name from its beginning; one that has become
// shorter (truncated) begins anew. Where it left off stands in the store, committed together with the events.
#include "files.h"

#define AGAIN_AFTER 2000 /* milliseconds */
#define AT_ONCE 100      /* milliseconds, if a call has left something */
#define EVENTS 40        /* of one call */
#define CHUNKS 8         /* of one call */
#define LINE 2000        /* bytes of a line that an event shows */

typedef struct {
    lg_outcome *outcome;
    lg_str patterns;
    uint32_t failures;
    /// What the call may still do.
    size_t events, chunks;
    /// Whether something is left for the next call.
    bool more;
} work;

static lg_str setting_or(lg_str key, lg_str otherwise) {
    lg_str value = lg_setting(key);
    return value.len ? value : otherwise;
}

static bool ends_with_one(lg_str name, lg_str ends) {
    while (ends.len) {
        lg_str end = lg_split(&ends, LG("|"));
        if (end.len && end.len <= name.len && lg_eq(lg_part(name, name.len - end.len, end.len), end)) return true;
    }
    return false;
}

static bool matches(lg_str line, lg_str patterns) {
    while (patterns.len) {
        lg_str pattern = lg_split(&patterns, LG("|"));
        if (pattern.len && lg_find(line, pattern) != SIZE_MAX) return true;
    }
    return false;
}

static void tell(work *todo, const file *from, lg_bytes bytes) {
    lg_str line = lg_trim(lg_utf8(bytes));
    if (!matches(line, todo->patterns)) return;
    if (todo->failures >= 3) {
        lg_skip(todo->outcome, lg_cat(LG("a line of "), from->name, LG(" that failed three times")));
    } else {
        lg_message event = lg_service(LG("logs"), lg_cut(line, LINE));
        lg_meta(&event, LG("file"), from->name);
        lg_deliver(todo->outcome, event);
    }
    // After a failure one thing at a time.
    todo->events = todo->failures ? 0 : todo->events - 1;
}

// The whole lines of a chunk; returns how many bytes of it are done with.
static size_t tell_lines(work *todo, const file *from, lg_bytes chunk) {
    size_t done = 0;
    for (size_t at = 0; at < chunk.len && todo->events; at++) {
        if (chunk.ptr[at] != '\n') continue;
        tell(todo, from, (lg_bytes){chunk.ptr + done, at - done});
        done = at + 1;
    }
    if (done || chunk.len < CHUNK) return done;
    lg_skip(todo->outcome, lg_cat(LG("more than 64 KiB without a line's end in "), from->name));
    return chunk.len;
}

// Reads on from an offset; returns the offset up to which all is done.
static uint64_t follow(work *todo, const file *from, uint64_t offset) {
    while (offset < from->size) {
        if (!todo->events || !todo->chunks) {
            todo->more = true;
            break;
        }
        todo->chunks--;
        lg_bytes chunk = read_chunk(from, offset);
        size_t done = tell_lines(todo, from, chunk);
        offset += done;
        if (!done) break;
    }
    return offset;
}

static lg_str key_of(const file *of) {
    return lg_cat(LG("at/"), lg_number(of->identity));
}

// What is known by its identity is followed under any name.
static bool is_followed(const file *one, lg_str names) {
    return ends_with_one(one->name, names) || lg_store_text(key_of(one)).len;
}

// A file that was not there at the first look is read from its beginning; at the first look nothing is.
static bool look(work *todo, const file *at, bool first) {
    lg_str key = key_of(at), stored = lg_store_text(key);
    uint64_t offset = first ? at->size : 0;
    lg_to_number(stored, &offset);
    if (offset > at->size) offset = 0;
    lg_str now = lg_number(follow(todo, at, offset));
    return lg_eq(now, stored) || lg_store_set(key, now);
}

static bool is_there(const listing *list, lg_str key) {
    for (size_t i = 0; i < list->count; i++)
        if (lg_eq(key_of(&list->files[i]), key)) return true;
    return false;
}

// What is gone is forgotten, unless not all files were looked at. A file that is renamed while the folder is listed may be in
// neither place, and must not be told again from its beginning: what seems to be gone is looked for once more.
static bool forget(const listing *list, lg_str names) {
    lg_strs keys = lg_store_keys(LG("at/"));
    listing again = {0};
    bool listed = false;
    for (size_t i = 0; i < keys.len && !list->more; i++) {
        if (is_there(list, keys.ptr[i])) continue;
        if (!listed && !list_files(&again, is_followed, names)) return false;
        listed = true;
        if (!again.more && !is_there(&again, keys.ptr[i])) lg_store_delete(keys.ptr[i]);
    }
    return true;
}

bool on_poll(uint32_t failures, lg_batch *batch) {
    work todo = {&batch->outcome, setting_or(LG("patterns"), LG("ERROR|FATAL|panic")), failures, EVENTS, CHUNKS, false};
    lg_str names = setting_or(LG("names"), LG(".log"));
    listing list = {0};
    if (!list_files(&list, is_followed, names)) return false;
    bool first = !lg_store_text(LG("begun")).len;
    for (size_t i = 0; i < list.count; i++)
        if (!look(&todo, &list.files[i], first)) return false;
    // Said whenever it changes.
    lg_str over = lg_number(list.more);
    if (list.more && !lg_eq(over, lg_store_text(LG("over"))))
        lg_skip(todo.outcome, lg_cat(LG("more than 64 files: not looked at are "), over));
    if (!lg_eq(over, lg_store_text(LG("over"))) && !lg_store_set(LG("over"), over)) return false;
    if (!forget(&list, names)) return false;
    batch->again_after = todo.more ? AT_ONCE : AGAIN_AFTER;
    return !first || lg_store_set(LG("begun"), LG("1"));
}
