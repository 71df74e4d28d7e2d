// A chat: looks for updates, a JSON list of {id, user, name, room, text}, and posts what the session answers.
#include "lockgate.h"
#include <stdlib.h>

#define AGAIN_AFTER 2000 /* milliseconds */
#define MOST 50          /* updates of one call; the host takes 100 */

// An update whose number can be read, whatever else it has.
typedef struct { uint64_t id; lg_json update; } numbered;

static int by_id(const void *a, const void *b) {
    uint64_t one = ((const numbered *)a)->id, other = ((const numbered *)b)->id;
    return (one > other) - (one < other);
}

// What can't be read, or fails again and again, keeps back nothing but itself. A room that is called like its writer is the
// direct conversation with him.
static void tell(lg_outcome *outcome, numbered one, uint32_t failures) {
    lg_str id = lg_number(one.id), user = lg_json_get_id(one.update, LG("user"));
    lg_str room = lg_json_get_id(one.update, LG("room"));
    lg_json text = lg_json_get(one.update, LG("text"));
    if (failures >= 3) {
        lg_skip(outcome, lg_cat(LG("the message "), id, LG(" failed three times")));
        return;
    }
    if (!user.len || !room.len || text.kind != LG_JSON_TEXT) {
        lg_skip(outcome, lg_cat(LG("the message "), id, LG(" has no user, room or text")));
        return;
    }
    lg_sender sender = lg_account(user, lg_json_get_text(one.update, LG("name")));
    lg_message message = lg_person(sender, lg_eq(room, user) ? lg_direct(room) : lg_group(room), lg_json_text(text));
    message.id = id;
    lg_deliver(outcome, message);
}

// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and a message would pay for it.
static bool platforms(void) {
    lg_trouble trouble = lg_trouble_named();
    switch (trouble.tag) {
    case LOCKGATE_CHANNEL_WORDS_TROUBLE_MALFORMED: return lg_unavailable(trouble.val.malformed);
    case LOCKGATE_CHANNEL_WORDS_TROUBLE_REJECTED: return lg_unavailable(trouble.val.rejected);
    default: return false;
    }
}

static bool updates(uint64_t after, lg_json *list) {
    lg_http request = lg_http_new(LG("GET"), lg_cat(LG("https://chat.example.org/updates?after="), lg_number(after)));
    lg_response response;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response) || !lg_http_json(&response, list)) return platforms();
    return list->kind == LG_JSON_LIST || lg_unavailable(LG("the updates are no list"));
}

bool on_poll(uint32_t failures, lg_batch *batch) {
    uint64_t after = lg_store_number(LG("after")), id;
    lg_json list, update;
    if (!updates(after, &list)) return false;
    numbered *fresh = NULL;
    size_t count = 0, odd = 0;
    for (lg_json_each each = lg_json_items(list); lg_json_next(&each, &update);) {
        if (!lg_to_number(lg_json_get_id(update, LG("id")), &id)) {
            odd++;
        } else if (id > after) {
            fresh = lg_room(fresh, count, sizeof *fresh);
            fresh[count++] = (numbered){id, update};
        }
    }
    // The cursor is the last id that was told, so they are told in order, whatever order they come in.
    if (count) qsort(fresh, count, sizeof *fresh, by_id);
    // After a failure one thing at a time, and in the end past the one that fails.
    size_t most = failures ? 1 : MOST;
    batch->again_after = count > most ? 0 : AGAIN_AFTER;
    for (size_t i = 0; i < count && i < most; i++) {
        tell(&batch->outcome, fresh[i], failures);
        after = fresh[i].id;
    }
    if (odd) lg_skip(&batch->outcome, lg_cat(LG("messages without a number for an id: "), lg_number(odd)));
    return lg_store_set(LG("after"), lg_number(after));
}

bool on_send(const lg_outgoing *outgoing, lg_receipt *receipt) {
    lg_buffer body = {0};
    lg_put(&body, LG("{\"room\":"));
    lg_put_json(&body, outgoing->place.conversation);
    lg_put(&body, LG(",\"text\":"));
    lg_put_json(&body, outgoing->text);
    lg_put(&body, LG("}"));
    lg_http request = lg_http_new(LG("POST"), LG("https://chat.example.org/send"));
    lg_http_body(&request, LG("application/json"), lg_text_of(&body));
    lg_response response;
    lg_json sent;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response)) return false;
    // It was sent, whatever the answer looks like: false would say that nothing was.
    lg_str id = lg_json_open(lg_http_text(&response), &sent) ? lg_json_get_id(sent, LG("id")) : LG_EMPTY;
    if (id.len) lg_add(&receipt->messages, id);
    return true;
}
