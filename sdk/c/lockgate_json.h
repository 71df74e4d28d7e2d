// Reading JSON. A text is checked once, as a whole, by `lg_json_open`; what is taken from it afterwards can't fail but by not
// being there. Nothing is copied, except texts with escapes. Writing it is `lg_put_json` and `lg_put`.
#pragma once

#include "lockgate_text.h"

/// How deep lists and objects may lie in each other.
#define LG_JSON_DEPTH 64

typedef enum { LG_JSON_NONE, LG_JSON_NULL, LG_JSON_BOOL, LG_JSON_NUMBER, LG_JSON_TEXT, LG_JSON_LIST, LG_JSON_OBJECT } lg_json_kind;

/// One value in a text that was checked; with `kind` LG_JSON_NONE there is none.
typedef struct {
    lg_json_kind kind;
    /// As it stands in the text, with its quotes or brackets.
    lg_str raw;
} lg_json;

/// Checks a text: one value, at most LG_JSON_DEPTH deep, of valid UTF-8. False if it is none; `value` is none then.
bool lg_json_open(lg_str text, lg_json *value);

/// The member of an object with this name, the first if it stands there twice. None if there is no such, or no object.
lg_json lg_json_get(lg_json object, lg_str name);
/// A text's characters, without escapes; half of a pair of surrogates is U+FFFD. Empty if it is no text.
lg_str lg_json_text(lg_json value);
/// `lg_json_text` of a member.
lg_str lg_json_get_text(lg_json object, lg_str name);
/// A name of the platform's, which may be a text or a number; LG_EMPTY if it is neither.
lg_str lg_json_get_id(lg_json object, lg_str name);
/// A whole number in its range, exactly. False if it is none: a fraction, an exponent, or too large.
bool lg_json_integer(lg_json value, int64_t *number);
/// Any number, as near as a double is; false if it is none. Needs `strtod`, 12 KB.
bool lg_json_double(lg_json value, double *number);
/// Whether it is `true`.
bool lg_json_true(lg_json value);

/// Where one is in a list or an object. Begin with `lg_json_each each = lg_json_items(list);`.
typedef struct { lg_str rest; bool object; } lg_json_each;

/// Of a list or an object; of anything else, of nothing.
lg_json_each lg_json_items(lg_json value);
/// The next item of a list, or value of an object; false after the last.
bool lg_json_next(lg_json_each *each, lg_json *item);
/// The next member of an object, with its name.
bool lg_json_next_member(lg_json_each *each, lg_str *name, lg_json *item);
