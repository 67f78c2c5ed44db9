/* runtime/data/whole.c: inputs that are whole numbers. */
#include "rt_arrays.h"

#include <stdio.h>
#include <string.h>

#include "fake_model.h"

/* Tokens of a table of 300 rows. */
static struct cnn_model model_of(enum cnn_element element, int64_t indices)
{
    struct cnn_model model = fake_model();
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = FAKE_INPUTS;
    model.inputs[0].element = element;
    model.inputs[0].indices = indices;
    model.inputs[0].rescales = true;
    return model;
}

/* Two rows, all numbers 1 but for number `at`, which has these bytes; little-endian. */
static void write_npy(void **state, const char *type, size_t size, int at, int64_t number)
{
    static unsigned char file[16 * FAKE_INPUTS + 512], data[16 * FAKE_INPUTS];
    char dict[128];
    memset(data, 0, sizeof data);
    for (int i = 0; i < 2 * FAKE_INPUTS; i++)
        for (size_t b = 0; b < size; b++)
            data[(size_t)i * size + b] = (unsigned char)((uint64_t)(i == at ? number : 1) >> 8 * b);
    snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (2, %d), }", type, FAKE_INPUTS);
    rt_write(state, "x.npy", file, rt_npy(file, dict, data, 2 * FAKE_INPUTS * size));
}

static void write_floats(void **state, float number)
{
    float data[2 * FAKE_INPUTS] = {0};
    static unsigned char file[16 * FAKE_INPUTS + 512];
    char dict[128];
    data[FAKE_INPUTS + 1] = number;
    snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, %d), }", FAKE_INPUTS);
    rt_write(state, "x.npy", file, rt_npy(file, dict, data, sizeof data));
}

static bool read_set(void **state, const struct cnn_model *model, struct cnn_dataset *set, struct cnn_error *error)
{
    char path[RT_PATH];
    return cnn_dataset_read(model, rt_path(state, "x.npy", path), NULL, set, error);
}

static void assert_token(void **state, const struct cnn_model *model, int at, int32_t expected)
{
    struct cnn_dataset set;
    struct cnn_error error;
    if (!read_set(state, model, &set, &error))
        fail_msg("%s", error.message);
    assert_int_equal(set.input_elements[0], CNN_INT32);
    assert_int_equal(((const int32_t *)set.inputs[0])[at], expected);
    assert_int_equal(((const int32_t *)set.inputs[0])[0], at == 0 ? expected : 1);
    cnn_dataset_free(&set);
}

static void are_read_from_arrays_of_any_type(void **state)
{
    struct cnn_model model = model_of(CNN_INT32, 0);
    static const struct {
        const char *type;
        size_t size;
        int64_t number;
    } cases[] = {{"<i4", 4, 16777217}, {"<i8", 8, INT32_MAX}, {"<i8", 8, INT32_MIN}, {"<u2", 2, 65535},
                 {"|u1", 1, 255},      {"<i4", 4, -3},        {"<u4", 4, 2147483647}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_npy(state, cases[i].type, cases[i].size, 5, cases[i].number);
        assert_token(state, &model, 5, (int32_t)cases[i].number);
    }
}

static void are_never_scaled(void **state)
{
    struct cnn_model model = model_of(CNN_INT32, 256);
    write_npy(state, "|u1", 1, 7, 255);
    assert_token(state, &model, 7, 255);
}

static void stay_bytes_where_the_model_takes_bytes(void **state)
{
    struct cnn_model model = model_of(CNN_BYTE, 0);
    struct cnn_dataset set;
    write_floats(state, 255);
    assert_true(read_set(state, &model, &set, NULL));
    assert_int_equal(set.input_elements[0], CNN_BYTE);
    assert_int_equal(((const uint8_t *)set.inputs[0])[FAKE_INPUTS + 1], 255);
    cnn_dataset_free(&set);
}

static void refuses(void **state, const struct cnn_model *model, const char *message)
{
    struct cnn_dataset set;
    struct cnn_error error;
    if (read_set(state, model, &set, &error))
        fail_msg("is taken, not refused: %s", message);
    rt_assert_contains(error.message, message);
}

static void are_refused_by_row(void **state)
{
    struct cnn_model tokens = model_of(CNN_INT32, 300), any = model_of(CNN_INT32, 0), bytes = model_of(CNN_BYTE, 0);
    write_npy(state, "<i4", 4, FAKE_INPUTS + 3, 300);
    refuses(state, &tokens, "x.npy: row 1 has 300, but model fake takes whole numbers from 0 to 299");
    write_npy(state, "<i8", 8, 3, -1);
    refuses(state, &tokens, "x.npy: row 0 has -1, but model fake takes whole numbers from 0 to 299");
    write_npy(state, "<i8", 8, FAKE_INPUTS, (int64_t)1 << 31);
    refuses(state, &any, "x.npy: row 1 has a number that int32 cannot hold");
    write_npy(state, "<i8", 8, 0, -((int64_t)1 << 31) - 1);
    refuses(state, &any, "x.npy: row 0 has a number that int32 cannot hold");
    write_npy(state, "<u8", 8, 0, -1);
    refuses(state, &any, "x.npy: row 0 has a number that int32 cannot hold");
    write_floats(state, 1.5f);
    refuses(state, &any, "x.npy: row 1 has 1.5, but the input of model fake is whole numbers");
    write_floats(state, 16777216);
    refuses(state, &any, "x.npy: row 1 has 16777216, which a float cannot tell from its neighbours");
    write_floats(state, 256);
    refuses(state, &bytes, "x.npy: row 1 has 256, but model fake takes whole numbers from 0 to 255");
}

static void of_other_lengths_are_told_of_padding(void **state)
{
    struct cnn_model model = model_of(CNN_INT32, 300);
    model.inputs[0].dim[0] = model.inputs[0].count = 12;
    write_npy(state, "<i4", 4, 0, 1);
    refuses(state, &model, "but the input of model fake is 12; keras.utils.pad_sequences(x, maxlen) makes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_setup, rt_teardown)
    const struct CMUnitTest tests[] = {
        TEST(are_read_from_arrays_of_any_type),       TEST(are_never_scaled),
        TEST(stay_bytes_where_the_model_takes_bytes), TEST(are_refused_by_row),
        TEST(of_other_lengths_are_told_of_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
