/* runtime/data/dataset.c */
#include "rt_support.h"

#include <string.h>

#include "fake_model.h"

/* Writes `count` samples of 8x8 pixels, all black but for the first one, as "images" and one label each as "labels". */
static void write_pair(void **state, uint32_t count, const unsigned char *labels)
{
    unsigned char file[4096] = {0};
    size_t header = rt_idx_header(file, 8, 3, (const uint32_t[]){count, FAKE_SIDE, FAKE_SIDE});
    file[header] = 255;
    rt_write(state, "images", file, header + count * FAKE_INPUTS);
    file[header] = 0;
    header = rt_idx_header(file, 8, 1, &count);
    memcpy(file + header, labels, count);
    rt_write(state, "labels", file, header + count);
}

static bool read_pair(void **state, const struct cnn_model *model, struct cnn_dataset *set, struct cnn_error *error)
{
    char images[RT_PATH], labels[RT_PATH];
    return cnn_dataset_read(model, rt_path(state, "images", images), rt_path(state, "labels", labels), set, error);
}

static void reads_images_and_classes(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    write_pair(state, 3, (const unsigned char[]){2, 0, 1});
    assert_true(read_pair(state, &model, &set, NULL));
    assert_int_equal(set.count, 3);
    assert_int_equal(set.input_counts[0], FAKE_INPUTS);
    assert_int_equal(set.input_elements[0], CNN_BYTE);
    assert_memory_equal(set.labels[0], ((const float[]){2, 0, 1}), 3 * sizeof(float));
    cnn_dataset_free(&set);
}

static void makes_onehot_of_classes(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_dataset set;
    write_pair(state, 2, (const unsigned char[]){2, 0});
    assert_true(read_pair(state, &model, &set, NULL));
    assert_memory_equal(set.labels[0], ((const float[]){0, 0, 1, 1, 0, 0}), 6 * sizeof(float));
    cnn_dataset_free(&set);
}

static void keeps_values_that_fit(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_dataset set;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    write_pair(state, 1, (const unsigned char[]){0});
    unsigned char file[64] = {0};
    size_t header = rt_idx_header(file, 8, 2, (const uint32_t[]){1, 3});
    memcpy(file + header, "\x01\x02\x07", 3);
    rt_write(state, "labels", file, header + 3);
    assert_true(read_pair(state, &model, &set, NULL));
    assert_memory_equal(set.labels[0], ((const float[]){1, 2, 7}), 3 * sizeof(float));
    cnn_dataset_free(&set);
    model.outputs[0].label_count = 1; /* a regression: labels are values, not classes */
    write_pair(state, 1, (const unsigned char[]){200});
    assert_true(read_pair(state, &model, &set, NULL));
    assert_true(set.labels[0][0] == 200);
    cnn_dataset_free(&set);
}

/* An encoder's data may have labels, which are another model's. */
static void labels_are_left_alone_where_there_is_no_loss(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    model.outputs[0].loss = NULL;
    model.outputs[0].label_is_class = false;
    model.outputs[0].label_count = 0;
    write_pair(state, 2, (const unsigned char[]){0, 0});
    assert_true(read_pair(state, &model, &set, NULL));
    assert_true(set.count == 2 && set.inputs[0] && !set.labels[0]);
    cnn_dataset_free(&set);
}

static void labels_may_be_left_out(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    char images[RT_PATH];
    write_pair(state, 2, (const unsigned char[]){0, 0});
    assert_true(cnn_dataset_read(&model, rt_path(state, "images", images), NULL, &set, NULL));
    assert_null(set.labels[0]);
    cnn_dataset_free(&set);
}

static void an_unknown_class_is_named_with_its_row(void **state)
{
    struct cnn_dataset set;
    struct cnn_error error;
    struct cnn_model models[] = {fake_model(), fake_model_onehot()};
    write_pair(state, 3, (const unsigned char[]){0, 3, 1});
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        assert_false(read_pair(state, &models[i], &set, &error));
        rt_assert_contains(error.message, "row 1 has class 3, but model fake has classes 0 to 2");
        assert_true(!set.inputs[0] && !set.labels[0]);
    }
}

static void a_class_is_a_whole_number(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    static const unsigned char values[][4] = {
        {0x3F, 0, 0, 0} /* 0.5 */, {0xBF, 0x80, 0, 0} /* -1 */, {0x7F, 0xC0, 0, 0} /* NaN */};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        unsigned char file[64] = {0};
        write_pair(state, 1, (const unsigned char[]){0});
        size_t header = rt_idx_header(file, 0x0D, 1, (const uint32_t[]){1});
        memcpy(file + header, values[i], 4);
        rt_write(state, "labels", file, header + 4);
        assert_false(read_pair(state, &model, &set, &error));
        rt_assert_contains(error.message, "row 0 has class");
    }
}

static void other_sizes_are_refused_with_both(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char images[RT_PATH];
    static const uint32_t dims[][3] = {{1, 28, 28}, {1, 4, 16}, {1, 8, 7}};
    for (size_t i = 0; i < COUNT_OF(dims); i++) {
        unsigned char file[1024] = {0};
        size_t header = rt_idx_header(file, 8, 3, dims[i]);
        rt_write(state, "images", file, header + dims[i][1] * dims[i][2]);
        assert_false(cnn_dataset_read(&model, rt_path(state, "images", images), NULL, &set, &error));
        rt_assert_contains(error.message, "but the input of model fake is 8x8x1");
    }
    rt_assert_contains(error.message, "its samples are 8x7,");
}

/* Not so a set of samples, of whatever shape these are. */
static void an_input_as_it_is_is_one_sample(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    char images[RT_PATH];
    unsigned char file[1024] = {0};
    rt_write(state, "images", file, rt_idx_header(file, 8, 3, (const uint32_t[]){8, 8, 1}) + FAKE_INPUTS);
    assert_true(cnn_dataset_read(&model, rt_path(state, "images", images), NULL, &set, NULL));
    assert_int_equal(set.count, 1);
    cnn_dataset_free(&set);
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = model.inputs[0].count = 1;
    rt_write(state, "images", file, rt_idx_header(file, 8, 1, (const uint32_t[]){5}) + 5);
    assert_true(cnn_dataset_read(&model, images, NULL, &set, NULL));
    assert_int_equal(set.count, 5);
    cnn_dataset_free(&set);
}

static void flat_samples_are_taken(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    char images[RT_PATH];
    unsigned char file[256] = {0};
    size_t header = rt_idx_header(file, 8, 2, (const uint32_t[]){2, FAKE_INPUTS});
    rt_write(state, "images", file, header + 2 * FAKE_INPUTS);
    assert_true(cnn_dataset_read(&model, rt_path(state, "images", images), NULL, &set, NULL));
    cnn_dataset_free(&set);
}

static void counts_must_agree(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    write_pair(state, 3, (const unsigned char[]){0, 0, 0});
    unsigned char file[64] = {0};
    size_t header = rt_idx_header(file, 8, 1, (const uint32_t[]){2});
    rt_write(state, "labels", file, header + 2);
    assert_false(read_pair(state, &model, &set, &error));
    rt_assert_contains(error.message, "labels has 2 rows, but");
    rt_assert_contains(error.message, "images has 3");
}

static void label_rows_must_fit(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    unsigned char file[64] = {0};
    write_pair(state, 1, (const unsigned char[]){0});
    size_t header = rt_idx_header(file, 8, 2, (const uint32_t[]){1, 2});
    rt_write(state, "labels", file, header + 2);
    assert_false(read_pair(state, &model, &set, &error));
    rt_assert_contains(error.message, "a row has 2 labels, but model fake wants 1");
}

static void no_samples_are_refused(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    write_pair(state, 0, (const unsigned char *)"");
    assert_false(read_pair(state, &model, &set, &error));
    rt_assert_contains(error.message, "no samples");
}

static void slices_are_views(void **state)
{
    (void)state;
    struct cnn_dataset set = rt_set(5, 1), slice = cnn_dataset_slice(&set, 2, 3);
    assert_int_equal(slice.count, 3);
    assert_ptr_equal(slice.inputs[0], (uint8_t *)set.inputs[0] + 2 * FAKE_INPUTS);
    assert_ptr_equal(slice.labels[0], set.labels[0] + 2);
    struct cnn_batch batch = cnn_dataset_batch(&slice);
    assert_ptr_equal(batch.inputs[0], slice.inputs[0]);
    assert_null(batch.index);
    assert_int_equal(batch.first, 0);
    assert_int_equal(batch.count, 3);
    cnn_dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_images_and_classes),
        cmocka_unit_test(makes_onehot_of_classes),
        cmocka_unit_test(keeps_values_that_fit),
        cmocka_unit_test(labels_are_left_alone_where_there_is_no_loss),
        cmocka_unit_test(labels_may_be_left_out),
        cmocka_unit_test(an_unknown_class_is_named_with_its_row),
        cmocka_unit_test(a_class_is_a_whole_number),
        cmocka_unit_test(other_sizes_are_refused_with_both),
        cmocka_unit_test(an_input_as_it_is_is_one_sample),
        cmocka_unit_test(flat_samples_are_taken),
        cmocka_unit_test(counts_must_agree),
        cmocka_unit_test(label_rows_must_fit),
        cmocka_unit_test(no_samples_are_refused),
        cmocka_unit_test(slices_are_views),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
