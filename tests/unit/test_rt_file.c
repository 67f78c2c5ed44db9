/* runtime/file/file.c */
#include "rt_support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "../../runtime/file/file.h"

static void assert_holds(void **state, const char *name, const char *contents)
{
    char path[RT_PATH];
    char *text = rt_read(rt_path(state, name, path), NULL);
    assert_string_equal(text, contents);
    free(text);
}

static void begin(void **state, struct cnn_file *file, char path[RT_PATH])
{
    assert_true(cnn_file_begin(file, rt_path(state, "f", path), NULL));
}

static void the_new_takes_the_place_of_the_old(void **state)
{
    struct cnn_file file;
    char path[RT_PATH];
    rt_write(state, "f", "old", 3);
    begin(state, &file, path);
    cnn_file_write(&file, "ne", 2);
    cnn_file_write(&file, "w", 1);
    assert_holds(state, "f", "old");
    assert_int_equal(rt_count_files(state), 2);
    assert_true(cnn_file_commit(&file, NULL));
    assert_holds(state, "f", "new");
    assert_int_equal(rt_count_files(state), 1);
}

static void what_is_abandoned_leaves_nothing(void **state)
{
    struct cnn_file file;
    char path[RT_PATH];
    rt_write(state, "f", "old", 3);
    begin(state, &file, path);
    cnn_file_write(&file, "new", 3);
    cnn_file_abandon(&file);
    assert_holds(state, "f", "old");
    assert_int_equal(rt_count_files(state), 1);
}

static void more_than_the_buffer_is_whole(void **state)
{
    enum { SIZE = 3 * CNN_FILE_BUFFER + 17, PART = 1000 };
    struct cnn_file file;
    char path[RT_PATH];
    size_t size;
    unsigned char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * i >> 3);
    begin(state, &file, path);
    for (size_t at = 0; at < SIZE; at += PART)
        cnn_file_write(&file, bytes + at, SIZE - at < PART ? SIZE - at : PART);
    assert_int_equal(cnn_file_crc(&file), crc32(0, bytes, SIZE));
    assert_true(cnn_file_commit(&file, NULL));
    char *text = rt_read(path, &size);
    assert_int_equal(size, SIZE);
    assert_memory_equal(text, bytes, SIZE);
    free(text);
    free(bytes);
}

static void what_a_killed_program_left_is_written_over(void **state)
{
    struct cnn_file file;
    char path[RT_PATH];
    rt_write(state, "f.tmp", "much that was left behind", 25);
    begin(state, &file, path);
    cnn_file_write(&file, "new", 3);
    assert_true(cnn_file_commit(&file, NULL));
    assert_holds(state, "f", "new");
    rt_write(state, "f.tmp", "left", 4);
    assert_true(cnn_file_writable(path, NULL));
    assert_int_equal(rt_count_files(state), 1);
}

static void a_link_is_not_followed(void **state)
{
    struct cnn_file file;
    struct cnn_error error;
    char path[RT_PATH], link[RT_PATH], target[RT_PATH];
    rt_write(state, "precious", "kept", 4);
    assert_int_equal(symlink(rt_path(state, "precious", target), rt_path(state, "f.tmp", link)), 0);
    assert_false(cnn_file_begin(&file, rt_path(state, "f", path), &error));
    rt_assert_contains(error.message, "f.tmp: cannot be written: it is no regular file");
    assert_holds(state, "precious", "kept");
    assert_int_equal(remove(target), 0); /* nor does it bring anything into being */
    assert_false(cnn_file_begin(&file, path, NULL));
    assert_int_equal(rt_count_files(state), 1);
}

/* As somebody who may write there but not look: root looks everywhere. */
static void a_folder_that_cannot_be_synced_is_no_obstacle(void **state)
{
    struct cnn_file file;
    char path[RT_PATH];
    int status;
    rt_path(state, "f", path);
    if (geteuid() == 0)
        assert_int_equal(chown(*state, 65534, 65534), 0);
    assert_int_equal(chmod(*state, 0300), 0);
    pid_t other = fork();
    if (other == 0)
        _exit((geteuid() != 0 || setuid(65534) == 0) && cnn_file_begin(&file, path, NULL) &&
                      cnn_file_commit(&file, NULL)
                  ? 0
                  : 1);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(chmod(*state, 0700), 0);
    assert_int_equal(status, 0);
    assert_holds(state, "f", "");
}

/* Locks are a process's, so the other one must be another one. */
static void two_programs_do_not_write_at_once(void **state)
{
    struct cnn_file file;
    char path[RT_PATH];
    int status;
    begin(state, &file, path);
    cnn_file_write(&file, "new", 3);
    pid_t other = fork();
    if (other == 0) {
        struct cnn_file second;
        struct cnn_error error = {""};
        bool refused = !cnn_file_begin(&second, path, &error);
        _exit(refused && strstr(error.message, "another program is writing it") ? 0 : 1);
    }
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_true(cnn_file_commit(&file, NULL));
    assert_holds(state, "f", "new");
}

static void what_cannot_be_is_said(void **state)
{
    struct cnn_file file;
    struct cnn_error error;
    char path[RT_PATH], name[RT_PATH];
    char *endless = malloc(2 * CNN_PATH_SIZE);
    assert_non_null(endless);
    memset(endless, 'x', 2 * CNN_PATH_SIZE);
    endless[CNN_PATH_SIZE - 2] = '\0';
    assert_false(cnn_file_begin(&file, endless, &error)); /* the message has no room for more than the name */
    free(endless);
    assert_false(cnn_file_begin(&file, *state, &error));
    rt_assert_contains(error.message, "no regular file");
    assert_int_equal(mkdir(rt_path(state, "f.tmp", name), 0777), 0);
    assert_false(cnn_file_begin(&file, rt_path(state, "f", path), &error));
    rt_assert_contains(error.message, "f.tmp: cannot be written: it is no regular file");
    assert_int_equal(rmdir(name), 0);
    rt_pipe(state, "f.tmp");
    assert_false(cnn_file_begin(&file, path, &error));
    rt_assert_contains(error.message, "f.tmp: cannot be written: it is no regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_new_takes_the_place_of_the_old, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(what_is_abandoned_leaves_nothing, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(more_than_the_buffer_is_whole, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_program_left_is_written_over, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_synced_is_no_obstacle, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(two_programs_do_not_write_at_once, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_said, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
