/* The C compiler's command line, and what becomes of it. */
#include "build.h"

#include "command/command.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_words(const struct cc *cc, const char *expected)
{
    char text[200] = "";
    for (int i = 0; i < cc->n_words; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s|", cc->words[i]);
    assert_string_equal(text, expected);
    assert_null(cc->words[cc->n_words]);
}

static void begins_with_the_option_or_cc_or_both_missing(void **state)
{
    struct build *build = *state;
    struct cc cc;
    assert_int_equal(setenv("CC", " ccache  gcc ", 1), 0);
    assert_true(cc_open(&cc, &build->diag, "clang -m32"));
    assert_words(&cc, "clang|-m32|");
    assert_true(cc_open(&cc, &build->diag, NULL));
    assert_words(&cc, "ccache|gcc|");
    assert_true(cc_words(&cc, NULL) && cc_words(&cc, "-O2 -c") && cc_word(&cc, "a file.c"));
    assert_words(&cc, "ccache|gcc|-O2|-c|a file.c|");
    assert_int_equal(setenv("CC", " ", 1), 0);
    assert_true(cc_open(&cc, &build->diag, NULL));
    assert_words(&cc, "cc|");
    assert_int_equal(unsetenv("CC"), 0);
    assert_true(cc_open(&cc, &build->diag, NULL));
    assert_words(&cc, "cc|");
}

static void has_an_end(void **state)
{
    struct build *build = *state;
    struct cc cc;
    assert_true(cc_open(&cc, &build->diag, "cc"));
    for (int i = 1; i < CC_MAX_WORDS; i++)
        assert_true(cc_word(&cc, "-g"));
    assert_false(cc_word(&cc, "-g"));
    assert_non_null(strstr(build->diag.message, "too many words"));
    assert_null(cc.words[CC_MAX_WORDS]);
}

static void takes_what_is_printed(void **state)
{
    struct build *build = *state;
    struct cc cc;
    const char *output = NULL;
    assert_true(cc_open(&cc, &build->diag, "sh -c") && cc_word(&cc, "seq 1 5000; echo error >&2") &&
                cc_run(&cc, &output));
    assert_int_equal(strlen(output), 9 * 2 + 90 * 3 + 900 * 4 + 4001 * 5);
    assert_memory_equal(output, "1\n2\n", 4);
    assert_string_equal(output + strlen(output) - 10, "4999\n5000\n");
}

static void says_what_went_wrong(void **state)
{
    struct build *build = *state;
    struct cc cc;
    const char *output = NULL;
    static const struct {
        const char *command, *message;
    } cases[] = {{"false", "`false` failed"}, {"/nonexistent/cc", "`/nonexistent/cc` did not start"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int captures = 0; captures < 2; captures++) {
            assert_true(cc_open(&cc, &build->diag, cases[i].command));
            assert_false(cc_run(&cc, captures ? &output : NULL));
            assert_string_equal(build->diag.message, cases[i].message);
            build_forgive(build);
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(begins_with_the_option_or_cc_or_both_missing),
        TEST(has_an_end),
        TEST(takes_what_is_printed),
        TEST(says_what_went_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
