// The SDK for channels in C. A channel is a file with the functions at the end of this header whose sections its channel.toml
// has; each is called in a fresh instance, so nothing stays in memory and what has to last goes to the store. A call is a
// transaction: what it fills in and what it wrote to the store is committed together when it returns true, and none of it when
// it returns false or traps.
#pragma once

#include "lockgate_text.h"
#include "lockgate_json.h"
#include "lockgate_sections.h"

typedef lockgate_channel_words_sender_t lg_sender;
typedef lockgate_channel_words_author_t lg_author;
typedef lockgate_channel_words_conversation_t lg_conversation;
typedef lockgate_channel_words_place_t lg_place;
typedef lockgate_channel_words_attachment_t lg_attachment;
typedef lockgate_channel_words_message_t lg_message;
typedef lockgate_channel_words_press_t lg_press;
typedef lockgate_channel_words_frame_t lg_frame;
typedef lockgate_channel_words_effect_t lg_effect;
typedef lockgate_channel_words_list_effect_t lg_effects;
typedef lockgate_channel_words_outcome_t lg_outcome;
typedef lockgate_channel_words_trouble_t lg_trouble;
typedef project_option_string_t lg_maybe;
typedef project_list_string_t lg_strs;
typedef project_list_tuple2_string_string_t lg_pairs;

// Why a call did not do its work. Each of these returns false, so that `return lg_rejected(LG("no such room"));` ends a call;
// what fails in this SDK has named its trouble already, and `return false;` passes that on.

/// The platform asks to wait: milliseconds.
bool lg_busy(uint32_t millis);
/// Not reachable just now: the host tries again, later each time.
bool lg_unavailable(lg_str why);
/// The credential is missing or wrong: the channel rests until it changes.
bool lg_unauthorized(lg_str why);
/// Somebody else uses the same credential.
bool lg_conflict(lg_str why);
/// It can't be done as asked: the model is told so.
bool lg_rejected(lg_str why);
/// The platform sent something that the channel can't read.
bool lg_malformed(lg_str why);
/// The trouble that was named last in this call; `malformed` if none was.
lg_trouble lg_trouble_named(void);

// What comes in. Build a message, change its fields as you like, then deliver it: that copies it.

/// What a thing says (a build, a feed, a log), in a conversation of its name. Its id is random, so it is delivered each time;
/// set `id` if the same thing may be reported twice.
lg_message lg_service(lg_str name, lg_str text);
/// What an account of the platform wrote; set `id` to the platform's.
lg_message lg_person(lg_sender sender, lg_conversation conversation, lg_str text);
/// An account by the platform's stable id; `name` may be LG_EMPTY.
lg_sender lg_account(lg_str id, lg_str name);
/// A conversation of one person with the channel's own account, and a room that others can read.
lg_conversation lg_direct(lg_str id);
lg_conversation lg_group(lg_str id);
/// An attribute for the model, shown as `x_<key>`; a key is an identifier. At most 32, of at most 1 KiB.
void lg_meta(lg_message *message, lg_str key, lg_str value);
/// Bytes that wait on the platform, by its handle; `on_fetch` is asked for them. The host takes at most 20 of a message.
void lg_attach(lg_message *message, lg_str handle, lg_str name, lg_str mime);
/// Sets an optional text: `message.in_reply_to = lg_some(id);`
lg_maybe lg_some(lg_str text);

void lg_deliver(lg_outcome *outcome, lg_message message);
/// The message as it is now; `revision` tells two edits of it apart.
void lg_deliver_edited(lg_outcome *outcome, lg_message now, lg_str revision);
void lg_deliver_press(lg_outcome *outcome, lg_press press);
/// What the channel could not read and steps over: shown in `status`, never to the model.
void lg_skip(lg_outcome *outcome, lg_str what);

// What the host does after the commit; `&outcome->effects`, or the `effects` that a function is given.

/// Opens a websocket that the grant covers, under a name of the channel's own; one that is open stays as it is.
void lg_connect(lg_effects *effects, lg_str name, lg_str url);
void lg_connect_with(lg_effects *effects, lg_str name, lg_str url, lg_pairs headers);
void lg_send_frame(lg_effects *effects, lg_str connection, lg_str text);
void lg_send_bytes(lg_effects *effects, lg_str connection, lg_bytes bytes);
void lg_disconnect(lg_effects *effects, lg_str name);
/// Calls `on_wake` with this name after so many milliseconds; a later one of the same name replaces it.
void lg_wake(lg_effects *effects, lg_str name, uint32_t millis);
/// Hands a text to everyone who is subscribed to the topic.
void lg_publish(lg_effects *effects, lg_str topic, lg_str text);

void lg_add(lg_strs *list, lg_str text);
void lg_add_pair(lg_pairs *pairs, lg_str name, lg_str value);
/// The first value of that name, whatever the case of its letters; false if there is none.
bool lg_pair(const lg_pairs *pairs, lg_str name, lg_str *value);

// What a channel keeps between calls. Keys have at most 256 bytes.

/// False, and nothing in `value`, if there is none.
bool lg_store_get(lg_str key, lg_bytes *value);
/// As text; LG_EMPTY if there is none. Bytes that are no UTF-8 become U+FFFD.
lg_str lg_store_text(lg_str key);
/// As a number in digits; 0 if there is none.
uint64_t lg_store_number(lg_str key);
/// False if the channel's quota is used up (the trouble is `unavailable`) or the value too large (`rejected`).
bool lg_store_set(lg_str key, lg_str value);
bool lg_store_set_bytes(lg_str key, lg_bytes value);
void lg_store_delete(lg_str key);
/// If at commit the key has another value than this (NULL: none), the call runs again. Not for `on_send`, `on_edit`, `on_tool`.
void lg_store_check(lg_str key, const lg_bytes *expected);
/// In ascending order.
lg_strs lg_store_keys(lg_str prefix);

typedef enum { LG_DEBUG, LG_INFO, LG_WARN, LG_ERROR } lg_level;
/// One line for the operator's log.
void lg_log(lg_level level, lg_str text);
/// A setting from the channel's `config` table; LG_EMPTY if there is none.
lg_str lg_setting(lg_str key);
/// Milliseconds since the Unix epoch.
uint64_t lg_now(void);
/// From the system's generator; at most 1,024 bytes in a call.
lg_bytes lg_random(uint32_t count);

#include "lockgate_reach.h"

// The functions that the host calls: define those whose sections stand in channel.toml. What they are given to fill in is
// empty; an answer has the status 200, and a batch asks to be looked at again after a minute.

#ifdef LG_HAS_LIFE
/// Once, when the channel is started or replaced.
bool on_start(lg_outcome *outcome);
#endif

#ifdef LG_HAS_SOURCE
typedef exports_lockgate_channel_source_batch_t lg_batch;
/// Look once. `failures`: how often in a row this has trapped, run out of time, or said `malformed` or `rejected`. From 1 on,
/// take one thing at a time; from 3 on, step over the one that comes first and say so with `lg_skip`.
bool on_poll(uint32_t failures, lg_batch *batch);
#endif

#ifdef LG_HAS_TIMER
/// A wake is due. After a failure it is called again, later each time.
bool on_wake(lg_str name, uint32_t failures, lg_outcome *outcome);
#endif

#ifdef LG_HAS_HOOK
typedef exports_lockgate_channel_hook_request_t lg_request;
typedef exports_lockgate_channel_hook_answer_t lg_answer;
/// A request that fulfilled a rule of the manifest. Its caller gets the answer after the outcome has been committed.
bool on_request(const lg_request *request, lg_answer *answer);
/// A request's body as text; LG_EMPTY if it is a file (over 1 MiB).
lg_str lg_body(const lg_request *request);
/// Fills in an answer's body, with its type: `lg_reply(answer, LG("text/plain"), text);`
void lg_reply(lg_answer *answer, lg_str mime, lg_str body);
/// Keeps the connection open as server-sent events of a topic.
void lg_subscribe(lg_answer *answer, lg_str topic);
#endif

#ifdef LG_HAS_SOCKET
typedef exports_lockgate_channel_socket_happening_t lg_happening;
#define LG_OPENED EXPORTS_LOCKGATE_CHANNEL_SOCKET_HAPPENING_OPENED
#define LG_FRAME EXPORTS_LOCKGATE_CHANNEL_SOCKET_HAPPENING_FRAME
#define LG_CLOSED EXPORTS_LOCKGATE_CHANNEL_SOCKET_HAPPENING_CLOSED
/// In the order in which it happened: `happening->tag` is LG_OPENED, LG_FRAME or LG_CLOSED.
bool on_socket(lg_str connection, const lg_happening *happening, uint32_t failures, lg_outcome *outcome);
/// A frame's text; LG_EMPTY if it is binary or nothing arrived.
lg_str lg_frame_text(const lg_happening *happening);
#endif

#ifdef LG_HAS_SINK
typedef exports_lockgate_channel_sink_outgoing_t lg_outgoing;
typedef struct {
    /// The platform's ids of what was sent, in order; also when a part could not be sent.
    lg_strs messages;
    lg_effects effects;
    /// Set it when some of the messages were sent and the rest was not: then return true.
    bool partly;
    lg_trouble problem;
} lg_receipt;
/// Repeated by the host only after `busy`.
bool on_send(const lg_outgoing *outgoing, lg_receipt *receipt);
// Those that are not defined say `rejected`; `on_direct` takes the sender's id as the conversation's.
bool on_edit(const lg_place *place, lg_str message, lg_str text, bool markdown, lg_effects *effects);
bool on_react(const lg_place *place, lg_str message, lg_str emoji, lg_effects *effects);
bool on_typing(const lg_place *place, lg_effects *effects);
bool on_direct(lg_str sender, lg_str *conversation);
bool on_press(lg_str handle, lg_str text, lg_effects *effects);
#endif

#ifdef LG_HAS_MEDIA
/// Write the bytes of an attachment to this path under `/inbox`. Where it is not defined, it says `rejected`.
bool on_fetch(lg_str handle, lg_str into);
#endif

#ifdef LG_HAS_TOOLS
/// One of the channel's own tools; `arguments` is JSON that fits its schema.
bool on_tool(lg_str name, lg_str arguments, lg_str *text, lg_effects *effects);
#endif
