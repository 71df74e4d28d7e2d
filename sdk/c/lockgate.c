#include "lockgate.h"

static lg_trouble named;
static bool any;

static lg_str clean(lg_str text) {
    return lg_utf8(lg_as_bytes(text));
}

static bool name(lg_trouble trouble) {
    named = trouble;
    any = true;
    return false;
}

bool lg_busy(uint32_t millis) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_BUSY, .val.busy = millis});
}

bool lg_unavailable(lg_str why) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAVAILABLE, .val.unavailable = clean(why)});
}

bool lg_unauthorized(lg_str why) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAUTHORIZED, .val.unauthorized = clean(why)});
}

bool lg_conflict(lg_str why) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_CONFLICT, .val.conflict = clean(why)});
}

bool lg_rejected(lg_str why) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_REJECTED, .val.rejected = clean(why)});
}

bool lg_malformed(lg_str why) {
    return name((lg_trouble){.tag = LOCKGATE_CHANNEL_WORDS_TROUBLE_MALFORMED, .val.malformed = clean(why)});
}

lg_trouble lg_trouble_named(void) {
    if (!any) lg_malformed(LG("the channel said no without a reason"));
    return named;
}

#define PUSH(list, item) ((list)->ptr = lg_room((list)->ptr, (list)->len, sizeof *(list)->ptr), (list)->ptr[(list)->len++] = (item))

void lg_add(lg_strs *list, lg_str text) {
    PUSH(list, clean(text));
}

void lg_add_pair(lg_pairs *pairs, lg_str name, lg_str value) {
    PUSH(pairs, ((project_tuple2_string_string_t){clean(name), clean(value)}));
}

bool lg_pair(const lg_pairs *pairs, lg_str name, lg_str *value) {
    for (size_t i = 0; i < pairs->len; i++) {
        if (!lg_eq_anycase(pairs->ptr[i].f0, name)) continue;
        *value = pairs->ptr[i].f1;
        return true;
    }
    return false;
}

lg_maybe lg_some(lg_str text) {
    return (lg_maybe){true, clean(text)};
}

static lg_maybe if_any(lg_str text) {
    return text.len ? lg_some(text) : (lg_maybe){0};
}

// 16 random bytes in hexadecimal.
static lg_str random_id(void) {
    static const char hex[] = "0123456789abcdef";
    lg_bytes bytes = lg_random(16);
    uint8_t *text = lg_alloc_many(bytes.len, 2);
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = (uint8_t)hex[bytes.ptr[i] >> 4];
        text[2 * i + 1] = (uint8_t)hex[bytes.ptr[i] & 15];
    }
    return (lg_str){text, 2 * bytes.len};
}

lg_message lg_service(lg_str name, lg_str text) {
    lg_author author = {.tag = LOCKGATE_CHANNEL_WORDS_AUTHOR_SERVICE, .val.service = clean(name)};
    return (lg_message){.id = random_id(), .author = author, .conversation = lg_group(name), .text = clean(text)};
}

lg_message lg_person(lg_sender sender, lg_conversation conversation, lg_str text) {
    lg_author author = {.tag = LOCKGATE_CHANNEL_WORDS_AUTHOR_PERSON, .val.person = sender};
    return (lg_message){.id = random_id(), .author = author, .conversation = conversation, .text = clean(text)};
}

lg_sender lg_account(lg_str id, lg_str name) {
    return (lg_sender){.id = clean(id), .name = if_any(name)};
}

lg_conversation lg_direct(lg_str id) {
    return (lg_conversation){.id = clean(id), .scope = LOCKGATE_CHANNEL_WORDS_SCOPE_DIRECT};
}

lg_conversation lg_group(lg_str id) {
    return (lg_conversation){.id = clean(id), .scope = LOCKGATE_CHANNEL_WORDS_SCOPE_GROUP};
}

void lg_meta(lg_message *message, lg_str key, lg_str value) {
    lg_add_pair(&message->meta, key, value);
}

void lg_attach(lg_message *message, lg_str handle, lg_str name, lg_str mime) {
    lg_attachment attachment = {.name = if_any(name), .mime = if_any(mime)};
    attachment.content.tag = LOCKGATE_CHANNEL_WORDS_CONTENT_HANDLE;
    attachment.content.val.handle = clean(handle);
    PUSH(&message->attachments, attachment);
}

void lg_deliver(lg_outcome *outcome, lg_message message) {
    lockgate_channel_words_inbound_t inbound = {.tag = LOCKGATE_CHANNEL_WORDS_INBOUND_MESSAGE, .val.message = message};
    PUSH(&outcome->inbound, inbound);
}

void lg_deliver_edited(lg_outcome *outcome, lg_message now, lg_str revision) {
    lockgate_channel_words_edited_t edited = {now, clean(revision)};
    lockgate_channel_words_inbound_t inbound = {.tag = LOCKGATE_CHANNEL_WORDS_INBOUND_EDITED, .val.edited = edited};
    PUSH(&outcome->inbound, inbound);
}

void lg_deliver_press(lg_outcome *outcome, lg_press press) {
    lockgate_channel_words_inbound_t inbound = {.tag = LOCKGATE_CHANNEL_WORDS_INBOUND_PRESS, .val.press = press};
    PUSH(&outcome->inbound, inbound);
}

void lg_skip(lg_outcome *outcome, lg_str what) {
    lockgate_channel_words_inbound_t inbound = {.tag = LOCKGATE_CHANNEL_WORDS_INBOUND_SKIPPED, .val.skipped = clean(what)};
    PUSH(&outcome->inbound, inbound);
}

void lg_connect_with(lg_effects *effects, lg_str name, lg_str url, lg_pairs headers) {
    lockgate_channel_words_connection_t connection = {clean(name), clean(url), headers};
    PUSH(effects, ((lg_effect){.tag = LOCKGATE_CHANNEL_WORDS_EFFECT_CONNECT, .val.connect = connection}));
}

void lg_connect(lg_effects *effects, lg_str name, lg_str url) {
    lg_connect_with(effects, name, url, (lg_pairs){0});
}

static void send(lg_effects *effects, lg_str connection, lg_frame frame) {
    lockgate_channel_words_outgoing_frame_t outgoing = {clean(connection), frame};
    PUSH(effects, ((lg_effect){.tag = LOCKGATE_CHANNEL_WORDS_EFFECT_SEND_FRAME, .val.send_frame = outgoing}));
}

void lg_send_frame(lg_effects *effects, lg_str connection, lg_str text) {
    send(effects, connection, (lg_frame){.tag = LOCKGATE_CHANNEL_WORDS_FRAME_TEXT, .val.text = clean(text)});
}

void lg_send_bytes(lg_effects *effects, lg_str connection, lg_bytes bytes) {
    send(effects, connection, (lg_frame){.tag = LOCKGATE_CHANNEL_WORDS_FRAME_BINARY, .val.binary = bytes});
}

void lg_disconnect(lg_effects *effects, lg_str name) {
    PUSH(effects, ((lg_effect){.tag = LOCKGATE_CHANNEL_WORDS_EFFECT_DISCONNECT, .val.disconnect = clean(name)}));
}

void lg_wake(lg_effects *effects, lg_str name, uint32_t millis) {
    lockgate_channel_words_wake_t wake = {clean(name), millis};
    PUSH(effects, ((lg_effect){.tag = LOCKGATE_CHANNEL_WORDS_EFFECT_WAKE, .val.wake = wake}));
}

void lg_publish(lg_effects *effects, lg_str topic, lg_str text) {
    lockgate_channel_words_publication_t publication = {clean(topic), clean(text)};
    PUSH(effects, ((lg_effect){.tag = LOCKGATE_CHANNEL_WORDS_EFFECT_PUBLISH, .val.publish = publication}));
}

bool lg_store_get(lg_str key, lg_bytes *value) {
    key = clean(key);
    return lockgate_channel_store_get(&key, value);
}

lg_str lg_store_text(lg_str key) {
    lg_bytes value;
    return lg_store_get(key, &value) ? lg_utf8(value) : LG_EMPTY;
}

uint64_t lg_store_number(lg_str key) {
    uint64_t number = 0;
    lg_to_number(lg_store_text(key), &number);
    return number;
}

bool lg_store_set_bytes(lg_str key, lg_bytes value) {
    lockgate_channel_store_failure_t failure;
    key = clean(key);
    if (lockgate_channel_store_set(&key, &value, &failure)) return true;
    if (failure.tag == LOCKGATE_CHANNEL_STORE_FAILURE_FULL) return lg_unavailable(LG("the channel's store is full"));
    return lg_rejected(LG("a key or a value is too large for the store"));
}

bool lg_store_set(lg_str key, lg_str value) {
    return lg_store_set_bytes(key, lg_as_bytes(value));
}

void lg_store_delete(lg_str key) {
    key = clean(key);
    lockgate_channel_store_delete(&key);
}

void lg_store_check(lg_str key, const lg_bytes *expected) {
    lg_bytes copy = expected ? *expected : (lg_bytes){0};
    key = clean(key);
    lockgate_channel_store_check(&key, expected ? &copy : NULL);
}

lg_strs lg_store_keys(lg_str prefix) {
    lg_strs keys;
    prefix = clean(prefix);
    lockgate_channel_store_keys(&prefix, &keys);
    return keys;
}

void lg_log(lg_level level, lg_str text) {
    text = clean(text);
    lockgate_channel_host_log((lockgate_channel_host_level_t)level, &text);
}

lg_str lg_setting(lg_str key) {
    lg_str value;
    key = clean(key);
    return lockgate_channel_host_setting(&key, &value) ? value : LG_EMPTY;
}

uint64_t lg_now(void) {
    return lockgate_channel_host_now();
}

lg_bytes lg_random(uint32_t count) {
    lg_bytes bytes;
    lockgate_channel_host_random(count, &bytes);
    return bytes;
}
