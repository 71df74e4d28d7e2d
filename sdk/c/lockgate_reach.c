#include "lockgate.h"

#include <stdlib.h>

// Milliseconds to wait for whoever answers 429 and does not say how long.
#define WAIT 1000
// Bytes of an answer's body that a trouble repeats.
#define SHOWN 200

lg_http lg_http_new(lg_str method, lg_str url) {
    return (lg_http){.method = method, .url = url};
}

void lg_http_header(lg_http *request, lg_str name, lg_str value) {
    lg_add_pair(&request->headers, name, value);
}

void lg_http_body(lg_http *request, lg_str mime, lg_str body) {
    lg_http_header(request, LG("content-type"), mime);
    request->body.tag = LOCKGATE_CHANNEL_HTTP_BODY_WHOLE;
    request->body.val.whole.tag = LOCKGATE_CHANNEL_HTTP_CONTENT_BYTES;
    request->body.val.whole.val.bytes = lg_as_bytes(body);
}

void lg_http_file(lg_http *request, lg_str path) {
    request->body.tag = LOCKGATE_CHANNEL_HTTP_BODY_WHOLE;
    request->body.val.whole.tag = LOCKGATE_CHANNEL_HTTP_CONTENT_FILE;
    request->body.val.whole.val.file = path;
}

static void add_part(lg_http *request, lockgate_channel_http_part_t part) {
    lockgate_channel_http_list_part_t *form = &request->body.val.form;
    if (request->body.tag != LOCKGATE_CHANNEL_HTTP_BODY_FORM) *form = (lockgate_channel_http_list_part_t){0};
    request->body.tag = LOCKGATE_CHANNEL_HTTP_BODY_FORM;
    lockgate_channel_http_part_t *parts = lg_alloc_many(form->len + 1, sizeof part);
    if (form->len) memcpy(parts, form->ptr, form->len * sizeof part);
    parts[form->len++] = part;
    form->ptr = parts;
}

void lg_http_part(lg_http *request, lg_str name, lg_str text) {
    lockgate_channel_http_part_t part = {.name = name};
    part.content.tag = LOCKGATE_CHANNEL_HTTP_CONTENT_BYTES;
    part.content.val.bytes = lg_as_bytes(text);
    add_part(request, part);
}

void lg_http_part_file(lg_http *request, lg_str name, lg_str path, lg_str filename, lg_str mime) {
    lockgate_channel_http_part_t part = {.name = name, .filename = lg_some(filename), .mime = lg_some(mime)};
    part.content.tag = LOCKGATE_CHANNEL_HTTP_CONTENT_FILE;
    part.content.val.file = path;
    add_part(request, part);
}

void lg_http_timeout(lg_http *request, uint32_t millis) {
    request->timeout = (project_option_u32_t){true, millis};
}

void lg_http_into(lg_http *request, lg_str path) {
    request->into = lg_some(path);
}

bool lg_fetch_or(lg_http *request, lg_response *response, lg_http_failure *failure) {
    request->method = lg_utf8(lg_as_bytes(request->method));
    request->url = lg_utf8(lg_as_bytes(request->url));
    return lockgate_channel_http_fetch(request, response, failure);
}

bool lg_fetch(lg_http *request, lg_response *response) {
    lg_http_failure failure;
    if (lg_fetch_or(request, response, &failure)) return true;
    switch (failure.tag) {
    case LOCKGATE_CHANNEL_HTTP_FAILURE_REFUSED: return lg_rejected(failure.val.refused);
    case LOCKGATE_CHANNEL_HTTP_FAILURE_UNREACHABLE: return lg_unavailable(failure.val.unreachable);
    default: return lg_malformed(LG("the answer is larger than the host takes"));
    }
}

static uint32_t retry_after(const lg_response *response) {
    lg_str value;
    uint64_t seconds;
    if (!lg_pair(&response->headers, LG("retry-after"), &value) || !lg_to_number(lg_trim(value), &seconds)) return WAIT;
    return seconds > UINT32_MAX / 1000 ? UINT32_MAX : (uint32_t)seconds * 1000;
}

bool lg_http_ok(const lg_response *response) {
    uint16_t status = response->status;
    if (status >= 200 && status < 300) return true;
    lg_str said = lg_trim(lg_cut(lg_http_text(response), SHOWN));
    lg_str why = lg_cat(LG("the answer was "), lg_number(status), said.len ? LG(": ") : LG_EMPTY, said);
    if (status == 401) return lg_unauthorized(why);
    if (status == 409) return lg_conflict(why);
    if (status == 429) return lg_busy(retry_after(response));
    return status == 408 || status >= 500 ? lg_unavailable(why) : lg_rejected(why);
}

lg_str lg_http_text(const lg_response *response) {
    return lg_utf8(response->body);
}

bool lg_http_json(const lg_response *response, lg_json *value) {
    return lg_json_open((lg_str){response->body.ptr, response->body.len}, value) || lg_malformed(LG("the answer is no JSON"));
}

static bool plain(uint8_t byte) {
    uint8_t letter = byte | 0x20;
    return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

lg_str lg_url(lg_str text) {
    static const char hex[] = "0123456789ABCDEF";
    uint8_t *out = lg_alloc_many(text.len, 3);
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (plain(byte)) {
            out[length++] = byte;
            continue;
        }
        out[length++] = '%';
        out[length++] = (uint8_t)hex[byte >> 4];
        out[length++] = (uint8_t)hex[byte & 15];
    }
    return (lg_str){out, length};
}

static void bind(lg_values *values, lg_value value) {
    lg_value *all = lg_alloc_many(values->len + 1, sizeof value);
    if (values->len) memcpy(all, values->ptr, values->len * sizeof value);
    all[values->len++] = value;
    values->ptr = all;
}

void lg_bind_null(lg_values *values) {
    bind(values, (lg_value){.tag = LOCKGATE_CHANNEL_DATABASE_VALUE_NULL});
}

void lg_bind_integer(lg_values *values, int64_t number) {
    bind(values, (lg_value){.tag = LOCKGATE_CHANNEL_DATABASE_VALUE_INTEGER, .val.integer = number});
}

void lg_bind_real(lg_values *values, double number) {
    bind(values, (lg_value){.tag = LOCKGATE_CHANNEL_DATABASE_VALUE_REAL, .val.real = number});
}

void lg_bind_text(lg_values *values, lg_str text) {
    bind(values, (lg_value){.tag = LOCKGATE_CHANNEL_DATABASE_VALUE_TEXT, .val.text = lg_utf8(lg_as_bytes(text))});
}

void lg_bind_blob(lg_values *values, lg_bytes bytes) {
    bind(values, (lg_value){.tag = LOCKGATE_CHANNEL_DATABASE_VALUE_BLOB, .val.blob = bytes});
}

bool lg_query(lg_str name, lg_str sql, lg_values parameters, lg_rows *rows) {
    lockgate_channel_database_failure_t failure;
    if (lockgate_channel_database_query(&name, &sql, &parameters, rows, &failure)) return true;
    switch (failure.tag) {
    case LOCKGATE_CHANNEL_DATABASE_FAILURE_NOT_GRANTED: return lg_rejected(LG("the operator has not granted this database"));
    case LOCKGATE_CHANNEL_DATABASE_FAILURE_UNREADABLE: return lg_unavailable(failure.val.unreadable);
    case LOCKGATE_CHANNEL_DATABASE_FAILURE_SQL: return lg_rejected(failure.val.sql);
    default: return lg_rejected(LG("the query has too many rows: add a LIMIT"));
    }
}

bool lg_run(lg_str name, lg_strs arguments, lg_bytes input, lg_output *output) {
    lockgate_channel_command_failure_t failure;
    if (lockgate_channel_command_run(&name, &arguments, &input, output, &failure)) return true;
    switch (failure.tag) {
    case LOCKGATE_CHANNEL_COMMAND_FAILURE_NOT_GRANTED: return lg_rejected(LG("the operator has not granted this program"));
    case LOCKGATE_CHANNEL_COMMAND_FAILURE_NOT_STARTED: return lg_rejected(failure.val.not_started);
    default: return lg_unavailable(LG("the program was not done in time"));
    }
}
