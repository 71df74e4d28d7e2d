// The parts of the SDK that ask no host, outside a channel and under the sanitizers: tables, then texts that are broken at
// random. `cc -std=c17 -fsanitize=address,undefined -I.. native.c ../lockgate_text.c ../lockgate_json.c && ./a.out`
#include "../lockgate_json.h"

#include <stdio.h>
#include <stdlib.h>

static int failed;

static void check(bool held, const char *what, int line) {
    if (held) return;
    fprintf(stderr, "line %d: %s\n", line, what);
    failed = 1;
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

// A copy in a block of exactly its size, so that reading one byte too many is seen.
static lg_str exact(const char *bytes, size_t length) {
    uint8_t *block = malloc(length ? length : 1);
    if (!block) abort();
    if (length) memcpy(block, bytes, length);
    return (lg_str){block, length};
}

static bool opens(const char *text) {
    lg_str copy = exact(text, strlen(text));
    lg_json value;
    bool opened = lg_json_open(copy, &value);
    free(copy.ptr);
    return opened;
}

static lg_json json(const char *text) {
    lg_json value;
    CHECK(lg_json_open(lg_c(text), &value));
    return value;
}

static void what_is_json(void) {
    static const char *const good[] = {
        "0", "-0", "10.5e-3", "1E+9", "true", "false", "null", "\"\"", " [ ] ", "{}", "[1, [2], {\"a\":[]}]",
        "{\"a\":1,\"a\":{\"b\":null}}", "\"\\u00e9\\n\\\"\"", "\"\\ud83d\\ude00\"", "\"\xC3\xA9\"", "\"\x7F\"",
    };
    static const char *const bad[] = {
        "", " ", "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "[", "]",
        "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "{,}", "1 1", "[}", "{]", "[1}", "\"\xC3\"",
        "\"\xED\xA0\x80\"", "\"\xC0\x80\"", "NaN", "[1]x", "\"\\", "{\"a\" 1}", "--1",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) check(opens(good[i]), good[i], __LINE__);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) check(!opens(bad[i]), bad[i], __LINE__);
}

static void how_deep_it_may_be(void) {
    for (int depth = LG_JSON_DEPTH - 1; depth <= LG_JSON_DEPTH + 1; depth++) {
        char text[2 * (LG_JSON_DEPTH + 1) + 1];
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = 0;
        CHECK(opens(text) == (depth <= LG_JSON_DEPTH));
    }
}

static void what_is_taken_from_it(void) {
    lg_json object = json(" {\"id\": 7, \"na\\u006de\": \"A\\u00e9\\ud83d\\ude00\\ud83dx\", \"list\": [1, \"b\", [2]], \"ok\": true} ");
    int64_t number = 0;
    CHECK(lg_json_integer(lg_json_get(object, LG("id")), &number) && number == 7);
    CHECK(lg_eq(lg_json_get_text(object, LG("name")), LG("A\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx")));
    CHECK(lg_json_true(lg_json_get(object, LG("ok"))));
    CHECK(lg_json_get(object, LG("absent")).kind == LG_JSON_NONE);
    CHECK(lg_json_get(lg_json_get(object, LG("id")), LG("x")).kind == LG_JSON_NONE);
    lg_json_each each = lg_json_items(lg_json_get(object, LG("list")));
    lg_json item;
    lg_json_kind kinds[] = {LG_JSON_NUMBER, LG_JSON_TEXT, LG_JSON_LIST};
    size_t count = 0;
    while (lg_json_next(&each, &item)) CHECK(count < 3 && item.kind == kinds[count++]);
    CHECK(count == 3 && lg_eq(item.raw, LG("[2]")));
    double real = 0;
    CHECK(lg_json_double(json("-2.5e1"), &real) && real == -25.0);
}

static void whole_numbers(void) {
    int64_t number = 0;
    CHECK(lg_json_integer(json("9223372036854775807"), &number) && number == INT64_MAX);
    CHECK(lg_json_integer(json("-9223372036854775808"), &number) && number == INT64_MIN);
    CHECK(!lg_json_integer(json("9223372036854775808"), &number) && !lg_json_integer(json("-9223372036854775809"), &number));
    CHECK(!lg_json_integer(json("1.0"), &number) && !lg_json_integer(json("1e3"), &number) && !lg_json_integer(json("\"1\""), &number));
    CHECK(lg_eq(lg_integer(INT64_MIN), LG("-9223372036854775808")) && lg_eq(lg_number(UINT64_MAX), LG("18446744073709551615")));
    uint64_t large = 5;
    CHECK(!lg_to_number(LG("18446744073709551616"), &large) && !lg_to_number(LG(""), &large) && !lg_to_number(LG("1x"), &large));
    CHECK(large == 5 && lg_to_number(LG("18446744073709551615"), &large) && large == UINT64_MAX);
}

static lg_str repaired(const char *bytes) {
    return lg_utf8(lg_as_bytes(lg_c(bytes)));
}

static void texts(void) {
    CHECK(lg_eq(repaired("a\xFFz"), LG("a\xEF\xBF\xBDz")) && lg_eq(repaired("\xE2\x82"), LG("\xEF\xBF\xBD\xEF\xBF\xBD")));
    CHECK(lg_eq(repaired("\xF4\x8F\xBF\xBF"), LG("\xF4\x8F\xBF\xBF")) && !lg_eq(repaired("\xF4\x90\x80\x80"), LG("\xF4\x90\x80\x80")));
    lg_str rest = LG("a=b=");
    CHECK(lg_eq(lg_split(&rest, LG("=")), LG("a")) && lg_eq(lg_split(&rest, LG("=")), LG("b")) && rest.len == 0);
    CHECK(lg_eq(lg_trim(LG(" \r\n a b\t")), LG("a b")) && lg_trim(LG(" ")).len == 0);
    CHECK(lg_eq(lg_cut(LG("a\xC3\xA9"), 2), LG("a")) && lg_eq(lg_part(LG("abc"), 1, 1), LG("b")) && lg_part(LG("a"), 9, 9).len == 0);
    CHECK(lg_eq_anycase(LG("X-Sent"), LG("x-sENT")) && !lg_eq(LG("a"), LG("b")) && lg_starts(LG("abc"), LG("ab")));
    CHECK(lg_find(LG("abc"), LG("c")) == 2 && lg_find(LG("abc"), LG("d")) == SIZE_MAX && lg_find(LG("a"), LG("abc")) == SIZE_MAX);
    lg_buffer b = {0};
    lg_put_json(&b, LG("a\"\\\n\x7F\xC3\xA9"));
    CHECK(lg_eq(lg_text_of(&b), LG("\"a\\u0022\\u005c\\u000a\\u007f\xC3\xA9\"")));
    CHECK(lg_eq(lg_cat(LG("a"), LG_EMPTY, lg_number(0)), LG("a0")));
}

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint64_t chance(uint64_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

// Reads all of a value, as a channel might; what comes out has to be valid and to survive being written and read again.
static void walk(lg_json value, int depth) {
    CHECK(depth <= LG_JSON_DEPTH);
    lg_str text = lg_json_text(value);
    lg_buffer again = {0};
    lg_put_json(&again, text);
    lg_json second;
    CHECK(lg_json_open(lg_text_of(&again), &second) && lg_eq(lg_json_text(second), text));
    int64_t whole;
    double real;
    if (lg_json_integer(value, &whole)) CHECK(lg_json_double(value, &real));
    lg_json_each each = lg_json_items(value);
    lg_json item;
    for (lg_str name = LG_EMPTY; lg_json_next_member(&each, &name, &item);) {
        CHECK(lg_utf8(lg_as_bytes(name)).ptr == name.ptr);
        walk(item, depth + 1);
    }
}

static void broken_texts(long rounds) {
    static const char seed[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\\n\xC3\xA9\",true,null,{\"b\":{},\"\":[[]]}],\"c\":\"\\\\\"} ";
    static const char often[] = "{}[]\",:\\u019eE+-.tfn \xC3\xA9\x80";
    long opened = 0;
    for (long i = 0; i < rounds; i++) {
        char text[2 * sizeof seed];
        size_t length = sizeof seed - 1;
        memcpy(text, seed, length);
        for (uint64_t edits = chance(6); edits; edits--) {
            size_t at = chance(length), move = length - at;
            switch (chance(4)) {
            case 0: text[at] = often[chance(sizeof often - 1)]; break;
            case 1: text[at] = (char)chance(256); break;
            case 2: memmove(text + at, text + at + 1, --move); length--; break;
            default: memmove(text + at + 1, text + at, move); text[at] = often[chance(sizeof often - 1)]; length++;
            }
        }
        lg_str copy = exact(text, chance(8) ? length : chance(length));
        lg_json value;
        if (lg_json_open(copy, &value)) {
            opened++;
            walk(value, 0);
        }
        lg_str whole = lg_utf8(lg_as_bytes(copy));
        CHECK(lg_utf8(lg_as_bytes(whole)).ptr == whole.ptr);
        free(copy.ptr);
    }
    CHECK(opened > rounds / 20 && opened < rounds);
}

// What was not made here has exactly its size, and what is shared keeps what it has.
static void lists_with_room_for_one_more(void) {
    uint32_t *given = malloc(3 * sizeof *given);
    if (!given) abort();
    memcpy(given, (uint32_t[]){1, 2, 3}, 3 * sizeof *given);
    uint32_t *grown = lg_room(given, 3, sizeof *grown);
    grown[3] = 4;
    CHECK(grown != given && grown[0] == 1 && grown[2] == 3 && given[2] == 3);
    CHECK(lg_room(grown, 4, sizeof *grown) == (void *)grown);
    grown[4] = 5;
    uint32_t *other = lg_room(grown, 4, sizeof *other);
    other[4] = 6;
    CHECK(other != grown && other[3] == 4 && grown[4] == 5);
    uint32_t *all = NULL;
    for (uint32_t i = 0; i < 1000; i++) {
        all = lg_room(all, i, sizeof *all);
        all[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) CHECK(all[i] == i);
    free(given);
}

int main(int count, char **arguments) {
    lists_with_room_for_one_more();
    what_is_json();
    how_deep_it_may_be();
    what_is_taken_from_it();
    whole_numbers();
    texts();
    broken_texts(count > 1 ? atol(arguments[1]) : 20000);
    return failed;
}
