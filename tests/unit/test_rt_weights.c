/* runtime/train/weights.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two parameters with a gap between them: "a" 2x1 and "b" 1. */
static const struct cnn_parameter parameters[] = {{"a", 2, {2, 1}, 0, 2, true, CNN_INIT_CONSTANT, 0, 0},
                                                  {"b", 1, {1}, 4, 1, true, CNN_INIT_CONSTANT, 0, 0}};
static const struct cnn_model model = {
    .abi = CNN_ABI, .name = "tiny", .n_parameters = 2, .parameters = parameters, .parameter_floats = 5};

enum { FLOATS = 5 };
#define A_ENTRY "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}"
#define B_ENTRY "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}"

/* Writes a file with that header and `data_bytes` bytes 00 00 80 3f 00 00 80 3f ... (ones). */
static void write_file(void **state, const char *header, size_t data_bytes)
{
    unsigned char file[2048] = {0};
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(file + 8, header, length);
    for (size_t i = 0; i < data_bytes; i++)
        file[8 + length + i] = (unsigned char)"\0\0\x80\x3f"[i % 4];
    rt_write(state, "w", file, 8 + length + data_bytes);
}

static bool load(void **state, float values[FLOATS], struct cnn_error *error)
{
    char path[RT_PATH];
    return cnn_weights_load(&model, rt_path(state, "w", path), values, error);
}

static void comes_back_as_it_was_saved(void **state)
{
    const float saved[FLOATS] = {1.5f, -INFINITY, 7, 7, 1e-42f};
    float loaded[FLOATS] = {9, 9, 9, 9, 9};
    char path[RT_PATH];
    assert_true(cnn_weights_save(&model, rt_path(state, "w", path), saved, NULL));
    assert_true(cnn_weights_load(&model, path, NULL, NULL)); /* only looks */
    assert_true(load(state, loaded, NULL));
    assert_memory_equal(loaded, ((const float[]){1.5f, -INFINITY, 9, 9, 1e-42f}), sizeof loaded);
}

static void the_file_is_as_the_format_says(void **state)
{
    const float saved[FLOATS] = {1, 1, 0, 0, 1};
    char path[RT_PATH];
    size_t size;
    assert_true(cnn_weights_save(&model, rt_path(state, "w", path), saved, NULL));
    char *file = rt_read(path, &size);
    const char *header = "{\"__metadata__\":{\"model\":\"tiny\"}," A_ENTRY "," B_ENTRY "}";
    size_t padded = (strlen(header) + 7) / 8 * 8;
    assert_int_equal((unsigned char)file[0] + 256 * (unsigned char)file[1], padded);
    assert_memory_equal(file + 2, "\0\0\0\0\0\0", 6);
    assert_memory_equal(file + 8, header, strlen(header));
    for (size_t i = strlen(header); i < padded; i++)
        assert_int_equal(file[8 + i], ' ');
    assert_int_equal(size, 8 + padded + 12);
    assert_memory_equal(file + 8 + padded, "\0\0\x80\x3f\0\0\x80\x3f\0\0\x80\x3f", 12);
    free(file);
}

static void memory_holds_what_the_file_would(void **state)
{
    const float saved[FLOATS] = {1.5f, -2, 0, 0, 3};
    struct cnn_preprocessing preprocessing = {.scale = CNN_SCALE_PIXELS};
    unsigned char *bytes;
    int64_t count;
    char path[RT_PATH];
    size_t size;
    assert_true(cnn_weights_save_with(&model, rt_path(state, "w", path), saved, &preprocessing, NULL));
    assert_true(cnn_weights_pack(&model, saved, &preprocessing, &bytes, &count, NULL));
    char *file = rt_read(path, &size);
    assert_int_equal(count, size);
    assert_memory_equal(bytes, file, size);
    free(file);
    free(bytes);
}

static void accepts_what_others_write(void **state)
{
    static const char *const headers[] = {
        "{" A_ENTRY "," B_ENTRY "}",
        "{" B_ENTRY ", \n" A_ENTRY "}   ",
        "{\"__metadata__\":{\"format\":\"pt\",\"x\":\"\\u00e4\"}," A_ENTRY "," B_ENTRY "}",
        ("{\"a\":{\"data_offsets\":[4,12],\"shape\":[2,1],\"dtype\":\"F32\"},"
         "\"\\u0062\":{\"shape\":[1],\"dtype\":\"F32\",\"data_offsets\":[0,4]}}"),
    };
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        float values[FLOATS] = {0};
        write_file(state, headers[i], 12);
        assert_true(load(state, values, NULL));
        assert_memory_equal(values, ((const float[]){1, 1, 0, 0, 1}), sizeof values);
    }
}

struct refusal {
    const char *header;
    size_t data_bytes;
    const char *message;
};

static const struct refusal refusals[] = {
    {"{" A_ENTRY "}", 8, "tensor b of model tiny is missing"},
    {"{}", 0, "tensor a and 1 more of model tiny are missing"},
    {"{" A_ENTRY "," B_ENTRY ",\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16,
     "has tensor c, which model tiny has not"},
    {"{" A_ENTRY "," A_ENTRY "," B_ENTRY "}", 12, "has tensor a twice"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}," B_ENTRY "}", 12,
     "tensor a is 1x2, but in model tiny it is 2x1"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}," B_ENTRY "}", 12, "tensor a is 2, but"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1,1,1,1,1,1,1],\"data_offsets\":[0,8]}," B_ENTRY "}", 12,
     "tensor a is 2x1x1x1x1x1x..., but"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[0,4]}," B_ENTRY "}", 12,
     "tensor a has dtype F16, only F32"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,4]}," B_ENTRY "}", 12, "needs 8 bytes"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,0]}," B_ENTRY "}", 12, "needs 8 bytes"},
    {"{" A_ENTRY "," B_ENTRY "}", 11, "truncated: has 11 bytes of data, tensor b ends at 12"},
    {"{" A_ENTRY "," B_ENTRY "}", 16, "do not fill its data"},
    {"{" A_ENTRY ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "its tensors overlap"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[9223372036854775800,9223372036854775808]}"
     "," B_ENTRY "}",
     12, "not the JSON of tensors"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[9223372036854775799,9223372036854775807]}"
     "," B_ENTRY "}",
     12, "truncated"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1]}," B_ENTRY "}", 12, "not the JSON of tensors"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}," B_ENTRY "}", 12,
     "not the JSON of tensors"},
    {"{" A_ENTRY B_ENTRY "}", 12, "not the JSON of tensors"},
    {"{" A_ENTRY "," B_ENTRY, 12, "not the JSON of tensors"},
    {"{" A_ENTRY "," B_ENTRY "} x", 12, "not the JSON of tensors"},
    {"{" A_ENTRY "," B_ENTRY ",}", 12, "not the JSON of tensors"},
    {"", 12, "not the JSON of tensors"},
    {"{\"a\":[1]," B_ENTRY "}", 12, "not the JSON of tensors"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}," B_ENTRY "}", 12, "not the JSON of tensors"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,x],\"data_offsets\":[0,8]}," B_ENTRY "}", 12,
     "not the JSON of tensors"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}," B_ENTRY "}", 12, "tensor a is scalar, but"},
    {"{\"a\":{1:\"F32\"}," B_ENTRY "}", 12, "not the JSON of tensors"},
    {"{\"a\":,\"__metadata__\":{}}", 12, "not the JSON of tensors"},
    {"{\"__metadata__\":{\"x\":}," A_ENTRY "," B_ENTRY "}", 12, "not the JSON of tensors"},
};

static void refuses_what_differs(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        float values[FLOATS] = {3, 3, 3, 3, 3};
        struct cnn_error error;
        write_file(state, refusals[i].header, refusals[i].data_bytes);
        assert_false(load(state, values, &error));
        rt_assert_contains(error.message, refusals[i].message);
        for (int v = 0; v < FLOATS; v++)
            assert_true(values[v] == 3);
    }
}

/* A file of both that fit, of one, of one in another shape beside a foreign one, and of none. */
static void takes_what_fits_of_other_weights(void **state)
{
#define FOREIGN "\"c\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}"
    static const struct {
        const char *header;
        size_t data_bytes;
        float a, b;
        const char *says;
    } cases[] = {
        {"{" A_ENTRY "," B_ENTRY "}", 12, 1, 1, "Loaded 2 of 2 tensors from "},
        {"{" A_ENTRY "}", 8, 1, 3, "\n  not in the file: b\n"},
        {"{" FOREIGN ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, 3, 1,
         "\n  not in the file: a\n"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}," B_ENTRY "}", 12, 3, 1,
         "Loaded 1 of 2 tensors from "},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}," B_ENTRY "}", 12, 3, 1,
         "\n  of another shape there: a (1x2, here 2x1)\n"},
        {"{\"c\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}," B_ENTRY "}", 12, 3, 1,
         "\n  not in the file: a\n"},
    };
    char path[RT_PATH];
    struct cnn_error error;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        float values[FLOATS] = {3, 3, 3, 3, 3};
        char text[400] = "";
        FILE *out = fmemopen(text, sizeof text, "w");
        write_file(state, cases[i].header, cases[i].data_bytes);
        assert_true(cnn_weights_load_some(&model, rt_path(state, "w", path), values, out, &error));
        (void)fclose(out);
        rt_assert_contains(text, cases[i].says);
        assert_memory_equal(values, ((const float[]){cases[i].a, cases[i].a, 3, 3, cases[i].b}), sizeof values);
    }
    float values[FLOATS] = {3};
    write_file(state, "{" FOREIGN "}", 4);
    assert_false(cnn_weights_load_some(&model, path, values, NULL, &error));
    rt_assert_contains(error.message, "has no tensor that fits model tiny by name and shape");
    write_file(state, "{" A_ENTRY "," A_ENTRY "}", 8);
    assert_false(cnn_weights_load_some(&model, path, values, NULL, &error));
    rt_assert_contains(error.message, "has tensor a twice");
    write_file(state, "{" A_ENTRY "}", 7);
    assert_false(cnn_weights_load_some(&model, path, values, NULL, &error));
    rt_assert_contains(error.message, "truncated");
}

static void refuses_what_is_no_such_file(void **state)
{
    float values[FLOATS];
    struct cnn_error error;
    char path[RT_PATH];
    rt_write(state, "w", "short", 5);
    assert_false(load(state, values, &error));
    rt_assert_contains(error.message, "too short");
    rt_write(state, "w", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    assert_false(load(state, values, &error));
    rt_assert_contains(error.message, "length of its header is impossible");
    rt_write(state, "w", "\x03\0\0\0\0\0\0\0{}", 10);
    assert_false(load(state, values, &error));
    rt_assert_contains(error.message, "length of its header is impossible");
    assert_false(cnn_weights_load(&model, rt_path(state, "nowhere", path), values, &error));
    rt_assert_contains(error.message, "nowhere: No such file");
    assert_false(cnn_weights_load(&model, *state, values, &error));
    rt_assert_contains(error.message, "cannot be read: it is no regular file");
    rt_pipe(state, "pipe");
    assert_false(cnn_weights_load(&model, rt_path(state, "pipe", path), values, &error));
    rt_assert_contains(error.message, "cannot be read: it is no regular file");
}

static void every_cut_of_a_file_is_refused(void **state)
{
    const float saved[FLOATS] = {1, 2, 0, 0, 3};
    char path[RT_PATH];
    size_t size;
    assert_true(cnn_weights_save(&model, rt_path(state, "w", path), saved, NULL));
    char *file = rt_read(path, &size);
    for (size_t cut = 0; cut < size; cut++) {
        float values[FLOATS];
        struct cnn_error error = {""};
        rt_write(state, "w", file, cut);
        assert_false(load(state, values, &error));
        assert_true(error.message[0]);
    }
    free(file);
}

static void saving_leaves_nothing_else(void **state)
{
    const float saved[FLOATS] = {0};
    char path[RT_PATH];
    struct stat status;
    rt_write(state, "w", "old", 3);
    int files = rt_count_files(state);
    assert_true(cnn_weights_save(&model, rt_path(state, "w", path), saved, NULL));
    assert_true(cnn_weights_writable(path, NULL));
    assert_int_equal(rt_count_files(state), files);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 3);
    assert_int_equal(status.st_mode & 0400, 0400);
}

static void what_cannot_be_written_is_said(void **state)
{
    const float saved[FLOATS] = {0};
    char path[RT_PATH];
    struct cnn_error error;
    rt_path(state, "no/such/folder", path);
    assert_false(cnn_weights_writable(path, &error));
    rt_assert_contains(error.message, "cannot be written: No such file");
    assert_false(cnn_weights_save(&model, path, saved, &error));
    assert_false(cnn_weights_save(&model, *state, saved, &error));
    rt_assert_contains(error.message, "no regular file");
    assert_false(cnn_weights_writable("/dev/null", &error));
    rt_assert_contains(error.message, "no regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_saved),
        cmocka_unit_test(the_file_is_as_the_format_says),
        cmocka_unit_test(memory_holds_what_the_file_would),
        cmocka_unit_test(accepts_what_others_write),
        cmocka_unit_test(refuses_what_differs),
        cmocka_unit_test(takes_what_fits_of_other_weights),
        cmocka_unit_test(refuses_what_is_no_such_file),
        cmocka_unit_test(every_cut_of_a_file_is_refused),
        cmocka_unit_test(saving_leaves_nothing_else),
        cmocka_unit_test(what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
