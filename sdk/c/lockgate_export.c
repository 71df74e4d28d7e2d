// Between the generated functions, which the component exports, and those that a channel defines.
#include "lockgate.h"

#define OPTIONAL __attribute__((weak))

// What a call returns: its own success, or the trouble that was named.
static bool ended(bool well, lg_trouble *trouble) {
    if (!well) *trouble = lg_trouble_named();
    return well;
}

#ifdef LG_HAS_LIFE
bool exports_lockgate_channel_life_start(lg_outcome *ret, lg_trouble *err) {
    *ret = (lg_outcome){0};
    return ended(on_start(ret), err);
}
#endif

#ifdef LG_HAS_SOURCE
bool exports_lockgate_channel_source_poll(uint32_t failures, lg_batch *ret, lg_trouble *err) {
    *ret = (lg_batch){.again_after = 60000};
    return ended(on_poll(failures, ret), err);
}
#endif

#ifdef LG_HAS_TIMER
bool exports_lockgate_channel_timer_fire(lg_str *name, uint32_t failures, lg_outcome *ret, lg_trouble *err) {
    *ret = (lg_outcome){0};
    return ended(on_wake(*name, failures, ret), err);
}
#endif

#ifdef LG_HAS_HOOK
bool exports_lockgate_channel_hook_receive(lg_request *request, lg_answer *ret, lg_trouble *err) {
    *ret = (lg_answer){.status = 200};
    return ended(on_request(request, ret), err);
}

lg_str lg_body(const lg_request *request) {
    return request->body.tag == EXPORTS_LOCKGATE_CHANNEL_HOOK_CONTENT_BYTES ? lg_utf8(request->body.val.bytes) : LG_EMPTY;
}

void lg_reply(lg_answer *answer, lg_str mime, lg_str body) {
    lg_add_pair(&answer->headers, LG("content-type"), mime);
    answer->body.tag = EXPORTS_LOCKGATE_CHANNEL_HOOK_BODY_BYTES;
    answer->body.val.bytes = lg_as_bytes(body);
}

void lg_subscribe(lg_answer *answer, lg_str topic) {
    answer->body.tag = EXPORTS_LOCKGATE_CHANNEL_HOOK_BODY_SUBSCRIBE;
    answer->body.val.subscribe = topic;
}
#endif

#ifdef LG_HAS_SOCKET
bool exports_lockgate_channel_socket_receive(
    lg_str *connection, lg_happening *happening, uint32_t failures, lg_outcome *ret, lg_trouble *err) {
    *ret = (lg_outcome){0};
    return ended(on_socket(*connection, happening, failures, ret), err);
}

lg_str lg_frame_text(const lg_happening *happening) {
    bool text = happening->tag == LG_FRAME && happening->val.frame.tag == LOCKGATE_CHANNEL_WORDS_FRAME_TEXT;
    return text ? happening->val.frame.val.text : LG_EMPTY;
}
#endif

#ifdef LG_HAS_SINK
typedef exports_lockgate_channel_sink_list_effect_t sink_effects;

static bool with_effects(bool well, lg_effects effects, sink_effects *ret, lg_trouble *err) {
    *ret = (sink_effects){effects.ptr, effects.len};
    return ended(well, err);
}

static bool can_not(void) {
    return lg_rejected(LG("this channel can't do that"));
}

OPTIONAL bool on_edit(const lg_place *place, lg_str message, lg_str text, bool markdown, lg_effects *effects) {
    (void)place, (void)message, (void)text, (void)markdown, (void)effects;
    return can_not();
}

OPTIONAL bool on_react(const lg_place *place, lg_str message, lg_str emoji, lg_effects *effects) {
    (void)place, (void)message, (void)emoji, (void)effects;
    return can_not();
}

OPTIONAL bool on_typing(const lg_place *place, lg_effects *effects) {
    (void)place, (void)effects;
    return can_not();
}

OPTIONAL bool on_direct(lg_str sender, lg_str *conversation) {
    *conversation = sender;
    return true;
}

OPTIONAL bool on_press(lg_str handle, lg_str text, lg_effects *effects) {
    (void)handle, (void)text, (void)effects;
    return can_not();
}

bool exports_lockgate_channel_sink_send(
    lg_outgoing *outgoing, exports_lockgate_channel_sink_receipt_t *ret, lg_trouble *err) {
    lg_receipt receipt = {0};
    bool well = on_send(outgoing, &receipt);
    *ret = (exports_lockgate_channel_sink_receipt_t){
        .messages = receipt.messages,
        .problem = {receipt.partly, receipt.problem},
        .effects = {receipt.effects.ptr, receipt.effects.len},
    };
    return ended(well, err);
}

bool exports_lockgate_channel_sink_edit(
    lg_place *place, lg_str *message, lg_str *text, exports_lockgate_channel_sink_format_t format, sink_effects *ret, lg_trouble *err) {
    lg_effects effects = {0};
    bool markdown = format == EXPORTS_LOCKGATE_CHANNEL_SINK_FORMAT_MARKDOWN;
    bool well = on_edit(place, *message, *text, markdown, &effects);
    return with_effects(well, effects, ret, err);
}

bool exports_lockgate_channel_sink_react(
    lg_place *place, lg_str *message, lg_str *emoji, sink_effects *ret, lg_trouble *err) {
    lg_effects effects = {0};
    bool well = on_react(place, *message, *emoji, &effects);
    return with_effects(well, effects, ret, err);
}

bool exports_lockgate_channel_sink_typing(lg_place *place, sink_effects *ret, lg_trouble *err) {
    lg_effects effects = {0};
    bool well = on_typing(place, &effects);
    return with_effects(well, effects, ret, err);
}

bool exports_lockgate_channel_sink_direct(lg_str *sender, lg_str *ret, lg_trouble *err) {
    *ret = LG_EMPTY;
    return ended(on_direct(*sender, ret), err);
}

bool exports_lockgate_channel_sink_answer_press(lg_str *handle, lg_str *text, sink_effects *ret, lg_trouble *err) {
    lg_effects effects = {0};
    bool well = on_press(*handle, *text, &effects);
    return with_effects(well, effects, ret, err);
}
#endif

#ifdef LG_HAS_MEDIA
OPTIONAL bool on_fetch(lg_str handle, lg_str into) {
    (void)handle, (void)into;
    return lg_rejected(LG("this channel can't fetch attachments"));
}

bool exports_lockgate_channel_media_fetch(lg_str *handle, lg_str *into, lg_trouble *err) {
    return ended(on_fetch(*handle, *into), err);
}
#endif

#ifdef LG_HAS_TOOLS
bool exports_lockgate_channel_tools_call(
    lg_str *name, lg_str *arguments, exports_lockgate_channel_tools_answer_t *ret, lg_trouble *err) {
    lg_str text = LG_EMPTY;
    lg_effects effects = {0};
    bool well = on_tool(*name, *arguments, &text, &effects);
    *ret = (exports_lockgate_channel_tools_answer_t){text, {effects.ptr, effects.len}};
    return ended(well, err);
}
#endif
