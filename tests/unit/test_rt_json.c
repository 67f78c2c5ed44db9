/* runtime/file/json.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "../../runtime/file/file.h"

static struct cnn_json text(const char *json) { return (struct cnn_json){json, json + strlen(json)}; }

static void takes_what_stands_there(void **state)
{
    (void)state;
    struct cnn_json json = text(" \n\t{ }");
    assert_true(cnn_json_next_is(&json, '{'));
    assert_true(cnn_json_take(&json, '{'));
    assert_false(cnn_json_take(&json, ','));
    assert_true(cnn_json_take(&json, '}'));
    assert_true(cnn_json_at_end(&json));
    assert_false(cnn_json_take(&json, '}'));
}

static void decodes_strings(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\"\"", ""},
        {"\"conv2d/kernel\"", "conv2d/kernel"},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e4\\u20AC\\ud83d\\ude00\"", "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\"\xc3\xa4\"", "\xc3\xa4"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[64];
        struct cnn_json json = text(cases[i][0]);
        assert_true(cnn_json_string(&json, out, sizeof out));
        assert_string_equal(out, cases[i][1]);
        assert_true(cnn_json_at_end(&json));
    }
}

static void refuses_malformed_strings(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",          "abc",         "\"open",      "\"\\",        "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
        "\"\n\"",    "\"\\u0000\"", "\"too long\""};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[8];
        struct cnn_json json = text(cases[i]);
        assert_false(cnn_json_string(&json, out, sizeof out));
    }
}

static void a_string_fits_exactly(void **state)
{
    (void)state;
    char out[4];
    struct cnn_json json = text("\"abc\"");
    assert_true(cnn_json_string(&json, out, sizeof out));
    json = text("\"abcd\"");
    assert_false(cnn_json_string(&json, out, sizeof out));
    json = text("\"\"");
    assert_false(cnn_json_string(&json, out, 0));
}

static void reads_counts(void **state)
{
    (void)state;
    int64_t value;
    struct cnn_json json = text(" 0 9223372036854775807 9223372036854775808");
    assert_true(cnn_json_count(&json, &value) && value == 0);
    assert_true(cnn_json_count(&json, &value) && value == INT64_MAX);
    assert_false(cnn_json_count(&json, &value));
    json = text("-1");
    assert_false(cnn_json_count(&json, &value));
}

static void skips_any_value(void **state)
{
    (void)state;
    static const char *const cases[] = {"1",
                                        "-1.5e+3",
                                        "true",
                                        "null",
                                        "\"x\\\"y\"",
                                        "[]",
                                        "{}",
                                        "[1,[2,{\"a\":[]}]]",
                                        "{\"a\":{\"b\":\"c\"},\"d\":false}"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_json json = text(cases[i]);
        assert_true(cnn_json_skip(&json));
        assert_true(cnn_json_at_end(&json));
    }
}

static void refuses_malformed_values(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "[", "[1", "[1,", "{\"a\"}", "{\"a\":", "{1:2}", "\"a", "]"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_json json = text(cases[i]);
        assert_false(cnn_json_skip(&json));
    }
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *deep = malloc(DEPTH);
    assert_non_null(deep);
    memset(deep, '[', DEPTH);
    struct cnn_json json = {deep, deep + DEPTH};
    assert_false(cnn_json_skip(&json));
    free(deep);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    const char *original = "a \"quoted\\\" \n name \xc3\xa4";
    char *written = NULL, out[64];
    size_t length;
    FILE *memory = open_memstream(&written, &length);
    cnn_json_write(memory, original);
    fclose(memory);
    struct cnn_json json = {written, written + length};
    assert_true(cnn_json_string(&json, out, sizeof out));
    assert_string_equal(out, original);
    free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_stands_there),
        cmocka_unit_test(decodes_strings),
        cmocka_unit_test(refuses_malformed_strings),
        cmocka_unit_test(a_string_fits_exactly),
        cmocka_unit_test(reads_counts),
        cmocka_unit_test(skips_any_value),
        cmocka_unit_test(refuses_malformed_values),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
