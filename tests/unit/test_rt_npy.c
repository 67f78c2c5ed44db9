/* runtime/data/npy.c and zip.c: NumPy's files, through cnn_array_read(). */
#include "rt_arrays.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 8192 };

static bool read_file(void **state, const char *name, struct cnn_array *array, struct cnn_error *error)
{
    char path[RT_PATH];
    return cnn_array_read(rt_path(state, "file", path), name, array, error);
}

static bool read_npy(void **state, const char *dict, const void *data, size_t size, struct cnn_array *array,
                     struct cnn_error *error)
{
    unsigned char file[ROOM];
    rt_write(state, "file", file, rt_npy(file, dict, data, size));
    return read_file(state, NULL, array, error);
}

static void refuses(void **state, const char *dict, const char *message)
{
    struct cnn_array array;
    struct cnn_error error;
    assert_false(read_npy(state, dict, "12345678", 8, &array, &error));
    assert_null(array.data);
    rt_assert_contains(error.message, message);
}

/* ---- .npy ---- */

static void reads_all_number_types(void **state)
{
    static const struct {
        const char *dict;
        size_t size;
        const char *data;
        float values[2];
    } cases[] = {
        {NPY("'|i1'", "False", "(2,)"), 2, "\xFF\x7F", {-1, 127}},
        {NPY("'|b1'", "False", "(2,)"), 2, "\0\1", {0, 1}},
        {NPY("'<i2'", "False", "(2,)"), 4, "\xFE\xFF\0\x01", {-2, 256}},
        {NPY("'>i2'", "False", "(2,)"), 4, "\xFF\xFE\x01\0", {-2, 256}},
        {NPY("'<u2'", "False", "(2,)"), 4, "\xFE\xFF\0\x01", {65534, 256}},
        {NPY("'<i4'", "False", "(2,)"), 8, "\xFD\xFF\xFF\xFF\0\0\1\0", {-3, 65536}},
        {NPY("'<u4'", "False", "(2,)"), 8, "\0\0\0\xFF\0\0\1\0", {4278190080.0f, 65536}},
        {NPY("'<i8'", "False", "(2,)"), 16, "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF\7\0\0\0\0\0\0\0", {-4, 7}},
        {NPY("'<i8'", "False", "(2,)"), 16, "\0\0\0\0\0\0\0\x80\7\0\0\0\0\0\0\0", {-9223372036854775808.0f, 7}},
        {NPY("'<u8'", "False", "(2,)"), 16, "\0\0\0\0\0\0\0\x80\7\0\0\0\0\0\0\0", {9223372036854775808.0f, 7}},
        {NPY("'<f4'", "False", "(2,)"), 8, "\0\0\x80\x3F\0\0\x20\xC0", {1, -2.5f}},
        {NPY("'>f4'", "False", "(2,)"), 8, "\x3F\x80\0\0\xC0\x20\0\0", {1, -2.5f}},
        {NPY("'<f8'", "False", "(2,)"), 16, "\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\x04\xC0", {1, -2.5f}},
        {NPY("'>f8'", "False", "(2,)"), 16, "\x3F\xF0\0\0\0\0\0\0\xC0\x04\0\0\0\0\0\0", {1, -2.5f}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_array array;
        assert_true(read_npy(state, cases[i].dict, cases[i].data, cases[i].size, &array, NULL));
        assert_int_equal(array.element, CNN_FLOAT);
        assert_memory_equal(array.data, cases[i].values, sizeof cases[i].values);
        cnn_array_free(&array);
    }
}

static void unsigned_bytes_stay_bytes(void **state)
{
    struct cnn_array array;
    assert_true(read_npy(state, NPY("'|u1'", "False", "(2, 3, 1)"), "abcdef", 6, &array, NULL));
    assert_int_equal(array.rank, 3);
    assert_int_equal(array.dim[0], 2);
    assert_int_equal(array.dim[1], 3);
    assert_int_equal(array.dim[2], 1);
    assert_int_equal(array.element, CNN_BYTE);
    assert_memory_equal(array.data, "abcdef", 6);
    cnn_array_free(&array);
}

static void the_dict_may_be_written_in_other_ways(void **state)
{
    static const char *const dicts[] = {"{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}",
                                        "{ 'descr' : '<u1' , 'shape' : ( 2 , 3 , ) , 'fortran_order' : False , } "};
    for (size_t i = 0; i < COUNT_OF(dicts); i++) {
        struct cnn_array array;
        assert_true(read_npy(state, dicts[i], "abcdef", 6, &array, NULL));
        assert_int_equal(array.rank, 2);
        cnn_array_free(&array);
    }
}

static void reads_versions_2_and_3_and_gzip(void **state)
{
    unsigned char file[ROOM], longer[ROOM];
    size_t size = rt_npy(file, NPY("'|u1'", "False", "(3,)"), "abc", 3);
    for (int version = 2; version <= 3; version++) {
        struct cnn_array array;
        memcpy(longer, file, 10);
        memset(longer + 10, 0, 2); /* the length has four bytes */
        memcpy(longer + 12, file + 10, size - 10);
        longer[6] = (unsigned char)version;
        rt_write_gz(state, "file", longer, size + 2);
        assert_true(read_file(state, NULL, &array, NULL));
        assert_memory_equal(array.data, "abc", 3);
        cnn_array_free(&array);
    }
}

static void refuses_other_arrays(void **state)
{
    refuses(state, NPY("'<f4'", "True", "(2, 1)"), "is in Fortran order; save numpy.ascontiguousarray(x) instead");
    refuses(state, NPY("'<f2'", "False", "(4,)"), "holds numbers of type '<f2', which is not read");
    refuses(state, NPY("'|O'", "False", "(1,)"), "holds lists of Python");
    refuses(state, NPY("'|f4'", "False", "(2,)"), "holds numbers of type '|f4'");
    refuses(state, NPY("'f4'", "False", "(2,)"), "holds numbers of type 'f4'");
    refuses(state, NPY("[('a', '<f4')]", "False", "(2,)"), "its header is not that of an array of numbers");
    refuses(state, NPY("'<f4'", "False", "()"), "has no dimensions, 1 to 6 are possible");
    refuses(state, NPY("'|u1'", "False", "(1, 1, 1, 1, 1, 1, 8)"), "has more dimensions, 1 to 6 are possible");
}

static void refuses_damaged_headers(void **state)
{
    static const char *const dicts[] = {
        "",
        "{",
        "{}",
        "{'descr'}",
        "{'descr': '<f4'}",
        "{'descr: '<f4'}",
        "{descr: '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': False 'shape': (2,)}",
        "{'descr': '<a very long type indeed', 'fortran_order': False, 'shape': (2,)}",
        "{'a key that nobody knows': 1, 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"};
    for (size_t i = 0; i < COUNT_OF(dicts); i++)
        refuses(state, dicts[i], "its header is not that of an array of numbers");
}

static void refuses_truncated_files(void **state)
{
    unsigned char file[ROOM];
    struct cnn_array array;
    struct cnn_error error;
    size_t size = rt_npy(file, NPY("'|u1'", "False", "(3,)"), "abc", 3);
    for (size_t part = 0; part < size; part++) {
        rt_write(state, "file", file, part);
        assert_false(read_file(state, NULL, &array, &error));
        assert_null(array.data);
        rt_assert_contains(error.message, part < size - 3 ? "too short for the header of an" : "truncated: has");
    }
    memcpy(file + size, "d", 1);
    rt_write(state, "file", file, size + 1);
    assert_false(read_file(state, NULL, &array, &error));
    rt_assert_contains(error.message, "goes on after the data");
    file[6] = 4;
    rt_write(state, "file", file, size);
    assert_false(read_file(state, NULL, &array, &error));
    rt_assert_contains(error.message, "its version is none of 1 to 3");
}

/* Terabytes are promised, none of them asked of malloc. */
static void an_immense_promise_asks_for_no_memory(void **state)
{
    refuses(state, NPY("'<f8'", "False", "(1099511627776, 4)"), "truncated: can have");
    refuses(state, NPY("'<f8'", "False", "(4611686018427387904, 4)"), "more data than fits in memory");
    refuses(state, NPY("'<f8'", "False", "(0, 4611686018427387904, 4)"), "more data than fits in memory");
}

static void an_immense_header_is_not_read(void **state)
{
    unsigned char file[ROOM] = "\x93NUMPY\2\0\xFF\xFF\xFF\xFF";
    struct cnn_array array;
    struct cnn_error error;
    rt_write(state, "file", file, sizeof file);
    assert_false(read_file(state, NULL, &array, &error));
    rt_assert_contains(error.message, "its header is not that of an array");
}

/* ---- .npz ---- */

/* Two arrays, of which the second is 'abcdef' as 2x3. Returns the archive's length. */
static size_t make_npz(unsigned char *out, struct rt_member second)
{
    static const char zeros[600];
    unsigned char first[ROOM], array[ROOM];
    struct rt_member members[2] = {{.name = "x.npy", .data = first, .deflate = true}, second};
    members[0].size = rt_npy(first, NPY("'|u1'", "False", "(600,)"), zeros, 600);
    members[1].data = array;
    members[1].size = rt_npy(array, NPY("'|u1'", "False", "(2, 3)"), "abcdef", 6);
    return rt_zip(out, members, 2);
}

static void reads_stored_and_deflated_members(void **state)
{
    for (int deflate = 0; deflate < 2; deflate++) {
        unsigned char file[ROOM];
        struct cnn_array array;
        rt_write(state, "file", file, make_npz(file, (struct rt_member){.name = "y.npy", .deflate = deflate}));
        assert_true(read_file(state, "y", &array, NULL));
        assert_memory_equal(array.data, "abcdef", 6);
        cnn_array_free(&array);
        assert_true(read_file(state, "x", &array, NULL));
        assert_int_equal(array.dim[0], 600);
        cnn_array_free(&array);
    }
}

static void refuses_npz(void **state, struct rt_member second, const char *name, const char *message)
{
    unsigned char file[ROOM];
    struct cnn_array array;
    struct cnn_error error;
    second.name = second.name ? second.name : "y.npy";
    rt_write(state, "file", file, make_npz(file, second));
    assert_false(read_file(state, name, &array, &error));
    assert_null(array.data);
    rt_assert_contains(error.message, message);
}

static void refuses_members_that_lie(void **state)
{
    refuses_npz(state, (struct rt_member){0}, "z", "has no array z");
    refuses_npz(state, (struct rt_member){0}, NULL, "is an .npz archive, where one array is wanted");
    refuses_npz(state, (struct rt_member){.name = "x.npy"}, "x", "has array x twice");
    refuses_npz(state, (struct rt_member){.flags = 1}, "y", "array y is encrypted");
    refuses_npz(state, (struct rt_member){.method = 12}, "y", "is compressed by method 12; only deflate is read");
    refuses_npz(state, (struct rt_member){.crc = 1}, "y", "its checksum is not that of its data");
    refuses_npz(state, (struct rt_member){.crc = 1, .deflate = true}, "y", "its checksum is not that of its data");
    refuses_npz(state, (struct rt_member){.packed = 1 << 20}, "y",
                "a member has less data than its directory says");
    refuses_npz(state, (struct rt_member){.whole = 1 << 20}, "y", "a member has less data than its directory says");
    refuses_npz(state, (struct rt_member){.whole = 1 << 30, .deflate = true}, "y",
                "a member has less data than its directory says");
    refuses_npz(state, (struct rt_member){.whole = 1 << 14, .deflate = true}, "y",
                "its compressed data are damaged");
    refuses_npz(state, (struct rt_member){.packed = 20, .deflate = true}, "y", "its compressed data are damaged");
    refuses_npz(state, (struct rt_member){.offset = 7}, "y", "a member is not where its directory says");
    refuses_npz(state, (struct rt_member){.offset = UINT32_MAX}, "y", "a member is not where its directory says");
    refuses_npz(state, (struct rt_member){.whole = 100, .packed = 100}, "y",
                "file[y]: cannot be read: its checksum is not");
}

/* Every archive that was cut off, or has a byte changed, is refused or read, and neither crashes nor leaks. */
static void survives_every_damage(void **state)
{
    unsigned char file[ROOM];
    struct cnn_array array;
    struct cnn_error error;
    size_t size = make_npz(file, (struct rt_member){.name = "y.npy", .deflate = true});
    for (size_t part = 0; part < size - 29; part++) {
        rt_write(state, "file", file, part);
        assert_false(read_file(state, "y", &array, &error));
    }
    for (size_t i = 0; i < size; i++) {
        file[i] ^= 0xFF;
        rt_write(state, "file", file, size);
        if (read_file(state, "y", &array, &error))
            assert_memory_equal(array.data, "abcdef", 6);
        cnn_array_free(&array);
        file[i] ^= 0xFF;
    }
}

static void refuses_what_is_no_archive(void **state)
{
    struct cnn_array array;
    struct cnn_error error;
    rt_write(state, "file", "PK\3\4", 4);
    assert_false(read_file(state, "y", &array, &error));
    rt_assert_contains(error.message, "not a sound zip archive: its end is missing");
    assert_false(cnn_array_read(*state, "y", &array, &error));
    rt_assert_contains(error.message, "it is no regular file");
    assert_false(cnn_array_read("/nowhere.npz", "y", &array, &error));
    rt_assert_contains(error.message, "/nowhere.npz: No such file");
    rt_write(state, "file", "PK\5\6\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0", 22);
    assert_false(read_file(state, "y", &array, &error));
    rt_assert_contains(error.message, "it has more than 4 GiB or 65534 members; save .npy files instead");
    rt_write(state, "file", "PK\5\6\0\0\0\0\xFE\xFF\xFE\xFF\0\0\0\0\0\0\0\0\0\0", 22);
    assert_false(read_file(state, "y", &array, &error));
    rt_assert_contains(error.message, "its directory is damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_number_types),
        cmocka_unit_test(unsigned_bytes_stay_bytes),
        cmocka_unit_test(the_dict_may_be_written_in_other_ways),
        cmocka_unit_test(reads_versions_2_and_3_and_gzip),
        cmocka_unit_test(refuses_other_arrays),
        cmocka_unit_test(refuses_damaged_headers),
        cmocka_unit_test(refuses_truncated_files),
        cmocka_unit_test(an_immense_promise_asks_for_no_memory),
        cmocka_unit_test(an_immense_header_is_not_read),
        cmocka_unit_test(reads_stored_and_deflated_members),
        cmocka_unit_test(refuses_members_that_lie),
        cmocka_unit_test(survives_every_damage),
        cmocka_unit_test(refuses_what_is_no_archive),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
