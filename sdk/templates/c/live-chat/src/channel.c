// A chat over a websocket: {"op": "message", id, user, name, room, text} comes in, what the session answers is posted.
#include "lockgate.h"

#define GATEWAY LG("wss://gateway.example.org/socket")
#define MAIN LG("main")
#define HEARTBEAT LG("heartbeat")
#define HEARTBEAT_AFTER 30000 /* milliseconds */

bool on_start(lg_outcome *outcome) {
    lg_connect(&outcome->effects, MAIN, GATEWAY);
    return true;
}

// What can't be read is said at once: as a failure it would be given again, and all that follows would wait for it. A room
// that is called like its writer is the direct conversation with him.
static void heard(lg_outcome *outcome, lg_str text) {
    lg_json frame;
    if (!lg_json_open(text, &frame)) {
        lg_skip(outcome, LG("a frame that is no JSON"));
        return;
    }
    if (!lg_eq(lg_json_get_text(frame, LG("op")), LG("message"))) return;
    lg_str id = lg_json_get_id(frame, LG("id")), user = lg_json_get_id(frame, LG("user"));
    lg_str room = lg_json_get_id(frame, LG("room"));
    lg_json said = lg_json_get(frame, LG("text"));
    if (!id.len || !user.len || !room.len || said.kind != LG_JSON_TEXT) {
        lg_skip(outcome, LG("a message without id, user, room or text"));
        return;
    }
    lg_sender sender = lg_account(user, lg_json_get_text(frame, LG("name")));
    lg_message message = lg_person(sender, lg_eq(room, user) ? lg_direct(room) : lg_group(room), lg_json_text(said));
    message.id = id;
    lg_deliver(outcome, message);
}

bool on_socket(lg_str connection, const lg_happening *happening, uint32_t failures, lg_outcome *outcome) {
    (void)failures;
    switch (happening->tag) {
    case LG_OPENED:
        // The host adds the token: channel.toml says where it goes.
        lg_send_frame(&outcome->effects, connection, LG("{\"op\":\"hello\"}"));
        lg_wake(&outcome->effects, HEARTBEAT, HEARTBEAT_AFTER);
        break;
    case LG_FRAME: heard(outcome, lg_frame_text(happening)); break;
    default: lg_connect(&outcome->effects, connection, GATEWAY);
    }
    return true;
}

bool on_wake(lg_str name, uint32_t failures, lg_outcome *outcome) {
    (void)failures;
    lg_send_frame(&outcome->effects, MAIN, LG("{\"op\":\"ping\"}"));
    lg_wake(&outcome->effects, name, HEARTBEAT_AFTER);
    return true;
}

bool on_send(const lg_outgoing *outgoing, lg_receipt *receipt) {
    lg_buffer body = {0};
    lg_put(&body, LG("{\"room\":"));
    lg_put_json(&body, outgoing->place.conversation);
    lg_put(&body, LG(",\"text\":"));
    lg_put_json(&body, outgoing->text);
    lg_put(&body, LG("}"));
    lg_http request = lg_http_new(LG("POST"), LG("https://gateway.example.org/send"));
    lg_http_body(&request, LG("application/json"), lg_text_of(&body));
    lg_response response;
    lg_json sent;
    if (!lg_fetch(&request, &response) || !lg_http_ok(&response)) return false;
    // It was sent, whatever the answer looks like: false would say that nothing was.
    lg_str id = lg_json_open(lg_http_text(&response), &sent) ? lg_json_get_id(sent, LG("id")) : LG_EMPTY;
    if (id.len) lg_add(&receipt->messages, id);
    return true;
}
