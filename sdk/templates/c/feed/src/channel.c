// News of a feed: a JSON list of {id, title, link}. Each item becomes one event.
#include "lockgate.h"

#define AGAIN_AFTER 60000      /* milliseconds */
#define MOST 50                /* items of one call; the host takes 100 */
#define KEY_BYTES 200          /* of what an item is remembered by */
#define KEPT_BYTES (64 << 10)  /* that are remembered of items that are no longer in the list */

// By what an item is known again, whether or not it can be read: of a long id the beginning and the end.
static lg_str key_of(lg_json item) {
    lg_str id = lg_json_get_id(item, LG("id")), whole = id.len ? id : lg_cat(LG("no id: "), item.raw);
    if (whole.len <= KEY_BYTES) return whole;
    lg_str ends = lg_cat(lg_part(whole, 0, KEY_BYTES / 2), lg_part(whole, whole.len - KEY_BYTES / 2, KEY_BYTES / 2));
    return lg_utf8(lg_as_bytes(ends));
}

// The same as one line.
static lg_str line_of(lg_json item) {
    lg_buffer line = {0};
    lg_put(&line, LG("\n"));
    lg_put_json(&line, key_of(item));
    lg_put(&line, LG("\n"));
    return lg_text_of(&line);
}

// The last whole lines, of so many bytes at most.
static lg_str newest(lg_str lines, size_t bytes) {
    if (lines.len <= bytes) return lines;
    lg_str rest = lg_part(lines, lines.len - bytes - 1, bytes + 1);
    lg_split(&rest, LG("\n"));
    return rest;
}

// What stays known: whatever stands in the list, in whichever order it was told, and the last of what does not.
static lg_str kept(lg_str known, lg_str listed) {
    lg_buffer gone = {0}, stay = {0};
    for (lg_str rest = known; rest.len;) {
        lg_str line = lg_split(&rest, LG("\n"));
        if (!line.len) continue;
        // With what stands before and behind it.
        line = lg_part(known, (size_t)(line.ptr - known.ptr) - 1, line.len + 2);
        lg_put(lg_find(listed, line) == SIZE_MAX ? &gone : &stay, line);
    }
    return lg_cat(newest(lg_text_of(&gone), KEPT_BYTES), lg_text_of(&stay));
}

// What can't be read, or fails again and again, keeps back nothing but itself.
static void tell(lg_outcome *outcome, lg_json item, uint32_t failures) {
    lg_str id = lg_json_get_id(item, LG("id")), title = lg_json_get_text(item, LG("title"));
    if (failures >= 3) {
        lg_skip(outcome, lg_cat(LG("an item that failed three times: "), key_of(item)));
        return;
    }
    if (!id.len || !title.len) {
        lg_skip(outcome, LG("an item without id or title"));
        return;
    }
    lg_message message = lg_service(LG("{{name}}"), lg_cat(title, LG("\n"), lg_json_get_text(item, LG("link"))));
    message.id = id;
    lg_deliver(outcome, message);
}

// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and an item would pay for it.
static bool platforms(void) {
    lg_trouble trouble = lg_trouble_named();
    switch (trouble.tag) {
    case LOCKGATE_CHANNEL_WORDS_TROUBLE_MALFORMED: return lg_unavailable(trouble.val.malformed);
    case LOCKGATE_CHANNEL_WORDS_TROUBLE_REJECTED: return lg_unavailable(trouble.val.rejected);
    default: return false;
    }
}

static bool news(lg_json *list) {
    lg_http request = lg_http_new(LG("GET"), LG("https://feeds.example.org/news.json"));
    lg_response response;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response) || !lg_http_json(&response, list)) return platforms();
    return list->kind == LG_JSON_LIST || lg_unavailable(LG("the feed is no list"));
}

bool on_poll(uint32_t failures, lg_batch *batch) {
    lg_json list, item;
    if (!news(&list)) return false;
    lg_buffer known = {0}, listed = {0};
    lg_put(&known, LG("\n"));
    lg_put(&known, lg_store_text(LG("known")));
    // After a failure one thing at a time, and in the end past the one that fails.
    size_t left = failures ? 1 : MOST;
    batch->again_after = AGAIN_AFTER;
    for (lg_json_each each = lg_json_items(list); lg_json_next(&each, &item);) {
        lg_str line = line_of(item);
        lg_put(&listed, line);
        if (lg_find(lg_text_of(&known), line) != SIZE_MAX) continue;
        if (!left) {
            batch->again_after = 0;
            continue;
        }
        tell(&batch->outcome, item, failures);
        lg_put(&known, line);
        left--;
    }
    return lg_store_set(LG("known"), kept(lg_text_of(&known), lg_text_of(&listed)));
}
