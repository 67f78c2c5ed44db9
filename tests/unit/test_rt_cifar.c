/* runtime/data/cifar.c: CIFAR's binary batches. */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { PLANE = 32 * 32, PIXELS = 3 * PLANE, RECORD_MAX = 2 + PIXELS, ROWS = 2 };

/* Channel c of pixel p of a record that begins with `seed`. */
static unsigned char value(int seed, int c, int p) { return (unsigned char)(seed + 7 * c + p); }

/* ROWS records, each with `labels` labels: its number, then that and 50. */
static size_t records(unsigned char out[ROWS * RECORD_MAX], int labels, int seed)
{
    unsigned char *at = out;
    for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < labels; i++)
            *at++ = (unsigned char)(row + 50 * i);
        for (int c = 0; c < 3; c++)
            for (int p = 0; p < PLANE; p++)
                *at++ = value(seed + row, c, p);
    }
    return (size_t)(at - out);
}

static void write_batch(void **state, const char *name, int labels, int seed)
{
    unsigned char out[ROWS * RECORD_MAX];
    rt_write(state, name, out, records(out, labels, seed));
}

static struct cnn_model cifar_model(int64_t classes, bool channels_first)
{
    struct cnn_model model = fake_model();
    const int64_t dim[] = {channels_first ? 3 : 32, 32, channels_first ? 32 : 3};
    memcpy(model.inputs[0].dim, dim, sizeof dim);
    model.inputs[0].count = PIXELS;
    model.outputs[0].count = model.outputs[0].dim[0] = classes;
    return model;
}

static void planes_go_where_the_model_wants_them(void **state)
{
    write_batch(state, "b.bin", 1, 3);
    for (int first = 0; first < 2; first++) {
        struct cnn_model model = cifar_model(10, first);
        struct cnn_dataset set;
        char path[RT_PATH];
        assert_true(cnn_dataset_read(&model, rt_path(state, "b.bin", path), NULL, &set, NULL));
        assert_int_equal(set.count, ROWS);
        for (int row = 0; row < ROWS; row++) {
            const uint8_t *pixels = (const uint8_t *)set.inputs[0] + (size_t)row * PIXELS;
            assert_true(set.labels[0][row] == (float)row);
            for (int c = 0; c < 3; c++)
                for (int p = 0; p < PLANE; p++)
                    assert_int_equal(pixels[first ? c * PLANE + p : 3 * p + c], value(3 + row, c, p));
        }
        cnn_dataset_free(&set);
    }
}

static void all_batches_are_one_set(void **state)
{
    struct cnn_model model = cifar_model(10, true);
    struct cnn_dataset set;
    char name[32];
    for (int i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        write_batch(state, name, 1, 10 * i);
    }
    write_batch(state, "test_batch.bin", 1, 100);
    assert_true(cnn_dataset_open(&model, *state, "train", &set, NULL));
    assert_int_equal(set.count, 5 * ROWS);
    for (int row = 0; row < 5 * ROWS; row++)
        assert_int_equal(((const uint8_t *)set.inputs[0])[row * PIXELS], 10 * (row / ROWS + 1) + row % ROWS);
    cnn_dataset_free(&set);
    assert_true(cnn_dataset_open(&model, *state, "t10k", &set, NULL));
    assert_int_equal(set.count, ROWS);
    assert_int_equal(*(const uint8_t *)set.inputs[0], 100);
    cnn_dataset_free(&set);
}

/* The class of label `index`, read from a folder whose file of names has this text. */
static const char *name_with(void **state, const char *text, int64_t classes, int index,
                             struct cnn_preprocessing *preprocessing)
{
    struct cnn_model model = cifar_model(classes, false);
    struct cnn_dataset set;
    *preprocessing = (struct cnn_preprocessing){.n_classes = 0};
    rt_write(state, "batches.meta.txt", text, strlen(text));
    assert_true(cnn_datasets_open(&model, *state, (const char *[]){"train"}, 1, preprocessing, &set, NULL));
    cnn_dataset_free(&set);
    return cnn_class_name(preprocessing, index);
}

static void a_file_beside_them_names_the_classes(void **state)
{
    static const char *const others[] = {"", "cat\ndog\n", "cat\ndog\ncat\n", "cat\n\x1b[2Jdog\nhorse\n",
                                         "cat\ndog\nhorse\nship\n"};
    struct cnn_preprocessing preprocessing;
    write_batch(state, "data_batch_1.bin", 1, 3);
    assert_string_equal(name_with(state, "ship\r\ndog\r\ntall horse\r\n\r\n", 3, 2, &preprocessing), "tall horse");
    assert_string_equal(cnn_class_name(&preprocessing, 0), "ship");
    assert_null(cnn_class_name(&preprocessing, 3));
    cnn_preprocessing_free(&preprocessing);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_null(name_with(state, others[i], 3, 0, &preprocessing));
    static char huge[20000];
    memset(huge, 'a', sizeof huge - 1);
    assert_null(name_with(state, huge, 3, 0, &preprocessing));
}

static void of_two_labels_the_model_says_which(void **state)
{
    unsigned char out[ROWS * RECORD_MAX];
    char path[RT_PATH];
    rt_write_gz(state, "train.bin.gz", out, records(out, 2, 0));
    for (int coarse = 0; coarse < 2; coarse++) {
        struct cnn_model model = cifar_model(coarse ? 20 : 100, false);
        struct cnn_dataset set;
        assert_true(cnn_dataset_read(&model, rt_path(state, "train.bin.gz", path), NULL, &set, NULL));
        assert_true(set.labels[0][1] == (coarse ? 1 : 51));
        cnn_dataset_free(&set);
    }
}

static void other_files_are_refused(void **state)
{
    static const struct {
        size_t bytes;
        const char *message;
    } cases[] = {{0, "has 0 bytes, which are no records of CIFAR-10 (3073 bytes each) or CIFAR-100 (3074)"},
                 {3072, "has 3072 bytes"},
                 {3075, "has 3075 bytes"}};
    struct cnn_model model = cifar_model(10, true), flat = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH], zeros[4000] = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rt_write(state, "bad.bin", zeros, cases[i].bytes);
        assert_false(cnn_dataset_read(&model, rt_path(state, "bad.bin", path), NULL, &set, &error));
        rt_assert_contains(error.message, cases[i].message);
    }
    write_batch(state, "data_batch_2.bin", 2, 0);
    assert_false(cnn_dataset_open(&model, *state, "train", &set, &error));
    rt_assert_contains(error.message, "data_batch_2.bin: has 6148 bytes, which are no more records");
    flat.inputs[0].rank = 1;
    assert_false(cnn_dataset_read(&flat, rt_path(state, "test_batch.bin", path), NULL, &set, &error));
    rt_assert_contains(error.message, "which is no picture");
    model = cifar_model(1, true);
    assert_false(cnn_dataset_read(&model, rt_path(state, "test_batch.bin", path), NULL, &set, &error));
    rt_assert_contains(error.message, "row 1 has class 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_go_where_the_model_wants_them),
        cmocka_unit_test(all_batches_are_one_set),
        cmocka_unit_test(a_file_beside_them_names_the_classes),
        cmocka_unit_test(of_two_labels_the_model_says_which),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
