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

static bool queried(lg_str rest, lg_str *text) {
    lg_str name = lg_split(&rest, LG(" "));
    lg_values given = {0};
    lg_bind_text(&given, rest);
    lg_bind_integer(&given, 0);
    lg_bind_real(&given, 0.5);
    lg_rows rows;
    if (!lg_query(name, LG("SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3"), given, &rows)) return false;
    *text = LG("nothing");
    if (!rows.len) return true;
    lg_value *row = rows.ptr[0].ptr;
    lg_str note = row[4].tag == LOCKGATE_CHANNEL_DATABASE_VALUE_TEXT ? row[4].val.text : LG("null");
    lg_str price = lg_integer((int64_t)(row[2].val.real * 2)), bytes = lg_number(row[3].val.blob.len), space = LG(" ");
    *text = lg_cat(row[0].val.text, space, lg_integer(row[1].val.integer), space, price, space, bytes, space, note);
    return true;
}

static bool ran(lg_str rest, lg_str *text) {
    lg_str name = lg_split(&rest, LG(" "));
    lg_strs arguments = {0};
    lg_add(&arguments, rest);
    lg_output output;
    if (!lg_run(name, arguments, lg_as_bytes(LG("in")), &output)) return false;
    *text = lg_cat(lg_integer(output.status), LG(" "), lg_utf8(output.stdout_), lg_utf8(output.stderr_));
    return true;
}

static lg_message about_ann(void) {
    lg_message message = lg_person(lg_account(LG("7"), LG("Ann")), lg_direct(LG("room")), LG("meta"));
    lg_meta(&message, LG("k"), LG("v"));
    return message;
}

static bool text_for(lg_str word, lg_str rest, lg_str *text) {
    if (lg_eq(word, LG("trap"))) abort();
    if (lg_eq(word, LG("trouble"))) return lg_rejected(LG("as asked"));
    if (lg_eq(word, LG("query"))) return queried(rest, text);
    if (lg_eq(word, LG("run"))) return ran(rest, text);
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
