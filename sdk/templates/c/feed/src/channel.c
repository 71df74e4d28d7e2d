// News of a feed: a JSON list of {id, title, link}. Each item becomes one event.
#include "lockgate.h"

#define AGAIN_AFTER 60000 /* milliseconds */
#define MOST 50           /* items of one call; the host takes 100 */
#define NAME_BYTES 200

// What an item is remembered by, as one line: its id, or without one its beginning.
static lg_str line_of(lg_json item) {
    lg_buffer line = {0};
    lg_str id = lg_json_get_id(item, LG("id"));
    lg_put(&line, LG("\n"));
    lg_put_json(&line, lg_cut(id.len ? id : item.raw, NAME_BYTES));
    lg_put(&line, LG("\n"));
    return lg_text_of(&line);
}

static void tell(lg_outcome *outcome, lg_json item) {
    lg_str id = lg_json_get_id(item, LG("id")), title = lg_json_get_text(item, LG("title"));
    if (!id.len || !title.len) {
        lg_skip(outcome, LG("an item without id or title"));
        return;
    }
    lg_message message = lg_service(LG("{{name}}"), lg_cat(title, LG("\n"), lg_json_get_text(item, LG("link"))));
    message.id = id;
    lg_deliver(outcome, message);
}

static bool news(lg_json *list) {
    lg_http request = lg_http_new(LG("GET"), LG("https://feeds.example.org/news.json"));
    lg_response response;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response) || !lg_http_json(&response, list)) return false;
    return list->kind == LG_JSON_LIST || lg_malformed(LG("the feed is no list"));
}

bool on_poll(uint32_t failures, lg_batch *batch) {
    lg_json list, item;
    if (!news(&list)) return false;
    lg_str known = lg_store_text(LG("known"));
    lg_buffer now = {0};
    // After a failure one thing at a time; when that one has failed three times, it is stepped over.
    size_t left = failures ? 1 : MOST;
    batch->again_after = AGAIN_AFTER;
    for (lg_json_each each = lg_json_items(list); lg_json_next(&each, &item);) {
        lg_str line = line_of(item);
        bool old = lg_find(known, line) != SIZE_MAX;
        if (!old && !left) {
            batch->again_after = 0;
            continue;
        }
        lg_put(&now, line);
        if (old) continue;
        if (failures >= 3) lg_skip(&batch->outcome, LG("an item that failed three times"));
        else tell(&batch->outcome, item);
        left--;
    }
    return lg_store_set(LG("known"), lg_text_of(&now));
}
