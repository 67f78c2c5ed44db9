/* Errors are kept as the first one that happened, and printed in the manner of rustc. */
#include "base/base.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct diag diag;
    char path[32]; /* of a script */
    char printed[2048];
};

static int open_fixture(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->diag.arena = &fixture->arena;
    strcpy(fixture->path, "/tmp/cnnc-diag-XXXXXX");
    int file = mkstemp(fixture->path);
    *state = fixture;
    return file < 0 ? -1 : close(file);
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    int status = unlink(fixture->path);
    arena_free(&fixture->arena);
    free(fixture);
    return status;
}

static void write_script(struct fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct origin line(const struct fixture *fixture, int number)
{
    return (struct origin){.file = fixture->path, .line = number};
}

/* What diag_print() writes. */
static const char *printed(struct fixture *fixture)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    diag_print(&fixture->diag, file);
    rewind(file);
    size_t length = fread(fixture->printed, 1, sizeof fixture->printed - 1, file);
    fixture->printed[length] = '\0';
    fclose(file);
    return fixture->printed;
}

static void prints_message_line_trail_and_hint(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "one\ntwo\n\tmodel:add(Conv2D{16, 7})  \nfour\n");
    assert_false(diag_error(&fixture->diag, line(fixture, 3), "kernel %dx%d is too large", 7, 7));
    diag_trail(&fixture->diag, "28x28x1 -> conv2d 5x5x8");
    assert_false(diag_hint(&fixture->diag, "make it %s", "smaller"));
    const char *expected = arena_printf(&fixture->arena,
                                        "error: kernel 7x7 is too large\n"
                                        " --> %s:3\n"
                                        "  |\n"
                                        "3 |  model:add(Conv2D{16, 7})\n"
                                        "  |  ^^^^^^^^^^^^^^^^^^^^^^^^\n"
                                        "  = shapes: 28x28x1 -> conv2d 5x5x8\n"
                                        "  = help: make it smaller\n",
                                        fixture->path);
    assert_string_equal(printed(fixture), expected);
}

static void widens_the_gutter_with_the_line_number(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "\n\n\n\n\n\n\n\n\n\n\nf()\n");
    diag_error(&fixture->diag, line(fixture, 12), "no");
    diag_hint(&fixture->diag, "yes");
    const char *expected = arena_printf(&fixture->arena,
                                        "error: no\n"
                                        "  --> %s:12\n"
                                        "   |\n"
                                        "12 | f()\n"
                                        "   | ^^^\n"
                                        "   = help: yes\n",
                                        fixture->path);
    assert_string_equal(printed(fixture), expected);
}

static void keeps_the_first_error(void **state)
{
    struct fixture *fixture = *state;
    diag_error(&fixture->diag, (struct origin){.line = 1}, "first");
    diag_hint(&fixture->diag, "first hint");
    diag_trail(&fixture->diag, "first trail");
    diag_error(&fixture->diag, (struct origin){.line = 2}, "second");
    diag_hint(&fixture->diag, "second hint");
    diag_trail(&fixture->diag, "second trail");
    assert_string_equal(printed(fixture), "error: first\n  = shapes: first trail\n  = help: first hint\n");
}

static void prints_nothing_without_an_error(void **state) { assert_string_equal(printed(*state), ""); }

static void prints_without_a_place(void **state)
{
    struct fixture *fixture = *state;
    diag_error(&fixture->diag, (struct origin){0}, "out of disk");
    assert_string_equal(printed(fixture), "error: out of disk\n");
}

static void prints_a_file_without_a_line(void **state)
{
    struct fixture *fixture = *state;
    diag_error(&fixture->diag, (struct origin){.file = "gone.lua"}, "cannot read");
    assert_string_equal(printed(fixture), "error: cannot read\n --> gone.lua\n");
}

static void survives_a_line_that_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "one\n");
    diag_error(&fixture->diag, line(fixture, 7), "odd");
    assert_string_equal(printed(fixture), arena_printf(&fixture->arena, "error: odd\n --> %s:7\n", fixture->path));
}

static void keeps_control_characters_from_the_terminal(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "a\033[2Jb\n");
    diag_error(&fixture->diag, line(fixture, 1), "bad \033[31m name");
    assert_null(strchr(printed(fixture), '\033'));
    assert_non_null(strstr(fixture->printed, "1 | a [2Jb\n  | ^^^^^^\n"));
}

static void counts_characters_not_bytes(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "größe()\n");
    diag_error(&fixture->diag, line(fixture, 1), "no");
    assert_non_null(strstr(printed(fixture), "  | ^^^^^^^\n"));
}

static void cuts_a_very_long_line(void **state)
{
    struct fixture *fixture = *state;
    char text[1200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    write_script(fixture, text);
    diag_error(&fixture->diag, line(fixture, 1), "long");
    assert_true(strlen(printed(fixture)) < 600);
}

static void prints_warnings_once_and_before_the_error(void **state)
{
    struct fixture *fixture = *state;
    write_script(fixture, "one\ntwo\n");
    struct warning warning = {line(fixture, 2), "this is odd", "that is not"};
    diag_warn(&fixture->diag, warning);
    diag_warn(&fixture->diag, warning);
    const char *expected = arena_printf(&fixture->arena,
                                        "warning: this is odd\n"
                                        " --> %s:2\n"
                                        "  |\n"
                                        "2 | two\n"
                                        "  | ^^^\n"
                                        "  = help: that is not\n",
                                        fixture->path);
    assert_string_equal(printed(fixture), expected);
    assert_string_equal(printed(fixture), "");
    warning.at.line = 1;
    warning.hint = NULL;
    diag_warn(&fixture->diag, warning);
    diag_error(&fixture->diag, (struct origin){0}, "wrong");
    expected = arena_printf(&fixture->arena,
                            "warning: this is odd\n"
                            " --> %s:1\n"
                            "  |\n"
                            "1 | one\n"
                            "  | ^^^\n"
                            "error: wrong\n",
                            fixture->path);
    assert_string_equal(printed(fixture), expected);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(prints_message_line_trail_and_hint),
        TEST(widens_the_gutter_with_the_line_number),
        TEST(keeps_the_first_error),
        TEST(prints_nothing_without_an_error),
        TEST(prints_without_a_place),
        TEST(prints_a_file_without_a_line),
        TEST(survives_a_line_that_is_not_there),
        TEST(keeps_control_characters_from_the_terminal),
        TEST(counts_characters_not_bytes),
        TEST(cuts_a_very_long_line),
        TEST(prints_warnings_once_and_before_the_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
