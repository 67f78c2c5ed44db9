/* runtime/program/npz.c: archives that are written, by what our own readers make of them, and those that would be too large. */
#include "rt_support.h"

#include "program/program.h"

#include <string.h>

#include "fake_model.h"

enum { ROWS = 5, SIZES = 2 };

/* A model whose second output is SIZES numbers. */
static struct cnn_model two_outputs(void)
{
    struct cnn_model model = fake_model();
    model.n_outputs = 2;
    model.outputs[0].name = "kind";
    model.outputs[1] = (struct cnn_model_output){.name = "size", .rank = 1, .dim = {SIZES}, .count = SIZES};
    return model;
}

static void what_is_written_is_read(void **state)
{
    struct cnn_model model = two_outputs();
    struct cnn_arguments arguments = {.model = &model};
    float kinds[ROWS * FAKE_CLASSES], sizes[ROWS * SIZES];
    struct cnn_scores scores = {.arguments = &arguments, .rows = ROWS, .outputs = {kinds, sizes}};
    struct cnn_file file;
    struct cnn_array array;
    char path[RT_PATH];
    for (int i = 0; i < ROWS * FAKE_CLASSES; i++)
        kinds[i] = 0.25f * (float)i;
    for (int i = 0; i < ROWS * SIZES; i++)
        sizes[i] = -1.5f * (float)i;
    assert_true(cnn_file_begin(&file, rt_path(state, "all.npz", path), NULL));
    assert_true(cnn_scores_fit_npz(&scores, 0, 2, path, NULL));
    cnn_scores_write_npz(&scores, 0, 2, &file);
    assert_true(cnn_file_commit(&file, NULL));

    assert_true(cnn_array_read(path, "kind", &array, NULL));
    assert_true(array.rank == 2 && array.dim[0] == ROWS && array.dim[1] == FAKE_CLASSES);
    assert_memory_equal(array.data, kinds, sizeof kinds);
    cnn_array_free(&array);
    assert_true(cnn_array_read(path, "size", &array, NULL));
    assert_true(array.rank == 2 && array.dim[0] == ROWS && array.dim[1] == SIZES);
    assert_memory_equal(array.data, sizes, sizeof sizes);
    cnn_array_free(&array);
}

static void four_gigabytes_are_too_many(void **state)
{
    (void)state;
    struct cnn_model model = two_outputs();
    struct cnn_arguments arguments = {.model = &model};
    struct cnn_scores scores = {.arguments = &arguments, .rows = (1 << 30) / (FAKE_CLASSES + SIZES) - 100};
    struct cnn_error error;
    assert_true(cnn_scores_fit_npz(&scores, 0, 2, "all.npz", &error));
    scores.rows += 100;
    assert_false(cnn_scores_fit_npz(&scores, 0, 2, "all.npz", &error));
    assert_string_equal(error.message,
                        "all.npz: an .npz holds up to 4 GiB, and the outputs are 4096 MiB: write each to an "
                        "array of its own, --output kind=FILE.npy");
    assert_true(cnn_scores_fit_npz(&scores, 0, 1, "all.npz", &error));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_setup, rt_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(four_gigabytes_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
