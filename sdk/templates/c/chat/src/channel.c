// A chat: looks for updates, a JSON list of {id, user, name, room, text}, and posts what the session answers.
#include "lockgate.h"

#define AGAIN_AFTER 2000 /* milliseconds */
#define MOST 50          /* updates of one call; the host takes 100 */

static void tell(lg_outcome *outcome, lg_json update) {
    lg_str id = lg_json_get_id(update, LG("id")), user = lg_json_get_id(update, LG("user"));
    lg_str room = lg_json_get_id(update, LG("room"));
    if (!user.len || !room.len) {
        lg_skip(outcome, lg_cat(LG("update "), id, LG(" has no user or no room")));
        return;
    }
    lg_sender sender = lg_account(user, lg_json_get_text(update, LG("name")));
    lg_message message = lg_person(sender, lg_group(room), lg_json_get_text(update, LG("text")));
    message.id = id;
    lg_deliver(outcome, message);
}

static bool updates(uint64_t after, lg_json *list) {
    lg_http request = lg_http_new(LG("GET"), lg_cat(LG("https://chat.example.org/updates?after="), lg_number(after)));
    lg_response response;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response) || !lg_http_json(&response, list)) return false;
    return list->kind == LG_JSON_LIST || lg_malformed(LG("the updates are no list"));
}

bool on_poll(uint32_t failures, lg_batch *batch) {
    uint64_t after = lg_store_number(LG("after"));
    lg_json list, update;
    if (!updates(after, &list)) return false;
    // After a failure one thing at a time.
    size_t left = failures ? 1 : MOST;
    batch->again_after = AGAIN_AFTER;
    for (lg_json_each each = lg_json_items(list); lg_json_next(&each, &update);) {
        if (!left) {
            batch->again_after = 0;
            break;
        }
        uint64_t id;
        if (!lg_to_number(lg_json_get_id(update, LG("id")), &id)) {
            lg_skip(&batch->outcome, LG("an update without a number for its id"));
            left--;
            continue;
        }
        if (id <= after) continue;
        after = id;
        left--;
        if (failures >= 3) lg_skip(&batch->outcome, lg_cat(LG("update "), lg_number(id), LG(" failed three times")));
        else tell(&batch->outcome, update);
    }
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
