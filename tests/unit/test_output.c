/* Files are written whole or not at all, and only when they change. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* In place of the C library's: the one that is counted down to fails. */
static int renames_until_failure;

int rename(const char *from, const char *to)
{
    if (renames_until_failure > 0 && --renames_until_failure == 0) {
        errno = EIO;
        return -1;
    }
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

struct fixture {
    struct arena arena;
    struct diag diag;
    char folder[32];
};

static int open_folder(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->diag.arena = &fixture->arena;
    strcpy(fixture->folder, "/tmp/cnnc-output-XXXXXX");
    *state = fixture;
    return mkdtemp(fixture->folder) ? 0 : -1;
}

/* Fails when a test left anything in the folder that it did not remove. */
static int close_folder(void **state)
{
    struct fixture *fixture = *state;
    int status = rmdir(fixture->folder);
    arena_free(&fixture->arena);
    free(fixture);
    return status;
}

static const char *path_of(struct fixture *fixture, const char *name)
{
    return arena_printf(&fixture->arena, "%s/%s", fixture->folder, name);
}

static void assert_contents(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_int_equal(length, strlen(expected));
    assert_string_equal(text, expected);
}

static void writes_two_files(void **state)
{
    struct fixture *fixture = *state;
    const char *c = path_of(fixture, "net.c"), *h = path_of(fixture, "net.h");
    assert_true(output_write(&fixture->diag, (struct output_file[]){{c, "int x;", 6}, {h, "", 0}}, 2));
    assert_contents(c, "int x;");
    assert_contents(h, "");
    assert_true(output_write(&fixture->diag, (struct output_file[]){{c, "int", 3}, {h, "long", 4}}, 2));
    assert_contents(c, "int");
    assert_contents(h, "long");
    unlink(c);
    unlink(h);
}

static void leaves_an_unchanged_file_alone(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "net.c");
    struct output_file file = {path, "int x;", 6};
    struct stat before, after;
    assert_true(output_write(&fixture->diag, &file, 1));
    assert_int_equal(stat(path, &before), 0);
    assert_true(output_write(&fixture->diag, &file, 1));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* no rename has put another file there */
    file.length = 5;
    assert_true(output_write(&fixture->diag, &file, 1));
    assert_contents(path, "int x");
    unlink(path);
}

static void obeys_the_umask(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "net.c");
    struct stat status;
    mode_t old = umask(027);
    assert_true(output_write(&fixture->diag, &(struct output_file){path, "x", 1}, 1));
    umask(old);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    unlink(path);
}

/* The second file cannot be written, so the first is not either. */
static void writes_all_or_none(void **state)
{
    struct fixture *fixture = *state;
    const char *c = path_of(fixture, "net.c"), *nowhere = path_of(fixture, "nowhere/net.h");
    assert_false(output_write(&fixture->diag, (struct output_file[]){{c, "x", 1}, {nowhere, "y", 1}}, 2));
    assert_true(fixture->diag.failed);
    assert_non_null(strstr(fixture->diag.message, "nowhere/net.h"));
    assert_int_equal(access(c, F_OK), -1);
}

/* The second file cannot be put into its place: the first is what it was. */
static void takes_back_what_was_renamed(void **state)
{
    struct fixture *fixture = *state;
    const char *c = path_of(fixture, "net.c"), *h = path_of(fixture, "net.h");
    for (int round = 0; round < 2; round++) {
        renames_until_failure = 2;
        fixture->diag.failed = false;
        assert_false(output_write(&fixture->diag, (struct output_file[]){{c, "new", 3}, {h, "new", 3}}, 2));
        assert_non_null(strstr(fixture->diag.message, "net.h"));
        if (round == 0) {
            assert_int_equal(access(c, F_OK), -1);
            fixture->diag.failed = false;
            assert_true(output_write(&fixture->diag, (struct output_file[]){{c, "old", 3}, {h, "old", 3}}, 2));
        }
    }
    assert_contents(c, "old");
    assert_contents(h, "old");
    unlink(c);
    unlink(h);
}

/* Somebody has put a link where the new contents go first. */
static void follows_no_link(void **state)
{
    struct fixture *fixture = *state;
    const char *c = path_of(fixture, "net.c"), *other = path_of(fixture, "other");
    const char *temporary = arena_printf(&fixture->arena, "%s.%ld.tmp", c, (long)getpid());
    assert_true(output_write(&fixture->diag, &(struct output_file){other, "mine", 4}, 1));
    assert_int_equal(symlink("other", temporary), 0);
    assert_true(output_write(&fixture->diag, &(struct output_file){c, "int x;", 6}, 1));
    assert_contents(other, "mine");
    assert_contents(c, "int x;");
    unlink(c);
    unlink(other);
}

static void refuses_a_folder(void **state)
{
    struct fixture *fixture = *state;
    assert_false(output_write(&fixture->diag, &(struct output_file){fixture->folder, "x", 1}, 1));
    assert_non_null(strstr(fixture->diag.message, fixture->folder));
}

/* Neither is a file written beside what cannot be replaced, nor is a pipe waited for. */
static void refuses_what_is_no_file(void **state)
{
    struct fixture *fixture = *state;
    const char *c = path_of(fixture, "net.c"), *h = path_of(fixture, "net.h");
    assert_int_equal(mkdir(h, 0777), 0);
    assert_false(output_write(&fixture->diag, (struct output_file[]){{c, "x", 1}, {h, "y", 1}}, 2));
    assert_non_null(strstr(fixture->diag.message, "net.h`: it is no regular file"));
    assert_int_equal(access(c, F_OK), -1);
    assert_int_equal(rmdir(h), 0);
    assert_int_equal(mkfifo(c, 0666), 0);
    fixture->diag.failed = false;
    assert_false(output_write(&fixture->diag, (struct output_file[]){{c, "x", 1}, {h, "y", 1}}, 2));
    assert_non_null(strstr(fixture->diag.message, "net.c`: it is no regular file"));
    assert_int_equal(access(h, F_OK), -1);
    assert_int_equal(unlink(c), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_two_files),   TEST(leaves_an_unchanged_file_alone), TEST(obeys_the_umask),
        TEST(writes_all_or_none), TEST(takes_back_what_was_renamed),    TEST(follows_no_link),
        TEST(refuses_a_folder),   TEST(refuses_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
