// What every language proves; channel.toml says what each word of a body means.
#include "lockgate.h"

#include <stdlib.h>

// The answer, or why there is none.
static lg_str fetched(lg_str url) {
    lg_http request = lg_http_new(LG("GET"), url);
    lg_response response;
    lg_http_failure failure;
    if (lg_fetch_or(&request, &response, &failure)) return lg_cat(lg_number(response.status), LG(" "), lg_http_text(&response));
    switch (failure.tag) {
    case LOCKGATE_CHANNEL_HTTP_FAILURE_REFUSED: return lg_cat(LG("refused: "), failure.val.refused);
    case LOCKGATE_CHANNEL_HTTP_FAILURE_UNREACHABLE: return lg_cat(LG("unreachable: "), failure.val.unreachable);
    default: return LG("unreachable: too large");
    }
}

static lg_message about_ann(void) {
    lg_message message = lg_person(lg_account(LG("7"), LG("Ann")), lg_direct(LG("room")), LG("meta"));
    lg_meta(&message, LG("k"), LG("v"));
    return message;
}

static bool text_for(lg_str word, lg_str rest, lg_str *text) {
    if (lg_eq(word, LG("trap"))) abort();
    if (lg_eq(word, LG("trouble"))) return lg_rejected(LG("as asked"));
    *text = rest;
    if (lg_eq(word, LG("fetch"))) *text = fetched(rest);
    if (!lg_eq(word, LG("store"))) return true;
    *text = lg_number(lg_store_number(LG("count")) + 1);
    return lg_store_set(LG("count"), *text);
}

bool on_request(const lg_request *request, lg_answer *answer) {
    lg_str rest = lg_body(request), text;
    lg_str word = lg_split(&rest, LG(" "));
    if (lg_eq(word, LG("meta"))) {
        lg_deliver(&answer->outcome, about_ann());
        return true;
    }
    if (!text_for(word, rest, &text)) return false;
    lg_deliver(&answer->outcome, lg_service(LG("probe"), text));
    return true;
}

bool on_send(const lg_outgoing *outgoing, lg_receipt *receipt) {
    lg_http request = lg_http_new(LG("POST"), LG("https://probe.example.org/said"));
    lg_http_body(&request, LG("text/plain"), outgoing->text);
    lg_response response;
    if (!lg_fetch(&request, &response)) return false;
    if (response.status == 429) return lg_busy(1000);
    if (!lg_http_ok(&response)) return false;
    lg_add(&receipt->messages, lg_http_text(&response));
    return true;
}

bool on_edit(const lg_place *place, lg_str message, lg_str text, bool markdown, lg_effects *effects) {
    (void)place, (void)message, (void)text, (void)markdown, (void)effects;
    return lg_rejected(LG("no"));
}
