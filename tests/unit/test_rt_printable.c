/* runtime/file/printable.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "../../runtime/file/file.h"

/* In memory that ends with the text, so that reading past it is found. */
static void assert_becomes(const char *text, const char *wanted)
{
    char *copy = malloc(strlen(text) + 1);
    assert_non_null(copy);
    strcpy(copy, text);
    cnn_make_printable(copy);
    assert_string_equal(copy, wanted);
    free(copy);
}

static void text_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ~",
        "conv2d/kernel is 3x3",
        "\xC2\xA0\xC3\xA9",                                 /* U+00A0, e acute */
        "\xC3\x9F\xDF\xBF",                                 /* sharp s, U+07FF */
        "\xE6\xBC\xA2\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80", /* a kanji, U+0800, U+D7FF, U+E000 */
        "\xF0\x9F\x98\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", /* a face, U+10000, U+10FFFF */
        "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA", /* beside those that turn text */
        "caf\xE9",                                          /* Latin-1 */
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_becomes(texts[i], texts[i]);
}

static void what_steers_a_terminal_goes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\033[31mred\033[0m", "?[31mred?[0m"},
        {"a\nb\rc\td\b\x7F", "a?b?c?d??"},
        {"\x01\x1F", "??"},
        {"\xC2\x80x\xC2\x9By\xC2\x9F", "?x?y?"},           /* U+0080, CSI, U+009F */
        {"\x80\x9B\x9F", "???"},                           /* the same as bytes */
        {"\xE2\x80\xAAx\xE2\x80\xAE\xE2\x80\xAB", "?x??"}, /* embedding, override */
        {"\xE2\x81\xA6x\xE2\x81\xA9", "?x?"},              /* isolates */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_becomes(cases[i][0], cases[i][1]);
}

/* What is no UTF-8 must not hide a byte that a terminal of eight bits obeys, nor a control character in more bytes
 * than it needs. */
static void what_is_no_character_hides_nothing(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\xC0\x9B", "\xC0?"},
        {"\xC1\x9B", "\xC1?"},
        {"\xC3(\x9B", "\xC3(?"},
        {"\xC3\033", "\xC3?"},
        {"\xE0\x80\x9B", "\xE0??"},
        {"\xE0\x9F\xBF", "\xE0?\xBF"},
        {"\xED\xA0\x80", "\xED\xA0?"},
        {"\xE6\xBC\033", "\xE6\xBC?"},
        {"\xE6\xBC\xC0", "\xE6\xBC\xC0"},
        {"\xE2\x80", "\xE2?"},
        {"\xE2", "\xE2"},
        {"\xF0\x8F\xBF\xBF", "\xF0?\xBF\xBF"},
        {"\xF4\x90\x80\x80", "\xF4???"},
        {"\xF0\x9F\x98", "\xF0??"},
        {"\xF0\x9F\x98\n", "\xF0???"},
        {"\xF5\x80\x80\x80", "\xF5???"},
        {"\xFF\x80", "\xFF?"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_becomes(cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays),
        cmocka_unit_test(what_steers_a_terminal_goes),
        cmocka_unit_test(what_is_no_character_hides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
