/* runtime/data/idx.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

static bool read_file(void **state, const char *name, struct cnn_array *idx, struct cnn_error *error)
{
    char path[RT_PATH];
    return cnn_array_read(rt_path(state, name, path), NULL, idx, error);
}

/* Reads bytes as a file and returns the message they are refused with. */
static const char *refusal(void **state, const void *data, size_t size, struct cnn_error *error)
{
    struct cnn_array idx;
    rt_write(state, "x", data, size);
    assert_false(read_file(state, "x", &idx, error));
    assert_null(idx.data);
    return error->message;
}

static void reads_bytes(void **state)
{
    unsigned char file[64];
    struct cnn_array idx;
    size_t length = rt_idx_header(file, 8, 2, (const uint32_t[]){2, 3});
    memcpy(file + length, "abcdef", 6);
    rt_write(state, "raw", file, length + 6);
    rt_write_gz(state, "packed", file, length + 6);
    const char *names[] = {"raw", "packed"};
    for (int i = 0; i < 2; i++) {
        assert_true(read_file(state, names[i], &idx, NULL));
        assert_int_equal(idx.rank, 2);
        assert_int_equal(idx.dim[0], 2);
        assert_int_equal(idx.dim[1], 3);
        assert_int_equal(idx.element, CNN_BYTE);
        assert_memory_equal(idx.data, "abcdef", 6);
        cnn_array_free(&idx);
    }
}

static void reads_all_number_types(void **state)
{
    static const struct {
        int type, size;
        unsigned char data[16];
        float values[2];
    } cases[] = {
        {0x09, 1, {0xFF, 0x7F}, {-1, 127}},
        {0x0B, 2, {0xFF, 0xFE, 0x01, 0x00}, {-2, 256}},
        {0x0C, 4, {0xFF, 0xFF, 0xFF, 0xFD, 0, 1, 0, 0}, {-3, 65536}},
        {0x0D, 4, {0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0}, {1, -2.5f}},
        {0x0E, 8, {0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0x04, 0, 0, 0, 0, 0, 0}, {1, -2.5f}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned char file[64];
        struct cnn_array idx;
        size_t length = rt_idx_header(file, cases[i].type, 1, (const uint32_t[]){2});
        memcpy(file + length, cases[i].data, (size_t)cases[i].size * 2);
        rt_write(state, "numbers", file, length + (size_t)cases[i].size * 2);
        assert_true(read_file(state, "numbers", &idx, NULL));
        assert_int_equal(idx.element, CNN_FLOAT);
        assert_memory_equal(idx.data, cases[i].values, sizeof cases[i].values);
        cnn_array_free(&idx);
    }
}

static void reads_more_than_a_mebibyte(void **state)
{
    enum { COUNT = 3000001 };
    unsigned char *file = calloc(1, COUNT + 8);
    struct cnn_array idx;
    assert_non_null(file);
    size_t length = rt_idx_header(file, 8, 1, (const uint32_t[]){COUNT});
    for (int i = 0; i < COUNT; i++)
        file[8 + i] = (unsigned char)(i % 251);
    rt_write_gz(state, "large", file, length + COUNT);
    assert_true(read_file(state, "large", &idx, NULL));
    assert_memory_equal(idx.data, file + 8, COUNT);
    cnn_array_free(&idx);
    free(file);
}

static void reads_an_empty_set(void **state)
{
    unsigned char file[64];
    struct cnn_array idx;
    rt_write(state, "empty", file, rt_idx_header(file, 8, 3, (const uint32_t[]){0, 28, 28}));
    assert_true(read_file(state, "empty", &idx, NULL));
    assert_int_equal(idx.dim[0], 0);
    assert_non_null(idx.data);
    cnn_array_free(&idx);
}

static void refuses_what_is_no_idx_file(void **state)
{
    struct cnn_error error;
    rt_assert_contains(refusal(state, "", 0, &error), "too short");
    rt_assert_contains(refusal(state, "\0\0\x08", 3, &error), "too short");
    rt_assert_contains(refusal(state, "hello world", 11, &error),
                       "not an IDX or .npy file: it begins with 68 65 6c 6c");
    rt_assert_contains(refusal(state, "\0\0\x07\x01\0\0\0\0", 8, &error), "not a sound IDX file");
    rt_assert_contains(refusal(state, "\0\0\x08\0", 4, &error), "0 dimensions");
    rt_assert_contains(refusal(state, "\0\0\x08\x07", 4, &error), "7 dimensions");
    rt_assert_contains(refusal(state, "\0\0\x08\x02\0\0\0\x01", 8, &error), "too short");
}

static void refuses_wrong_lengths(void **state)
{
    struct cnn_error error;
    unsigned char file[64] = {0};
    size_t length = rt_idx_header(file, 8, 2, (const uint32_t[]){2, 3});
    rt_assert_contains(refusal(state, file, length + 5, &error),
                       "truncated: has 5 bytes of data, its header promises 6");
    rt_assert_contains(refusal(state, file, length + 7, &error), "goes on after");
}

static void an_immense_promise_asks_for_no_memory(void **state)
{
    struct cnn_error error;
    unsigned char file[64] = {0};
    size_t length = rt_idx_header(file, 8, 2, (const uint32_t[]){0xFFFFFFFF, 0x01000000});
    rt_assert_contains(refusal(state, file, length + 5, &error), "truncated");
    length = rt_idx_header(file, 8, 4, (const uint32_t[]){0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF});
    rt_assert_contains(refusal(state, file, length, &error), "more data than fits");
    /* No rows, each of them immense. */
    length = rt_idx_header(file, 8, 4, (const uint32_t[]){0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF});
    rt_assert_contains(refusal(state, file, length, &error), "more data than fits");
}

static void refuses_damaged_gzip(void **state)
{
    unsigned char file[600] = {0};
    struct cnn_error error;
    char path[RT_PATH];
    size_t length = rt_idx_header(file, 8, 1, (const uint32_t[]){500}), size;
    for (int i = 0; i < 500; i++)
        file[length + (size_t)i] = (unsigned char)(i * i);
    rt_write_gz(state, "packed", file, length + 500);
    char *packed = rt_read(rt_path(state, "packed", path), &size);
    rt_assert_contains(refusal(state, packed, size / 2, &error), "cannot be read: unexpected end of file");
    rt_assert_contains(refusal(state, packed, size - 8, &error), "cannot be read"); /* sum and length missing */
    packed[size - 6] = (char)(packed[size - 6] ^ 1);
    rt_assert_contains(refusal(state, packed, size, &error), "cannot be read: ");
    free(packed);
}

static void a_missing_file_is_named(void **state)
{
    struct cnn_array idx;
    struct cnn_error error;
    assert_false(read_file(state, "nowhere", &idx, &error));
    rt_assert_contains(error.message, "nowhere: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bytes),
        cmocka_unit_test(reads_all_number_types),
        cmocka_unit_test(reads_more_than_a_mebibyte),
        cmocka_unit_test(reads_an_empty_set),
        cmocka_unit_test(refuses_what_is_no_idx_file),
        cmocka_unit_test(refuses_wrong_lengths),
        cmocka_unit_test(an_immense_promise_asks_for_no_memory),
        cmocka_unit_test(refuses_damaged_gzip),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
